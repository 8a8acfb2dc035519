"""Whom an item is compared with: every open one, few or many, and nobody whose fingerprints cannot be believed."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from storage import queue
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db import holdings, matches
from storage.db.session import transaction
from storage.db.tables import Event
from storage.domain.kept import Kept, StepKey
from storage.domain.matches import Compared
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import FileRole, Sensitivity
from tests.workers.copies.test_prints import made
from tests.workers.test_app import bench as bench
from workers import comparing, library, pipeline
from workers.copies.prints import Prints
from workers.library import Library
from workers.owing import owe_ready
from workers.pipeline import Bench


def held_job(session: Session, step: str, item: str, capture: str) -> queue.Held:
    """The job of a step, held as a worker holds it."""
    queue.owe(
        session,
        key=f"{step}:{capture}",
        queue="media",
        step=step,
        step_version="1",
        item_id=item,
        capture_id=capture,
    )
    held = queue.claim(session, queue="media", worker="test", lease_s=60)
    assert held is not None
    return held


class Shelf:
    """An archive of items whose fingerprints are drawn; each item's by its number."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.blobs = LocalBlobs(folder / "blobs")
        self.folder = folder / "library"
        self.items: list[str] = []

    def prints(self, number: int) -> Prints:
        return made(list(range(0, 4000, 500)), seed=number, original=f"{number:064x}")

    def add(self, number: int, sensitivity: str = "restricted", content: bytes | None = None) -> str:
        content = content or self.prints(number).encode()
        blob = self.blobs.put(io.BytesIO(content))
        url = f"https://example.org/{number}"
        with transaction(self.engine) as session:
            archive = Archive(session, OPERATOR)
            entry = archive.submit(url, note=None, sensitivity=Sensitivity(sensitivity))
            held = held_job(session, "analyse", entry.item.id, entry.submission.capture_id)
            payload = {"original": f"{number:064x}"}
            held_bytes = (False, blob.digest.hex, blob.sha512, blob.size_bytes)
            print_of = Kept("fingerprints", FileRole.PRODUCT, "application/octet-stream", payload, *held_bytes)
            Archive(session, SYSTEM).seal_products(held, StepKey("analyse", "1", f"key {number}", ()), [print_of])
        self.items.append(entry.item.id)
        return entry.item.id

    def found(self, number: int, item: str = "itm_new") -> Sequence[str]:
        return self.alike(self.prints(number), item)

    def alike(self, own: Prints, item: str = "itm_new") -> Sequence[str]:
        relatives = Library(self.engine, self.blobs, self.folder, item).relatives(own)
        return [one.item for one in relatives.known if one.prints() is not None]


@pytest.fixture
def shelf(engine: Engine, tmp_path: Path) -> Shelf:
    return Shelf(engine, tmp_path)


def test_of_few_all_are_compared_but_itself_and_what_is_sealed(shelf: Shelf) -> None:
    first, second = shelf.add(1), shelf.add(2)
    shelf.add(3, "sealed")
    assert shelf.found(1, first) == [second]
    assert shelf.found(9) == [first, second]


def test_of_many_the_alike_are_found_and_what_comes_and_goes_is_heeded(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "FEW", 1)
    first, second = shelf.add(1), shelf.add(2)
    assert shelf.found(1) == [first]
    third = shelf.add(3)
    assert shelf.found(3) == [third]
    with transaction(shelf.engine) as session:
        Archive(session, OPERATOR).submit("https://example.org/2", note=None, sensitivity=Sensitivity.SEALED)
    assert shelf.found(2) == []
    (shelf.folder / "fingerprints.idx").write_bytes(b"rotten")
    assert shelf.found(1) == [first]
    assert second not in shelf.found(2)


def test_what_shows_too_little_to_be_hashed_is_no_cause_to_build_the_index_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "FEW", 1)
    monkeypatch.setattr(library, "_MOST_TAIL", 2)
    first = shelf.add(1)
    for number in range(2, 6):
        shelf.add(number, content=made([], original=f"{number:064x}").encode())
    shelf.add(7, content=b"no fingerprints")
    assert shelf.found(1) == [first]
    built = (shelf.folder / "fingerprints.idx").stat()
    assert shelf.found(1) == [first]
    assert (shelf.folder / "fingerprints.idx").stat() == built
    others = [shelf.add(number) for number in (10, 11, 12)]
    assert shelf.found(11) == [others[1]]
    assert (shelf.folder / "fingerprints.idx").stat().st_ino != built.st_ino


