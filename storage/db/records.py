"""Rows of published records: written once per version, searched by words, place, unit and time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from storage.db import holdings, items, registers, statements
from storage.db.tables import File, Holding, Item, Project, Record, RecordPlace, RecordUnit, UnitVersion
from storage.domain import geo
from storage.domain.disclosure import CaptureSnapshot, FileSnapshot, ItemSnapshot, SaidSnapshot
from storage.domain.names import skeleton
from storage.domain.records import RecordQuery, facets
from storage.domain.units import names_of
from storage.domain.vocab import AssertionKind, FileRole, ReviewPolicy, Sensitivity
from storage.integrity.canonical import digest_of


def snapshot(session: Session, item: Item) -> ItemSnapshot:
    """All of an item that publishing looks at."""
    source = items.source(session, item.source_id) if item.source_id else None
    project = session.get_one(Project, item.project_id)
    held = session.execute(
        select(Holding, File).join(File, File.sha256 == Holding.sha256).where(Holding.item_id == item.id)
    )
    read = holdings.of_kind(session, item.id, "credentials")
    states = {one.payload["original"]: one.payload["state"] for one in read}
    said = statements.of_item(session, item.id)
    named = registers.units(session, {one.body["body"].get("unit") for one in said} - {None})
    superseded = {assertion.supersedes for assertion in said}
    return ItemSnapshot(
        item=item.id,
        policy=ReviewPolicy(project.review_policy),
        source_url=source.canonical_url if source else None,
        platform=source.platform if source else None,
        captures=[
            CaptureSnapshot(c.id, c.outcome, c.ended_at, c.identity.get("availability"))
            for c in holdings.captures(session, item.id)
        ],
        files=[
            FileSnapshot(
                file.sha256, file.size_bytes, one.media_type, FileRole(one.role), one.sealed, states.get(file.sha256)
            )
            for one, file in held
        ],
        said=[
            SaidSnapshot(
                id=one.id,
                kind=AssertionKind(one.kind),
                body=_with_names(one.body["body"], named),
                citations=one.body["citations"],
                superseded=one.id in superseded,
            )
            for one in said
        ],
    )


def _with_names(body: Mapping[str, Any], named: Mapping[str, UnitVersion]) -> Mapping[str, Any]:
    """A body that names a unit of the register, with the names the unit goes by now: a record needs no register."""
    row = named.get(body.get("unit") or "")
    if row is None:
        return body
    name, *others = names_of(row.body)
    return {**body, "name": name, "names": others, "unit_version": row.version}


def add(
    session: Session,
    *,
    pid: str,
    version: int,
    item_id: str,
    sensitivity: Sensitivity,
    body: Mapping[str, Any],
    published_at: datetime,
    published_by: str,
) -> Record:
    """Freeze one version with everything it can be found by, all of it drawn from its body."""
    found_by = facets(body)
    record = Record(
        pid=pid,
        version=version,
        item_id=item_id,
        sensitivity=sensitivity.value,
        body=dict(body),
        sha256=digest_of(body).hex,
        words=found_by.words,
        captured_from=found_by.captured_from,
        captured_until=found_by.captured_until,
        published_at=published_at,
        published_by=published_by,
    )
    session.add(record)
    for place in found_by.places:
        box, circle = place.circle.box(), place.circle
        session.add(
            RecordPlace(
                pid=pid,
                version=version,
                role=place.role,
                lat=circle.centre.lat,
                lon=circle.centre.lon,
                radius_m=circle.radius_m,
                south=box.south,
                north=box.north,
                west=box.west,
                east=box.east,
            )
        )
    session.add_all(RecordUnit(pid=pid, version=version, folded=unit) for unit in found_by.units)
    session.flush()
    return record


def newest_of_item(session: Session, item_id: str) -> Record | None:
    """An item's newest record version, or None."""
    newest = select(Record).where(Record.item_id == item_id).order_by(Record.version.desc()).limit(1)
    return session.scalar(newest)


def one(session: Session, pid: str, version: int | None = None, *, readable: Collection[Sensitivity]) -> Record | None:
    """One version of a record, the newest when none is named, or None.

    It may be read where the newest one may be too: what was closed later is closed backwards.
    """
    newest = session.scalar(select(Record).where(Record.pid == pid, _is_newest(), _is_open_to(readable)))
    if newest is None or version is None:
        return newest
    wanted = select(Record).where(Record.pid == pid, Record.version == version, _is_open_to(readable))
    return session.scalar(wanted)


def one_version(session: Session, pid: str, version: int) -> Record | None:
    """One version of a record whoever may read it, or None."""
    return session.get(Record, (pid, version))


