"""Which addresses of the network a user's channel may lead to; pure.

A channel's URL is a stranger's: without a guard it would have this server speak to its own
neighbours (server-side request forgery). What counts is the address that is connected to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# On the open network these alone: other ports belong to services that are no web servers.
PORTS = frozenset({80, 443, 8443})

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
# Beyond what `is_global` leaves out: where tunnels and translations hide another address (6to4,
# Teredo, IPv4-compatible, NAT64 of a network's own), and what is "global" and yet no host's.
_NEVER = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("224.0.0.0/3", "168.63.129.16/32"),  # multicast and reserved; Azure's host agent
        *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"),
        *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/9", "ff00::/8"),
    )
)
# A host whose last label is a number is an IPv4 address to a resolver, in whatever notation.
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Guard:
    """What the operator allows beyond the open network over https."""

    networks: Sequence[Network] = ()
    allows_http: bool = False

    def reason(self, address: str, port: int) -> str:
        """Why no channel may connect there, or nothing if it may."""
        try:
            reached = unwrapped(ip_address(address.partition("%")[0]))
        except ValueError:
            return "that is no address of the Internet"
        if any(reached in network for network in self.networks):
            return ""
        if not is_public(reached):
            return "its host is not on the open Internet"
        return "" if port in PORTS else f"port {port} is not open to channels"


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it is reached through it."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether it is a host's on the open Internet."""
    if any(address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_disguised(host: str) -> bool:
    """Whether a resolver would read the host as an IPv4 address that it does not plainly say:
    `2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`."""
    if ":" in host or not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return False
    try:
        return str(IPv4Address(host)) != host
    except ValueError:
        return True
