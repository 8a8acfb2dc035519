"""What happens, while it happens: server-sent events for a submitter's receipt, or of an item: ledger, steps, lease."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.deps import Doors, DoorsDep, KnownActor, visible_item, whoever_asks
from api.holders import Lease, running_lease
from api.items import LedgerEvent, ledger_event
from api.progress import Step, steps
from api.receipts import Receipt, receipt
from api.strict import StrictRoute
from api.submissions import own_submission
from storage.db import events, holdings, items, jobs
from storage.db.session import transaction
from storage.domain.permissions import Actor, may_review
from storage.errors import ArchiveError, BadQuery, NotAllowed, NotFound

router = APIRouter(route_class=StrictRoute, tags=["live"])

_PAUSE_S = 0.5
_PING_S = 15
_STEPS = TypeAdapter(list[Step])
_LEASE: TypeAdapter[Lease | None] = TypeAdapter(Lease | None)


class LiveEvents(BaseModel):
    """What the `data` of each event is, by the event's name; `end` carries nothing."""

    receipt: Receipt
    ledger: LedgerEvent
    steps: list[Step]
    lease: Lease | None


@dataclass(frozen=True, slots=True)
class News:
    """What one look brought: things to send, how far the ledger has been read, whether nothing more will come."""

    told: Sequence[ServerSentEvent]
    seen: int
    state: str
    lease: str = ""
    ended: bool = False


Look = Callable[[Session, Actor, "News"], News]


def chosen_watch(
    doors: DoorsDep,
    actor: KnownActor,
    submission: Annotated[str | None, Query(pattern=r"^sub_[0-9a-z]{26}$")] = None,
    item: Annotated[str | None, Query(pattern=r"^itm_[0-9a-z]{26}$")] = None,
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$")] = None,
) -> tuple[Look, News]:
    """What is watched, looked at once: a watcher who may not gets an error and no stream. Raises: BadQuery."""
    if (submission is None) == (item is None):
        raise BadQuery("Watch either a submission or an item: give one of the two.")
    look = _receipt_of(submission, doors.site_budgets) if submission is not None else _item_of(item or "")
    with transaction(doors.engine) as session:
        return look, look(session, actor, News((), int(last_event_id or 0), ""))


async def place_to_watch(doors: DoorsDep, actor: KnownActor) -> AsyncIterator[None]:
    """A place among the watchers until the stream has ended. Raises: TooManyAtOnce."""
    with doors.watchers.passing(actor.id):
        yield


@router.get("/live", response_class=EventSourceResponse)
async def watch(
    request: Request,
    doors: DoorsDep,
    _place: Annotated[None, Depends(place_to_watch)],
    watched: Annotated[tuple[Look, News], Depends(chosen_watch)],
) -> EventSourceResponse:
    """A stream of events. `ledger` events carry ids to go on from by Last-Event-ID; `end` is the last one.

    The schema LiveEvents says what each event's `data` is.
    """
    return EventSourceResponse(_stream(request, doors, *watched), ping=_PING_S)


async def _stream(request: Request, doors: Doors, look: Look, news: News) -> AsyncIterator[ServerSentEvent]:
    while True:
        for told in news.told:
            yield told
        if news.ended:
            yield ServerSentEvent(data="{}", event="end")
            return
        await anyio.sleep(_PAUSE_S)
        try:
            news = await anyio.to_thread.run_sync(_look_again, request, doors, look, news, limiter=doors.watch_threads)
        except (ArchiveError, OperationalError, PoolTimeout):
            # Permission is gone, or the database: whoever may watch comes back and is told so in full.
            return


def _look_again(request: Request, doors: Doors, look: Look, news: News) -> News:
    """Look once more, as whoever the key makes of the watcher now. Raises: NotAuthenticated, NotFound."""
    actor = whoever_asks(request, doors, None)
    with transaction(doors.engine) as session:
        return look(session, actor, news)


def _receipt_of(submission_id: str, budgets: Mapping[str, int]) -> Look:
    """The submitter's receipt, whenever it changes, until nothing more will happen."""

    def look(session: Session, actor: Actor, news: News) -> News:
        row = own_submission(session, actor, submission_id)
        item = items.item(session, row.item_id)
        if item is None:
            raise NotFound("There is no such submission.")
        shown = receipt(session, actor, row, item, budgets)
        state = shown.model_dump_json(exclude_none=True)
        told = [] if state == news.state else [ServerSentEvent(data=state, event="receipt")]
        return News(told, 0, state, ended=shown.settled)

    return look


def _item_of(item_id: str) -> Look:
    """An item's new ledger events, its steps whenever one of them moves, and its lease whenever that changes."""

    def look(session: Session, actor: Actor, news: News) -> News:
        if not may_review(actor):
            raise NotAllowed("Watching items is for reviewers.")
        row = visible_item(session, actor, item_id)
        told = []
        seen = news.seen
        for line in events.of_item(session, row.id, after=seen):
            shown = ledger_event(line)
            told.append(ServerSentEvent(data=shown.model_dump_json(), event="ledger", id=str(line.seq)))
            seen = line.seq
        state = _STEPS.dump_json(steps(jobs.of_item(session, row.id), holdings.lacking(session, row.id))).decode()
        if state != news.state:
            told.append(ServerSentEvent(data=state, event="steps"))
        lease = _LEASE.dump_json(running_lease(session, actor, row.id)).decode()
        if lease != news.lease:
            told.append(ServerSentEvent(data=lease, event="lease"))
        return News(told, seen, state, lease)

    return look
