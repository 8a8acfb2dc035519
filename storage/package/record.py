"""Writes the package of a published record: what the record discloses, proved, and nothing else of its item.

No file of the item is in it, and of its events only the one that published this version: the others say who submitted
it, what reviewers thought, and where a place is that the record withholds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from sqlalchemy.orm import Session

from storage.db import events
from storage.db.tables import Event, Record
from storage.domain import clock
from storage.errors import Altered
from storage.integrity.canonical import canonical
from storage.integrity.checks.package import FILES
from storage.integrity.digest import Digest
from storage.integrity.note import Signer
from storage.log.shelf import LogShelf
from storage.package import bagging, texts
from storage.package.bagging import Proven
from storage.package.crate import Described, crate_of
from storage.package.record_report import record_report_of
from storage.package.sink import Bagged, Sink

RECORD = "data/record.json"


@dataclass(frozen=True, slots=True)
class GatheredRecord:
    """A record version with the event that published it; `whole` are the bytes its digest is of."""

    record: Record
    whole: bytes
    proven: Proven
    made_at: datetime


def gather_record(session: Session, shelf: LogShelf, signer: Signer, record: Record) -> GatheredRecord:
    """What the package of this version holds. Who may read the record is for the caller to have asked.

    Raises: NotFound while its event has no place in the signed log; Altered where the record is not the one that was
    published; Superseded.
    """
    published = publication_of(session, record)
    proven = bagging.prove_all(session, shelf, signer, [published])
    return GatheredRecord(record, canonical(record.body), proven, clock.now())


def publication_of(session: Session, record: Record) -> Event:
    """The event that published this version. Raises: Altered where there is none, or the record is another by now."""
    published = [one for one in events.publications(session, record.item_id) if _publishes(one, record)]
    if len(published) != 1 or Digest.of(canonical(record.body)).hex != record.sha256:
        raise Altered(f"{record.pid} version {record.version} is not the one that was published; nothing was exported")
    return published[0]


def _publishes(event: Event, record: Record) -> bool:
    return f'"sha256:{record.sha256}"' in event.body


def write_record(signer: Signer, gathered: GatheredRecord, sink: Sink) -> Iterator[int]:
    """Write the package; yields once what was written before the seal, and is written once all is asked for."""
    record, bagged = gathered.record, Bagged(sink)
    bagging.add_proven(bagged, gathered.proven)
    bagged.add(RECORD, (gathered.whole,))
    bagged.add(FILES, (bagging.written(_files(record)),))
    report = record_report_of(
        record, gathered.proven.checkpoint, key=str(signer.public), made_at=gathered.made_at, software=version("svidok")
    )
    bagged.add("data/report.html", (report.encode(),))
    bagging.add_instructions(bagged, texts.record_readme)
    bagged.add("data/ro-crate-metadata.json", (bagging.written(crate_of(_described(gathered), bagged.sizes)),))
    yield sum(bagged.sizes.values())
    bagging.close(record.pid, bagged, sink, signer, gathered.made_at)


def _files(record: Record) -> dict[str, object]:
    """The record, which an event names by its digest; and the originals it names, none of which leaves the archive."""
    told: list[dict[str, object]] = [{"path": RECORD, "sha256": record.sha256, "role": "record"}]
    told += [{"path": None, "role": "original", **one} for one in record.body["originals"]]
    return {"record": record.pid, "version": record.version, "files": told}


def _described(gathered: GatheredRecord) -> Described:
    pid = gathered.record.pid
    return Described(
        name=f"Package of the record {pid}",
        description="One published record of an archive of video testimony, with the proof that it was published so. "
        "The files it names are not in it.",
        identifier=f"urn:svidok:{pid}",
        made_at=gathered.made_at,
        types={RECORD: "application/json"},
    )
