"""Handing in a list of addresses: looked at first, then taken whole, in one transaction."""

import io
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.arriving import Body, length_of
from api.deps import Doors, DoorsDep, KnownActor, SessionDep, only, still
from api.fields import told_field
from api.idempotency import Once, keyed_digest
from api.receipts import ReceiptLine, receipt_lines
from api.strict import StrictRoute
from storage.archive import Archive
from storage.db import items, lookups
from storage.db.session import transaction
from storage.domain import batches
from storage.domain.batches import LIMIT_BYTES, Wanted, Wrong
from storage.domain.permissions import Actor, may_submit, visible_to_submitters
from storage.domain.vocab import Outcome, Sensitivity
from storage.errors import ArchiveError, InvalidValue, NotFound, Value, because

router = APIRouter(route_class=StrictRoute, tags=["submissions"])
_NOT_WHOLE = "The list did not arrive whole, or not fast enough, so nothing was done."
_MOST_TOLD = 200

T = TypeVar("T")

BatchPath = Annotated[str, Path(pattern=r"^bat_[0-9a-z]{26}$")]
Submitter = Annotated[Actor, Depends(only(may_submit, "submit"))]
Unsaid = Annotated[Sensitivity, Query(description="that of the lines which name none")]
_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


class NotATable(ArchiveError):
    """The body is something else than a table of text."""

    code = "unsupported_media_type"
    status = 415


class BatchWrong(BaseModel):
    """What is wrong in one cell of a list, or with a whole line of it."""

    line: int
    column: str | None
    code: str = Field(examples=["url_scheme"])
    values: dict[str, Value] = Field(default_factory=dict, description="what the sentence names")
    sentence: str


class BatchLine(BaseModel):
    """One line that can be taken, and what the asker may know of its address."""

    line: int
    url: str
    note: str | None
    sensitivity: Sensitivity
    repeats: int | None = Field(description="the earlier line with the same address")
    left_out: bool = Field(description="says the very same as the earlier line, so it is not taken again")
    known: bool
    mine: str | None = Field(description="the asker's own newest submission of the address")


class BatchPreview(BaseModel):
    """A list before it is taken: `lines` that can be, and what is `wrong`; nothing was handed in."""

    lines: list[BatchLine]
    wrong: list[BatchWrong]


class BatchEntry(BaseModel):
    """One line of a list that was taken, and what became of it."""

    line: int
    receipt: ReceiptLine


class BatchReceipt(BaseModel):
    """What became of a list; `origin` is the page it was found on."""

    batch: str
    origin: str | None
    settled: int = Field(description="how many lines are over, whatever came of them")
    captured: int = Field(description="how many were preserved, whole or in part")
    lines: list[BatchEntry]


class BatchLinks(BaseModel):
    """Where the list's receipt is."""

    self: str


class BatchTaken(BaseModel):
    """A list that was taken; `left_out` lines were wrong or said the same as an earlier one."""

    batch: str
    taken: int
    left_out: list[int]
    links: BatchLinks


@router.post("/batches/preview", response_model=BatchPreview, openapi_extra=_BODY)
async def preview(
    request: Request, doors: DoorsDep, actor: Submitter, sensitivity: Unsaid = Sensitivity.RESTRICTED
) -> BatchPreview:
    """Look at a list of addresses (CSV with the columns url, note, sensitivity, project); nothing is handed in."""

    def look(actor: Actor, content: bytes) -> BatchPreview:
        batch = batches.read(content, sensitivity)
        with transaction(doors.engine) as session:
            wrong = [*batch.wrong, *_unknown_projects(session, batch.wanted)]
            taken = {one.line for one in batch.distinct}
            lines = [_line(session, actor, one, batch.repeats.get(one.line), taken) for one in batch.wanted]
        return BatchPreview(lines=lines, wrong=_told(wrong))

    return await _with_table(request, doors, actor, look)


@router.post("/batches", status_code=202, response_model=BatchTaken, openapi_extra=_BODY)
async def submit_batch(
    request: Request,
    doors: DoorsDep,
    actor: Submitter,
    leave_out_wrong: Annotated[bool, Query(description="take the good lines of a list that has wrong ones")] = False,
    sensitivity: Unsaid = Sensitivity.RESTRICTED,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")] = None,
) -> Response:
    """Hand in a list of addresses, all of it or nothing: 422 names what is wrong by line and column."""

    def take(actor: Actor, content: bytes) -> Response:
        told = f"{leave_out_wrong} {sensitivity}\n".encode() + content
        with transaction(doors.engine) as session:
            once = Once(session, actor.id, idempotency_key, keyed_digest(request, doors, told))
            if answer := once.earlier():
                return answer
            batch = batches.read(content, sensitivity)
            wrong = [*batch.wrong, *_unknown_projects(session, batch.wanted)]
            if wrong and not leave_out_wrong:
                raise _refusal(wrong)
            bad = {one.line for one in wrong}
            wanted = [one for one in batch.distinct if one.line not in bad]
            left_out = sorted(bad | ({one.line for one in batch.wanted} - {one.line for one in wanted}))
            return take_batch(session, actor, once, wanted, left_out=left_out)

    return await _with_table(request, doors, actor, take)


