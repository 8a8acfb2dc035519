"""A package that others have signed something of."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import log
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import StampKind
from storage.integrity import ots
from storage.integrity.checkpoint import LogKey
from storage.integrity.digest import Digest
from storage.integrity.findings import Finding
from storage.integrity.note import Kind, Note, Signer
from storage.integrity.timestamp import certificates, question, verify_stamp
from storage.integrity.trust import Trust
from storage.integrity.verify import verify_at
from tests.storage.integrity.authority import Authority, authority
from tests.storage.integrity.calendar import Calendar
from tests.storage.package.packed import Packed, again, pack


@dataclass(frozen=True)
class Stamped:
    """A package with a time stamp, a calendar's proof and a cosignature of an earlier checkpoint."""

    packed: Packed
    authority: Authority
    calendar: Calendar
    witness: Signer

    def found(self, **more: object) -> dict[str, Finding]:
        trust = Trust([LogKey(self.packed.signer.public)], **more)  # type: ignore[arg-type]
        return {one.name: one for one in verify_at(self.packed.folder, trust)}


def make_stamped(engine: Engine, place: Path) -> Stamped:
    """Pack an item, let others sign what was signed of it, and pack it again."""
    packed = pack(engine, place / "archive")
    there, calendar = authority(place), Calendar("https://calendar.example")
    witness = Signer("witness.example/one", Kind.COSIGNATURE, Ed25519PrivateKey.generate())
    with transaction(engine) as session:
        newest = log.newest_checkpoint(session)
        assert newest is not None
        text = Note.parse(newest.note.encode()).text
        begun = ots.Begun.of(text.encode())
        promised = ots.proof_of(begun, [calendar.promise(begun.commitment)])
        calendar.make_block(900_000)
        [waiting] = ots.waiting(promised)
        proof = ots.upgraded(promised, waiting.commitment, calendar.answer(waiting.commitment) or b"")
        token = there.answer(question(text.encode()).der)
        at = verify_stamp(token, text.encode(), certificates(there.root)).at
        door, shelf = Archive(session, SYSTEM), packed.workshop.shelf
        for kind, ending, content in ((StampKind.RFC3161, "tsr", token), (StampKind.OPENTIMESTAMPS, "ots", proof)):
            shelf.keep_outside(newest.size, f"{Digest.of(content).hex}.{ending}", content)
            door.keep_stamp(newest.size, kind, f"https://{ending}.example", Digest.of(content), stamped_at=at)
        door.keep_cosignature(newest.size, witness.sign(text), witness.public)
    return Stamped(again(engine, packed, place / "stamped"), there, calendar, witness)
