"""Rows of what is known of the installation itself: findings, and figures of what is kept."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db.positions import Examination, Job
from storage.db.tables import Capture, File, Holding, Item
from storage.domain.vocab import FileRole

DOCTOR, FIGURES, SETTINGS = "doctor", "storage", "settings"
IMMUTABILITY, STORES, OUTSIDE = "immutability", "stores", "outside"


def keep(session: Session, name: str, body: Mapping[str, Any]) -> None:
    """Keep an examination in place of the one before."""
    values = {"body": dict(body), "made_at": func.now()}
    kept = insert(Examination).values(name=name, **values)
    session.execute(kept.on_conflict_do_update(index_elements=["name"], set_=values))


def examination(session: Session, name: str) -> Examination | None:
    """The newest examination of this name, or None."""
    return session.get(Examination, name)


def figures(session: Session) -> dict[str, Any]:
    """How much is kept: files and their bytes, items, captures by outcome, jobs by state."""
    files, size_bytes = session.execute(select(func.count(), func.coalesce(func.sum(File.size_bytes), 0))).one()
    roles: dict[str, tuple[int, int]] = {}
    # Bytes held in two roles count once for each: the two figures may overlap.
    held = select(Holding.role, Holding.sha256).where(Holding.sha256.is_not(None)).distinct().subquery()
    of_role = (
        select(held.c.role, func.count(), func.coalesce(func.sum(File.size_bytes), 0))
        .join(File, File.sha256 == held.c.sha256)
        .group_by(held.c.role)
    )
    for role, count, role_bytes in session.execute(of_role):
        roles[role] = (count, int(role_bytes))
    originals, originals_bytes = roles.get(FileRole.ORIGINAL.value, (0, 0))
    return {
        "files": files,
        "bytes": int(size_bytes),
        "originals": originals,
        "originals_bytes": originals_bytes,
        "products_bytes": roles.get(FileRole.PRODUCT.value, (0, 0))[1],
        "items": session.scalar(select(func.count()).select_from(Item)) or 0,
        "captures_by_outcome": _counted(session, Capture.outcome),
        "jobs_by_state": _counted(session, Job.state),
    }


def _counted(session: Session, column: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(select(column, func.count()).group_by(column).order_by(column))}
