"""The socket that the mock listens on."""

import socket

from mock_ebay.listening import listening_socket


def test_the_socket_names_its_protocol_so_that_answers_are_not_held_back() -> None:
    with listening_socket("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        assert listening.getsockname()[1] > 0
