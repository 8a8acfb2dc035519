"""No change without its event: each deed leaves the events it must, and taking any event call away is noticed."""

import ast
import importlib
import importlib.util
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import storage.deeds
from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.blobs.local import LocalBlobs
from storage.db.tables import Event
from storage.integrity.canonical import canonical
from storage.integrity.statement import stated_digest
from storage.ledger import Ledger
from tests.conftest import rolled_back
from tests.storage.scenes import SCENES, Door, Expected, Scene

Play = Callable[[Scene], Expected]
DEEDS = Path(storage.deeds.__path__[0])
ROOMS = (
    *("intake", "sealing", "audience", "saying", "accounts", "desk", "positions", "registers", "upkeep"),
    *(
        "dissemination",
        "looking",
        "matching",
        "searching",
        "sessions",
        "copies",
        "holds",
        "visiting",
        "watching",
        "erasing",
        "outside",
        "enciphering",
        "indexing",
        "halting",
    ),
)


def is_event_call(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="record", value=ast.Attribute(attr="_ledger")))):
            return True
        case _:
            return False


def event_calls(room: str) -> list[ast.stmt]:
    """The calls, in the order in which `WithoutOne` counts them."""
    calls = [
        node
        for node in ast.walk(ast.parse((DEEDS / f"{room}.py").read_text()))
        if isinstance(node, ast.stmt) and is_event_call(node)
    ]
    return sorted(calls, key=lambda call: call.lineno)


class WithoutOne(ast.NodeTransformer):
    """Takes the nth event call out."""

    def __init__(self, number: int) -> None:
        self._left = number

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if is_event_call(node):
            self._left -= 1
            if self._left == -1:
                return ast.copy_location(ast.Pass(), node)
        return node


def mutated(room: str, number: int) -> type[Archive]:
    """The one door, with the nth event call of one room taken out."""
    tree = WithoutOne(number).visit(ast.parse((DEEDS / f"{room}.py").read_text()))
    name = f"mutated_{room}_{number}"
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(ast.fix_missing_locations(tree), f"{room}.py", "exec"), module.__dict__)  # noqa: S102
    mixins = []
    for other in ROOMS:
        source = module if other == room else importlib.import_module(f"storage.deeds.{other}")
        mixins.append(getattr(source, other.capitalize()))
    return type("Archive", tuple(mixins), {"__slots__": ()})


@pytest.fixture(scope="module")
def callers(module_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Play, set[tuple[str, int]]]:
    """From which room and line each scene records its events."""
    found: dict[Play, set[tuple[str, int]]] = {play: set() for play in SCENES}
    blobs = LocalBlobs(tmp_path_factory.mktemp("callers"))
    record = Ledger.record
    for play, lines in found.items():

        def noted(ledger: Ledger, *told: Any, lines: set[tuple[str, int]] = lines, **more: Any) -> Event:
            caller = sys._getframe(1)
            lines.add((Path(caller.f_code.co_filename).stem, caller.f_lineno))
            return record(ledger, *told, **more)

        with pytest.MonkeyPatch.context() as patch, rolled_back(module_engine) as session:
            patch.setattr(Ledger, "record", noted)
            play(Scene(Archive, session, blobs))
    return found


def notices(door: Door, session: Session, blobs: BlobStore, plays: Iterable[Play]) -> bool:
    """Whether some scene does not find the events it must find."""
    for play in plays:
        savepoint = session.begin_nested()
        before = set(session.scalars(select(Event.id)))
        scene = Scene(door, session, blobs)
        try:
            expected = play(scene)
            events = session.scalars(select(Event).order_by(Event.seq)).all()
            found = [event.type for event in events if event.id not in before]
        finally:
            savepoint.rollback()
            session.expunge_all()
        if found != [event.value for event in expected]:
            return True
    return False


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_each_deed_leaves_exactly_its_events(play: Any, session: Session, blobs: BlobStore) -> None:
    scene = Scene(Archive, session, blobs)
    assert play(scene) == scene.events()


@pytest.mark.parametrize(
    ("room", "number"), [(room, number) for room in ROOMS for number in range(len(event_calls(room)))]
)
def test_fault_D18_taking_one_event_call_away_is_noticed(
    room: str, number: int, session: Session, blobs: BlobStore, callers: Mapping[Play, set[tuple[str, int]]]
) -> None:
    """Only scenes that come past the call can miss it, so only they are played."""
    call = event_calls(room)[number]
    lines = {(room, line) for line in range(call.lineno, (call.end_lineno or call.lineno) + 1)}
    plays = [play for play, passed in callers.items() if passed & lines]
    assert notices(mutated(room, number), session, blobs, plays)


def test_the_unchanged_door_passes_the_same_inspection(session: Session, blobs: BlobStore) -> None:
    assert sum(len(event_calls(room)) for room in ROOMS) >= 10
    assert not notices(Archive, session, blobs, SCENES)


def test_events_are_written_nowhere_else() -> None:
    """Only the deeds record, so that the inspection above sees every event call there is."""
    for path in [*DEEDS.parent.rglob("*.py"), *DEEDS.parents[1].joinpath("api").rglob("*.py")]:
        if path.parent != DEEDS:
            assert "_ledger.record(" not in path.read_text(), path


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_an_event_is_canonical_and_chained_to_the_one_before(play: Any, session: Session, blobs: BlobStore) -> None:
    play(Scene(Archive, session, blobs))
    events = session.scalars(select(Event).order_by(Event.seq)).all()
    for event in events:
        body = json.loads(event.body)
        assert canonical(body).decode() == event.body
        assert stated_digest(event.body) == event.sha256
        assert body["previous"] == event.previous
        assert body["id"] == event.id
    chains = itertools.groupby(sorted(events, key=lambda e: (e.item_id or "", e.seq)), key=lambda e: e.item_id)
    for item_id, chain in chains:
        digests = [None, *(event.sha256 for event in chain)]
        own = [event for event in events if event.item_id == item_id]
        assert [event.previous for event in own] == (digests[:-1] if item_id else [None] * len(own))


def test_the_ledger_and_its_change_stand_or_fall_together(session: Session, blobs: BlobStore) -> None:
    scene = Scene(Archive, session, blobs)
    savepoint = session.begin_nested()
    scene.submitted()
    with pytest.raises(SQLAlchemyError):
        session.execute(text("SELECT nothing FROM event"))
    savepoint.rollback()
    assert scene.events() == []
