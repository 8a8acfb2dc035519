"""Others say what they saw of the ledger: through the way out, when they answer, and never twice for nothing."""

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from storage.db import installation, log, outside
from storage.db.outside_tables import TimeStamp
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import EventType, StampKind
from storage.errors import InvalidUrl, InvalidValue, LedgerHalted, Unavailable
from storage.integrity import ots
from storage.integrity.checkpoint import LogKey, cosigned_times, open_checkpoint
from storage.integrity.note import Note, Signer
from storage.integrity.statement import Agent
from storage.integrity.timestamp import certificates, verify_stamp
from storage.ledger import Ledger
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import CHECKPOINT, LogShelf
from storage.settings import Settings
from tests.storage.integrity.authority import authority
from tests.workers.ledger.outside import Outside, opened, way_out_to, witness_at
from workers.ledger.places import Places, places_of
from workers.ledger.stamps import Stamps
from workers.ledger.witnesses import Witnesses
from workers.outgoing.asking import Question, WayOut, ask
from workers.outward import Condition, ask_others

NAME = "archive.example/custody"


def write_many(engine: Engine, count: int) -> None:
    with transaction(engine) as session:
        for number in range(count):
            ledger = Ledger(session, Agent(SYSTEM.kind.value, SYSTEM.id))
            ledger.record(EventType.VALIDATION, item_id=None, detail={"number": number})


def as_superuser(engine: Engine, *statements: str, **values: object) -> None:
    """What somebody with every right over the database can do: switch the guards off, and write."""
    tables = ("event", "leaf", "checkpoint", "time_stamp", "cosignature")
    with engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement), values)
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER keep_rows"))
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER keep_table"))


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def shelf(vault: Path) -> LogShelf:
    return LogShelf(vault / "ledger")


@pytest.fixture
def signer(vault: Path) -> Signer:
    return log_signer(vault / "keys" / "ledger.pem", NAME, None)


@pytest.fixture
def sequencer(engine: Engine, shelf: LogShelf, signer: Signer) -> Sequencer:
    sequencer = Sequencer(shelf, signer)
    write_many(engine, 6)
    sequencer.advance(engine)
    return sequencer


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> Iterator[tuple[Outside, WayOut]]:
    """Two authorities and a calendar, and a way out to them."""
    folder = tmp_path / "outside"
    folder.mkdir()
    told = Outside(folder, {"one": authority(folder), "two": authority(folder)})
    with opened(told) as way_out:
        yield told, way_out


# Time stamps.


def _stamped(engine: Engine) -> dict[str, list[int]]:
    with transaction(engine) as session:
        rows = session.scalars(select(TimeStamp).order_by(TimeStamp.size, TimeStamp.made_at)).all()
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.authority.rpartition("/")[2], []).append(row.size)
    return found


def test_two_authorities_and_a_calendar_stamp_the_newest_checkpoint(
    engine: Engine,
    sequencer: Sequencer,
    shelf: LogShelf,
    world: tuple[Outside, WayOut],
    signer: Signer,
    vault: Path,
) -> None:
    there, way_out = world
    told = Stamps(engine, shelf, there.places(way_out)).turn()
    assert set(told.values()) == {None}
    assert _stamped(engine) == {"one": [6], "two": [6], "opentimestamps": [6]}
    with transaction(engine) as session:
        rows = outside.stamps(session, 6)
    folder = vault / "ledger" / "outside" / "6"
    content = open_checkpoint((folder / "checkpoint").read_bytes(), [LogKey(signer.public)]).checkpoint.text()
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    by_name = {row.authority.rpartition("/")[2]: row for row in rows}
    for name in ("one", "two"):
        row = by_name[name]
        roots = certificates(there.authorities[name].root)
        assert verify_stamp(kept[f"{row.sha256}.tsr"], content.encode(), roots).at == row.stamped_at
    [proof] = [content for name, content in kept.items() if name.endswith(".ots")]
    assert [one.calendar for one in ots.waiting(proof)] == [f"{there.address}/calendar"]


