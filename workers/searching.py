"""Answers one search by a picture or a clip: decoded in a box, compared with the library, and forgotten."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from storage import queue
from storage.db import holdings, picture_searches
from storage.db.picture_searches import Taken
from storage.db.session import transaction
from storage.domain.matches import Match, Relation
from storage.domain.picture_search import MOST_HITS, Answer, Hit
from storage.domain.vocab import ErrorClass
from storage.errors import Altered, ArchiveError, Implausible, LeaseLost, NotFound, Rejected
from storage.frame_times import FRAME_TIMES, shown_at, times_of
from storage.integrity.digest import Digest
from workers import findings, scratch
from workers.copies import glimpse, matching
from workers.copies.known import Known
from workers.copies.prints import Prints
from workers.decoding import DecoderDied, decode
from workers.library import Library
from workers.pipeline import Bench
from workers.sandbox import Sandbox
from workers.settling import settle
from workers.step import Context
from workers.wanted import Wanted

_LOG = structlog.get_logger()
VERSION = f"{matching.VERSION}.{glimpse.VERSION}"
WALL_S = 150.0
"""So long may one search take, decoding and comparing together."""
_LEASE_S = 2 * WALL_S
_FOLDER_BYTES = 64 << 20
_DECODE_SHARE = 0.3
_LEAST_SAMPLES = 4
_NOBODY = ""
# What passes by itself is tried again so often, for as long as somebody is likely to wait.
_PAUSE_S, _PATIENCE_S = 5.0, 600.0
_LASTING = frozenset({ErrorClass.PERMANENT, ErrorClass.FAULT})


def answer_next(bench: Bench, stopping: threading.Event | None = None) -> bool:
    """Answer the search that has waited longest; False where none waits.

    1. take it under a lease. 2. its fingerprints, in a box. 3. compare them. 4. keep the answer, or why there is none.
    Told to stop, it is given back; where a store or the database is away, it is put off for a while. Stopped by
    whoever asked, its box is ended and nothing of it is kept.
    """
    with transaction(bench.engine) as session:
        taken = picture_searches.take(session, _LEASE_S)
    if taken is None:
        return False
    folder = bench.scratch / bench.worker / scratch.work_of(taken.id, taken.token)
    try:
        folder.mkdir(mode=0o700, parents=True)
        with Wanted(bench.engine, taken, _LEASE_S, stopping) as wanted:
            found = _Search(bench, taken.content, wanted).answer(folder)
        settle(partial(_keep, bench, taken, found))
    except LeaseLost:
        settle(partial(_give_back, bench, taken))
    except Exception as error:  # noqa: BLE001 - whatever it was, whoever waits is told, and the next search is taken
        settle(partial(_put_off_or_fail, bench, taken, error))
    finally:
        scratch.remove(folder)
    return True


def _keep(bench: Bench, taken: Taken, found: Answer) -> None:
    with transaction(bench.engine) as session:
        picture_searches.answer(session, taken, found.model_dump(mode="json"))
    _LOG.info("search answered", search=taken.id, hits=len(found.hits), searched=found.searched)


def _give_back(bench: Bench, taken: Taken) -> None:
    with transaction(bench.engine) as session:
        picture_searches.give_back(session, taken)


def _put_off_or_fail(bench: Bench, taken: Taken, error: Exception) -> None:
    code, sentence = _told(error)
    with transaction(bench.engine) as session:
        passes = queue.classify(error) not in _LASTING
        is_put_off = passes and picture_searches.put_off(session, taken, _PAUSE_S, _PATIENCE_S)
        if not is_put_off:
            picture_searches.fail(session, taken, code, sentence)
    _LOG.warning("search failed", search=taken.id, code=code, error=type(error).__name__, again=is_put_off)


class _OutOfTimeError(Exception):
    """The time of one search is over."""


class _Search:
    """One search at work, which ends when it is not `wanted` any more, and in any case at its deadline."""

    def __init__(self, bench: Bench, content: bytes, wanted: Wanted) -> None:
        self.bench = bench
        self._content = content
        self._wanted = wanted
        self._deadline = time.monotonic() + WALL_S

    def answer(self, folder: Path) -> Answer:
        """What was found.

        Raises: Rejected for what cannot be looked for, or not in time, LeaseLost when told to stop, DecoderDied.
        """
        try:
            own, others = self._asked(folder)
        except _OutOfTimeError:
            sentence = f"Looking for this took more than {WALL_S:.0f} s, and was ended."
            raise Rejected(sentence, code="took_too_long") from None
        hits, not_compared = self._hits(own, others)
        hits.sort(key=_worth)
        told = tuple(hit.model_copy(update={"frames": self._frames(hit)}) for hit in hits[:MOST_HITS])
        with transaction(self.bench.engine) as session:
            searched, unprinted = picture_searches.printed_items(session)
        return Answer(
            kind="picture" if own.header.is_still else "clip",
            duration_s=0.0 if own.header.is_still else round(matching.duration_s(own), 3),
            hits=told,
            is_cut_short=len(hits) > MOST_HITS,
            searched=searched,
            unprinted=unprinted,
            not_compared=not_compared,
            version=VERSION,
        )

    def _asked(self, folder: Path) -> tuple[Prints, Sequence[Known]]:
        """The fingerprints of what is asked with, and whom to compare them with, the likeliest first."""
        own, bench = self._prints(folder), self.bench
        if not own.header.frames:
            raise Rejected("There is too little to see in this to know it by.", code="unreadable")
        go_on = partial(self._go_on, _DECODE_SHARE)
        known = Library(bench.engine, bench.blobs, bench.scratch / "library", _NOBODY, go_on=go_on)
        return own, known.relatives(own).known

    def _hits(self, own: Prints, others: Sequence[Known]) -> tuple[list[Hit], int]:
        """Whoever shows it of those that are reached in time, and how many are not."""
        hits: list[Hit] = []
        for number, other in enumerate(others):
            go_on = partial(self._go_on, _DECODE_SHARE + (1 - _DECODE_SHARE) * number / len(others))
            try:
                go_on()
                theirs = other.prints()
                found = _likeness(own, theirs, go_on) if theirs is not None else None
            except _OutOfTimeError:
                return hits, len(others) - number
            if found is not None and found.relation is not Relation.NONE:
                hits.append(Hit(item=other.item, original=other.original, match=found))
        return hits, 0

    def _frames(self, hit: Hit) -> tuple[int | None, ...]:
        """Which frame each moment begins at. Looked up now, once: reading the times of a long film takes a while."""
        with transaction(self.bench.engine) as session:
            known = holdings.of_kind(session, hit.item, FRAME_TIMES)
        newest = next((one for one in reversed(known) if one.payload["original"] == hit.original), None)
        try:
            times_us = times_of(self.bench.blobs, newest)
        except (Altered, NotFound):
            times_us = times_of(self.bench.blobs, None)
        return tuple(shown_at(times_us, span.b_start_s) for span in hit.match.spans)

    def _prints(self, folder: Path) -> Prints:
        asked = folder / "asked"
        asked.touch(mode=0o600)
        asked.write_bytes(self._content)
        limits = replace(
            self.bench.limits["media"], wall_s=WALL_S, file_bytes=_FOLDER_BYTES, folder_bytes=_FOLDER_BYTES
        )
        context = Context(
            inputs=(),
            scratch=folder,
            sandbox=Sandbox(limits, self._wanted.lost, unsafe=self.bench.unsafe),
            open_local=lambda digest: self.bench.blobs.local_copy(digest, folder),
            report=lambda told: self._go_on(_DECODE_SHARE * float(told["progress"])),
        )
        made = decode(context, asked, "--asked")
        asked.unlink()
        return findings.fingerprints(made, Digest.of(self._content))[0]

    def _go_on(self, share: float) -> None:
        """Say how far it is. Raises: LeaseLost when nobody waits any more, _OutOfTimeError when it took too long."""
        self._wanted.report(share)
        if time.monotonic() > self._deadline:
            raise _OutOfTimeError


def _likeness(own: Prints, theirs: Prints, go_on: Callable[[], None]) -> Match:
    """What is asked with beside an original: along a line of time, or, where it is too short for one, by its looks."""
    if own.header.is_still or own.header.frames < _LEAST_SAMPLES:
        return glimpse.find(own, theirs, go_on)
    return matching.match(own, theirs, go_on)


def _worth(hit: Hit) -> tuple[bool, float]:
    """What comes first: a copy before the same scene, more and nearer pictures before fewer."""
    weight = sum((span.samples or 0) * span.score for span in hit.match.spans)
    return hit.match.relation is Relation.SAME_SCENE, -weight


def _told(error: Exception) -> tuple[str, str]:
    """The code and the sentence for whoever asked; what is our fault is told to the log alone."""
    match error:
        case Rejected():
            return error.code, error.sentence
        case DecoderDied() | Implausible():
            return "unreadable", "This file made the decoder give up; it may be damaged."
        case ArchiveError():
            return error.code, error.sentence
        case _:
            return "fault", ""
