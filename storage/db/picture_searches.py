"""Rows of searches by a picture: asked, taken by a worker, answered; what was asked with goes with the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

from storage.db.picture_search_tables import IS_UNDER_WAY, PictureSearch
from storage.db.tables import Holding, Item
from storage.domain.matches import FINGERPRINTS
from storage.domain.picture_search import KEPT_S, UNDER_WAY, SearchState
from storage.domain.vocab import Sensitivity

_TRIES_AT_MOST = 2
_GONE: Mapping[str, Any] = {"content": None, "lease_until": None}
_LET_GO: Mapping[str, Any] = {"token": PictureSearch.token + 1, "tries": PictureSearch.tries - 1}


@dataclass(frozen=True, slots=True)
class Taken:
    """A search in a worker's hands: every word of it must carry this token."""

    id: str
    token: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A search of somebody: the seconds since they asked, and those that workers have given to it."""

    age_s: float
    worked_s: float


def ask(session: Session, search_id: str, asker_id: str, content: bytes) -> bool:
    """Keep what is asked with until it is answered; False while another search of the same person is under way."""
    values = {"id": search_id, "asker_id": asker_id, "state": SearchState.WAITING.value, "content": content}
    kept = insert(PictureSearch).values(**values, token=0, progress=0.0)
    kept = kept.on_conflict_do_nothing(index_elements=["asker_id"], index_where=text(IS_UNDER_WAY))
    return session.scalar(kept.returning(PictureSearch.id)) is not None


def of(session: Session, search_id: str, asker_id: str) -> PictureSearch | None:
    """A search of `asker_id` within the hour, without what was asked with; None for that of anybody else."""
    own = (PictureSearch.id == search_id, PictureSearch.asker_id == asker_id)
    return session.scalar(select(PictureSearch).where(*own, ~_is_old()))


def under_way_of(session: Session, asker_id: str) -> str | None:
    """The search of somebody that is not answered yet, or None."""
    own = (PictureSearch.asker_id == asker_id, PictureSearch.content.is_not(None))
    return session.scalar(select(PictureSearch.id).where(*own))


def asked_lately(session: Session, asker_id: str) -> Sequence[Asked]:
    """What somebody asked within the hour, the newest first."""
    age_s = func.extract("epoch", func.now() - PictureSearch.asked_at)
    wanted = select(age_s, PictureSearch.worked_s).where(PictureSearch.asker_id == asker_id, ~_is_old())
    rows = session.execute(wanted.order_by(PictureSearch.asked_at.desc()))
    return [Asked(float(age), worked) for age, worked in rows]


def waiting(session: Session) -> int:
    """How many searches wait for a worker: to be looked for, or, where two have died of one, to be given up."""
    is_owed = or_(PictureSearch.state == SearchState.WAITING.value, _is_lost())
    return session.scalar(select(func.count()).select_from(PictureSearch).where(is_owed)) or 0


def take(session: Session, lease_s: float) -> Taken | None:
    """The search that has waited longest, for `lease_s` seconds; one that two workers have died of is given up."""
    given_up = {"state": SearchState.FAILED.value, "error_code": "fault", "error_sentence": "", **_GONE}
    session.execute(update(PictureSearch).where(_is_lost(), ~_may_try()).values(**given_up))
    wanted = select(PictureSearch).where(_is_free()).order_by(PictureSearch.id).limit(1)
    row = session.scalar(wanted.with_for_update(skip_locked=True).options(undefer(PictureSearch.content)))
    if row is None or row.content is None:
        return None
    until = session.scalar(select(func.now() + timedelta(seconds=lease_s)))
    row.state, row.lease_until = SearchState.RUNNING.value, until
    row.token, row.tries = row.token + 1, row.tries + 1
    return Taken(row.id, row.token, row.content)


def held_tokens(session: Session) -> Sequence[tuple[str, int]]:
    """The searches that some worker holds, each with its token."""
    held = select(PictureSearch.id, PictureSearch.token).where(PictureSearch.state == SearchState.RUNNING.value)
    return [(search, token) for search, token in session.execute(held)]


def report(session: Session, taken: Taken, share: float, lease_s: float, worked_s: float) -> bool:
    """Say how far a search is, and that it took `worked_s` more, and go on holding it.

    False where it is ours no longer, or nobody wants it any more.
    """
    until = func.now() + timedelta(seconds=lease_s)
    told = {"progress": share, "lease_until": until, "worked_s": PictureSearch.worked_s + worked_s}
    return _told(session, taken, told)


def give_back(session: Session, taken: Taken) -> bool:
    """Let another worker have it."""
    return _told(session, taken, {"state": SearchState.WAITING.value, "lease_until": None, **_LET_GO})


def put_off(session: Session, taken: Taken, pause_s: float, patience_s: float) -> bool:
    """Let a worker have it again after a pause, for what failed will pass.

    False where it was asked longer than `patience_s` ago: then it is still held, to be answered or failed.
    """
    within = PictureSearch.asked_at > func.now() - timedelta(seconds=patience_s)
    # Held by nobody until then, as after a worker that died; but this was no death, and is not counted as one.
    until = func.now() + timedelta(seconds=pause_s)
    return _told(session, taken, {"lease_until": until, **_LET_GO}, within)


def answer(session: Session, taken: Taken, found: Mapping[str, Any]) -> bool:
    """Keep what was found, and forget what was asked with."""
    return _told(session, taken, {"state": SearchState.DONE.value, "progress": 1.0, "answer": dict(found), **_GONE})


def fail(session: Session, taken: Taken, code: str, sentence: str) -> bool:
    """Say why nothing could be looked for, and forget what was asked with."""
    failed = {"state": SearchState.FAILED.value, "error_code": code, "error_sentence": sentence, **_GONE}
    return _told(session, taken, failed)


def stop(session: Session, search_id: str, asker_id: str) -> bool:
    """Forget what was asked with and what was found; False where there is no such search of this person."""
    own = (PictureSearch.id == search_id, PictureSearch.asker_id == asker_id)
    stopped = {"state": SearchState.STOPPED.value, "answer": None, "error_code": None, "error_sentence": None, **_GONE}
    changed = update(PictureSearch).where(*own).values(**stopped).returning(PictureSearch.id)
    return session.scalar(changed) is not None


def forget_old(session: Session) -> int:
    """Forget what was asked more than an hour ago; how many."""
    return len(session.scalars(delete(PictureSearch).where(_is_old()).returning(PictureSearch.id)).all())


def over(session: Session) -> frozenset[str]:
    """The searches that hold no longer what was asked with."""
    return frozenset(session.scalars(select(PictureSearch.id).where(PictureSearch.content.is_(None))))


def rewrite(engine: Engine) -> None:
    """Write the table anew without what its rows held before; an emptied row alone leaves its bytes in the file.

    Rows that a transaction begun earlier could still see are carried along. Source: PostgreSQL 18, VACUUM (FULL); plain
    VACUUM frees the place, and leaves the bytes there until something else is written over them.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM (FULL) {PictureSearch.__tablename__}"))


