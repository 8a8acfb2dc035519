"""The register of units: who is who in an army, under which name at which time."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from api.deps import ArchiveDep, SessionDep, UnitPath
from api.idempotency import OnceDep
from api.lines import titles
from api.listing import AskedPage, Listed
from api.registers import Describer, Reader, SeenVersion, Words, described
from api.strict import StrictRoute
from api.telling import telling
from storage.db import registers
from storage.db.tables import Assertion, UnitVersion
from storage.domain.permissions import visible_items
from storage.domain.units import UnitDescription
from storage.domain.vocab import AssertionStatus, Confidence
from storage.errors import NotFound

router = APIRouter(route_class=StrictRoute, tags=["registers"])


class Unit(UnitDescription):
    """A unit as it is, or was, described: `version` counts, `author` is who described it so."""

    unit: str
    version: int
    author: str
    made_at: AwareDatetime


class UnitShown(Unit):
    """A unit with its descriptions over time."""

    versions: list[Unit] = Field(description=f"newest first, at most {registers.VERSIONS_TOLD}")


class Attribution(BaseModel):
    """An item that somebody says has to do with the unit."""

    item: str
    title: str | None
    assertion: str
    role: str
    confidence: Confidence | None
    status: AssertionStatus


@router.get("/units")
def list_units(words: Words, asked: AskedPage, session: SessionDep, _actor: Reader) -> Listed[Unit]:
    """Units newest first; with `q`, those that have a name with every word of it."""
    rows = registers.unit_page(session, words=words, before=asked.after, limit=asked.rows)
    count = registers.count_units(session, words=words)
    return asked.listed(rows, key=lambda row: row.unit_id, show=_unit, count=count)


@router.post("/units", status_code=201, response_model=Unit)
def add_unit(said: UnitDescription, once: OnceDep, archive: ArchiveDep, _actor: Describer) -> Response:
    """Enter a unit into the register."""
    return once.earlier() or once.keep(201, _unit(archive.add_unit(said)))


@router.get("/units/{unit}")
def read_unit(unit: UnitPath, session: SessionDep, _actor: Reader, response: Response) -> UnitShown:
    """One unit; its ETag is its version, for the `If-Match` of a change."""
    versions = [_unit(row) for row in registers.unit_versions(session, unit)]
    if not versions:
        raise NotFound("There is no such unit.")
    response.headers["ETag"] = f'"{versions[0].version}"'
    return UnitShown(**dict(versions[0]), versions=versions)


@router.put("/units/{unit}")
def describe_unit(
    unit: UnitPath, said: UnitDescription, seen: SeenVersion, archive: ArchiveDep, actor: Describer
) -> Unit:
    """Describe a unit anew. Who wrote against an older version gets 412 with the newest as `current`."""
    with telling(archive.session, actor, lambda: _current(archive.session, unit)):
        return _unit(archive.describe_unit(unit, said, expected=seen))


@router.get("/units/{unit}/items")
def list_unit_items(unit: UnitPath, asked: AskedPage, session: SessionDep, actor: Reader) -> Listed[Attribution]:
    """Items that somebody says have to do with the unit and nobody has taken back, the newest word first."""
    if registers.unit(session, unit) is None:
        raise NotFound("There is no such unit.")
    visible = [sensitivity.value for sensitivity in visible_items(actor)]
    rows = registers.attributions(session, unit, visible=visible, before=asked.after, limit=asked.rows)
    called = titles(session, [row.item_id for row in rows])
    return asked.listed(
        rows,
        key=lambda row: row.id,
        show=lambda row: _attribution(row, called.get(row.item_id)),
        count=registers.count_attributions(session, unit, visible=visible),
    )


def _current(session: Session, unit_id: str) -> Unit | None:
    row = registers.unit(session, unit_id)
    return _unit(row) if row is not None else None


def _unit(row: UnitVersion) -> Unit:
    return Unit.model_validate({"unit": row.unit_id, **described(row)})


def _attribution(row: Assertion, title: str | None) -> Attribution:
    body = row.body["body"]
    return Attribution(
        item=row.item_id,
        title=title,
        assertion=row.id,
        role=body["role"],
        confidence=body.get("confidence"),
        status=body["status"],
    )
