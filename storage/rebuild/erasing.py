"""The rows of holds and erasures, and the tombstones that stand for what was erased."""

from datetime import datetime

from storage.db import erasing, items, records
from storage.db.erasure_tables import Erasure, ErasureAnswer, ErasureDone
from storage.db.hold_tables import Hold, HoldRelease
from storage.db.tables import Item, Record, Submission
from storage.domain.erasure import tombstone
from storage.domain.vocab import Sensitivity, Workflow
from storage.errors import Altered
from storage.rebuild.history import Told
from storage.rebuild.rows import Rows


def hold_placed(rows: Rows, event: Told) -> None:
    """A legal hold."""
    told = event.detail
    rows.session.add(
        Hold(
            id=told["hold"],
            item_id=str(event.item),
            authority=told["authority"],
            reason=told["reason"],
            placed_by=told["placed_by"],
            placed_at=datetime.fromisoformat(told["placed_at"]),
        )
    )


def hold_released(rows: Rows, event: Told) -> None:
    """One person lets go of a hold."""
    told = event.detail
    rows.session.add(
        HoldRelease(
            hold_id=told["hold"],
            ordinal=told["ordinal"],
            after=told["ordinal"] - 1 or None,
            person_id=told["person"],
            reason=told["reason"],
            made_at=datetime.fromisoformat(told["made_at"]),
        )
    )
    rows.session.flush()


def stub(rows: Rows, event: Told) -> None:
    """What was said is gone; the item it was about stands until the end as its tombstone says. Raises: Altered."""
    item = event.item
    if item is None or items.item(rows.session, item) is not None:
        return
    if item not in rows.erased:
        raise Altered(f"the text of event {event.id} is gone, and nothing says that {item} was erased")
    standing = rows.erased[item].detail["standing"]
    row = Item(
        id=item,
        project_id=standing["project"],
        source_id=None,
        sensitivity=Sensitivity(standing["sensitivity"]).value,
        workflow=Workflow.INTAKE.value,
        sealed_through=standing["sealed_through"],
    )
    row.created_at = datetime.fromisoformat(standing["created_at"])
    rows.session.add(row)
    rows.session.flush()


def erasure_asked(rows: Rows, event: Told) -> None:
    """An erasure that was asked for."""
    told = event.detail
    rows.session.add(
        Erasure(
            id=told["erasure"],
            item_id=str(event.item),
            basis=told["basis"],
            reason=told["reason"],
            asked_by=told["asked_by"],
            asked_at=datetime.fromisoformat(told["asked_at"]),
        )
    )
    rows.session.flush()


def erasure_refused(rows: Rows, event: Told) -> None:
    """An erasure that was refused."""
    _answered(rows, event, agreed=False)


def _answered(rows: Rows, event: Told, *, agreed: bool) -> None:
    told = event.detail
    rows.session.add(
        ErasureAnswer(
            erasure_id=told["erasure"],
            asked_by=told["asked_by"],
            person_id=told["answered_by"],
            agreed=agreed,
            reason=told["answer"],
            made_at=datetime.fromisoformat(told["answered_at"]),
        )
    )
    rows.session.flush()


def deaccession(rows: Rows, event: Told) -> None:
    """Write down what the tombstone says was there, then erase whatever of it this history still tells."""
    told, item = event.detail, rows.item(event)
    _answered(rows, event, agreed=True)
    gone_at, standing = datetime.fromisoformat(told["answered_at"]), told["standing"]
    for one in told["records"]:
        if records.one_version(rows.session, one["record"], one["version"]) is None:
            rows.session.add(
                Record(
                    pid=one["record"],
                    version=one["version"],
                    item_id=item.id,
                    sensitivity=one["sensitivity"],
                    body=tombstone(told["erasure"], told["answered_at"]),
                    sha256=one["sha256"],
                    words="",
                    captured_from=None,
                    captured_until=None,
                    published_at=datetime.fromisoformat(one["published_at"]),
                    published_by=one["published_by"],
                )
            )
    for one in told["submissions"]:
        if items.submission(rows.session, one["id"]) is None:
            left = {name: value for name, value in one.items() if name != "received_at"}
            row = Submission(item_id=item.id, url=None, canonical_url=None, **left)
            row.received_at = datetime.fromisoformat(one["received_at"])
            rows.session.add(row)
    erasing.erase_rows(rows.session, item, told["erasure"], gone_at, told["answered_at"], known=told["files"])
    rows.session.refresh(item)
    item.version = standing["version"]
    for asked in [capture for capture, owed in rows.asked.items() if owed.item_id == item.id]:
        del rows.asked[asked]
    rows.assigned.pop(item.id, None)


def deletion(rows: Rows, event: Told) -> None:
    """Where an erasure has been carried out."""
    told = event.detail
    if "erasure" in told:
        done_at = datetime.fromisoformat(told["done_at"])
        rows.session.add(
            ErasureDone(erasure_id=told["erasure"], place=told["place"], destroyed=told["destroyed"], done_at=done_at)
        )
