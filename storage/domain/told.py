"""What one event says of rows: each row that was written with it, as it must still stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.domain.erasure import tombstone
from storage.domain.records import facets
from storage.domain.vocab import ERASED, EventType, Workflow

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One row: its table, its key, and the values the event gives it; later events may tell a `moved` one again."""

    table: str
    key: tuple[Any, ...]
    values: Values
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it was read: its own columns, and its text parsed."""

    id: str
    item: str | None
    at: datetime
    body: Mapping[str, Any] = field(repr=False)

    @property
    def type(self) -> str:
        return str(self.body.get("type"))

    @property
    def is_erased(self) -> bool:
        """Whether only a stub is left of it, which tells of no row."""
        return self.body.get("format") == ERASED

    @property
    def detail(self) -> Mapping[str, Any]:
        detail: Mapping[str, Any] = self.body.get("detail", {})
        return detail


def rows_told(line: Line) -> Iterator[Told]:
    """Every row that an event tells of."""
    if line.is_erased:
        return
    match line.type:
        case EventType.SUBMISSION:
            yield from _submission(line)
        case EventType.CAPTURE | EventType.INGESTION:
            yield from _capture(line)
        case EventType.CREATION:
            yield from _products(line, line.detail, line.detail["step"])
        case EventType.ASSERTION:
            told = line.detail
            values = {"item_id": line.item, "author_id": told["author"], "made_at": line.at}
            values |= {name: told[name] for name in ("kind", "body", "supersedes")}
            yield Told("assertion", (told["assertion"],), values)
        case EventType.TIME_STAMP:
            at = line.detail["stamped_at"]
            values = {name: line.detail[name] for name in ("size", "kind", "authority")}
            values |= {"stamped_at": datetime.fromisoformat(at) if at else None, "made_at": line.at}
            yield Told("time_stamp", (line.body["objects"][0].removeprefix("sha256:"),), values)
        case EventType.PUBLICATION:
            yield from _record(line)
        case EventType.UNIT | EventType.PLACE:
            yield _description(line)
        case EventType.SENSITIVITY:
            yield Told("item", (line.item,), {"sensitivity": line.detail["to"]}, moved=True)
        case EventType.WORKFLOW:
            yield Told("item", (line.item,), {"workflow": line.detail["to"]}, moved=True)
        case EventType.ASSIGNMENT:
            yield Told("item", (line.item,), {"assignee_id": line.detail["to"]}, moved=True)
        case _:
            yield from _others(line)


def _others(line: Line) -> Iterator[Told]:
    """What events of looks, matches, legal holds and erasures tell of."""
    match line.type:
        case EventType.SIGHTING:
            yield _sighting(line)
        case EventType.MATCH_DECIDED:
            yield _match_decided(line)
        case EventType.HOLD_PLACED:
            yield _hold(line)
        case EventType.HOLD_RELEASE_ASKED | EventType.HOLD_RELEASED:
            yield _release(line)
        case EventType.ERASURE_ASKED:
            told = line.detail
            values = {"item_id": line.item, "asked_at": datetime.fromisoformat(told["asked_at"])}
            yield Told("erasure", (told["erasure"],), values | {n: told[n] for n in ("basis", "reason", "asked_by")})
        case EventType.ERASURE_REFUSED:
            yield _answer(line, agreed=False)
        case EventType.ENCRYPTION:
            for one in line.detail["files"]:
                yield _file(one["sealed"])
                yield Told("enciphered", (line.item, one["sha256"]), {"sealed_sha256": one["sealed"]["sha256"]})
        case EventType.DEACCESSION:
            yield from _left(line)
        case EventType.DELETION if "erasure" in line.detail:
            told = line.detail
            values = {"destroyed": told["destroyed"], "done_at": datetime.fromisoformat(told["done_at"])}
            yield Told("erasure_done", (told["erasure"], told["place"]), values)


def _sighting(line: Line) -> Told:
    told = line.detail
    values = {"item_id": told["item"], "liveness": told["liveness"], "sentence": told["sentence"]}
    return Told("sighting", (told["sighting"],), values | {"seen_at": datetime.fromisoformat(told["seen_at"])})


def _submission(line: Line) -> Iterator[Told]:
    told = line.detail
    supplied = told["supplied"]
    values = {
        "item_id": line.item,
        "capture_id": told["capture"],
        "submitter_id": told["submitter"],
        "url": told["url"],
        "canonical_url": told["canonical_url"],
        "sensitivity": told["asked"]["sensitivity"],
        "project_id": told["asked"]["project"],
        "supplied_name": supplied["name"] if supplied else None,
        "joined": told["joined"],
        "note_commitment": told["note_commitment"],
        "received_at": line.at,
    }
    placed = told.get("batch", {})
    values |= {f"batch_{name}": placed.get(name) for name in ("line", "origin")} | {"batch_id": placed.get("batch")}
    yield Told("submission", (told["submission"],), values)
    if supplied:
        yield _file(supplied)
    if not told["joined"]:
        begun = {"project_id": told["project"], "source_id": told["source"], "sensitivity": told["sensitivity"]}
        begun |= {"workflow": "intake", "assignee_id": None, "erased_at": None}
        yield Told("item", (line.item,), begun, moved=True)
    if told["source"] and told["canonical_url"] and not told["joined"]:
        yield Told("source_address", (told["canonical_url"],), {"source_id": told["source"]})


def _capture(line: Line) -> Iterator[Told]:
    told = line.detail
    names = ("outcome", "sentence", "tool", "tool_version", "identity", "collection")
    values: dict[str, Any] = {name: told[name] for name in names}
    values |= {"item_id": line.item, "source_id": told["source"]}
    values |= {name: datetime.fromisoformat(told[name]) for name in ("started_at", "ended_at")}
    yield Told("capture", (told["capture"],), values)
    yield from _products(line, {**told["step"], "capture": told["capture"], "products": told["products"]}, "capture")


def _products(line: Line, told: Values, step: str) -> Iterator[Told]:
    if told["key"]:
        values = {"capture_id": told["capture"], "step": step, "version": told["version"], "inputs": told["inputs"]}
        yield Told("step_run", (line.item, told["key"]), values | {"made_at": line.at})
    names = ("role", "kind", "media_type", "sha256", "payload", "sealed")
    held = [{name: product[name] for name in names} for product in told["products"]]
    if held:
        yield Told("holding", (line.item, told["capture"], step, told["key"]), {"held": held})
    yield from (_file(product) for product in told["products"] if product["sha256"] and product["sha512"])


def _file(told: Values) -> Told:
    return Told("file", (told["sha256"],), {"sha512": told["sha512"], "size_bytes": told["size_bytes"]})


def _record(line: Line) -> Iterator[Told]:
    told = line.detail
    found_by = facets(told["body"])
    values = {
        "item_id": line.item,
        "sensitivity": told["sensitivity"],
        "body": told["body"],
        "sha256": line.body["objects"][0].removeprefix("sha256:"),
        "words": found_by.words,
        "captured_from": found_by.captured_from,
        "captured_until": found_by.captured_until,
        "published_at": datetime.fromisoformat(told["body"]["published_at"]),
        "published_by": line.body["agent"]["id"],
    }
    yield Told("record", (told["record"], told["version"]), values)
    yield Told("item", (line.item,), {"workflow": "published"}, moved=True)


def _description(line: Line) -> Told:
    told = line.detail
    is_unit = line.type == EventType.UNIT
    values = {"author_id": told["author"], "body": told["body"], "made_at": line.at}
    if not is_unit:
        values |= {"lat": told["body"]["lat"], "lon": told["body"]["lon"]}
    key = (told["unit" if is_unit else "place"], told["version"])
    return Told("unit_version" if is_unit else "place_version", key, values)


def _match_decided(line: Line) -> Told:
    told = line.detail
    low, high = told["pair"]
    values = {"item_id": line.item, "other_item_id": told["other_item"], "low_sha256": low, "high_sha256": high}
    values |= {"decision": told["decision"], "reason": told["reason"], "author_id": told["author"]}
    return Told("match_decided", (told["decided"],), values | {"made_at": datetime.fromisoformat(told["made_at"])})


def _hold(line: Line) -> Told:
    told = line.detail
    values = {"item_id": line.item, "placed_at": datetime.fromisoformat(told["placed_at"])}
    return Told("hold", (told["hold"],), values | {name: told[name] for name in ("authority", "reason", "placed_by")})


def _release(line: Line) -> Told:
    told = line.detail
    values = {
        "after": told["ordinal"] - 1 or None,
        "person_id": told["person"],
        "reason": told["reason"],
        "made_at": datetime.fromisoformat(told["made_at"]),
    }
    return Told("hold_release", (told["hold"], told["ordinal"]), values)


def _answer(line: Line, *, agreed: bool) -> Told:
    told = line.detail
    values = {
        "asked_by": told["asked_by"],
        "person_id": told["answered_by"],
        "agreed": agreed,
        "reason": told["answer"],
        "made_at": datetime.fromisoformat(told["answered_at"]),
    }
    return Told("erasure_answer", (told["erasure"],), values)


def _left(line: Line) -> Iterator[Told]:
    """What an erasure leaves: the two people's words, the digests that are gone, and every row it has emptied."""
    told = line.detail
    yield _answer(line, agreed=True)
    yield from (Told("erased_file", (told["erasure"], sha256), {}) for sha256 in told["files"])
    gone = datetime.fromisoformat(told["answered_at"])
    standing = {"project_id": told["standing"]["project"], "sensitivity": told["standing"]["sensitivity"]}
    standing |= {"source_id": None, "assignee_id": None, "workflow": Workflow.WITHDRAWN.value, "erased_at": gone}
    yield Told("item", (line.item,), standing, moved=True)
    for record in told["records"]:
        values = {name: record[name] for name in ("sensitivity", "sha256", "published_by")}
        values |= {"item_id": line.item, "body": tombstone(told["erasure"], told["answered_at"]), "words": ""}
        values |= {"captured_from": None, "captured_until": None}
        values |= {"published_at": datetime.fromisoformat(record["published_at"])}
        yield Told("record", (record["record"], record["version"]), values)
    for one in told["submissions"]:
        names = ("capture_id", "submitter_id", "sensitivity", "project_id", "joined", "batch_id", "batch_line")
        values = {name: one[name] for name in names}
        values |= {"item_id": line.item, "received_at": datetime.fromisoformat(one["received_at"])}
        values |= dict.fromkeys(("url", "canonical_url", "supplied_name", "note_commitment", "batch_origin"))
        yield Told("submission", (one["id"],), values)
