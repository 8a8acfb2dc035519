"""The ledger gets another key: every older checkpoint stays good, and a kill at any step is made up for."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from storage import whole
from storage.archive import Archive
from storage.db import log
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Role
from storage.errors import Altered, Conflict, LedgerHalted, NotFound, Superseded
from storage.integrity.checkpoint import LogKey, open_checkpoint
from storage.integrity.note import NoteKey, Signer, joined
from storage.integrity.succession import Succession, joined_keys, open_succession
from storage.log import keys as key_files
from storage.log.inspection import inspect
from storage.log.keys import log_signer, next_key, set_aside
from storage.log.opening import open_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.log.succeeding import successions
from storage.settings import Settings
from workers import sequencing
from workers.commands.ledger import change_key, tell_keys
from workers.outward import Condition

NAME = "archive.example/custody"


@pytest.fixture
def chosen(tmp_path: Path, engine: Engine) -> Settings:
    return Settings(
        vault=tmp_path / "vault",
        database_url=SecretStr(engine.url.render_as_string(hide_password=False)),
        broker_url=SecretStr("redis://127.0.0.1:1/0"),
        egress_socket=tmp_path / "egress.sock",
        ledger_name=NAME,
    )


def _happen(engine: Engine) -> None:
    with transaction(engine) as session:
        Archive(session, OPERATOR).add_key("one more", [Role.RESEARCHER])


def _sign(engine: Engine, chosen: Settings) -> Signer:
    """As the keeper does: open the key, give every event its place."""
    signer = open_signer(engine, chosen.ledger_key, chosen.ledger_name, chosen.ledger_passphrase)
    while Sequencer(LogShelf(chosen.ledger), signer).advance(engine):
        pass
    return signer


def _change(chosen: Settings) -> str:
    return change_key(chosen, say=lambda _: None)


def _flaws(engine: Engine, chosen: Settings) -> list[str]:
    return [f"{flaw.subject}: {flaw.sentence}" for flaw in inspect(engine, LogShelf(chosen.ledger))]


def test_fault_D13_after_two_changes_whoever_knows_any_key_believes_every_checkpoint(
    engine: Engine, chosen: Settings
) -> None:
    _happen(engine)
    _sign(engine, chosen)
    for _ in range(2):
        _change(chosen)
        _happen(engine)
        _sign(engine, chosen)
    with transaction(engine) as session:
        rows, notes = log.keys(session), successions(session)
        signed = session.execute(text("SELECT size, note FROM checkpoint ORDER BY size")).all()
    assert [(row.first_size, row.succession is None) for row in rows] == [(1, True), (2, False), (4, False)]
    assert [size for size, _ in signed] == [1, 3, 5]
    assert LogShelf(chosen.ledger).successions() == notes
    chain = [open_succession(note) for note in notes]
    for row in rows:
        keys = joined_keys([LogKey(NoteKey.parse(row.key))], chain)
        for (size, note), signer in zip(signed, rows, strict=True):
            opened = open_checkpoint(note.encode(), keys)
            assert (opened.checkpoint.size, str(opened.key)) == (size, signer.key)
    assert _flaws(engine, chosen) == []


def test_the_old_key_is_set_aside_closed_and_the_operator_is_told_what_to_do(engine: Engine, chosen: Settings) -> None:
    _happen(engine)
    old = _sign(engine, chosen)
    before = chosen.ledger_key.read_bytes()
    said: list[str] = []
    new = change_key(chosen, say=said.append)
    aside = set_aside(chosen.ledger_key, old.public)
    assert aside.read_bytes() == before
    assert {path.stat().st_mode & 0o777 for path in chosen.ledger_key.parent.iterdir()} == {0o600}
    assert {path.name for path in chosen.ledger_key.parent.iterdir()} == {"ledger.pem", aside.name}
    assert str(aside) in said[1]
    assert "Delete it, or keep it locked away" in said[1]
    assert str(log_signer(chosen.ledger_key, NAME, None).public) == new
    told = tell_keys(chosen).splitlines()
    assert told[:3] == [f"{old.public} 1 1", f"{new} 2", "svidok.succession/1"]


def test_a_change_is_an_event_that_the_new_key_signs(engine: Engine, chosen: Settings) -> None:
    _happen(engine)
    old = _sign(engine, chosen)
    new = _change(chosen)
    _sign(engine, chosen)
    [*_, event] = LogShelf(chosen.ledger).events(0)
    assert '"type":"local:ledger key changed"' in event
    assert f'"detail":{{"new":"{new}","old":"{old.public}","size":1}}' in event
    newest = LogShelf(chosen.ledger).checkpoint() or b""
    assert open_checkpoint(newest, [LogKey(NoteKey.parse(new))]).checkpoint.size == 2


def test_a_running_keeper_signs_on_with_the_new_key_without_a_gap(engine: Engine, chosen: Settings) -> None:
    stop = threading.Event()
    _happen(engine)
    thread = sequencing.watch(chosen, engine, stop, threading.Event())
    try:
        _until(lambda: _size(chosen) == 1)
        for size in (3, 5):
            _change(chosen)
            _happen(engine)
            _until(lambda size=size: _size(chosen) == size)  # type: ignore[misc]
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
    assert _flaws(engine, chosen) == []
    with transaction(engine) as session:
        assert log.oldest_waiting(session) is None


def _size(chosen: Settings) -> int:
    note = LogShelf(chosen.ledger).checkpoint()
    return int(note.split(b"\n")[1]) if note else 0


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it never came about")


_STEPS = {
    "the next key is made": (whole, "sync"),
    "it is written down": (Archive, "change_ledger_key"),
    "the vault is told": (LogShelf, "keep_succession"),
    "the old key is set aside": (key_files, "set_aside"),
    "the new key is in its place": (Path, "replace"),
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", list(_STEPS))
def test_a_kill_at_any_step_leaves_a_log_that_goes_on(
    engine: Engine, chosen: Settings, monkeypatch: pytest.MonkeyPatch, step: str, moment: str
) -> None:
    _happen(engine)
    _sign(engine, chosen)
    place, name = _STEPS[step]
    done = getattr(place, name)

    def killed(*told: object, **more: object) -> None:
        if moment == "after":
            done(*told, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, name, killed)
        with pytest.raises(KeyboardInterrupt):
            _change(chosen)
    _happen(engine)
    _sign(engine, chosen)
    assert _flaws(engine, chosen) == []
    _change(chosen)
    _happen(engine)
    _sign(engine, chosen)
    assert _flaws(engine, chosen) == []
    with transaction(engine) as session:
        assert log.oldest_waiting(session) is None
    assert not next_key(chosen.ledger_key).exists()
    [*_, newest] = LogShelf(chosen.ledger).successions()
    assert open_succession(newest).new == log_signer(chosen.ledger_key, NAME, None).public


def test_whoever_still_signs_with_the_old_key_signs_nothing(engine: Engine, chosen: Settings) -> None:
    _happen(engine)
    stale = Sequencer(LogShelf(chosen.ledger), _sign(engine, chosen))
    _change(chosen)
    with pytest.raises(Superseded, match="is signed with the key"):
        stale.advance(engine)
    assert _size(chosen) == 1


def test_without_the_old_key_it_is_refused_and_none_is_made(engine: Engine, chosen: Settings, tmp_path: Path) -> None:
    _happen(engine)
    _sign(engine, chosen)
    kept = tmp_path / "kept.pem"
    chosen.ledger_key.rename(kept)
    with pytest.raises(NotFound, match="put the key back"):
        _change(chosen)
    assert list(chosen.ledger_key.parent.iterdir()) == []
    log_signer(chosen.ledger_key, NAME, None)
    with pytest.raises(Conflict, match="only that key can sign on or name its successor"):
        _change(chosen)
    kept.replace(chosen.ledger_key)
    _change(chosen)


def test_a_sealed_key_is_followed_by_a_sealed_one(engine: Engine, chosen: Settings) -> None:
    sealed = chosen.model_copy(update={"ledger_passphrase": SecretStr("a long sentence")})
    _happen(engine)
    _sign(engine, sealed)
    _change(sealed)
    assert all(b"ENCRYPTED" in path.read_bytes() for path in sealed.ledger_key.parent.iterdir())
    with pytest.raises(Conflict, match="SVIDOK_LEDGER_PASSPHRASE"):
        _change(chosen)
    _sign(engine, sealed)


def test_nothing_is_handed_over_before_the_present_key_has_signed(engine: Engine, chosen: Settings) -> None:
    for _ in range(2):
        with pytest.raises(Conflict, match="has signed nothing yet"):
            _change(chosen)
        _happen(engine)
    _sign(engine, chosen)
    _change(chosen)
    with pytest.raises(Conflict, match="has signed nothing yet"):
        _change(chosen)


def test_a_key_that_was_succeeded_does_not_come_back(engine: Engine, chosen: Settings) -> None:
    _happen(engine)
    old = _sign(engine, chosen)
    _change(chosen)
    _sign(engine, chosen)
    next_key(chosen.ledger_key).write_bytes(set_aside(chosen.ledger_key, old.public).read_bytes())
    with pytest.raises(Conflict, match="does not come back"):
        _change(chosen)


def test_a_database_from_an_older_day_hands_no_key_over(engine: Engine, chosen: Settings) -> None:
    _happen(engine)
    signer = _sign(engine, chosen)
    shelf = LogShelf(chosen.ledger)
    newer = f"{NAME}\n9\n" + (shelf.checkpoint() or b"").decode().split("\n")[2] + "\n"
    shelf.keep_checkpoint(joined(newer, [signer.sign(newer)]))
    with pytest.raises(Altered, match="an older database was put back"):
        _change(chosen)
    assert _size(chosen) == 9


def test_a_log_that_a_witness_objects_to_keeps_its_key_until_it_agrees(engine: Engine, chosen: Settings) -> None:
    _happen(engine)
    _sign(engine, chosen)
    condition = Condition(engine)
    condition.tell(halted="the witness witness.example/one has cosigned another tree")
    with pytest.raises(LedgerHalted, match=r"cosigned another tree.*once the running keeper has heard"):
        _change(chosen)
    assert [path.name for path in chosen.ledger_key.parent.iterdir()] == ["ledger.pem"]
    with transaction(engine) as session:
        assert successions(session) == []
    condition.tell(halted=None)
    _change(chosen)


def _forged(engine: Engine, signer: Signer, other: Signer) -> str:
    """A succession to the log's own second key at a root that never was."""
    with transaction(engine) as session:
        one = open_succession(successions(session)[0])
    false = Succession(one.old, one.new, type(one.last)(NAME, one.last.size, bytes(32)))
    return false.signed(signer, other).decode()


@pytest.mark.parametrize(
    "what", ["gone from the vault", "another in the vault", "none in the database", "another root"]
)
def test_fault_D2_a_succession_that_was_tampered_with_is_found(engine: Engine, chosen: Settings, what: str) -> None:
    _happen(engine)
    old = _sign(engine, chosen)
    _change(chosen)
    new = _sign(engine, chosen)
    path = chosen.ledger / "keys" / "0001"
    path.chmod(0o600)
    forged = _forged(engine, old, new)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE log_key DISABLE TRIGGER USER"))
        update = text("UPDATE log_key SET succession = :note WHERE first_size > 1")
        if what == "gone from the vault":
            path.unlink()
        elif what == "another in the vault":
            path.write_text(forged)
        elif what == "none in the database":
            connection.execute(update, {"note": None})
        else:
            path.write_text(forged)
            connection.execute(update, {"note": forged})
    flaws = _flaws(engine, chosen)
    assert flaws
    assert all(flaw.startswith("key") for flaw in flaws)
