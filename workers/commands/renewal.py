"""Analysing items anew, because versions, models or programs are others now than when they were analysed."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import jobs
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.steps import FIRST, VERSIONS
from storage.errors import Conflict, Erased
from storage.settings import Settings
from workers.commands.people import engine_of

_PAGE = 200
_ANY = {FIRST: str(int(VERSIONS[FIRST]) + 1)}
"""Versions that every item's analysis is older than."""


def of_items(settings: Settings, items: Sequence[str]) -> int:
    """Owe the analysis of these items anew; how many.

    Raises: NotFound for one that is not there, Erased, Conflict for one with nothing to analyse.
    """
    with engine_of(settings) as engine:
        for item in items:
            with transaction(engine) as session:
                Archive(session, OPERATOR).analyse_anew(item)
    return len(items)


def of_all(settings: Settings, *, only_older: bool) -> int:
    """Owe the analysis anew of every item, or of those that an older version analysed; how many.

    All other work goes before it, also what is owed later.
    """
    with engine_of(settings) as engine:
        return sum(_is_owed(engine, item) for item in _all(engine, VERSIONS if only_older else _ANY))


def _all(engine: Engine, versions: Mapping[str, str]) -> Iterator[str]:
    after = ""
    while True:
        with transaction(engine) as session:
            page = jobs.analysed_items(session, versions, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]


def _is_owed(engine: Engine, item: str) -> bool:
    """Owe one item's; False where it was erased meanwhile or never brought anything."""
    try:
        with transaction(engine) as session:
            Archive(session, OPERATOR).analyse_anew(item, is_renewal=True)
    except (Conflict, Erased):
        return False
    return True
