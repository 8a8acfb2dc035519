"""How keys follow one another: whoever knows one key of a chain knows all of it, and nobody makes up a link."""

from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Altered
from storage.integrity.checkpoint import Checkpoint, LogKey, open_checkpoint
from storage.integrity.note import Kind, Note, NoteKey, Signer, joined
from storage.integrity.succession import (
    FORMAT,
    Succession,
    chain_of,
    extended,
    joined_keys,
    open_succession,
    periods,
)
from storage.integrity.trust import split_keys

NAME = "archive.example/custody"


def _signer(number: int, name: str = NAME, kind: Kind = Kind.ED25519) -> Signer:
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


SIGNERS = [_signer(number) for number in range(4)]
ENDS = (5, 9, 14)
NOTES = [
    Succession(old.public, new.public, Checkpoint(NAME, end, bytes([end]) * 32)).signed(old, new)
    for (old, new), end in zip(pairwise(SIGNERS), ENDS, strict=True)
]
CHAIN = tuple(map(open_succession, NOTES))


def _checkpoint(signer: Signer, size: int) -> bytes:
    text = Checkpoint(NAME, size, bytes(32)).text()
    return joined(text, [signer.sign(text)])


@pytest.mark.parametrize("known", range(4))
def test_whoever_knows_one_key_believes_every_key_for_its_own_sizes(known: int) -> None:
    keys = joined_keys([LogKey(SIGNERS[known].public)], CHAIN)
    firsts, lasts = (0, 6, 10, 15), (5, 9, 14, 30)
    for signer, first, last in zip(SIGNERS, firsts, lasts, strict=True):
        for size in {first, last}:
            assert open_checkpoint(_checkpoint(signer, size), keys).key == signer.public
        for size in {first - 1, last + 1} - {-1, 31}:
            with pytest.raises(Altered, match="not one for that size"):
                open_checkpoint(_checkpoint(signer, size), keys)


def test_a_key_named_with_its_end_names_nobody_any_more() -> None:
    """Who knows that a key has ended has heard so from the archive, and would know the next one."""
    first, second, *_ = (signer.public for signer in SIGNERS)
    keys = joined_keys([LogKey(first, 0, 5)], CHAIN)
    assert {one.key for one in keys} == {first}
    keys = joined_keys([LogKey(first, 0, 5), LogKey(second, 6)], CHAIN)
    assert {one.key for one in keys} == {signer.public for signer in SIGNERS}


def test_what_was_named_with_sizes_keeps_them() -> None:
    [own, *_] = joined_keys([LogKey(SIGNERS[1].public, 7, 8)], CHAIN)
    assert (own.first_size, own.last_size) == (7, 8)
    [own, *_] = joined_keys([LogKey(SIGNERS[1].public)], CHAIN)
    assert (own.first_size, own.last_size) == (6, 9)


def test_a_chain_of_strangers_joins_nobody() -> None:
    stranger = LogKey(_signer(9).public)
    assert joined_keys([stranger], CHAIN) == [stranger]
    assert joined_keys([], CHAIN) == []
    assert joined_keys([stranger], ()) == [stranger]


@given(st.integers(0, 2), st.data())
def test_every_flipped_bit_of_a_succession_is_found(which: int, data: st.DataObject) -> None:
    whole = bytearray(NOTES[which])
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Altered):
        open_succession(bytes(whole))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=5))
def test_only_the_true_order_is_a_chain(order: list[int]) -> None:
    is_chain = all(later == earlier + 1 for earlier, later in pairwise(order))

    def build() -> tuple[Succession, ...]:
        chain: tuple[Succession, ...] = ()
        for which in order:
            chain = extended(chain, CHAIN[which])
        return chain

    if is_chain:
        assert [one.key for one in periods(build())] == [one.public for one in SIGNERS[order[0] : order[-1] + 2]]
    else:
        with pytest.raises(Altered, match="does not follow"):
            build()


