"""Cancelling the analysis of an item while it waits or runs, beginning it again, and analysing an item anew."""

from fastapi import APIRouter

from api.deps import ArchiveDep, ItemPath
from api.desk import Reviewer
from api.progress import Step, steps
from api.strict import StrictRoute
from storage.domain.cancelling import CancelOrder

router = APIRouter(route_class=StrictRoute, tags=["items"])


@router.post("/items/{item}/analysis/cancellation", status_code=202)
def cancel_analysis(item: ItemPath, order: CancelOrder, archive: ArchiveDep, _actor: Reviewer) -> list[Step]:
    """End every step of the analysis that waits, runs or is paused; captures go on. 409 `nothing_owed`.

    What runs is ended within seconds, and nothing of it is kept. The steps that were cancelled.
    """
    return steps(archive.cancel_analysis(item, order), {})


@router.post("/items/{item}/analysis/retry", status_code=202)
def begin_analysis_again(item: ItemPath, archive: ArchiveDep, _actor: Reviewer) -> list[Step]:
    """Owe every step again that was cancelled. 409 `nothing_cancelled`. The steps that are owed now."""
    return steps(archive.begin_analysis_again(item), {})


@router.post("/items/{item}/analysis/renewal", status_code=202)
def analyse_anew(item: ItemPath, archive: ArchiveDep, _actor: Reviewer) -> list[Step]:
    """Analyse all that was collected for an item with the versions, models and programs that are here now.

    Nothing is collected again, and what these have made already is not made twice. 409 `nothing_collected`. The steps
    that it begins with; the others are owed as these end.
    """
    return steps(archive.analyse_anew(item), {})