def versions(session: Session, pid: str) -> Sequence[Record]:
    """Every version of a record, oldest first."""
    return session.scalars(select(Record).where(Record.pid == pid).order_by(Record.version)).all()


def page(
    session: Session, query: RecordQuery, *, readable: Collection[Sensitivity], before: str | None, limit: int
) -> Sequence[Record]:
    """Newest versions that answer `query`, past the pid `before`, downwards: by when each was first published."""
    wanted = _matching(select(Record), query, readable).order_by(Record.pid.desc()).limit(limit)
    return session.scalars(wanted.where(Record.pid < before) if before else wanted).all()


def count(session: Session, query: RecordQuery, *, readable: Collection[Sensitivity], most: int) -> int:
    """How many records answer `query`; `most` + 1 means that there are more than `most`."""
    some = _matching(select(literal(1)).select_from(Record), query, readable).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _matching(wanted: Select[Any], query: RecordQuery, readable: Collection[Sensitivity]) -> Select[Any]:
    """Narrow to newest versions the reader may read, then by every part of the question.

    Only the newest version counts: what a later version withholds must not be found through an earlier one.
    """
    wanted = wanted.where(_is_newest(), _is_open_to(readable), ~Record.body.has_key("erased"))
    if query.words is not None:
        wanted = wanted.where(_has_words(query.words))
    if query.bbox is not None:
        wanted = wanted.where(_has_place(_meets(query.bbox)))
    if query.near is not None:
        wanted = wanted.where(
            _has_place(
                and_(
                    _meets(query.near.box()),
                    _distance_m(query.near.centre) <= query.near.radius_m + RecordPlace.radius_m,
                )
            )
        )
    if query.unit is not None:
        wanted = wanted.where(_has_unit(query.unit))
    if query.captured is not None:
        if query.captured.start is not None:
            wanted = wanted.where(Record.captured_until >= query.captured.start)
        if query.captured.end is not None:
            wanted = wanted.where(Record.captured_from <= query.captured.end)
    return wanted


def _is_newest() -> ColumnElement[bool]:
    later = aliased(Record)
    return ~exists().where(later.pid == Record.pid, later.version > Record.version)


def _is_open_to(readable: Collection[Sensitivity]) -> ColumnElement[bool]:
    """Published for the readers of `readable`; what was published before its item was sealed counts as sealed."""
    own = Record.sensitivity.in_([one.value for one in readable])
    if Sensitivity.SEALED in readable:
        return own
    return and_(own, ~exists().where(Item.id == Record.item_id, Item.sealed_through >= Record.version))


def _has_words(words: str) -> ColumnElement[bool]:
    """As written, or by its skeleton, so that either script finds the other."""
    written = Record.search.bool_op("@@")(func.plainto_tsquery("simple", words))
    bones = skeleton(words)
    return or_(written, Record.search.bool_op("@@")(func.plainto_tsquery("simple", bones))) if bones else written


def _has_place(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(RecordPlace.pid == Record.pid, RecordPlace.version == Record.version, condition)


def _has_unit(folded: str) -> ColumnElement[bool]:
    """Every word asked for stands in one unit's name, at word borders."""
    words = func.string_to_array(RecordUnit.folded, literal_column("' '"), type_=ARRAY(Text))
    named = exists().where(RecordUnit.pid == Record.pid, RecordUnit.version == Record.version)
    return named.where(words.contains(folded.split()))


def _meets(box: geo.Box) -> ColumnElement[bool]:
    """The boxes of the place and of the question share a point; either may cross the antimeridian."""
    spans = [
        or_(
            and_(RecordPlace.west <= RecordPlace.east, RecordPlace.west <= part.east, RecordPlace.east >= part.west),
            and_(
                RecordPlace.west > RecordPlace.east,
                or_(RecordPlace.west <= part.east, RecordPlace.east >= part.west),
            ),
        )
        for part in box.parts()
    ]
    return and_(RecordPlace.south <= box.north, RecordPlace.north >= box.south, or_(*spans))


def _distance_m(centre: geo.Point) -> ColumnElement[float]:
    """`geo.distance_m` in SQL."""
    half_lat = func.sin(func.radians(RecordPlace.lat - centre.lat) / 2)
    half_lon = func.sin(func.radians(RecordPlace.lon - centre.lon) / 2)
    cosines = func.cos(func.radians(RecordPlace.lat)) * func.cos(func.radians(centre.lat))
    chord = half_lat * half_lat + cosines * half_lon * half_lon
    return 2 * geo.EARTH_RADIUS_M * func.asin(func.sqrt(func.least(1.0, chord)))