def _made(old: Signer, new: Signer, size: int = 5, *signers: Signer, origin: str = NAME) -> bytes:
    succession = Succession(old.public, new.public, Checkpoint(origin, size, bytes(32)))
    return joined(succession.text(), [one.sign(succession.text()) for one in signers or (old, new)])


_FIRST, _SECOND, _STRANGER = SIGNERS[0], SIGNERS[1], _signer(9)
_ELSEWHERE = _signer(7, "another.example")
FORGED: dict[str, tuple[bytes, str]] = {
    "by the old key alone": (_made(_FIRST, _SECOND, 5, _FIRST), "signed by the old key and the new"),
    "by the new key alone": (_made(_FIRST, _SECOND, 5, _SECOND), "signed by the old key and the new"),
    "by somebody else too": (_made(_FIRST, _SECOND, 5, _FIRST, _SECOND, _STRANGER), "by nobody else"),
    "by a stranger for the old key": (_made(_FIRST, _STRANGER, 5, _STRANGER), "signed by the old key and the new"),
    "to itself": (_made(_FIRST, _FIRST, 5, _FIRST), "another key of the same log"),
    "to a key of another log": (_made(_FIRST, _ELSEWHERE), "another key of the same log"),
    "at a checkpoint of another log": (_made(_FIRST, _SECOND, origin="another.example"), "the same log"),
    "to a witness": (_made(_FIRST, _signer(3, kind=Kind.COSIGNATURE)), "another key of the same log"),
    "a checkpoint": (_checkpoint(_FIRST, 5), "two keys and a checkpoint"),
    "in another format": (NOTES[0].replace(b"succession/1", b"succession/2"), "two keys and a checkpoint"),
    "with a space before a key": (NOTES[0].replace(b"\narch", b"\n arch", 1), "a key that is none"),
    "with a key that is none": (NOTES[0].replace(f"{_SECOND.public}".encode(), b"x"), "a key that is none"),
}


@pytest.mark.parametrize("what", list(FORGED))
def test_a_succession_that_not_both_have_signed_is_none(what: str) -> None:
    whole, sentence = FORGED[what]
    with pytest.raises(Altered, match=sentence):
        open_succession(whole)


def test_a_fork_a_step_back_and_a_key_that_comes_back_are_no_chain() -> None:
    for following in (_made(_FIRST, _STRANGER, 9), _made(_SECOND, _STRANGER, 5), _made(_SECOND, _STRANGER, 4)):
        with pytest.raises(Altered, match="does not follow"):
            extended(CHAIN[:1], open_succession(following))
    with pytest.raises(Altered, match="came back"):
        extended(CHAIN[:1], open_succession(_made(_SECOND, _FIRST, 9)))


def test_what_is_known_from_two_places_is_one_chain_or_an_error() -> None:
    assert chain_of([CHAIN[1], CHAIN[0], CHAIN[1], CHAIN[2]]) == CHAIN
    with pytest.raises(Altered, match="does not follow"):
        chain_of([*CHAIN, open_succession(_made(_SECOND, _STRANGER, 9))])


def test_a_key_file_may_hold_successions_beside_its_keys(tmp_path: Path) -> None:
    text = f"# Our archive\n{_FIRST.public}\n\n" + "".join(note.decode() for note in NOTES) + f"{_ELSEWHERE.public} 3\n"
    for spelled in (text, text.replace("\n", "\r\n")):
        trust = split_keys(spelled)
        assert tuple(trust.successions) == CHAIN
        assert [one.key for one in trust.keys] == [_FIRST.public, _ELSEWHERE.public]
    for wrong in (
        text.replace("archive.example/custody\n9\n", "archive.example/custody\n8\n"),
        text[: text.index("— ")],
        text + _made(_SECOND, _STRANGER, 9).decode(),
        f"{FORMAT}\n",
    ):
        with pytest.raises(ValueError, match=r"."):
            split_keys(wrong)
    assert Note.parse(NOTES[0]).signed_by(NoteKey.parse(str(_FIRST.public)))
