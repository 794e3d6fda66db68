"""Takes the port before anything is loaded, so that a taken one is found out at once."""

import socket

_BACKLOG = 2048


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on the host's first address. Raises OSError when it cannot.

    It names its protocol: asyncio leaves TCP_NODELAY off for a connection whose socket does not,
    and each answer would wait 40 ms for the client's delayed acknowledgement.
    """
    flags = socket.AI_PASSIVE
    family, kind, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=flags
    )[0]
    listening = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
