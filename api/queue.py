"""The reviewers' queue: items by view, filter and order, and how many wait in each view."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.deps import SessionDep, only
from api.lines import ItemLine, item_lines
from api.listing import AskedPage, Count, Listed, counted
from api.strict import StrictRoute
from storage.db import worklist
from storage.db.worklist import Viewer
from storage.domain import clock
from storage.domain.permissions import Actor, may_review, visible_items
from storage.domain.vocab import Sensitivity, Workflow
from storage.domain.worklist import Order, QueueQuery, View, parse_words

router = APIRouter(route_class=StrictRoute, tags=["items"])
Reviewer = Annotated[Actor, Depends(only(may_review, "read items"))]

# Beyond this, how many there are is of no use to a reader and of some cost to everybody.
MOST_COUNTED = 10_000


class QueueCounts(BaseModel):
    """How many items wait in each view."""

    mine: Count
    unclaimed: Count
    help: Count
    failed: Count
    all: Count


def read_queue_query(
    view: View = View.ALL,
    workflow: Workflow | None = None,
    sensitivity: Sensitivity | None = None,
    platform: Annotated[str | None, Query(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")] = None,
    q: Annotated[str | None, Query(description="words of a title, an account, an address or a supplied name")] = None,
    order: Order = Order.NEWEST,
) -> QueueQuery:
    """The reader's question to the queue. Raises: BadQuery."""
    words = () if q is None else parse_words(q)
    return QueueQuery(view, workflow, sensitivity, platform, words, order)


Question = Annotated[QueueQuery, Depends(read_queue_query)]


@router.get("/items")
def list_items(asked: AskedPage, question: Question, session: SessionDep, actor: Reviewer) -> Listed[ItemLine]:
    """Items this reviewer may know of: all, theirs, those nobody has, those that need help, those without media."""
    viewer = _viewer(actor)
    by_change = question.order is Order.CHANGED
    after = str(asked.after_number or "") if by_change else asked.after
    rows = worklist.page(session, question, viewer, after=after, limit=asked.rows)
    return asked.listed_together(
        rows,
        key=lambda row: str(row.seq) if by_change else row.item.id,
        show=lambda page: item_lines(session, actor, page),
        count=worklist.count(session, question, viewer, most=MOST_COUNTED),
        counted_up_to=MOST_COUNTED,
    )


@router.get("/items/queue-counts")
def count_queue(session: SessionDep, actor: Reviewer) -> QueueCounts:
    """How many items each view of the queue holds."""
    found = worklist.counts(session, _viewer(actor), most=MOST_COUNTED)
    return QueueCounts(**{view.value: counted(many, MOST_COUNTED) for view, many in found.items()})


def _viewer(actor: Actor) -> Viewer:
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    return Viewer(id=actor.id, visible=visible, now=clock.now())
