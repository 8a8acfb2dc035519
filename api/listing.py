"""Lists: one envelope for all of them, pages by cursor, counts that say how exact they are."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, Literal, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from storage.domain.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page, cursor_after, read_page
from storage.errors import BadQuery

Entry = TypeVar("Entry")
Row = TypeVar("Row")


class PageLinks(BaseModel):
    """How to go on: pass `next` as `cursor`; there is none on the last page."""

    next: str | None
    limit: int


class Count(BaseModel):
    """How many there are in all, on every page."""

    value: int
    relation: Literal["exact", "at_least"] = "exact"


def counted(many: int, up_to: int | None = None) -> Count:
    """How many there are, where counting stopped above `up_to`."""
    if up_to is None or many <= up_to:
        return Count(value=many)
    return Count(value=up_to, relation="at_least")


class Listed(BaseModel, Generic[Entry]):
    """One page of a list."""

    data: list[Entry]
    page: PageLinks
    count: Count


class Asked:
    """Which page of which question is asked for."""

    def __init__(self, request: Request, cursor: str | None, limit: str | None) -> None:
        rest = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in ("cursor", "limit"))
        self._query = f"{request.url.path}?{rest}"
        self.page: Page = read_page(self._query, limit=limit, cursor=cursor)

    @property
    def after(self) -> str | None:
        """The sort key of the last row of the page before."""
        return self.page.after[0] if self.page.after else None

    @property
    def after_number(self) -> int:
        """The sort key of the last row of the page before, where it is a number; 0 on the first page."""
        if self.after is None:
            return 0
        if not self.after.isascii() or not self.after.isdigit() or len(self.after) > 18:
            raise BadQuery("This cursor belongs to another list.")
        return int(self.after)

    @property
    def rows(self) -> int:
        """How many rows to read: one more than the page holds, to know whether there is a next."""
        return self.page.limit + 1

    def listed(
        self,
        rows: Sequence[Row],
        *,
        key: Callable[[Row], str],
        show: Callable[[Row], Entry],
        count: int,
        counted_up_to: int | None = None,
    ) -> Listed[Entry]:
        """The page made of `rows`, of which the one too many is cut off.

        `count` above `counted_up_to` means that there are at least so many.
        """
        shown = rows[: self.page.limit]
        more = len(rows) > len(shown)
        return Listed(
            data=[show(row) for row in shown],
            page=PageLinks(next=cursor_after(self._query, [key(shown[-1])]) if more else None, limit=self.page.limit),
            count=counted(count, counted_up_to),
        )

    def listed_together(
        self,
        rows: Sequence[Row],
        *,
        key: Callable[[Row], str],
        show: Callable[[Sequence[Row]], Sequence[Entry]],
        count: int,
        counted_up_to: int | None = None,
    ) -> Listed[Entry]:
        """As `listed`, where rows are shown all at once, because they share names that are looked up."""
        shown = dict(zip(map(key, rows), show(rows), strict=True))
        return self.listed(rows, key=key, show=lambda row: shown[key(row)], count=count, counted_up_to=counted_up_to)


def _asked(
    request: Request,
    cursor: Annotated[str | None, Query(description="`page.next` of the page before")] = None,
    limit: Annotated[
        str | None,
        Query(
            description=f"1 to {LARGEST_LIMIT}, {DEFAULT_LIMIT} without it",
            json_schema_extra={"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT},
        ),
    ] = None,
) -> Asked:
    return Asked(request, cursor, limit)


AskedPage = Annotated[Asked, Depends(_asked)]