@router.get("/batches/{batch}")
def read_batch(batch: BatchPath, session: SessionDep, actor: KnownActor) -> BatchReceipt:
    """What became of each line of a list, for the one who handed it in."""
    rows = items.of_batch(session, actor.id, batch)
    if not rows:
        raise NotFound("There is no such list.")
    receipts = receipt_lines(session, actor, rows)
    lines = [BatchEntry(line=row.batch_line or 0, receipt=receipt) for row, receipt in zip(rows, receipts, strict=True)]
    good = {Outcome.CAPTURED, Outcome.PARTIAL}
    return BatchReceipt(
        batch=batch,
        origin=rows[0].batch_origin,
        settled=sum(one.settled for one in receipts),
        captured=sum(one.outcome in good for one in receipts),
        lines=lines,
    )


def take_batch(
    session: Session,
    actor: Actor,
    once: Once,
    wanted: Sequence[Wanted],
    *,
    left_out: Sequence[int] = (),
    origin: str | None = None,
) -> Response:
    """Hand in what was read or picked, and answer. Raises: InvalidValue where nothing is left."""
    if not wanted:
        raise InvalidValue("Nothing of this list can be taken.", reason=because("list_nothing_left"))
    batch = Archive(session, actor).submit_batch(wanted, origin=origin)
    taken = BatchTaken(
        batch=batch, taken=len(wanted), left_out=list(left_out), links=BatchLinks(self=f"/api/v1/batches/{batch}")
    )
    return once.keep(202, taken)


async def _with_table(request: Request, doors: Doors, actor: Actor, deed: Callable[[Actor, bytes], T]) -> T:
    """Read the body whole, within its limit, in a thread where it may take its time; the deed is of who asks then."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise NotATable("Send the list itself as text/csv.")
    if length_of(request) > LIMIT_BYTES:
        raise batches.too_large()

    def work() -> T:
        content = io.BufferedReader(Body(request, doors.pace, _NOT_WHOLE)).read(LIMIT_BYTES + 1)
        return deed(still(request, doors, may_submit, "submit"), content)

    with doors.uploads.passing(actor.id):
        return await anyio.to_thread.run_sync(work, limiter=doors.upload_threads)


def _line(session: Session, actor: Actor, one: Wanted, repeats: int | None, taken: set[int]) -> BatchLine:
    found = lookups.of_address(session, one.canonical_url, asker=actor.id, visible=visible_to_submitters(actor))
    return BatchLine(
        line=one.line,
        url=one.url,
        note=one.note,
        sensitivity=one.sensitivity,
        repeats=repeats,
        left_out=one.line not in taken,
        known=found.is_known,
        mine=found.mine.id if found.mine else None,
    )


def _unknown_projects(session: Session, wanted: Sequence[Wanted]) -> list[Wrong]:
    known = {name for name in {one.project for one in wanted} if items.project(session, name)}
    return [
        Wrong(one.line, "project", f"There is no project called {name}.", because("no_such_project", project=name))
        for one in wanted
        if one.project not in known and (name := one.project[:64])
    ]


def _in_order(wrong: Sequence[Wrong]) -> list[Wrong]:
    return sorted(wrong, key=lambda one: (one.line, one.column or ""))


def _told(wrong: Sequence[Wrong]) -> list[BatchWrong]:
    return [
        BatchWrong(
            line=one.line,
            column=one.column,
            code=one.reason.code,
            values=dict(one.reason.values),
            sentence=one.sentence,
        )
        for one in _in_order(wrong)
    ]


def _refusal(wrong: Sequence[Wrong]) -> InvalidValue:
    lines = len({one.line for one in wrong})
    error = InvalidValue(
        f"{lines} lines cannot be taken, so none was.", reason=because("list_lines_wrong", lines=lines)
    )
    told = [
        told_field(f"{one.line}.{one.column}" if one.column else str(one.line), one.sentence, one.reason)
        for one in _in_order(wrong)[:_MOST_TOLD]
    ]
    error.extensions["errors"] = [one.model_dump() for one in told]
    return error
