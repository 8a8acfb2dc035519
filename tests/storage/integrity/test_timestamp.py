"""Time stamps of a real authority, and everything that is not one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from storage.integrity.timestamp import (
    BadStamp,
    Question,
    Stamp,
    certificates,
    chain_of,
    is_about,
    question,
    verify_stamp,
)
from tests.storage.integrity.authority import Authority, authority

_CONTENT = b"archive.example/custody\n7\nwXRfNKoWN2wmU5yI\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authorities")


@pytest.fixture(scope="module")
def ours(place: Path) -> Authority:
    return authority(place)


@pytest.fixture(scope="module")
def asked() -> Question:
    return question(_CONTENT)


@pytest.fixture(scope="module")
def token(ours: Authority, asked: Question) -> bytes:
    return ours.answer(asked.der)


def test_a_token_says_when_by_whom_and_under_which_policy(ours: Authority, asked: Question, token: bytes) -> None:
    found = verify_stamp(token, _CONTENT, certificates(ours.root), nonce=asked.nonce)
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=2)
    assert found == Stamp(found.at, found.serial, "1.2.3.4.1", f"CN=Signer {ours.folder.name}")
    assert is_about(token, _CONTENT)
    assert len(chain_of(token)) == 1


def test_fault_D11_a_token_over_other_bytes_is_refused(ours: Authority, token: bytes) -> None:
    with pytest.raises(BadStamp, match="Mismatch between messages"):
        verify_stamp(token, _CONTENT + b" ", certificates(ours.root))


def test_fault_D11_an_answer_to_another_question_is_refused(ours: Authority, token: bytes) -> None:
    with pytest.raises(BadStamp, match="Nonce"):
        verify_stamp(token, _CONTENT, certificates(ours.root), nonce=question(_CONTENT).nonce)


def test_fault_D11_an_authority_nobody_pinned_is_refused(place: Path, token: bytes) -> None:
    with pytest.raises(BadStamp):
        verify_stamp(token, _CONTENT, certificates(authority(place).root))
    with pytest.raises(BadStamp, match="no root that is trusted"):
        verify_stamp(token, _CONTENT, [])


@pytest.mark.parametrize("good_for", [(-30.0, -1.0), (1.0, 30.0)])
def test_fault_D11_a_signer_whose_certificate_was_not_good_then_is_refused(
    place: Path, good_for: tuple[float, float]
) -> None:
    late = authority(place, good_for=good_for)
    with pytest.raises(BadStamp):
        verify_stamp(late.answer(question(_CONTENT).der), _CONTENT, certificates(late.root))


def test_fault_D11_a_certificate_for_something_else_stamps_no_time(ours: Authority, token: bytes) -> None:
    """A web server's certificate of the same key, number and root, put in the place of the authority's own."""
    same = ours.with_purpose(token, ExtendedKeyUsageOID.TIME_STAMPING)
    other = ours.with_purpose(token, ExtendedKeyUsageOID.SERVER_AUTH)
    assert token != other
    with pytest.raises(BadStamp):
        verify_stamp(other, _CONTENT, certificates(ours.root))
    assert verify_stamp(same, _CONTENT, certificates(ours.root))


def test_fault_D11_of_all_flipped_bits_those_that_pass_change_nothing_that_is_said(
    ours: Authority, asked: Question, token: bytes
) -> None:
    """Every bit is tried. What passes lies where nobody signs; the token's digest in the log is there for that."""
    roots = certificates(ours.root)
    honest = verify_stamp(token, _CONTENT, roots, nonce=asked.nonce)
    passed = 0
    for bit in range(8 * len(token)):
        flipped = bytearray(token)
        flipped[bit // 8] ^= 1 << (bit % 8)
        try:
            found = verify_stamp(bytes(flipped), _CONTENT, roots, nonce=asked.nonce)
        except BadStamp:
            continue
        passed += 1
        assert found == honest, f"bit {bit}"
    assert passed < 8 * len(token) / 50


@pytest.mark.parametrize("wrong", [b"", b"0", b"not a token", b"\x30\x03\x02\x01\x00", b"\0" * 100_000])
def test_fault_D11_what_is_no_token_is_refused(ours: Authority, wrong: bytes) -> None:
    with pytest.raises(BadStamp):
        chain_of(wrong)
    with pytest.raises(BadStamp):
        is_about(wrong, _CONTENT)
    with pytest.raises(BadStamp):
        verify_stamp(wrong, _CONTENT, certificates(ours.root))


def test_fault_D11_a_token_with_something_after_it_is_refused(ours: Authority, token: bytes) -> None:
    with pytest.raises(BadStamp):
        verify_stamp(token + b"\0", _CONTENT, certificates(ours.root))


def test_a_refusal_of_the_authority_is_told_as_one(ours: Authority) -> None:
    refused = ours.answer(question(_CONTENT).der[:-1])
    with pytest.raises(BadStamp):
        is_about(refused, _CONTENT)
