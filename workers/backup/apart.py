"""What is kept apart from a backup: the keys that sign the ledger, how they followed one another, what was erased."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from storage.db import events
from storage.errors import Altered, NotFound
from storage.integrity.checkpoint import LogKey
from storage.integrity.note import NoteKey, Signer
from storage.integrity.succession import Succession, joined_keys
from storage.integrity.trust import split_keys
from storage.log.keys import public_key, set_aside
from storage.log.succeeding import successions
from workers.stack.vault import write_whole

TOMBSTONES, KEY, SUCCESSIONS = "tombstones", "ledger.pem", "successions"


@dataclass(frozen=True, slots=True)
class Apart:
    """The place in `folder`; its keys are of the log `origin`, and one `passphrase` opens them."""

    folder: Path
    origin: str
    passphrase: bytes | None

    def keep(self, session: Session, signer: Signer, pem: str) -> None:
        """Keep the key that signs, as its file `pem`, and what the database tells of its succession and of erasures.

        The key that was kept before it is set aside, not lost: an older copy of the backup goes on with that one only.
        Raises: Conflict for a key that the passphrase does not open.
        """
        kept = self.folder / KEY
        if kept.is_file():
            former = self._public(kept)
            if former != signer.public:
                write_whole(set_aside(kept, former), kept.read_text(), durable=True)
        notes = "".join(note.decode() for note in successions(session))
        write_whole(self.folder / SUCCESSIONS, notes, durable=True)
        write_whole(kept, pem, durable=True)
        (self.folder / TOMBSTONES).mkdir(mode=0o700, exist_ok=True)
        for event in events.tombstones(session):
            detail = json.loads(event.body)["detail"]
            tombstone = {"item": event.item_id, "sha256": event.sha256, "detail": detail}
            place = self.folder / TOMBSTONES / f"{detail['erasure']}.json"
            write_whole(place, json.dumps(tombstone, ensure_ascii=False), durable=True)

    def successions(self) -> Sequence[Succession]:
        """How the log's keys followed one another, as far as this place knows. Raises: Altered."""
        path = self.folder / SUCCESSIONS
        try:
            return split_keys(path.read_text()).successions if path.exists() else ()
        except (OSError, ValueError) as wrong:
            raise Altered(f"{path} does not tell how keys followed one another: {wrong}") from wrong

    def trusted(self) -> list[LogKey]:
        """The newest key that is kept here, and those before it. Raises: NotFound, Conflict, Altered."""
        return joined_keys([LogKey(self._public(self.folder / KEY))], tuple(self.successions()))

    def private(self, wanted: NoteKey) -> str:
        """The file of the key whose public half is `wanted`. Raises: NotFound, Conflict."""
        former = set_aside(self.folder / KEY, wanted)
        for path in (self.folder / KEY, former):
            if path.is_file() and self._public(path) == wanted:
                return path.read_text()
        raise NotFound(
            f"this backup is from before the ledger got another key, and only its own key {wanted.id.hex()} can sign "
            f"on from there; put that back as {former}, or take a newer backup"
        )

    def tombstones(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What is known to have been erased: item, and what its tombstone says. Raises: Altered."""
        for path in sorted((self.folder / TOMBSTONES).glob("*.json")):
            try:
                told = json.loads(path.read_text())
                yield str(told["item"]), told["detail"]
            except (ValueError, KeyError, TypeError) as wrong:
                raise Altered(f"{path} is no tombstone: {wrong}") from wrong

    def _public(self, path: Path) -> NoteKey:
        return public_key(path, self.origin, self.passphrase)