def test_an_index_that_a_kill_left_half_built_does_not_stay(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "FEW", 1)
    first = shelf.add(1)
    shelf.folder.mkdir()
    (shelf.folder / ".fingerprints.idx-killed").write_bytes(b"hashes of what may be erased or sealed since")
    assert shelf.found(1) == [first]
    assert {path.name for path in shelf.folder.iterdir()} == {".lock", "fingerprints.idx"}


def test_who_is_alone_here_leaves_no_index_behind(shelf: Shelf) -> None:
    first = shelf.add(1)
    assert shelf.found(1, first) == []
    assert not shelf.folder.exists()


def with_pictures_of(own: Prints, number: int, places: slice) -> bytes:
    """Other fingerprints, but for the pictures at `places`, which are those of `own`."""
    other = made(own.ticks.tolist(), seed=1000 + number, original=f"{number:064x}")
    other.hashes[places] = own.hashes[places]
    return other.encode()


def test_many_that_share_most_pictures_do_not_crowd_out_the_one_that_alone_shares_another(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "FEW", 1)
    own = shelf.prints(1)
    decoys = [shelf.add(number, content=with_pictures_of(own, number, slice(0, 7))) for number in range(2, 72)]
    copy = shelf.add(100, content=with_pictures_of(own, 100, slice(7, 8)))
    stranger = shelf.add(101)
    found = shelf.alike(own)
    assert found[0] == copy
    assert sorted(found[1:]) == sorted(decoys), "and none of those that are alike is left out, however many"
    assert stranger not in found


def test_fingerprints_that_cannot_be_believed_stop_nobody(shelf: Shelf) -> None:
    shelf.add(1, content=b"no fingerprints")
    shelf.add(2, content=shelf.prints(7).encode())
    third = shelf.add(3)
    assert shelf.found(9) == [third]


@pytest.mark.parametrize("kind", ["match", "possible_match"])
def test_a_match_with_what_was_sealed_meanwhile_is_not_written_down(shelf: Shelf, kind: str) -> None:
    first, second = shelf.add(1), shelf.add(2, "sealed")
    with transaction(shelf.engine) as session:
        held = held_job(session, "match", first, "cap_of_the_first")
        told = {"original": "1" * 64, "other_item": second, "other_original": "2" * 64, "relation": "overlap"}
        kept = [Kept(kind, FileRole.PRODUCT, "application/json", told)]
        Archive(session, SYSTEM).seal_products(held, StepKey("match", "1", "key", ()), kept)
        assert second not in "".join(
            event.body for event in session.scalars(select(Event).where(Event.item_id == first))
        )


def matched(shelf: Shelf, bench: Bench, item: str, turn: int) -> list[tuple[str, str]]:
    """Look for copies of an item once more; all that was ever found of it, with whom and how."""
    with transaction(shelf.engine) as session:
        [capture] = {one.capture_id for one in holdings.of_kind(session, item, "fingerprints")}
        queue.owe(
            session, key=f"match {item} {turn}", queue="media", step="match", step_version="1", item_id=item,
            capture_id=capture,
        )  # fmt: skip
    held = replace(bench, engine=shelf.engine, blobs=shelf.blobs).claim("media")
    assert held is not None
    pipeline.run(replace(bench, engine=shelf.engine, blobs=shelf.blobs), held)
    with transaction(shelf.engine) as session:
        # What else is owed by then is not what these tests are about.
        session.execute(text("UPDATE job SET state = 'done' WHERE state = 'ready'"))
        found = holdings.of_kind(session, item, "match")
        return [(one.payload["other_item"], one.payload["relation"]) for one in found]


def test_the_same_bytes_are_compared_again_when_others_have_come(shelf: Shelf, bench: Bench) -> None:
    first = shelf.add(1)
    assert matched(shelf, bench, first, 1) == []
    second = shelf.add(2, content=replace_original(shelf.prints(1), 2).encode())
    assert matched(shelf, bench, first, 2) == [(second, "same_content")]
    assert matched(shelf, bench, first, 3) == [(second, "same_content")], "with the same others it is the same work"
    shelf.add(3, "sealed")
    assert matched(shelf, bench, first, 4) == [(second, "same_content")]


