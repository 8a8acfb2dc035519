"""The doctor says plainly who vouches for the ledger, and who owes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.db import installation
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import StampKind
from storage.integrity.digest import Digest
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.settings import Settings
from tests.storage.integrity.authority import authority
from tests.workers.ledger.test_outside import write_many
from workers.doctor.finding import Condition
from workers.doctor.outside import outsiders


def _said(settings: Settings, session: Session) -> dict[str, tuple[Condition, str]]:
    return {one.name: (one.state, one.sentence) for one in outsiders(settings, session)}


def test_an_archive_that_asks_nobody_is_told_so(session: Session, tmp_path: Path) -> None:
    said = _said(Settings(vault=tmp_path), session)
    assert {state for state, _ in said.values()} == {Condition.WARN}
    assert said["witnesses"][1].startswith("unwitnessed")
    assert said["time stamps"][1].startswith("unstamped")


@pytest.fixture
def stamped(tmp_path: Path) -> Settings:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority(tmp_path).root)
    urls = "https://one.example,https://two.example"
    return Settings(vault=tmp_path, timestamp_authorities=urls, timestamp_roots=roots)


def test_authorities_that_keep_up_are_said_to(session: Session, stamped: Settings) -> None:
    assert _said(stamped, session)["time stamps"] == (Condition.OK, "2 authorities stamp the checkpoints")


def test_fault_D20_who_has_owed_a_stamp_for_a_day_is_named_and_an_idle_ledger_owes_none(
    engine: Engine, stamped: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = log_signer(tmp_path / "keys" / "ledger.pem", "archive.example/custody", None)
    sequencer = Sequencer(LogShelf(tmp_path / "ledger"), signer)
    write_many(engine, 3)
    sequencer.advance(engine)
    with transaction(engine) as session:
        stamp = Digest.of(b"token")
        Archive(session, SYSTEM).keep_stamp(3, StampKind.RFC3161, "https://one.example", stamp, stamped_at=clock.now())
    sequencer.advance(engine)
    later = clock.now() + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: later)
    with transaction(engine) as session:
        owed = "pending for more than a day: https://two.example"
        assert _said(stamped, session)["time stamps"] == (Condition.WARN, owed)


def test_a_witness_that_knows_more_makes_it_unsafe(session: Session, stamped: Settings) -> None:
    Archive(session, SYSTEM).keep_examination(installation.OUTSIDE, {"halted": "one history was rewritten"})
    assert _said(stamped, session)["ledger"][0] is Condition.UNSAFE


def test_settings_that_name_nobody_rightly_are_told(session: Session, tmp_path: Path) -> None:
    said = _said(Settings(vault=tmp_path, ledger_witnesses="nonsense"), session)
    assert "SVIDOK_LEDGER_WITNESSES" in said["witnesses"][1]
