"""The rows of each event: one function for each type, so that what an event says is enough to write them again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage.db import erasing, holdings, items, records, registers
from storage.db.erasure_tables import Erasure, ErasureAnswer, ErasureDone
from storage.db.hold_tables import Hold, HoldRelease
from storage.db.liveness_tables import Sighting
from storage.db.outside_tables import TimeStamp
from storage.db.tables import (
    Assertion,
    Capture,
    Holding,
    Item,
    PlaceVersion,
    Record,
    Source,
    StepRun,
    Submission,
    UnitVersion,
)
from storage.deeds.intake import CAPTURE_STEP, site_of
from storage.deeds.sealing import addresses_of, learn_source
from storage.domain import places, units
from storage.domain.erasure import tombstone
from storage.domain.places import PlaceDescription
from storage.domain.units import UnitDescription
from storage.domain.vocab import EventType, Sensitivity, Workflow
from storage.errors import Altered
from storage.rebuild.history import Told


@dataclass(frozen=True, slots=True)
class Owed:
    """A capture that was asked for: what the hands are told."""

    item_id: str
    request: Mapping[str, Any]
    queue: str
    site: str | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are being written again.

    `asked` are all captures ever asked for, `ended` those that have ended, `assigned` who has taken which item on,
    `erased` the event that says so of each item that was erased.
    """

    session: Session
    asked: dict[str, Owed] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    assigned: dict[str, str] = field(default_factory=dict)
    erased: Mapping[str, Told] = field(default_factory=dict)

    @property
    def owed(self) -> dict[str, Owed]:
        """The captures that were asked for and have not ended."""
        return {capture: owed for capture, owed in self.asked.items() if capture not in self.ended}

    def write(self, event: Told) -> None:
        """Write what an event says. Raises: Altered where it speaks of what is not there."""
        if event.is_erased:
            _stub(self, event)
            return
        try:
            WRITERS[event.type](self, event)
        except (KeyError, ValueError, TypeError) as wrong:
            sentence = f"event {event.id} ({event.type}) does not say what its rows need: {wrong!r}"
            raise Altered(sentence) from wrong

    def item(self, event: Told) -> Item:
        """The item an event is about. Raises: Altered."""
        item = items.item(self.session, event.item) if event.item else None
        if item is None:
            raise Altered(f"event {event.id} is about {event.item}, of which no event before it tells")
        return item


def _submission(rows: Rows, event: Told) -> None:
    told, supplied = event.detail, event.detail["supplied"]
    if supplied:
        _file(rows, event, supplied)
    if told["source"] is not None and items.source(rows.session, told["source"]) is None:
        source = Source(id=told["source"], canonical_url=told["canonical_url"])
        source.created_at = event.written_at
        rows.session.add(source)
        rows.session.flush()
        items.learn_address(rows.session, source.canonical_url, source.id)
    if items.item(rows.session, str(event.item)) is None:
        _new_item(rows, event)
    request = {"upload": supplied, "supplied_by": told["submitter"]} if supplied else {"url": told["url"]}
    site = None if supplied else site_of(told["canonical_url"])
    rows.asked.setdefault(told["capture"], Owed(str(event.item), request, "media" if supplied else "fetch", site))
    placed = told.get("batch", {})
    submission = Submission(
        id=told["submission"],
        item_id=str(event.item),
        capture_id=told["capture"],
        submitter_id=told["submitter"],
        url=told["url"],
        canonical_url=told["canonical_url"],
        sensitivity=told["asked"]["sensitivity"],
        project_id=told["asked"]["project"],
        supplied_name=supplied["name"] if supplied else None,
        joined=told["joined"],
        batch_id=placed.get("batch"),
        batch_line=placed.get("line"),
        batch_origin=placed.get("origin"),
    )
    submission.received_at = event.written_at
    rows.session.add(submission)


def _new_item(rows: Rows, event: Told) -> None:
    if items.project(rows.session, event.detail["project"]) is None:
        raise Altered(f"event {event.id} belongs to the project {event.detail['project']!r}, which is not here")
    item = Item(
        id=str(event.item),
        project_id=event.detail["project"],
        source_id=event.detail["source"],
        sensitivity=Sensitivity(event.detail["sensitivity"]).value,
        workflow=Workflow.INTAKE.value,
    )
    item.created_at = event.written_at
    rows.session.add(item)
    rows.session.flush()