def test_openssl_ts_verify_accepts_our_stored_tokens_over_what_they_stamped_alone(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut], vault: Path, tmp_path: Path
) -> None:
    there, way_out = world
    Stamps(engine, shelf, there.places(way_out)).turn()
    folder = vault / "ledger" / "outside" / "6"
    stamped, other, root = tmp_path / "stamped", tmp_path / "other", tmp_path / "root.pem"
    stamped.write_text(Note.parse((folder / "checkpoint").read_bytes()).text)
    other.write_text("another text\n")
    with transaction(engine) as session:
        rows = [row for row in outside.stamps(session, 6) if row.kind == StampKind.RFC3161]
    assert len(rows) == 2
    for row in rows:
        root.write_bytes(there.authorities[row.authority.rpartition("/")[2]].root)
        for data, accepted in ((stamped, True), (other, False)):
            asked = ["openssl", "ts", "-verify", "-in", folder / f"{row.sha256}.tsr", "-data", data, "-CAfile", root]
            told = subprocess.run(asked, capture_output=True, text=True, check=False)
            assert (told.returncode == 0, "Verification: OK" in told.stdout + told.stderr) == (accepted, accepted), told


def test_an_idle_ledger_comes_to_rest(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    """A stamp is an event too, and would otherwise want a stamp itself, for ever."""
    there, way_out = world
    stamps = Stamps(engine, shelf, there.places(way_out))
    for _ in range(3):
        stamps.turn()
        sequencer.advance(engine)
    assert _stamped(engine) == {"one": [6], "two": [6], "opentimestamps": [6]}
    write_many(engine, 1)
    sequencer.advance(engine)
    stamps.turn()
    assert _stamped(engine) == {"one": [6, 10], "two": [6, 10], "opentimestamps": [6, 10]}


def test_nobody_is_asked_more_often_than_wanted(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    there, way_out = world
    stamps = Stamps(engine, shelf, there.places(way_out, every_s=600))
    for _ in range(3):
        stamps.turn()
        write_many(engine, 1)
        sequencer.advance(engine)
    assert there.asked == ["one", "two", "calendar"]


def test_fault_D20_who_is_down_is_owed_and_asked_later(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    """A week without one authority and the calendar: the other goes on, and the next stamp covers all that was owed."""
    there, way_out = world
    there.down |= {"one", "calendar"}
    stamps = Stamps(engine, shelf, there.places(way_out))
    told = stamps.turn()
    assert told[f"{there.address}/tsa/one"] == "127.0.0.1 answers 503"
    assert told[f"{there.address}/tsa/two"] is None
    for _ in range(2):
        write_many(engine, 2)
        sequencer.advance(engine)
        stamps.turn()
    assert _stamped(engine).keys() == {"two"}
    assert there.asked.count("one") == 1  # it is left in peace for a while
    there.down.clear()
    for patience in stamps._patience.values():
        patience.not_before = 0.0
    stamps.turn()
    with transaction(engine) as session:
        newest = log.newest_checkpoint(session)
    assert newest is not None
    assert _stamped(engine)["one"] == [newest.size]
    assert _stamped(engine)["opentimestamps"] == [newest.size]


def test_fault_D11_an_authority_that_nobody_pinned_is_not_kept(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    there, way_out = world
    pinned = certificates(there.authorities["two"].root)
    url = f"{there.address}/tsa/one"
    told = Stamps(engine, shelf, Places(way_out, (), [url], pinned, (), 0.0)).turn()
    assert "does not hold" in (told[url] or "")
    assert _stamped(engine) == {}


def test_a_promise_grows_into_a_proof(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    there, way_out = world
    stamps = Stamps(engine, shelf, there.places(way_out))
    stamps.turn()
    assert stamps.upgrade() == 0
    there.calendar.make_block(900_000)
    assert stamps.upgrade() == 1
    assert stamps.upgrade() == 0
    with transaction(engine) as session:
        promised, grown = [row for row in outside.stamps(session, 6) if row.kind == "opentimestamps"]
        newest = log.newest_checkpoint(session)
    assert promised.stamped_at is None
    assert grown.stamped_at is not None
    assert newest is not None
    content = newest.note.partition("\n\n")[0] + "\n"
    proof = shelf.outside(6, f"{grown.sha256}.ots")
    assert ots.verify_blocks(proof, content.encode(), there.calendar.blocks) == [900_000]


def test_a_promise_that_was_lost_from_the_vault_keeps_no_other_from_growing(
    engine: Engine, sequencer: Sequencer, vault: Path, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    there, way_out = world
    stamps = Stamps(engine, shelf, there.places(way_out))
    stamps.turn()
    write_many(engine, 3)
    sequencer.advance(engine)
    stamps.turn()
    next((vault / "ledger/outside/6").glob("*.ots")).unlink()
    there.calendar.make_block(900_000)
    assert stamps.upgrade() == 1


def test_a_proof_leads_nobody_to_an_address_that_was_not_chosen(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, world: tuple[Outside, WayOut]
) -> None:
    there, way_out = world
    there.calendar.url = "http://169.254.169.254/latest"
    stamps = Stamps(engine, shelf, there.places(way_out))
    stamps.turn()
    there.calendar.make_block(900_000)
    assert stamps.upgrade() == 0


# Witnesses.


def test_witnesses_cosign_what_grows(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", signer.public) as one,
        witness_at(tmp_path / "w2", "witness.example/w2", signer.public) as two,
        way_out_to(tmp_path, one.url, two.url) as way_out,
    ):
        witnesses = Witnesses(engine, shelf, way_out, [one, two])
        assert set(witnesses.turn().values()) == {None}
        write_many(engine, 300)
        sequencer.advance(engine)
        assert set(witnesses.turn().values()) == {None}
    for size in (6, 306):
        whole = shelf.outside(size, "checkpoint")
        assert open_checkpoint(whole, [LogKey(signer.public)]).checkpoint.size == size
        assert cosigned_times(whole, [one.key, two.key]).keys() == {"witness.example/w1", "witness.example/w2"}


def test_a_witness_that_is_away_is_named_and_asked_again(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    with witness_at(tmp_path / "w1", "witness.example/w1", signer.public) as place:
        pass
    with way_out_to(tmp_path, place.url) as way_out:
        told = Witnesses(engine, shelf, way_out, [place]).turn()
    assert "does not answer" in (told["witness.example/w1"] or "")


def test_fault_D9_a_ledger_that_was_rewritten_meets_its_witness(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, signer: Signer, vault: Path, tmp_path: Path
) -> None:
    """The same key, the same size, another history, in the database and in the vault alike: the witness remembers."""
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", signer.public) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        Witnesses(engine, shelf, way_out, [place]).turn()
        _rewrite(engine, vault)
        sequencer.advance(engine)
        rewritten = Witnesses(engine, shelf, way_out, [place])
        with pytest.raises(LedgerHalted, match="cosigned another tree of 6 leaves than ours"):
            rewritten.check()
        with pytest.raises(LedgerHalted, match="cosigned another tree of 6 leaves than ours"):
            rewritten.turn()
        write_many(engine, 3)
        sequencer.advance(engine)
        with pytest.raises(LedgerHalted, match="does not go on from"):
            rewritten.turn()


def _rewrite(engine: Engine, vault: Path) -> None:
    """What somebody with the key and every right can do: drop the tree, change an event, and let it grow again."""
    as_superuser(
        engine,
        "DELETE FROM cosignature",
        "DELETE FROM checkpoint",
        "DELETE FROM leaf",
        "UPDATE event SET sha256 = 'sha256:' || encode(sha256(id::bytea), 'hex')",
        "UPDATE log_head SET size = 0, peaks = '', after_xid = 0, after_seq = 0",
    )
    for path in sorted((vault / "ledger").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def _restore(engine: Engine, shelf: LogShelf, head: tuple[bytes, int, int], checkpoint: bytes) -> None:
    """Database and vault come back from one old backup of size 6: neither knows that it is old."""
    peaks, xid, seq = head
    as_superuser(
        engine,
        "DELETE FROM cosignature",
        "DELETE FROM checkpoint WHERE size > 6",
        "DELETE FROM leaf WHERE index >= 6",
        "DELETE FROM event WHERE seq > :seq",
        "UPDATE log_head SET size = 6, peaks = :peaks, after_xid = :xid, after_seq = :seq",
        peaks=peaks,
        xid=xid,
        seq=seq,
    )
    shelf.keep_checkpoint(checkpoint)


def test_fault_D8_a_witness_knows_more_than_a_restored_database_and_vault(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    with transaction(engine) as session:
        kept = log.head(session)
        assert kept is not None
        head = kept.peaks, kept.after_xid, kept.after_seq
    old = shelf.checkpoint() or b""
    write_many(engine, 4)
    sequencer.advance(engine)
    stop, halted = threading.Event(), threading.Event()
    halted.set()  # as it is where there are witnesses, until they have been asked
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", signer.public) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        Witnesses(engine, shelf, way_out, [place]).turn()
        _restore(engine, shelf, head, old)
        asked = (engine, shelf, Places(way_out, [place]), Condition(engine), stop, halted)
        thread = threading.Thread(target=ask_others, args=asked, daemon=True)
        thread.start()
        assert "has cosigned 10 leaves, and only 6 are here" in _trouble(engine)
        assert halted.is_set()
        stop.set()
        thread.join(10)


def test_a_witness_that_was_told_of_a_loss_cosigns_from_where_the_ledger_is(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    """Its operator moves aside what it remembers, as docs/operate.md says; nothing else makes it forget."""
    with transaction(engine) as session:
        kept = log.head(session)
        assert kept is not None
        head = kept.peaks, kept.after_xid, kept.after_seq
    old = shelf.checkpoint() or b""
    write_many(engine, 4)
    sequencer.advance(engine)
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", signer.public) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        witnesses = Witnesses(engine, shelf, way_out, [place])
        witnesses.turn()
        _restore(engine, shelf, head, old)
        write_many(engine, 6)
        for _ in range(2):
            with pytest.raises(LedgerHalted):
                witnesses.check()
            sequencer.advance(engine)
        [remembered] = [
            path for path in (tmp_path / "w1" / "logs").iterdir() if path.read_text().startswith(f"{NAME}\n")
        ]
        remembered.rename(tmp_path / "evidence")
        witnesses.check()
        assert witnesses.turn() == {place.key.name: None}
        note = shelf.outside(12, CHECKPOINT)
    assert cosigned_times(note, [place.key])


def test_the_ledger_goes_on_once_its_witness_has_nothing_against_it(
    engine: Engine, sequencer: Sequencer, shelf: LogShelf, signer: Signer, tmp_path: Path
) -> None:
    stop, halted = threading.Event(), threading.Event()
    halted.set()
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", signer.public) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        asked = (engine, shelf, Places(way_out, [place]), Condition(engine), stop, halted)
        thread = threading.Thread(target=ask_others, args=asked, daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while halted.is_set():
            assert time.monotonic() < until
            time.sleep(0.02)
        stop.set()
        thread.join(10)


def _trouble(engine: Engine) -> str:
    """What is kept for those who run it, as soon as there is something."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with transaction(engine) as session:
            kept = installation.examination(session, installation.OUTSIDE)
        if kept is not None and kept.body["halted"]:
            return str(kept.body["halted"])
        time.sleep(0.05)
    return ""


# The way there.


def test_nothing_is_asked_but_through_the_way_out(tmp_path: Path, world: tuple[Outside, WayOut]) -> None:
    there, way_out = world
    with way_out_to(tmp_path) as closed, pytest.raises(Unavailable, match=r"denied: port|denied: address"):
        ask(closed, Question(f"{there.address}/calendar/timestamp/00"))
    assert ask(way_out, Question(f"{there.address}/calendar/timestamp/00")).status == 404
    with pytest.raises(Unavailable, match=r"cannot be used|does not answer"):
        ask(WayOut(tmp_path / "nowhere.sock", tmp_path / "log"), Question(there.address))
    for wrong in ("ftp://example.org/", "file:///etc/passwd", "https://user@example.org/", "nonsense"):
        with pytest.raises(InvalidUrl):
            ask(way_out, Question(wrong))


def test_an_answer_that_never_ends_is_cut_off(world: tuple[Outside, WayOut]) -> None:
    there, way_out = world
    with pytest.raises(Unavailable, match="more than 3 bytes"):
        ask(way_out, Question(f"{there.address}/calendar/timestamp/00", limit_bytes=3))


def test_an_answer_that_drips_is_not_waited_for(tmp_path: Path) -> None:
    """Each byte comes in time, and all of them in an hour: nobody else would be asked meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server,), daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with way_out_to(tmp_path, address) as there:
            began = time.monotonic()
            with pytest.raises(Unavailable, match="does not answer"):
                ask(WayOut(there.socket, there.log, timeout_s=0.8), Question(address))
            assert time.monotonic() - began < 8


def _drip(server: socket.socket) -> None:
    line, _ = server.accept()
    with line, contextlib.suppress(OSError):
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
        for _ in range(100):
            line.sendall(b"x")
            time.sleep(0.2)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ledger_witnesses", "https://w.example nonsense", "SVIDOK_LEDGER_WITNESSES"),
        ("ledger_witnesses", "nonsense", "SVIDOK_LEDGER_WITNESSES"),
        ("timestamp_authorities", "https://tsa.example", "SVIDOK_TIMESTAMP_ROOTS"),
        ("timestamp_authorities", "tsa.example", "SVIDOK_TIMESTAMP_AUTHORITIES"),
        ("opentimestamps_calendars", "https://a.example,https://a.example", "names one address twice"),
        ("timestamp_roots", "/nowhere", "SVIDOK_TIMESTAMP_ROOTS"),
    ],
)
def test_a_setting_that_names_nobody_is_told(tmp_path: Path, name: str, value: str, told: str) -> None:
    with pytest.raises(InvalidValue, match=told):
        places_of(Settings.model_validate({"vault": tmp_path, name: value}))
