"""Which hosts, addresses and ports a fetch may reach: the public web on its usual ports, nothing nearer."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

PORTS = frozenset({80, 443, 8080, 8443})
"""The ports of the public web; a database or a mail server listens elsewhere."""

ANSWERS_LIMIT = 64
"""A name with more addresses than this is answered by somebody who wants something else than to be reached."""

Exceptions = frozenset[tuple[str, int]]
"""Hosts and ports, both as asked for, that an operator lets through although the policy would not."""

# `is_global` alone is not enough in either family: it calls 64:ff9b::7f00:1 (NAT64 of 127.0.0.1), 2002:7f00:1::
# (6to4 of it), ::7f00:1, fec0::1 and 192.0.0.9 global. So IPv4 adds a list of its own, and IPv6 starts from the
# only block given out for unicast (RFC 4291, section 2.4) and takes away what inside it leads elsewhere.
_IPV4_DENIED = (
    IPv4Network("0.0.0.0/8"),  # this network
    IPv4Network("10.0.0.0/8"),  # private
    IPv4Network("100.64.0.0/10"),  # carriers' shared space
    IPv4Network("127.0.0.0/8"),  # loopback
    IPv4Network("169.254.0.0/16"),  # link-local, and the clouds' metadata
    IPv4Network("172.16.0.0/12"),  # private
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.0.2.0/24"),  # documentation
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("192.168.0.0/16"),  # private
    IPv4Network("198.18.0.0/15"),  # benchmarks
    IPv4Network("198.51.100.0/24"),  # documentation
    IPv4Network("203.0.113.0/24"),  # documentation
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),  # reserved, broadcast
)
_IPV6_UNICAST = IPv6Network("2000::/3")
_IPV6_DENIED = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo, ORCHID
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3ffe::/16"),  # 6bone, returned
    IPv6Network("3fff::/20"),  # documentation
)

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Denied(Exception):
    """The policy says no; the text is a short reason for the connection log."""


def is_public(address: str) -> bool:
    """Whether a literal address lies on the public internet; anything that is no plain literal does not.

    Source: the IANA special-purpose address registries (RFC 6890) and RFC 4291.
    """
    try:
        literal = ip_address(address)
    except ValueError:
        return False
    match literal:
        case IPv4Address():
            return literal.is_global and not any(literal in block for block in _IPV4_DENIED)
        case IPv6Address():
            # A zone id (fe80::1%eth0) names an interface of this machine.
            return (
                literal.scope_id is None
                and literal in _IPV6_UNICAST
                and literal.is_global
                and not any(literal in block for block in _IPV6_DENIED)
            )


def canonical_host(host: str) -> str:
    """The one spelling of a host name or literal address: lower-case ASCII, no brackets, no final dot.

    Raises Denied for what is neither: zone ids, escapes, empty labels, and the spellings of an IPv4 address that
    only the C library understands (`127.1`, `0x7f.1`, `2130706433`; WHATWG URL, "ends in a number" checker).
    """
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")  # also folds full-width and circled digits
        except UnicodeError:
            raise Denied("host form") from None
    host = host.lower().removesuffix(".")
    if "%" in host:
        raise Denied("host form")
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    labels = host.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        raise Denied("numeric host")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Denied("host form")
    return host


def check_target(host: str, port: int, exceptions: Exceptions) -> bool:
    """Whether a canonical host and port is excepted from the policy; raises Denied where its port alone rules it out.

    A literal address is judged here too, so that no name server is asked about one.
    """
    if (host, port) in exceptions:
        return True
    if port not in PORTS:
        raise Denied(f"port {port}")
    if _is_literal(host) and not is_public(host):
        raise Denied(f"address {host}")
    return False


def check_answers(answers: Sequence[str], *, excepted: bool) -> tuple[str, ...]:
    """The addresses one may connect to, in order and once each; one bad answer among them rejects the whole name.

    A name that mixes public and internal answers is an attack or a mistake, and both are refused.
    """
    addresses = tuple(dict.fromkeys(answers))
    if len(addresses) > ANSWERS_LIMIT:
        raise Denied(f"{len(addresses)} answers")
    if not excepted:
        for address in addresses:
            if not is_public(address):
                raise Denied(f"address {address}")
    return addresses


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
