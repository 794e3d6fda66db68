"""Addresses that requests come from: what one is counted as, and how much of it is kept. Pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# One customer has a whole /64 of IPv6, so an address in it costs nothing (RFC 6177).
_COUNTED = {4: 32, 6: 64}
_SHORTENED = {4: 24, 6: 48}
UNKNOWN = "unknown"


def counted_address(text: str) -> str:
    """What failures are counted for: an address of IPv4, or a network of IPv6."""
    return _network(text, _COUNTED)


def shortened_address(text: str) -> str:
    """The network that an address is in, which is nobody's own."""
    return _network(text, _SHORTENED)


def whole_address(text: str) -> str:
    address = _read(text)
    return UNKNOWN if address is None else str(address)


def _network(text: str, prefixes: dict[int, int]) -> str:
    address = _read(text)
    if address is None:
        return UNKNOWN
    return str(ip_network((address, prefixes[address.version]), strict=False))


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
