"""What can be done to a package: one table, which every verifier must read in the same way."""

import hashlib
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.integrity import bag
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.note import Kind, Signer, joined
from storage.integrity.succession import Succession
from tests.storage.package.packed import ORIGINAL, Packed

Change = Callable[[bytes], bytes]
EVENTS, SEAL = "data/events.jsonl", "manifest.sig"


def files(folder: Path) -> list[Path]:
    """Every file, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _rewrite(name: str, change: Change) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes())) and None


def _add(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(b"x") and None


def _swap(folder: Path) -> None:
    one, other = sorted((folder / "data" / "ledger" / "proofs").iterdir())[:2]
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def _reordered(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([lines[1], lines[0], *lines[2:]])


def _first(folder: Path) -> Path:
    return next((folder / "data" / "originals").iterdir())


def _spelled(whole: bytes) -> bytes:
    """A signature whose last letter before the padding says the same bytes another way."""
    text, line = whole.rstrip(b"\n").rsplit(b" ", 1)
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = line.rstrip(b"=")
    at = letters.index(body[-1:])
    return text + b" " + body[:-1] + letters[at ^ 1 : (at ^ 1) + 1] + line[len(body) :] + b"\n"


DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "an original cut short": ("bytes", lambda folder: _first(folder).write_bytes(ORIGINAL[:-1]) and None),
    "an original with more": ("bytes", lambda folder: _first(folder).write_bytes(ORIGINAL + b"\0") and None),
    "an original gone": ("list", lambda folder: _first(folder).unlink()),
    "an original emptied": ("bytes", lambda folder: _first(folder).write_bytes(b"") and None),
    "one file more": ("list", _add("data/more.txt")),
    "a hidden file more": ("list", _add("data/.hidden")),
    "a file of another script more": ("list", _add("data/доказ 1.mp4")),
    "another manifest": ("list", _add("manifest-md5.txt")),
    "a name that turns the writing": ("form", _add("data/a\u202egpj.exe")),
    "a name in parts": ("form", _add("data/e\u0301.txt")),
    "a name in large letters": ("form", _add("data/FILES.json")),
    "a manifest reordered": ("seal", _rewrite("tagmanifest-sha256.txt", _reordered)),
    "a payload manifest reordered": ("list", _rewrite("manifest-sha256.txt", _reordered)),
    "a payload manifest with a line twice": (
        "list", _rewrite("manifest-sha256.txt", lambda whole: whole + whole.splitlines(keepends=True)[-1]),
    ),
    "a payload manifest in large letters": ("list", _rewrite("manifest-sha256.txt", bytes.upper)),
    "a payload manifest that is no text": ("list", _rewrite("manifest-sha512.txt", lambda whole: whole + b"\xff\n")),
    "a payload manifest cut": ("list", _rewrite("manifest-sha256.txt", lambda whole: whole[:-1])),
    "events reordered": ("bytes", _rewrite(EVENTS, _reordered)),
    "events gone": ("list", lambda folder: (folder / EVENTS).unlink()),
    "proofs swapped": ("bytes", _swap),
    "the seal gone": ("form", lambda folder: (folder / SEAL).unlink()),
    "the seal emptied": ("seal", _rewrite(SEAL, lambda _: b"")),
    "the seal signed twice": ("seal", _rewrite(SEAL, lambda whole: whole + whole.split(b"\n\n")[1])),
    "the seal with a signature of nobody": ("seal", _rewrite(SEAL, lambda whole: whole + "— x AAAA\n".encode())),
    "the seal with 10,000 signatures": (
        "seal", _rewrite(SEAL, lambda whole: whole + "— x AAAAAAAA\n".encode() * 10_000),
    ),
    "the seal too long": ("seal", _rewrite(SEAL, lambda whole: whole + b"x" * (1 << 20))),
    "the seal's signature spelled another way": ("seal", _rewrite(SEAL, _spelled)),
    "the seal of a look-alike": (
        "seal", _rewrite(SEAL, lambda whole: whole.replace(b"archive.example", "\u0430rchive.example".encode())),
    ),
    "the seal in another format": ("seal", _rewrite(SEAL, lambda whole: whole.replace(b"package/1", b"package/2"))),
    "the seal of another item": ("seal", _rewrite(SEAL, lambda whole: re.sub(rb"itm_.", b"itm_z", whole))),
    "line ends of another system": ("seal", _rewrite(SEAL, lambda whole: whole.replace(b"\n", b"\r\n"))),
    "keys that are none": ("seal", _rewrite("data/ledger/keys.txt", lambda whole: whole + b"x\n")),
    "no declaration": ("form", _rewrite("bagit.txt", lambda whole: whole.replace(b"1.0", b"0.97"))),
    "a declaration with a mark before it": ("form", _rewrite("bagit.txt", lambda whole: b"\xef\xbb\xbf" + whole)),
    "a proof gone": ("list", lambda folder: next((folder / "data/ledger/proofs").iterdir()).unlink()),
}  # fmt: skip


def resealed(packed: Packed, name: str, change: Change, signer: Signer) -> None:
    """Change a file and set every digest and the seal anew, as somebody with a key would."""
    path = packed.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(change(path.read_bytes() if path.exists() else b""))
    there = {one.relative_to(packed.folder).as_posix(): one.read_bytes() for one in files(packed.folder)}
    sealed = {}
    for algorithm in bag.ALGORITHMS:
        within = [one for one in there if one.startswith("data/")]
        digests = {one: hashlib.new(algorithm, there[one]).hexdigest() for one in within}
        there[f"manifest-{algorithm}.txt"] = bag.manifest(digests)
    for algorithm in bag.ALGORITHMS:
        beside = {
            one: hashlib.new(algorithm, there[one]).hexdigest()
            for one in there
            if not one.startswith(("data/", "tagmanifest-")) and one != SEAL
        }
        there[f"tagmanifest-{algorithm}.txt"] = bag.manifest(beside)
        sealed[algorithm] = hashlib.new(algorithm, there[f"tagmanifest-{algorithm}.txt"]).hexdigest()
    text = bag.Seal(signer.name, packed.item, sealed).text()
    there[SEAL] = joined(text, [signer.sign(text)])
    for one, content in there.items():
        (packed.folder / one).write_bytes(content)


PROOF = "the first proof"
FORGERY: dict[str, tuple[str, Change, str]] = {
    "an event's text": (EVENTS, lambda whole: whole.replace(b"yt-dlp", b"yt-dlq"), "events"),
    "an event left out": (EVENTS, lambda whole: b"".join(whole.splitlines(keepends=True)[1:]), "events"),
    "an event twice": (EVENTS, lambda whole: whole + whole.splitlines(keepends=True)[-1], "events"),
    "the last event's text": (
        EVENTS, lambda whole: whole.replace(b'"svidok.package/1"', b'"svidok.package/2"'), "ledger",
    ),
    "an event spelled another way": (EVENTS, lambda whole: whole.replace(b'":"', b'": "', 1), "events"),
    "an event with a member twice": (
        EVENTS, lambda whole: whole.replace(b'{"agent"', b'{"agent":{},"agent"', 1), "events",
    ),
    "an event that is a list": (EVENTS, lambda whole: b"[]\n" + whole, "events"),
    "an event with no number": (EVENTS, lambda whole: whole.replace(b'"at":', b'"a":NaN,"at":', 1), "events"),
    "an event with a number too large": (
        EVENTS, lambda whole: whole.replace(b'"at":', b'"at":9007199254740993,"ax":', 1), "events",
    ),
    "an event with half a letter": (EVENTS, lambda whole: whole.replace(b'"at":"', b'"at":"\\ud800', 1), "events"),
    "an event too deep": (EVENTS, lambda whole: b"[" * 200_000 + b"\n" + whole, "events"),
    "events without an end": (EVENTS, lambda whole: whole[:-1], "events"),
    "events that are no text": (EVENTS, lambda whole: whole.replace(b"capture", b"captur\xe9", 1), "events"),
    "a file said to lie elsewhere": (
        "data/files.json", lambda whole: whole.replace(b'"data/originals/', b'"data/products/'), "files",
    ),
    "a file under another digest": (
        "data/files.json", lambda whole: re.sub(rb'"sha256": "[0-9a-f]', b'"sha256": "x', whole, count=1), "files",
    ),
    "files that are no document": ("data/files.json", lambda whole: b"\xef\xbb\xbf" + whole, "files"),
    "files that are no list": ("data/files.json", lambda _: b'{"files": {"a": 1}}', "files"),
    "files of another kind": ("data/files.json", lambda _: b'{"files": [7]}', "files"),
    "a file that nobody lists": ("data/files.json", lambda _: b'{"files": []}', "files"),
    "the checkpoint": ("data/ledger/checkpoint", lambda whole: whole.replace(b"\n4\n", b"\n5\n"), "ledger"),
    "the checkpoint cut": ("data/ledger/checkpoint", lambda whole: whole[:-2] + b"\n", "ledger"),
    "a checkpoint of four lines": (
        "data/ledger/checkpoint", lambda whole: whole.replace(b"\n4\n", b"\n4\nx\n"), "ledger",
    ),
    "a proof of another place": (PROOF, lambda whole: re.sub(rb"index \d+", b"index 2", whole), "ledger"),
    "a proof of no place": (PROOF, lambda whole: re.sub(rb"index \d+", b"index 99", whole), "ledger"),
    "a proof in another spelling": (PROOF, lambda whole: re.sub(rb"index (\d+)", rb"index 0\1", whole), "ledger"),
    "a proof with a hash more": (
        PROOF, lambda whole: whole.replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1), "ledger",
    ),
    "a proof with a short hash": (PROOF, lambda whole: whole.replace(b"\n\n", b"\nAAAA\n\n", 1), "ledger"),
    "a proof with a hash of no spelling": (PROOF, lambda whole: whole.replace(b"\n\n", b"\n?\n\n", 1), "ledger"),
    "a proof without hashes": (
        PROOF, lambda whole: re.sub(rb"(index \d+\n).*?\n\n", rb"\1\n", whole, count=1, flags=re.S), "ledger",
    ),
    "a proof of another script": (PROOF, lambda whole: "ї".encode() + whole, "ledger"),
    "a proof emptied": (PROOF, lambda _: b"", "ledger"),
    "a proof too long": (PROOF, lambda whole: whole + b"x" * (1 << 20), "ledger"),
    "a proof for another checkpoint": (PROOF, lambda whole: whole.replace(b"\n4\n", b"\n3\n"), "ledger"),
}  # fmt: skip

# What can be done to the package of a record by somebody with the archive's own key: file, change, check that fails.
RECORD_FORGERY: dict[str, tuple[str, Change, str]] = {
    "other words": ("data/record.json", lambda whole: whole.replace(b"svidok-record/1", b"svidok-record/2"), "files"),
    "an event of another record": (
        EVENTS, lambda whole: re.sub(rb'"record":"rec_.', b'"record":"rec_z', whole), "events",
    ),
    "an event of no record": (EVENTS, lambda whole: whole.replace(b'"record":"', b'"r":"'), "events"),
    "an event with other words": (EVENTS, lambda whole: whole.replace(b"record/1", b"record/2"), "ledger"),
    "the event twice": (EVENTS, lambda whole: whole * 2, "events"),
    "no event": (EVENTS, lambda _: b"", "events"),
    "another digest": (
        "data/files.json", lambda whole: re.sub(rb'"sha256": "[0-9a-f]', b'"sha256": "x', whole), "files",
    ),
    "a file of the item": ("data/originals/x.mp4", lambda _: b"x", "files"),
}  # fmt: skip


def forge(packed: Packed, what: str) -> None:
    """Do one of these forgeries, with the archive's own key."""
    name, change, _ = (FORGERY | RECORD_FORGERY)[what]
    if name == PROOF:
        proofs = (packed.folder / "data" / "ledger" / "proofs").iterdir()
        name = min(proofs).relative_to(packed.folder).as_posix()
    resealed(packed, name, change, packed.signer)


