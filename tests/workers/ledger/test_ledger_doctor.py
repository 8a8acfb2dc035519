"""What the doctor says of the ledger: each thing is made wrong for real, and looked at again."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from storage.archive import Archive
from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, installation
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import StampKind
from storage.integrity.note import Algorithm
from storage.settings import Settings
from tests.storage.integrity.authority import authority
from tests.workers.ledger.press import as_superuser, write_many
from workers.commands import witnessing
from workers.doctor.finding import Condition, Finding
from workers.doctor.ledger import ledger
from workers.ledger.house import Condition as Known
from workers.ledger.places import key_place
from workers.ledger.sequencer import Sequencer
from workers.lookout import _NEXT


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        vault=tmp_path / "vault",
        database_url=SecretStr(database_url),
        broker_url=SecretStr("redis://127.0.0.1:1/0"),
        egress_socket=tmp_path / "egress.sock",
    )


@pytest.fixture
def sequencer(engine: Engine, settings: Settings) -> Sequencer:
    sequencer = Sequencer(engine, LedgerFiles(settings.ledger_folder), key_place(settings))
    sequencer.begin()
    write_many(engine, 3)
    sequencer.turn()
    return sequencer


def _found(settings: Settings) -> dict[str, Finding]:
    found = {finding.name: finding for finding in ledger(settings)}
    assert {name for name, finding in found.items() if finding.state is not Condition.OK} <= set(_NEXT)
    return found


def test_without_a_stack_nothing_is_said(tmp_path: Path) -> None:
    assert list(ledger(Settings(vault=tmp_path / "nowhere"))) == []


def test_what_nobody_vouches_for_is_said_plainly(sequencer: Sequencer, settings: Settings) -> None:
    found = _found(settings)
    assert (found["ledger"].state, found["ledger"].sentence) == (
        Condition.OK,
        "4 events are signed, none waits for long",
    )
    assert found["witnesses"].sentence.startswith("unwitnessed: ")
    assert found["time stamps"].sentence.startswith("unstamped: ")
    assert "is not sealed" in found["ledger key"].sentence
    assert {found[name].state for name in ("witnesses", "time stamps", "ledger key")} == {Condition.WARN}


def test_a_missing_or_open_key_is_unsafe(sequencer: Sequencer, settings: Settings) -> None:
    path = key_place(settings).path
    path.chmod(0o644)
    assert _found(settings)["ledger key"].state is Condition.UNSAFE
    path.unlink()
    assert _found(settings)["ledger key"].state is Condition.UNSAFE


def test_fault_D7_a_tree_that_falls_behind_is_told(engine: Engine, sequencer: Sequencer, settings: Settings) -> None:
    write_many(engine, 2)
    assert _found(settings)["ledger"].state is Condition.OK
    as_superuser(engine, "UPDATE event SET at = at - interval '20 seconds'")
    found = _found(settings)["ledger"]
    assert found.state is Condition.WARN
    assert found.sentence.startswith("2 events wait for their place since 2")


def test_a_halted_ledger_is_unsafe_until_it_goes_on(engine: Engine, sequencer: Sequencer, settings: Settings) -> None:
    known = Known(engine)
    known.tell(halted="one history was rewritten")
    assert _found(settings)["ledger"].state is Condition.UNSAFE
    known.tell(halted=None)
    assert _found(settings)["ledger"].state is Condition.OK
    with transaction(engine) as session:
        assert installation.examination(session, installation.LEDGER) is not None


def test_fault_D20_what_is_pending_for_days_is_named(
    engine: Engine, sequencer: Sequencer, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "tsa").mkdir()
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority(tmp_path / "tsa").root)
    urls = "https://one.example/tsr,https://two.example/tsr"
    chosen = settings.model_copy(
        update={
            "timestamp_authorities": urls,
            "timestamp_roots": roots,
            "opentimestamps_calendars": "https://c.example",
        }
    )
    with transaction(engine) as session:
        machine, size = Archive(session, SYSTEM), 4
        machine.keep_stamp(size, StampKind.RFC3161, "https://one.example/tsr", b"1", stamped_at=clock.now())
        machine.keep_stamp(size, StampKind.OPENTIMESTAMPS, "opentimestamps", b"2", stamped_at=None)
    found = _found(chosen)
    assert found["time stamps"].sentence == "2 authorities stamp the checkpoints"
    assert found["calendars"].sentence == "1 proofs are on their way into a block"
    as_superuser(
        engine,
        "UPDATE time_stamp SET made_at = made_at - interval '3 days'",
        "UPDATE checkpoint SET made_at = made_at - interval '3 days'",
    )
    found = _found(chosen)
    assert found["time stamps"].sentence == "pending for more than a day: https://two.example/tsr"
    assert found["calendars"].sentence == "1 proofs are still a promise after two days"
    one = chosen.model_copy(update={"timestamp_authorities": "https://one.example/tsr"})
    assert "name a second one" in _found(one)["time stamps"].sentence


def test_a_witness_that_stays_away_is_named(
    engine: Engine, sequencer: Sequencer, settings: Settings, tmp_path: Path
) -> None:
    witness = witnessing.own_key(tmp_path / "w", "witness.example/w1", "")
    key = witness.key(Algorithm.COSIGNATURE)
    chosen = settings.model_copy(update={"ledger_witnesses": f"https://w.example {key}"})
    assert _found(chosen)["witnesses"].state is Condition.OK
    as_superuser(engine, "UPDATE checkpoint SET made_at = made_at - interval '2 hours'")
    assert "not cosigned by witness.example/w1" in _found(chosen)["witnesses"].sentence
    with transaction(engine) as session:
        newest = checkpoints.newest(session)
        assert newest is not None
        line = witness.cosign(newest.note.partition("\n\n")[0] + "\n", 1_790_000_000).line()
        Archive(session, SYSTEM).keep_cosignature(newest.size, line, key)
    assert _found(chosen)["witnesses"].state is Condition.OK


def test_a_setting_that_cannot_be_is_told(sequencer: Sequencer, settings: Settings) -> None:
    chosen = settings.model_copy(update={"timestamp_authorities": "https://one.example/tsr"})
    assert "SVIDOK_TIMESTAMP_ROOTS" in _found(chosen)["ledger settings"].sentence
    assert _found(settings.model_copy(update={"log_level": "info"}))["ledger"].state is Condition.OK


def test_the_database_is_looked_at_by_name_only(sequencer: Sequencer, settings: Settings, engine: Engine) -> None:
    """A database in an older form says nothing here: `stack` says that already."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    assert list(ledger(settings)) == []