def printed_items(session: Session) -> tuple[int, int]:
    """How many of the items that are not sealed have fingerprints, and how many hold originals and have none."""
    original = exists().where(Holding.item_id == Item.id, Holding.kind == "original")
    prints = exists().where(Holding.item_id == Item.id, Holding.kind == FINGERPRINTS, Holding.sha256.is_not(None))
    is_open = (Item.sensitivity != Sensitivity.SEALED.value, Item.erased_at.is_(None))
    searched = session.scalar(select(func.count()).select_from(Item).where(*is_open, prints)) or 0
    unprinted = session.scalar(select(func.count()).select_from(Item).where(*is_open, original, ~prints)) or 0
    return searched, unprinted


def _told(session: Session, taken: Taken, values: Mapping[str, Any], *also: ColumnElement[bool]) -> bool:
    held = (
        *also,
        PictureSearch.id == taken.id,
        PictureSearch.token == taken.token,
        PictureSearch.state == SearchState.RUNNING.value,
    )
    return session.scalar(update(PictureSearch).where(*held).values(**values).returning(PictureSearch.id)) is not None


def _is_free() -> ColumnElement[bool]:
    return or_(PictureSearch.state == SearchState.WAITING.value, _is_lost() & _may_try())


def _may_try() -> ColumnElement[bool]:
    return PictureSearch.tries < _TRIES_AT_MOST


def _is_lost() -> ColumnElement[bool]:
    return (PictureSearch.state == SearchState.RUNNING.value) & (PictureSearch.lease_until < func.now())


def _is_old() -> ColumnElement[bool]:
    return PictureSearch.asked_at < func.now() - timedelta(seconds=KEPT_S)


def under_way(session: Session) -> int:
    """How many searches are not answered yet."""
    states = [state.value for state in UNDER_WAY]
    return session.scalar(select(func.count()).select_from(PictureSearch).where(PictureSearch.state.in_(states))) or 0
