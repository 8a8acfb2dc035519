"""OpenTimestamps proofs: begun, grown until a block carries them, read by the reference client, refused when forged."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from opentimestamps.core.notary import PendingAttestation
from opentimestamps.core.op import OpSHA256
from opentimestamps.core.timestamp import Timestamp

from storage.integrity import ots
from storage.integrity.ots import Begun
from storage.integrity.timestamp import BadStamp
from tests.storage.integrity.calendar import Calendar, block_of, written

_CONTENT = b"archive.example/custody\n7\nwXRfNKoWN2wmU5yI\n"


@pytest.fixture
def calendars() -> list[Calendar]:
    return [Calendar("https://a.calendar.example"), Calendar("https://b.calendar.example")]


@pytest.fixture
def proof(calendars: list[Calendar]) -> bytes:
    begun = Begun.of(_CONTENT)
    return ots.proof_of(begun, [calendar.promise(begun.commitment) for calendar in calendars])


def _grown(proof: bytes, calendar: Calendar) -> bytes:
    for one in ots.waiting(proof):
        answer = calendar.answer(one.commitment) if one.calendar == calendar.url else None
        if answer is not None:
            proof = ots.upgraded(proof, one.commitment, answer)
    return proof


def test_calendars_see_a_number_that_tells_them_nothing(calendars: list[Calendar]) -> None:
    assert Begun.of(_CONTENT).commitment != Begun.of(_CONTENT).commitment
    assert Begun.of(_CONTENT).digest == hashlib.sha256(_CONTENT).digest()


def test_a_proof_waits_until_a_block_carries_it(proof: bytes, calendars: list[Calendar]) -> None:
    assert [one.calendar for one in ots.waiting(proof)] == [calendar.url for calendar in calendars]
    assert ots.heights(proof) == []
    assert _grown(proof, calendars[0]) == proof
    calendars[0].make_block(900_000)
    once = _grown(proof, calendars[0])
    assert [one.calendar for one in ots.waiting(once)] == [calendars[1].url]
    calendars[1].make_block(900_001)
    twice = _grown(once, calendars[1])
    assert ots.waiting(twice) == []
    assert ots.heights(twice) == [900_000, 900_001]
    assert ots.verify_blocks(twice, _CONTENT, calendars[0].blocks) == [900_000]
    assert ots.digest_of(twice) == hashlib.sha256(_CONTENT).digest()


def test_a_calendar_cannot_grow_a_proof_beyond_what_is_read(calendars: list[Calendar]) -> None:
    """Each answer is small enough by itself; kept behind one another nobody could read them any more."""
    begun = Begun.of(_CONTENT)
    begin = ots.proof_of(begun, [_deep(begun.commitment, 200)])
    [one] = ots.waiting(begin)
    with pytest.raises(BadStamp):
        ots.upgraded(begin, one.commitment, _deep(one.commitment, 200))
    with pytest.raises(BadStamp):
        ots.proof_of(begun, [_deep(begun.commitment, 255)])


def _deep(commitment: bytes, steps: int) -> bytes:
    """An answer that leads to another promise over many steps."""
    tree = node = Timestamp(commitment)
    for _ in range(steps):
        node = node.ops.add(OpSHA256())
    node.attestations.add(PendingAttestation("https://a.calendar.example"))
    return written(tree)


def test_the_opentimestamps_client_reads_the_same_proof(
    proof: bytes, calendars: list[Calendar], tmp_path: Path
) -> None:
    calendars[0].make_block(900_000)
    file = tmp_path / "checkpoint.ots"
    file.write_bytes(_grown(proof, calendars[0]))
    client = shutil.which("ots", path=str(Path(sys.executable).parent))
    assert client is not None
    told = subprocess.run([client, "--no-cache", "info", str(file)], capture_output=True, text=True, check=True).stdout
    assert f"File sha256 hash: {hashlib.sha256(_CONTENT).hexdigest()}" in told
    assert "BitcoinBlockHeaderAttestation(900000)" in told
    assert "PendingAttestation('https://b.calendar.example')" in told


def test_fault_D11_a_block_that_says_something_else_is_told(proof: bytes, calendars: list[Calendar]) -> None:
    calendars[0].make_block(900_000)
    grown = _grown(proof, calendars[0])
    with pytest.raises(BadStamp, match="block 900000 does not commit"):
        ots.verify_blocks(grown, _CONTENT, {900_000: b"\0" * 32})
    with pytest.raises(BadStamp, match="of other bytes"):
        ots.verify_blocks(grown, _CONTENT + b" ", calendars[0].blocks)
    assert ots.verify_blocks(grown, _CONTENT, {}) == []


def test_fault_D11_every_flipped_bit_of_a_proof_is_refused_or_leads_to_no_block(calendars: list[Calendar]) -> None:
    """A path that was bent leads to other bytes than the block's; a bent promise leads to no block at all."""
    begun = Begun.of(_CONTENT)
    begin = ots.proof_of(begun, [calendars[0].promise(begun.commitment)])
    calendars[0].make_block(900_000)
    whole, honest = _grown(begin, calendars[0]), calendars[0].blocks[900_000]
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << (bit % 8)
        try:
            proved = ots.verify_blocks(bytes(flipped), _CONTENT, {900_000: honest})
        except BadStamp:
            continue
        # What can still change unseen is the name of the calendar that promised, and it proves nothing.
        assert proved == [] or ots.heights(bytes(flipped)) == [900_000]


@pytest.mark.parametrize("wrong", [b"", b"\0", b"\xff" * 40, b"\xf0" * 20_000, b"\x08" * 9_000])
def test_what_a_calendar_must_not_answer_is_refused(proof: bytes, wrong: bytes) -> None:
    begun = Begun.of(_CONTENT)
    with pytest.raises(BadStamp):
        ots.proof_of(begun, [wrong])
    with pytest.raises(BadStamp):
        ots.upgraded(proof, ots.waiting(proof)[0].commitment, wrong)


def test_an_upgrade_of_another_commitment_is_refused(proof: bytes, calendars: list[Calendar]) -> None:
    with pytest.raises(BadStamp, match="no such commitment"):
        ots.upgraded(proof, b"\0" * 32, calendars[0].promise(b"\0" * 32))


@pytest.mark.parametrize("wrong", [b"", b"not a proof", b"\0" * 100_000])
def test_what_is_no_proof_is_refused(wrong: bytes) -> None:
    for look in (ots.waiting, ots.heights, ots.digest_of):
        with pytest.raises(BadStamp):
            look(wrong)


def test_without_any_answer_there_is_no_proof() -> None:
    with pytest.raises(BadStamp, match="no calendar"):
        ots.proof_of(Begun.of(_CONTENT), [])
    assert len(block_of(b"x" * 32, 1)) == 32
