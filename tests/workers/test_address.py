"""The address policy: what must be refused is refused in every spelling, and the public web is not."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.outgoing.address import (
    ANSWERS_LIMIT,
    PORTS,
    Denied,
    Exceptions,
    canonical_host,
    check_answers,
    check_target,
    is_public,
)

_NOBODY: Exceptions = frozenset()

_NEAR = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.88.99.1",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:93.184.215.14",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::1",
    "2001::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "2001:db8::1",
    "::ffff:0:127.0.0.1",
    "5f00::1",
    "3fff::1",
    "3ffe::1",
    "2001:10::1",
    "2001:20::1",
    "4000::1",
    "1fff::1",
]
_PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "2620:fe::fe",
]

# Spellings of 127.0.0.1 and friends that only the C library or a browser understands, and forms that are no host.
_ODD_SPELLINGS = [
    "127.1",
    "127.0.1",
    "0",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0x",
    "127.0.0.1..",
    "1.2.3.4.5",
    "0x7F.1",
    "fe80::1%lo",
    "fe80::1%25eth0",
    "1.2.3.4%00.example.com",
    "exa%6dple.com",
    "a..b",
    ".a",
    "a_b..c",
    "-a.example",
    "a-.example",
    "exa$mple.com",
    "example.com/",
    "example.com:80",
    "user@example.com",
    "[::1",
    "::1]",
    "example.com\\",
    "a.example#b",
]


def _refused(host: str, port: int = 443, exceptions: Exceptions = _NOBODY) -> bool:
    try:
        check_target(canonical_host(host), port, exceptions)
    except Denied:
        return True
    return False


@pytest.mark.parametrize("address", _NEAR)
def test_no_address_near_us_is_public(address: str) -> None:
    assert not is_public(address)
    assert _refused(address)


@pytest.mark.parametrize("address", _PUBLIC)
def test_addresses_of_the_public_internet_pass(address: str) -> None:
    assert is_public(address)
    assert not _refused(address)


@pytest.mark.parametrize("host", _ODD_SPELLINGS)
def test_a_host_in_an_odd_spelling_is_refused(host: str) -> None:
    assert _refused(host)


@pytest.mark.parametrize("host", ["１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "１６９．２５４．１６９．２５４"])
def test_digits_from_other_alphabets_are_read_before_they_are_judged(host: str) -> None:
    assert _refused(host)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("[2606:4700::1111]", "2606:4700::1111"),
        ("2606:4700:0:0::1111", "2606:4700::1111"),
        ("ⓛocalhost", "localhost"),
        ("приклад.укр", "xn--80aikifvh.xn--j1amh"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("3com.com", "3com.com"),
        ("123.example", "123.example"),
    ],
)
def test_one_host_has_one_spelling(written: str, canonical: str) -> None:
    assert canonical_host(written) == canonical
    assert canonical_host(canonical) == canonical


@pytest.mark.parametrize(
    "host", ["", ".", "[]", "a" * 64 + ".com", ".".join(["abcdefg"] * 40), "xn--\ud800", "a\0b", "a b"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    assert _refused(host)


@pytest.mark.parametrize("port", [0, 1, 21, 22, 25, 110, 3306, 5432, 6379, 8420, 9200, 11211, 65535])
def test_only_the_ports_of_the_web_are_open(port: int) -> None:
    assert _refused("93.184.215.14", port)
    assert _refused("example.com", port)


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_an_ipv4_address_is_never_public_inside_ipv6(number: int) -> None:
    inner = IPv4Address(number)
    halves = f"{number >> 16:x}:{number & 0xFFFF:x}"
    wrapped = [f"::ffff:{inner}", f"::{inner}", f"64:ff9b::{halves}", f"64:ff9b:1::{halves}", f"2002:{halves}::1"]
    assert not any(is_public(address) for address in wrapped)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_the_standard_library_calls_private_is_public_here(address: IPv4Address | IPv6Address) -> None:
    kinds = (address.is_private, address.is_loopback, address.is_link_local, address.is_multicast, address.is_reserved)
    if any((*kinds, address.is_unspecified)):
        assert not is_public(str(address))


@given(st.text(max_size=40))
def test_a_canonical_host_is_ascii_and_stays_as_it_is(text: str) -> None:
    try:
        host = canonical_host(text)
    except Denied:
        return
    assert host.isascii()
    assert canonical_host(host) == host
    assert not set(host) & set("%/\\@ \t\r\n\0#?[]")


@given(
    st.lists(st.sampled_from(_PUBLIC), max_size=6),
    st.sampled_from(_NEAR),
    st.lists(st.sampled_from(_PUBLIC), max_size=6),
)
def test_one_bad_answer_rejects_the_whole_name_wherever_it_stands(
    before: list[str], bad: str, after: list[str]
) -> None:
    assert check_answers([*before, *after], excepted=False) == tuple(dict.fromkeys([*before, *after]))
    with pytest.raises(Denied):
        check_answers([*before, bad, *after], excepted=False)


def test_a_name_with_a_thousand_answers_is_refused() -> None:
    answers = [f"8.8.{number // 250}.{number % 250}" for number in range(1000)]
    assert len(check_answers(answers[:ANSWERS_LIMIT], excepted=False)) == ANSWERS_LIMIT
    with pytest.raises(Denied):
        check_answers(answers, excepted=False)


def test_an_exception_opens_one_host_and_port_and_nothing_beside() -> None:
    exceptions = frozenset({("127.0.0.1", 8000), ("localhost", 5432)})
    assert check_target("127.0.0.1", 8000, exceptions)
    assert check_target("localhost", 5432, exceptions)
    assert check_answers(["127.0.0.1"], excepted=True) == ("127.0.0.1",)
    for host, port in [("127.0.0.1", 8080), ("127.0.0.2", 8080), ("localhost", 5433), ("127.0.0.1", 5432)]:
        assert _refused(host, port, exceptions)
    assert not check_target("example.com", min(PORTS), exceptions)
