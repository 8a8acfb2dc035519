"""The rows of what came in: submissions, captures, and what was made of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.db import enciphered, holdings, items
from storage.db.liveness_tables import Sighting
from storage.db.positions import CAPTURE_STEP
from storage.db.tables import Capture, Holding, Item, Source, StepRun, Submission
from storage.deeds.intake import site_of
from storage.deeds.sealing import addresses_of, learn_source
from storage.domain.vocab import Sensitivity, Workflow
from storage.errors import Altered
from storage.rebuild.history import Told
from storage.rebuild.rows import Owed, Rows


def submission(rows: Rows, event: Told) -> None:
    """A submission, with its source, its item where it is the first, and the capture that is asked for."""
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


def capture(rows: Rows, event: Told) -> None:
    """A capture that has ended, what it made and what it taught about its source."""
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


def creation(rows: Rows, event: Told) -> None:
    """What a step has made."""
    _hold(rows, event, event.detail)
    rows.cancelled.discard((event.detail["capture"], event.detail["step"]))


def cancelled(rows: Rows, event: Told) -> None:
    """Steps that are not to be done until somebody begins them again."""
    rows.cancelled.update((one["capture"], one["step"]) for one in event.detail["steps"])


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


def encryption(rows: Rows, event: Told) -> None:
    for one in event.detail["files"]:
        _file(rows, event, one["sealed"])
        enciphered.add(rows.session, str(event.item), one["sha256"], one["sealed"]["sha256"])


def retry(rows: Rows, event: Told) -> None:
    """Another capture is asked for beside an earlier one; a step that is tried again has no row but its job's."""
    told = event.detail
    capture, after = told["capture"], rows.asked.get(told.get("after", ""))
    rows.cancelled.discard((capture, told.get("step", CAPTURE_STEP)))
    if capture in rows.asked:
        return
    if after is None:
        rows.asked[capture] = Owed(str(event.item), {"url": told["url"]}, "fetch", site_of(told["url"]))
        return
    request = {name: value for name, value in after.request.items() if name != "follow_up"}
    if told["reason"] == "no answer":
        request["follow_up"] = int(after.request.get("follow_up", 0)) + 1
    rows.asked[capture] = Owed(after.item_id, request, after.queue, after.site)


def sighting(rows: Rows, event: Told) -> None:
    """How a source was found when it was looked at again."""
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