def _capture(rows: Rows, event: Told) -> None:
    told = event.detail
    rows.ended.add(told["capture"])
    rows.session.add(
        Capture(
            id=told["capture"],
            item_id=str(event.item),
            source_id=told["source"],
            outcome=told["outcome"],
            sentence=told["sentence"],
            tool=told["tool"],
            tool_version=told["tool_version"],
            started_at=datetime.fromisoformat(told["started_at"]),
            ended_at=datetime.fromisoformat(told["ended_at"]),
            identity=told["identity"],
            collection=told["collection"],
        )
    )
    if told["products"]:
        _hold(rows, event, {"step": CAPTURE_STEP, **told["step"]})
    if told["step"]["key"]:  # an attempt that failed has no key, and taught nothing
        learn_source(rows.session, str(event.item), told["identity"], addresses_of(told["identity"]))


def _creation(rows: Rows, event: Told) -> None:
    _hold(rows, event, event.detail)


def _hold(rows: Rows, event: Told, step: Mapping[str, Any]) -> None:
    capture = event.detail["capture"]
    if step["key"]:
        run = StepRun(
            item_id=str(event.item),
            key=step["key"],
            capture_id=capture,
            step=step["step"],
            version=step["version"],
            inputs=list(step["inputs"]),
        )
        run.made_at = event.written_at
        rows.session.add(run)
    for one in event.detail["products"]:
        if one["sha256"] is not None:
            _file(rows, event, one)
        holding = Holding(
            item_id=str(event.item),
            capture_id=capture,
            step=step["step"],
            step_key=step["key"],
            role=one["role"],
            kind=one["kind"],
            media_type=one["media_type"],
            sha256=one["sha256"],
            payload=one["payload"],
            sealed=one["sealed"],
        )
        holding.made_at = event.written_at
        rows.session.add(holding)
        # One by one: their numbers are the order in which they were made.
        rows.session.flush()


def _file(rows: Rows, event: Told, one: Mapping[str, Any]) -> None:
    holdings.add_file(
        rows.session,
        sha256=one["sha256"],
        sha512=one["sha512"],
        size_bytes=one["size_bytes"],
        sealed_at=event.written_at,
    )


def _retry(rows: Rows, event: Told) -> None:
    """Another capture is asked for beside an earlier one; a step that is tried again has no row but its job's."""
    told = event.detail
    capture, after = told["capture"], rows.asked.get(told.get("after", ""))
    if capture in rows.asked:
        return
    if after is None:
        rows.asked[capture] = Owed(str(event.item), {"url": told["url"]}, "fetch", site_of(told["url"]))
        return
    request = {name: value for name, value in after.request.items() if name != "follow_up"}
    if told["reason"] == "no answer":
        request["follow_up"] = int(after.request.get("follow_up", 0)) + 1
    rows.asked[capture] = Owed(after.item_id, request, after.queue, after.site)


def _sighting(rows: Rows, event: Told) -> None:
    told = event.detail
    rows.session.add(
        Sighting(
            id=told["sighting"],
            item_id=told["item"],
            liveness=told["liveness"],
            sentence=told["sentence"],
            seen_at=datetime.fromisoformat(told["seen_at"]),
        )
    )


def _sensitivity(rows: Rows, event: Told) -> None:
    item = rows.item(event)
    item.sensitivity = Sensitivity(event.detail["to"]).value
    if item.sensitivity == Sensitivity.SEALED:
        published = records.newest_of_item(rows.session, item.id)
        item.sealed_through = published.version if published else 0
    item.version += 1


def _assertion(rows: Rows, event: Told) -> None:
    told = event.detail
    assertion = Assertion(
        id=told["assertion"],
        item_id=str(event.item),
        kind=told["kind"],
        author_id=told["author"],
        body=told["body"],
        supersedes=told["supersedes"],
    )
    assertion.made_at = event.written_at
    rows.session.add(assertion)
    rows.session.flush()


def _publication(rows: Rows, event: Told) -> None:
    told = event.detail
    records.add(
        rows.session,
        pid=told["record"],
        version=told["version"],
        item_id=str(event.item),
        sensitivity=Sensitivity(told["sensitivity"]),
        body=told["body"],
        published_at=datetime.fromisoformat(told["body"]["published_at"]),
        published_by=event.agent,
    )
    item = rows.item(event)
    item.workflow = Workflow.PUBLISHED.value
    item.version += 1


def _assignment(rows: Rows, event: Told) -> None:
    """That it moved counts; who has it does not come back, because nobody can log in until they are let in anew."""
    item = rows.item(event)
    item.version += 1
    if event.detail["to"] is None:
        rows.assigned.pop(item.id, None)
    else:
        rows.assigned[item.id] = event.detail["to"]


def _workflow(rows: Rows, event: Told) -> None:
    item = rows.item(event)
    item.workflow = Workflow(event.detail["to"]).value
    item.version += 1


