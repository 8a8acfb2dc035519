"""Notes as other people's software writes them, and every way of writing one twice, which is refused."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.integrity.note import (
    MOST_SIGNATURES,
    Algorithm,
    BadSignature,
    Malformed,
    Note,
    Signature,
    Signer,
    VerifierKey,
    from_base64,
    from_decimal,
    parse_note,
    to_base64,
    verify,
)

# From the documentation of golang.org/x/mod/sumdb/note, the first program to write them.
_GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
_GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
_LOG = Signer("archive.example/custody", Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest()))
_WITNESS = Signer("witness.example/w1", Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"witness").digest()))
_TEXT = "archive.example/custody\n7\nwXRfNKoWN2wmU5yI\n"
_NOTE = str(Note(_TEXT, (_LOG.sign(_TEXT), _WITNESS.cosign(_TEXT, 1_790_000_000))))
_KEYS = (_LOG.key(), _WITNESS.key(Algorithm.COSIGNATURE))


def test_a_note_of_another_program_is_read_and_believed() -> None:
    key = VerifierKey.parse(_GO_KEY)
    note = parse_note(_GO_NOTE.encode())
    assert str(key) == _GO_KEY
    assert str(note) == _GO_NOTE
    assert [signed.key for signed in verify(note, [key])] == [key]


def test_what_is_signed_is_read_back_with_the_witness_and_its_time() -> None:
    note = parse_note(_NOTE.encode())
    assert [(signed.key, signed.at_s) for signed in verify(note, _KEYS)] == [
        (_KEYS[0], None),
        (_KEYS[1], 1_790_000_000),
    ]


def test_a_note_signed_by_nobody_known_is_signed_by_nobody() -> None:
    stranger = Signer(_LOG.name, Ed25519PrivateKey.generate()).key()
    assert verify(parse_note(_NOTE.encode()), [stranger]) == ()


def test_a_name_with_a_cosignature_key_does_not_pass_for_its_note_key() -> None:
    """The same private key for two kinds of statement: neither signature counts as the other."""
    note = parse_note(str(Note(_TEXT, (_LOG.cosign(_TEXT, 5),))).encode())
    assert verify(note, [_LOG.key()]) == ()
    assert len(verify(note, [_LOG.key(Algorithm.COSIGNATURE)])) == 1


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = "one\n\ntwo\n"
    note = parse_note(str(Note(text, (_LOG.sign(text),))).encode())
    assert note.text == text
    assert verify(note, [_LOG.key()])


def test_sixteen_signatures_are_read_as_the_standard_asks() -> None:
    others = tuple(Signer(f"w{number}.example", Ed25519PrivateKey.generate()).sign(_TEXT) for number in range(15))
    assert len(parse_note(str(Note(_TEXT, (*others, _LOG.sign(_TEXT)))).encode()).signatures) == 16


def _lines(*lines: str) -> bytes:
    return (_TEXT + "\n" + "".join(lines)).encode()


_LINE = _LOG.sign(_TEXT).line()
_RAW = _LOG.sign(_TEXT).key_id + _LOG.sign(_TEXT).blob


@pytest.mark.parametrize(
    ("what", "raw"),
    [
        ("CRLF", _NOTE.replace("\n", "\r\n").encode()),
        ("a carriage return", _NOTE.replace("7\n", "7\r\n").encode()),
        ("a tab", _NOTE.replace("7\n", "7\t\n").encode()),
        ("a null", _NOTE.replace("7\n", "7\0\n").encode()),
        ("not UTF-8", _NOTE.encode() + b"\xff"),
        ("a lone surrogate", _NOTE.encode()[:10] + b"\xed\xa0\x80" + _NOTE.encode()[10:]),
        ("no signature", (_TEXT + "\n").encode()),
        ("no empty line", (_TEXT + _LINE).encode()),
        ("no text", ("\n\n" + _LINE).encode()),
        ("nothing", b""),
        ("no last line break", _NOTE.encode()[:-1]),
        ("an empty line at the end", _NOTE.encode() + b"\n"),
        ("the same line twice", _lines(_LINE, _LINE)),
        ("the same key twice", _lines(_LINE, Signature(_LOG.name, _RAW[:4], b"\0" * 64).line())),
        ("10,000 lines", _lines(*(Signature(f"w{n}", b"\0\0\0\1", b"x").line() for n in range(10_000)))),
        ("one line too many", _lines(*(Signature(f"w{n}", b"abcd", b"x").line() for n in range(MOST_SIGNATURES + 1)))),
        ("a megabyte", b"a" * (1 << 20) + _NOTE.encode()),
        ("a hyphen for the dash", _lines(_LINE.replace("\u2014", "-"))),
        ("an en dash for the dash", _lines(_LINE.replace("\u2014", "\u2013"))),
        ("two spaces", _lines(_LINE.replace("\u2014 ", "\u2014  "))),
        ("a trailing space", _lines(_LINE[:-1] + " \n")),
        ("a no-break space in the name", _lines(_LINE.replace(_LOG.name, "archive\u00a0example"))),
        ("a line separator in the name", _lines(_LINE.replace(_LOG.name, "archive\u2028example"))),
        ("a plus in the name", _lines(_LINE.replace(_LOG.name, "archive+example"))),
        ("no name", _lines(_LINE.replace(_LOG.name, ""))),
        ("no base64", _lines(f"\u2014 {_LOG.name} \n")),
        ("a key id alone", _lines(f"\u2014 {_LOG.name} {to_base64(_RAW[:4])}\n")),
        ("padding left out", _lines(f"\u2014 {_LOG.name} {to_base64(_RAW).rstrip('=')}\n")),
        ("a bit in the padding", _lines(f"\u2014 {_LOG.name} {to_base64(_RAW)[:-2]}B=\n")),
        ("the URL alphabet", _lines(f"\u2014 {_LOG.name} {'-_' + to_base64(_RAW)[2:]}\n")),
        ("a line break inside base64", _lines(f"\u2014 {_LOG.name} {to_base64(_RAW)[:8]}\n{to_base64(_RAW)[8:]}\n")),
    ],
)
def test_fault_D12_a_note_that_is_not_written_the_one_way_is_refused(what: str, raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_note(raw)
    assert parse_note(_NOTE.encode()), what


def test_fault_D12_a_look_alike_name_is_refused_as_a_key_and_never_believed() -> None:
    """A Cyrillic letter, a soft hyphen, a full-width slash, a zero-width joiner, letters made of two."""
    for name in (
        "\u0430rchive.example",
        "arch\u00adive.example",
        "archive.example\uff0fx",
        "a\u200dr.example",
        "e\u0301",
    ):
        with pytest.raises(Malformed, match="printable ASCII"):
            VerifierKey(name, Algorithm.NOTE, _LOG.key().public)
        line = Signature(name, _LOG.key().id, _LOG.sign(_TEXT).blob)
        assert verify(parse_note(str(Note(_TEXT, (line,))).encode()), [_LOG.key()]) == ()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 8 * len(_NOTE.encode()) - 1))
def test_fault_D12_every_flipped_bit_of_a_note_is_found(bit: int) -> None:
    """Refused in its form, or by its signatures, or one of the two signers is not there any more."""
    flipped = bytearray(_NOTE.encode())
    flipped[bit // 8] ^= 1 << (bit % 8)
    try:
        found = verify(parse_note(bytes(flipped)), _KEYS)
    except (Malformed, BadSignature):
        return
    assert len(found) < 2


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.integers(0, 80))
def test_a_note_that_is_read_is_written_the_same_again(inserted: str, at: int) -> None:
    raw = (_NOTE[:at] + inserted + _NOTE[at:]).encode("utf-8", "surrogatepass")
    try:
        note = parse_note(raw)
    except Malformed:
        return
    assert str(note).encode() == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peterneumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+AhpcMQ==",
        _GO_KEY + "\n",
        " " + _GO_KEY,
    ],
)
def test_a_key_that_is_mistyped_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "01", "00", " 1", "1 ", "1_0", "\u0663", "\u00b2", "9223372036854775808", "1" * 40]
)
def test_a_number_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        from_decimal(text)


@given(st.binary(max_size=80))
def test_base64_has_one_spelling(raw: bytes) -> None:
    assert from_base64(to_base64(raw)) == raw
    for wrong in (to_base64(raw) + "\n", to_base64(raw) + "=", " " + to_base64(raw)):
        with pytest.raises(Malformed):
            from_base64(wrong)