def test_what_is_found_no_more_takes_back_what_was_told(shelf: Shelf, bench: Bench) -> None:
    first, second = shelf.add(1), shelf.add(2)
    with transaction(shelf.engine) as session:
        held = held_job(session, "before", first, "cap_of_before")
        about = {"original": f"{1:064x}", "other_item": second, "other_original": f"{2:064x}"}
        earlier = Kept("match", FileRole.PRODUCT, "application/json", about | {"relation": "overlap"})
        Archive(session, SYSTEM).seal_products(held, StepKey("match", "1", "earlier", ()), [earlier])
    assert matched(shelf, bench, first, 1) == [(second, "overlap"), (second, "none")]
    shelf.add(3)
    assert matched(shelf, bench, first, 2) == [(second, "overlap"), (second, "none")]


def turns(shelf: Shelf, bench: Bench, item: str) -> list[tuple[int, int]]:
    """Every turn of the search for copies of an item, until none is owed: how many were compared, how many are left."""
    own = replace(bench, engine=shelf.engine, blobs=shelf.blobs)
    while (held := own.claim("media")) is not None:
        if held.job.step == "match" and held.job.item_id == item:
            pipeline.run(own, held)
    with transaction(shelf.engine) as session:
        told = holdings.of_kind(session, item, "comparison")
        return [(one.payload["compared"], one.payload["left"]) for one in told]


def owed(shelf: Shelf, bench: Bench, item: str) -> list[str]:
    """The jobs of the search for copies of an item, as they are owed now, by their keys."""
    with transaction(shelf.engine) as session:
        [capture] = {one.capture_id for one in holdings.of_kind(session, item, "fingerprints")}
        owe_ready(session, item, capture, bench.instruments)
        wanted = text("SELECT key FROM job WHERE step = 'match' AND item_id = :item ORDER BY id")
        return list(session.scalars(wanted, {"item": item}))


def copies_of(shelf: Shelf, number: int, *others: int) -> list[str]:
    return [shelf.add(one, content=replace_original(shelf.prints(number), one).encode()) for one in others]


def found_of(shelf: Shelf, item: str) -> list[str]:
    with transaction(shelf.engine) as session:
        return [one.payload["other_item"] for one in holdings.of_kind(session, item, "match")]


def test_whoever_is_left_when_a_turn_is_over_has_the_next_one_until_nobody_is(
    shelf: Shelf, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_FOUND", 2)
    first = shelf.add(1)
    others = copies_of(shelf, 1, 2, 3, 4, 5, 6)
    assert len(owed(shelf, bench, first)) == 1
    assert turns(shelf, bench, first) == [(2, 3), (4, 1), (5, 0)]
    assert sorted(found_of(shelf, first)) == sorted(others)
    with transaction(shelf.engine) as session:
        assert matches.compared(session, first) == Compared(compared=5)


def test_what_is_sealed_between_two_turns_is_not_compared_and_nobody_is_told_twice(
    shelf: Shelf, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_FOUND", 1)
    first = shelf.add(1)
    others = copies_of(shelf, 1, 2, 3)
    assert matched(shelf, bench, first, 1) == [(others[0], "same_content")]
    with transaction(shelf.engine) as session:
        Archive(session, OPERATOR).submit("https://example.org/3", note=None, sensitivity=Sensitivity.SEALED)
        session.execute(text("UPDATE job SET state = 'ready' WHERE request ? 'after'"))
    assert turns(shelf, bench, first) == [(1, 1), (1, 0)]
    assert found_of(shelf, first) == [others[0]]


def test_a_turn_is_owed_once_also_when_the_jobs_were_lost(
    shelf: Shelf, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_FOUND", 1)
    first = shelf.add(1)
    copies_of(shelf, 1, 2, 3)
    matched(shelf, bench, first, 1)
    _, *keys = owed(shelf, bench, first)
    assert len(keys) == 2
    assert owed(shelf, bench, first)[1:] == keys
    with transaction(shelf.engine) as session:
        session.execute(text("DELETE FROM job"))
    assert owed(shelf, bench, first) == keys
    assert turns(shelf, bench, first) == [(1, 1), (2, 0)], "what ran before the jobs were lost is not done again"


def replace_original(prints: Prints, number: int) -> Prints:
    """The same pictures in another file."""
    header = prints.header.model_copy(update={"original": f"{number:064x}"})
    return replace(prints, header=header)