def _unit(rows: Rows, event: Told) -> None:
    told = event.detail
    said = UnitDescription.model_validate(told["body"])
    row = UnitVersion(
        unit_id=told["unit"],
        version=told["version"],
        author_id=told["author"],
        body=told["body"],
        folded=units.folded(said),
    )
    row.made_at = event.written_at
    registers.add(rows.session, row)


def _place(rows: Rows, event: Told) -> None:
    told = event.detail
    said = PlaceDescription.model_validate(told["body"])
    row = PlaceVersion(
        place_id=told["place"],
        version=told["version"],
        author_id=told["author"],
        body=told["body"],
        folded=places.folded(said),
        lat=said.lat,
        lon=said.lon,
    )
    row.made_at = event.written_at
    registers.add(rows.session, row)


def _hold_placed(rows: Rows, event: Told) -> None:
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


def _hold_released(rows: Rows, event: Told) -> None:
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


def _stub(rows: Rows, event: Told) -> None:
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


def _erasure_asked(rows: Rows, event: Told) -> None:
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


def _erasure_refused(rows: Rows, event: Told) -> None:
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


def _deaccession(rows: Rows, event: Told) -> None:
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


def _deletion(rows: Rows, event: Told) -> None:
    told = event.detail
    if "erasure" in told:
        done_at = datetime.fromisoformat(told["done_at"])
        rows.session.add(
            ErasureDone(erasure_id=told["erasure"], place=told["place"], destroyed=told["destroyed"], done_at=done_at)
        )


def _stamped(rows: Rows, event: Told) -> None:
    told = event.detail
    at = told["stamped_at"]
    row = TimeStamp(
        sha256=event.objects[0].removeprefix("sha256:"),
        size=told["size"],
        kind=told["kind"],
        authority=told["authority"],
        stamped_at=datetime.fromisoformat(at) if at else None,
    )
    row.made_at = event.written_at
    rows.session.add(row)


def _nothing(rows: Rows, event: Told) -> None:
    """What happened left no row, or one of an account, a key, a log-in, a job or a copy, which do not come back."""


WRITERS: Mapping[EventType, Callable[[Rows, Told], None]] = {
    EventType.SUBMISSION: _submission,
    EventType.INGESTION: _capture,
    EventType.CAPTURE: _capture,
    EventType.CREATION: _creation,
    EventType.RETRY: _retry,
    EventType.SENSITIVITY: _sensitivity,
    EventType.ASSERTION: _assertion,
    EventType.PUBLICATION: _publication,
    EventType.ASSIGNMENT: _assignment,
    EventType.WORKFLOW: _workflow,
    EventType.UNIT: _unit,
    EventType.PLACE: _place,
    EventType.HOLD_PLACED: _hold_placed,
    EventType.HOLD_RELEASE_ASKED: _hold_released,
    EventType.HOLD_RELEASED: _hold_released,
    EventType.ERASURE_ASKED: _erasure_asked,
    EventType.ERASURE_REFUSED: _erasure_refused,
    EventType.DEACCESSION: _deaccession,
    EventType.DELETION: _deletion,
    EventType.TIME_STAMP: _stamped,
    EventType.SIGHTING: _sighting,
    EventType.SITE_SESSION_KEPT: _nothing,
    EventType.SITE_SESSION_ENDED: _nothing,
    EventType.SITE_SESSION_USED: _nothing,
    EventType.REPLICATION: _nothing,
    EventType.REPAIR: _nothing,
    EventType.STORE_RENEWED: _nothing,
    EventType.IMMUTABILITY: _nothing,
    EventType.UNUSED_SET_ASIDE: _nothing,
    EventType.REBUILT: _nothing,
    EventType.RESTORED: _nothing,
    # The keys come from the vault: they are needed before any event can be believed.
    EventType.LEDGER_KEY_CHANGED: _nothing,
    EventType.MESSAGE_DIGEST: _nothing,
    EventType.FIXITY_CHECK: _nothing,
    EventType.VALIDATION: _nothing,
    EventType.DISSEMINATION: _nothing,
    EventType.SAME_SOURCE: _nothing,
    EventType.STEP_FAILED: _nothing,
    EventType.USER_ADDED: _nothing,
    EventType.USER_ENDED: _nothing,
    EventType.ROLES_CHANGED: _nothing,
    EventType.PASSWORD_CHANGED: _nothing,
    EventType.KEY_ADDED: _nothing,
    EventType.KEY_REVOKED: _nothing,
    EventType.READ: _nothing,
    EventType.SETTINGS_CHANGED: _nothing,
    EventType.LOG_IN_FAILED: _nothing,
}
