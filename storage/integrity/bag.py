"""The outside of a package: a bag of files with manifests of their digests, and a seal over the manifests."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from storage.errors import Altered
from storage.integrity.note import Note, NoteKey, Signer, is_name, joined

DECLARATION = "bagit.txt"
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO = "bag-info.txt"
SEAL = "manifest.sig"
ALGORITHMS = ("sha256", "sha512")
MANIFESTS = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
TAG_MANIFESTS = tuple(f"tagmanifest-{name}.txt" for name in ALGORITHMS)
PAYLOAD = "data/"
FORMAT = "svidok.package/1"
_HEX = {"sha256": re.compile(r"[0-9a-f]{64}"), "sha512": re.compile(r"[0-9a-f]{128}")}
_SUBJECT = re.compile(r"(?:itm|rec)_[0-9a-z]{26}")


def manifest(digests: Mapping[str, str]) -> bytes:
    """A manifest: a digest, two spaces, a name on each line, sorted. Source: RFC 8493 section 2.1.3."""
    return "".join(f"{digests[name]}  {_encoded(name)}\n" for name in sorted(digests)).encode()


def read_manifest(content: bytes, algorithm: str) -> dict[str, str]:
    """Names with their digests; in the one spelling that `manifest` writes. Raises: Altered."""
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError:
        raise Altered("the manifest is no text") from None
    digests: dict[str, str] = {}
    for number, line in enumerate(lines[:-1], 1):
        digest, gap, name = line.partition("  ")
        name = _decoded(name)
        if not gap or not _HEX[algorithm].fullmatch(digest) or name in digests:
            raise Altered(f"line {number} of the manifest is no digest with a name of its own")
        digests[name] = digest
    if lines[-1] or manifest(digests) != content:
        raise Altered("the manifest is not spelled as it was written: cut, reordered or added to")
    return digests


@dataclass(frozen=True, slots=True)
class Seal:
    """What the archive signs: of which item or record this is a package, and the digests of its tag manifests."""

    origin: str
    subject: str
    tag_manifests: Mapping[str, str]

    @property
    def is_of_record(self) -> bool:
        """Whether it is the package of a published record: without its item's chain, of which it holds only events."""
        return self.subject.startswith("rec_")

    def text(self) -> str:
        """The signed text; it begins as no checkpoint does, so that neither can be taken for the other."""
        digests = "".join(f"{name} {self.tag_manifests[name]}\n" for name in ALGORITHMS)
        return f"{FORMAT}\n{self.origin}\n{self.subject}\n{digests}"

    def signed(self, signer: Signer) -> bytes:
        """The seal as a signed note."""
        return joined(self.text(), [signer.sign(self.text())])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text, strictly. Raises: Altered."""
        lines = text.split("\n")
        named = dict(line.split(" ", 1) for line in lines[3:-1] if " " in line)
        if len(lines) != 6 or lines[0] != FORMAT or not is_name(lines[1]) or not _SUBJECT.fullmatch(lines[2]):
            raise Altered(f"the seal is not one of {FORMAT}")
        if list(named) != list(ALGORITHMS) or any(not _HEX[name].fullmatch(named[name]) for name in ALGORITHMS):
            raise Altered("the seal does not name the digests of both tag manifests")
        return cls(lines[1], lines[2], named)


def open_seal(whole: bytes, keys: list[NoteKey]) -> tuple[Seal, NoteKey | None]:
    """Read a seal and check its signature with those keys that carry its origin's name; the one that signed it.

    Without such a key among them the seal is only read. Raises: Altered for a signature that is not good.
    """
    note = Note.parse(whole)
    seal = Seal.parse(note.text)
    signers = [key for key in keys if key.name == seal.origin and note.signed_by(key)]
    return seal, signers[0] if signers else None


def _encoded(name: str) -> str:
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _decoded(name: str) -> str:
    return name.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
