"""Others say what they saw of the ledger: through the way out, when they answer, and never twice for nothing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, installation, leaves
from storage.db.session import transaction
from storage.db.transparency import TimeStamp
from storage.errors import InvalidUrl, InvalidValue, LedgerHalted, Unavailable
from storage.integrity import ots
from storage.integrity.checkpoint import open_checkpoint
from storage.integrity.note import VerifierKey
from storage.integrity.succession import trust_of
from storage.integrity.timestamp import certificates, verify_stamp
from storage.settings import Settings
from tests.storage.integrity.authority import authority
from tests.workers.ledger.outside import Outside, opened, way_out_to, witness_at
from tests.workers.ledger.press import as_superuser, sequencer_of, write_many
from workers.ledger.house import Condition, ask_others
from workers.ledger.places import Places, places_of
from workers.ledger.sequencer import Sequencer, run
from workers.ledger.stamps import Stamps
from workers.ledger.witnesses import Witnesses
from workers.ledger.writing import written_out
from workers.outgoing.asking import Question, WayOut, ask


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def files(vault: Path) -> LedgerFiles:
    return LedgerFiles(vault / "ledger")


@pytest.fixture
def sequencer(engine: Engine, vault: Path) -> Sequencer:
    sequencer = sequencer_of(engine, vault)
    sequencer.begin()
    write_many(engine, 5)
    sequencer.turn()
    return sequencer


@pytest.fixture
def log_key(engine: Engine, sequencer: Sequencer) -> VerifierKey:
    with transaction(engine) as session:
        return VerifierKey.parse(checkpoints.keys(session)[0].vkey)


# Time stamps.


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[tuple[Outside, WayOut]]:
    folder = tmp_path / "outside"
    folder.mkdir()
    outside = Outside(folder, {"one": authority(folder), "two": authority(folder)})
    with opened(outside) as way_out:
        yield outside, way_out


def _stamped(engine: Engine) -> dict[str, list[int]]:
    with transaction(engine) as session:
        rows = session.scalars(select(TimeStamp).order_by(TimeStamp.id)).all()
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.authority.rpartition("/")[2], []).append(row.size)
    return found


def test_two_authorities_and_a_calendar_stamp_the_newest_checkpoint(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut], log_key: VerifierKey
) -> None:
    world, way_out = outside
    told = Stamps(engine, files, world.places(way_out)).turn()
    assert set(told.values()) == {None}
    assert _stamped(engine) == {"one": [6], "two": [6], "opentimestamps": [6]}
    with transaction(engine) as session:
        rows = checkpoints.stamps(session, 6)
    content = open_checkpoint((files.root / "checkpoints" / "6").read_bytes(), trust_of(log_key)).checkpoint.text()
    kept = {path.name: path.read_bytes() for path in (files.root / "stamps" / "6").iterdir()}
    for name, row in zip(("one", "two"), rows, strict=False):
        roots = certificates(world.authorities[name].root)
        assert verify_stamp(kept[f"{row.sha256}.tsr"], content.encode(), roots).at == row.stamped_at
    [proof] = [content for name, content in kept.items() if name.endswith(".ots")]
    assert [one.calendar for one in ots.waiting(proof)] == [f"{world.address}/calendar"]


def test_an_idle_ledger_comes_to_rest(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut]
) -> None:
    """A stamp is an event too, and would otherwise want a stamp itself, for ever."""
    world, way_out = outside
    stamps = Stamps(engine, files, world.places(way_out))
    for _ in range(3):
        stamps.turn()
        sequencer.turn()
    assert _stamped(engine) == {"one": [6], "two": [6], "opentimestamps": [6]}
    write_many(engine, 1)
    sequencer.turn()
    stamps.turn()
    assert _stamped(engine) == {"one": [6, 10], "two": [6, 10], "opentimestamps": [6, 10]}


def test_nobody_is_asked_more_often_than_wanted(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut]
) -> None:
    world, way_out = outside
    stamps = Stamps(engine, files, world.places(way_out, every_s=600))
    for _ in range(3):
        stamps.turn()
        write_many(engine, 1)
        sequencer.turn()
    assert world.asked == ["one", "two", "calendar"]


def test_fault_D20_who_is_down_is_owed_and_asked_later(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut]
) -> None:
    """A week without one authority and the calendar: the other goes on, and the next stamp covers all that was owed."""
    world, way_out = outside
    world.down |= {"one", "calendar"}
    stamps = Stamps(engine, files, world.places(way_out))
    told = stamps.turn()
    assert told[f"{world.address}/tsa/one"] == "127.0.0.1 answers 503"
    assert told[f"{world.address}/tsa/two"] is None
    for _ in range(2):
        write_many(engine, 2)
        sequencer.turn()
        stamps.turn()
    assert _stamped(engine).keys() == {"two"}
    assert world.asked.count("one") == 1  # it is left in peace for a while
    world.down.clear()
    for patience in stamps._patience.values():
        patience.not_before = 0.0
    stamps.turn()
    with transaction(engine) as session:
        newest = checkpoints.newest(session)
    assert newest is not None
    assert _stamped(engine)["one"] == [newest.size]
    assert _stamped(engine)["opentimestamps"] == [newest.size]


def test_fault_D11_an_authority_that_nobody_pinned_is_not_kept(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut]
) -> None:
    world, way_out = outside
    pinned = certificates(world.authorities["two"].root)
    url = f"{world.address}/tsa/one"
    told = Stamps(engine, files, Places(way_out, (), [url], pinned, (), 0.0)).turn()
    assert "does not hold" in (told[url] or "")
    assert _stamped(engine) == {}


def test_a_promise_grows_into_a_proof(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut]
) -> None:
    world, way_out = outside
    stamps = Stamps(engine, files, world.places(way_out))
    stamps.turn()
    assert stamps.upgrade() == 0
    world.calendar.make_block(900_000)
    assert stamps.upgrade() == 1
    assert stamps.upgrade() == 0
    with transaction(engine) as session:
        promised, grown = [row for row in checkpoints.stamps(session, 6) if row.kind == "opentimestamps"]
        newest = checkpoints.newest(session)
    assert promised.stamped_at is None
    assert grown.stamped_at is not None
    assert newest is not None
    content = newest.note.partition("\n\n")[0] + "\n"
    assert ots.verify_blocks(grown.body, content.encode(), world.calendar.blocks) == [900_000]


def test_a_proof_leads_nobody_to_an_address_that_was_not_chosen(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, outside: tuple[Outside, WayOut]
) -> None:
    world, way_out = outside
    world.calendar.url = "http://169.254.169.254/latest"
    stamps = Stamps(engine, files, world.places(way_out))
    stamps.turn()
    world.calendar.make_block(900_000)
    assert stamps.upgrade() == 0


# Witnesses.


def test_witnesses_cosign_what_grows(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, log_key: VerifierKey, tmp_path: Path
) -> None:
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", log_key) as one,
        witness_at(tmp_path / "w2", "witness.example/w2", log_key) as two,
        way_out_to(tmp_path, one.url, two.url) as way_out,
    ):
        witnesses = Witnesses(engine, files, way_out, [one, two])
        assert set(witnesses.turn().values()) == {None}
        write_many(engine, 300)
        sequencer.turn()
        assert set(witnesses.turn().values()) == {None}
    trust = trust_of(log_key, one.key, two.key)
    for size in (6, 306):
        opened_checkpoint = open_checkpoint((files.root / "checkpoints" / str(size)).read_bytes(), trust)
        assert {one.key.name for one in opened_checkpoint.cosigned} == {"witness.example/w1", "witness.example/w2"}


def test_a_witness_that_is_away_is_named_and_asked_again(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, log_key: VerifierKey, tmp_path: Path
) -> None:
    with witness_at(tmp_path / "w1", "witness.example/w1", log_key) as place:
        pass
    with way_out_to(tmp_path, place.url) as way_out:
        told = Witnesses(engine, files, way_out, [place]).turn()
    assert "does not answer" in (told["witness.example/w1"] or "")


def test_fault_D9_a_ledger_that_was_rewritten_meets_its_witness(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, log_key: VerifierKey, vault: Path, tmp_path: Path
) -> None:
    """The same key, the same size, another history, in the database and in the vault alike: the witness remembers."""
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", log_key) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        Witnesses(engine, files, way_out, [place]).turn()
        _rewrite(engine, vault)
        again = sequencer_of(engine, vault)
        again.begin()
        again.turn()
        rewritten = Witnesses(engine, LedgerFiles(vault / "ledger"), way_out, [place])
        with pytest.raises(LedgerHalted, match="cosigned another tree of 6 leaves than ours"):
            rewritten.check()
        with pytest.raises(LedgerHalted, match="cosigned another tree of 6 leaves than ours"):
            rewritten.turn()
        write_many(engine, 3)
        again.turn()
        with pytest.raises(LedgerHalted, match="does not go on from"):
            rewritten.turn()


def _rewrite(engine: Engine, vault: Path) -> None:
    """What somebody with the key and every right can do: drop the tree, change an event, and let it grow again."""
    as_superuser(
        engine,
        "DELETE FROM cosignature",
        "DELETE FROM checkpoint",
        "DELETE FROM leaf",
        "UPDATE event SET body = body || ' '",
        "UPDATE ledger_head SET size = 0, peaks = '', mark_xid = 0, mark_seq = 0",
    )
    for path in sorted((vault / "ledger").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def test_fault_D8_a_witness_knows_more_than_a_restored_database_and_vault(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, log_key: VerifierKey, vault: Path, tmp_path: Path
) -> None:
    """Both come back from the same old backup; only the witness remembers what was signed since."""
    with transaction(engine) as session:
        kept = leaves.head(session)
        peaks, xid, seq = kept.peaks.hex(), kept.mark_xid, kept.mark_seq
    old = files.checkpoint() or b""
    write_many(engine, 4)
    sequencer.turn()
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", log_key) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        Witnesses(engine, files, way_out, [place]).turn()
        as_superuser(
            engine,
            "DELETE FROM cosignature",
            "DELETE FROM checkpoint WHERE size > 6",
            "DELETE FROM leaf WHERE index >= 6",
            "DELETE FROM event WHERE seq > :seq",
            "UPDATE ledger_head SET size = 6, peaks = decode(:peaks, 'hex'), mark_xid = :xid, mark_seq = :seq",
            peaks=peaks,
            xid=xid,
            seq=seq,
        )
        files.put_checkpoint(old)
        stop, told = threading.Event(), list[str | None]()

        def hear(sentence: str | None) -> None:
            told.append(sentence)
            stop.set()

        def known() -> tuple[()]:
            Witnesses(engine, files, way_out, [place]).check()
            return ()

        write_many(engine, 1)
        run(sequencer_of(engine, vault), stop, known=known, alarm=hear)
    assert "has cosigned 10 leaves, and only 6 are here" in (told[0] or "")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM leaf")) == 6


def test_what_troubles_the_ledger_is_kept_for_those_who_run_it(
    engine: Engine, sequencer: Sequencer, files: LedgerFiles, log_key: VerifierKey, vault: Path, tmp_path: Path
) -> None:
    stop, halted = threading.Event(), threading.Event()
    with (
        witness_at(tmp_path / "w1", "witness.example/w1", log_key) as place,
        way_out_to(tmp_path, place.url) as way_out,
    ):
        places = Places(way_out, [place])
        Witnesses(engine, files, way_out, [place]).turn()
        _rewrite(engine, vault)
        again = sequencer_of(engine, vault)
        again.begin()
        again.turn()
        thread = threading.Thread(
            target=ask_others, args=(engine, files, places, Condition(engine), stop, halted), daemon=True
        )
        thread.start()
        assert halted.wait(20)
        stop.set()
        thread.join(10)
    with transaction(engine) as session:
        kept = installation.examination(session, installation.LEDGER)
    assert kept is not None
    assert "one history was rewritten" in kept.body["halted"]
    assert written_out(files) is not None


# The way there.


def test_nothing_is_asked_but_through_the_way_out(tmp_path: Path, outside: tuple[Outside, WayOut]) -> None:
    world, way_out = outside
    with way_out_to(tmp_path) as closed, pytest.raises(Unavailable, match=r"denied: port|denied: address"):
        ask(closed, Question(f"{world.address}/calendar/timestamp/00"))
    assert ask(way_out, Question(f"{world.address}/calendar/timestamp/00")).status == 404
    with pytest.raises(Unavailable, match=r"cannot be used|does not answer"):
        ask(WayOut(tmp_path / "nowhere.sock", tmp_path / "log"), Question(world.address))
    for wrong in ("ftp://example.org/", "file:///etc/passwd", "https://user@example.org/", "nonsense"):
        with pytest.raises(InvalidUrl):
            ask(way_out, Question(wrong))


def test_an_answer_that_never_ends_is_cut_off(outside: tuple[Outside, WayOut]) -> None:
    world, way_out = outside
    with pytest.raises(Unavailable, match="more than 3 bytes"):
        ask(way_out, Question(f"{world.address}/calendar/timestamp/00", limit_bytes=3))


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