def _resuccession(packed: Packed, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Set other successions in place of those of a package, and seal it anew."""
    folder = packed.folder / "data" / "ledger" / "keys"
    notes = [path.read_bytes() for path in sorted(folder.iterdir())]
    for path in folder.iterdir():
        path.unlink()
    for ordinal, note in enumerate(change(notes), 1):
        (folder / f"{ordinal:04}").write_bytes(note)
    resealed(packed, "data/README.md", lambda whole: whole, packed.signer)


def _anew(packed: Packed, old: Signer, new: Signer, size: int) -> bytes:
    """A succession that these two do sign."""
    return Succession(old.public, new.public, Checkpoint(packed.signer.name, size, bytes(32))).signed(old, new)


def _stranger(packed: Packed) -> Signer:
    return Signer(packed.signer.name, Kind.ED25519, Ed25519PrivateKey.from_private_bytes(bytes(32)))


def _sealed_by_the_first(packed: Packed) -> None:
    resealed(packed, "data/README.md", lambda whole: whole, packed.earlier[0])


# What can be done to the successions of a package whose ledger had three keys, by whoever has all three; with the check
# that fails for somebody who knows the first key only, or None where it passes all the same.
SUCCESSION: dict[str, tuple[str | None, Callable[[Packed], None]]] = {
    "as they are": (None, lambda packed: _resuccession(packed, lambda notes: notes)),
    "one gone": ("seal", lambda packed: _resuccession(packed, lambda notes: notes[:1])),
    "the first gone": ("seal", lambda packed: _resuccession(packed, lambda notes: notes[1:])),
    "all gone": ("seal", lambda packed: _resuccession(packed, lambda _: [])),
    "reordered": ("seal", lambda packed: _resuccession(packed, lambda notes: notes[::-1])),
    "one twice": ("seal", lambda packed: _resuccession(packed, lambda notes: [notes[0], *notes])),
    "one emptied": ("seal", lambda packed: _resuccession(packed, lambda notes: [b"", notes[1]])),
    "a checkpoint among them": (
        "seal",
        lambda packed: _resuccession(
            packed, lambda notes: [*notes, (packed.folder / "data/ledger/checkpoint").read_bytes()]
        ),
    ),
    "a name out of its place": (
        "seal",
        lambda packed: (
            (packed.folder / "data/ledger/keys/0002").rename(packed.folder / "data/ledger/keys/0003") and None,
            resealed(packed, "data/README.md", lambda whole: whole, packed.signer),
        )[1],
    ),
    "an end moved": (
        "seal", lambda packed: _resuccession(packed, lambda notes: [re.sub(rb"\n\d+\n", b"\n3\n", notes[0]), notes[1]]),
    ),
    "a stranger for the second key": (
        "seal",
        lambda packed: _resuccession(
            packed, lambda notes: [_anew(packed, _stranger(packed), packed.signer, 5)]
        ),
    ),
    "a stranger's name for the first key": (
        "seal",
        lambda packed: _resuccession(
            packed, lambda notes: [notes[0].replace(b"succession/1", b"succession/2"), notes[1]]
        ),
    ),
    "an end before the one before it": (
        "seal",
        lambda packed: _resuccession(
            packed, lambda notes: [notes[0], _anew(packed, packed.earlier[1], packed.signer, 1)]
        ),
    ),
    "a key that comes back": (
        "seal",
        lambda packed: _resuccession(
            packed, lambda notes: [*notes, _anew(packed, packed.signer, packed.earlier[0], 50)]
        ),
    ),
    "signed by one of the two": (
        "seal",
        lambda packed: _resuccession(
            packed, lambda notes: [b"\n".join(notes[0].split(b"\n")[:-2]) + b"\n", notes[1]]
        ),
    ),
    "an end after the checkpoint": (
        "ledger",
        lambda packed: _resuccession(
            packed, lambda notes: [notes[0], _anew(packed, packed.earlier[1], packed.signer, 99)]
        ),
    ),
    "the package sealed with the first key": ("ledger", _sealed_by_the_first),
}  # fmt: skip


def _entries(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in files(folder):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def _zipped(
    folder: Path,
    target: Path,
    *,
    beneath: str = "",
    packing: int = zipfile.ZIP_STORED,
    more: Callable[[zipfile.ZipFile], None] = lambda _: None,
) -> None:
    with zipfile.ZipFile(target, "w", packing) as archive:
        for name, content in _entries(folder):
            archive.writestr(zipfile.ZipInfo(beneath + name), content, packing)
        more(archive)


def _with(
    name: str, content: bytes = b"x", *, mode: int = 0o100644, packing: int = zipfile.ZIP_STORED
) -> Callable[[zipfile.ZipFile], None]:
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = name
    entry.external_attr = mode << 16
    return lambda archive: archive.writestr(entry, content, packing)


def _twice(archive: zipfile.ZipFile) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("bagit.txt", b"again")


def _comment(archive: zipfile.ZipFile) -> None:
    archive.comment = b"hello"


def _bytes(change: Change) -> Callable[[Path, Path], None]:
    """A whole archive, and then its bytes changed."""

    def make(folder: Path, target: Path) -> None:
        _zipped(folder, target)
        target.write_bytes(change(target.read_bytes()))

    return make


def _table(whole: bytes) -> int:
    return int(struct.unpack("<I", whole[-6:-2])[0])


def _in_table(at: int, mark: bytes) -> Change:
    """Write over a place in the first line of the table of contents."""
    return lambda whole: whole[: _table(whole) + at] + mark + whole[_table(whole) + at + len(mark) :]


def _overlapping(whole: bytes) -> bytes:
    """The second file's line points at the first one's bytes."""
    second = whole.index(b"PK\1\2", _table(whole) + 4)
    return whole[: second + 42] + b"\0\0\0\0" + whole[second + 46 :]


def _wide(folder: Path, target: Path) -> None:
    with mock.patch("zipfile.ZIP64_LIMIT", 100), mock.patch("zipfile.ZIP_FILECOUNT_LIMIT", 3):
        _zipped(folder, target)


# Archives by what was done to them, each with the exit code that whoever has the key gets.
ARCHIVES: dict[str, tuple[int, Callable[[Path, Path], None]]] = {
    "as it is": (0, lambda folder, target: _zipped(folder, target)),
    "in one folder": (0, lambda folder, target: _zipped(folder, target, beneath="some folder/")),
    "squeezed": (0, lambda folder, target: _zipped(folder, target, packing=zipfile.ZIP_DEFLATED)),
    "of the wide form": (0, _wide),
    "in two folders": (2, lambda folder, target: _zipped(folder, target, beneath="a/", more=_with("b/x"))),
    "packed in another way": (2, lambda folder, target: _zipped(folder, target, packing=zipfile.ZIP_BZIP2)),
    "with one file more": (1, lambda folder, target: _zipped(folder, target, more=_with("data/ще.txt"))),
    "with a name upwards": (2, lambda folder, target: _zipped(folder, target, more=_with("../x"))),
    "with a name from the top": (2, lambda folder, target: _zipped(folder, target, more=_with("/etc/x"))),
    "with a name of another system": (2, lambda folder, target: _zipped(folder, target, more=_with("data\\x"))),
    "with a name and a nothing": (2, lambda folder, target: _zipped(folder, target, more=_with("data/x\0.txt"))),
    "with a name in large letters": (2, lambda folder, target: _zipped(folder, target, more=_with("BAGIT.txt"))),
    "with a link": (2, lambda folder, target: _zipped(folder, target, more=_with("x", b"/etc/passwd", mode=0o120777))),
    "with a name twice": (2, lambda folder, target: _zipped(folder, target, more=_twice)),
    "with a bomb": (
        2,
        lambda folder, target: _zipped(folder, target, more=_with("b", bytes(8 << 20), packing=zipfile.ZIP_DEFLATED)),
    ),
    "with a comment": (2, lambda folder, target: _zipped(folder, target, more=_comment)),
    "with bytes before it": (2, _bytes(lambda whole: b"MZ" + whole)),
    "with bytes after it": (2, _bytes(lambda whole: whole + b"x")),
    "cut short": (2, _bytes(lambda whole: whole[:-40])),
    "emptied": (2, _bytes(lambda _: b"")),
    "that is a text": (2, _bytes(lambda _: b"no archive at all, but long enough to be read as one")),
    "with files on one another": (2, _bytes(_overlapping)),
    "said to be encrypted": (2, _bytes(_in_table(8, b"\1\0"))),
    "with another checksum": (1, _bytes(_in_table(16, b"abcd"))),
    "with another name inside": (1, _bytes(lambda whole: whole[:30] + b"c" + whole[31:])),
    "with a flipped original": (
        1, _bytes(lambda whole: whole.replace(ORIGINAL, ORIGINAL[:99] + b"\0" + ORIGINAL[100:])),
    ),
}  # fmt: skip
