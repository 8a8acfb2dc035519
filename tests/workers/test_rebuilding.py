"""`svidok rebuild`: the vault's own database, started alone, comes back from files and ledger."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from storage.agreement import check_rows
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db import copies, events, jobs
from storage.db.session import open_engine, transaction
from storage.deeds.intake import Entry
from storage.domain.cancelling import CancelOrder
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Role
from storage.errors import Conflict, NotFound
from storage.log.keys import log_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.settings import Settings
from tests.storage.rebuild.life import Life
from workers.commands import rebuilding
from workers.stack.vault import Vault


@pytest.fixture
def chosen(tmp_path: Path, engine: Engine) -> Settings:
    """A vault whose ledger and files tell of two items, one of them captured; its database is elsewhere, and lost."""
    settings = Settings(vault=tmp_path / "vault")
    life = Life(engine, LocalBlobs(settings.blobs))
    entry = life.submit()
    life.capture(entry.submission.capture_id)
    life.submit()
    signer = log_signer(settings.ledger_key, "archive.example/custody", None)
    while Sequencer(LogShelf(settings.ledger), signer).advance(engine):
        pass
    return settings


def _svidok(*arguments: str) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SVIDOK_")}
    command = [sys.executable, "-P", "-m", "workers.cli", *arguments]
    return subprocess.run(command, env=bare, capture_output=True, text=True, timeout=240, check=False)


def _into(settings: Settings, engine: Engine) -> Settings:
    return settings.model_copy(update={"database_url": SecretStr(engine.url.render_as_string(hide_password=False))})


def test_fault_C11_the_command_brings_a_lost_database_back(chosen: Settings) -> None:
    ended = _svidok("rebuild", "--from", str(chosen.vault))
    assert ended.returncode == 0, ended.stderr
    assert "3 events are written again; 1 captures are owed." in ended.stderr
    with rebuilding.own_database(Vault(chosen.vault)) as url:
        engine = open_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM item")) == 2
            steps = connection.scalars(text("SELECT step FROM job ORDER BY step")).all()
        engine.dispose()
    # What could run is owed: the capture that never ended, and the first steps of the one that did.
    assert steps == ["capture", "credentials", "probe"]
    again = _svidok("rebuild", "--from", str(chosen.vault))
    assert (again.returncode, "holds an archive already" in again.stderr) == (1, True)


def test_files_that_are_not_there_are_named(chosen: Settings, empty_engine: Engine) -> None:
    [lost, short, *_] = sorted(one for one in (chosen.blobs / "sha256").rglob("*") if one.is_file())
    lost.unlink()
    short.chmod(0o600)
    short.write_bytes(b"x")
    said: list[str] = []
    assert rebuilding.run(_into(chosen, empty_engine), say=said.append) == 1
    assert [f"sha256:{lost.name}" in "".join(said), f"sha256:{short.name}" in "".join(said)] == [True, True]
    assert any(sentence.startswith("2 files") for sentence in said)
    with empty_engine.connect() as connection:
        body = connection.scalar(text("SELECT body FROM event ORDER BY seq DESC LIMIT 1"))
    event = json.loads(str(body))
    assert (event["type"], event["detail"]["files_missing"], event["detail"]["size"]) == (
        "local:database rebuilt",
        2,
        3,
    )


def test_what_somebody_had_taken_on_is_free_and_the_archive_keeps_its_name(
    chosen: Settings, engine: Engine, empty_engine: Engine
) -> None:
    life = Life(engine, LocalBlobs(chosen.blobs))
    with transaction(engine) as session:
        LocalBlobs(chosen.blobs).set_mark(copies.archive_name(session))
    item = life.submit().item.id
    with life.door() as archive:
        person = archive.add_user("ada@example.org", "correct horse battery staple", {Role.REVIEWER}).id
        archive.assign(item, person)
    signer = log_signer(chosen.ledger_key, "archive.example/custody", None)
    while Sequencer(LogShelf(chosen.ledger), signer).advance(engine):
        pass
    assert rebuilding.run(_into(chosen, empty_engine), say=lambda _: None) == 0
    assert list(check_rows(empty_engine)) == []
    with transaction(engine) as before, transaction(empty_engine) as after:
        assert copies.archive_name(after) == copies.archive_name(before)
        [*_, freed] = events.of_item(after, item)
        assert json.loads(freed.body)["detail"] == {"from": person, "to": None, "by": "system"}


def test_what_was_cancelled_stays_so_and_what_was_begun_again_is_owed(
    chosen: Settings, engine: Engine, empty_engine: Engine
) -> None:
    life = Life(engine, LocalBlobs(chosen.blobs))
    entries = []
    for number in range(2):
        entries.append(entry := life.submit(url=f"https://example.org/cancelled/{number}"))
        capture = entry.submission.capture_id
        life.capture(capture)
        life.owed(f"probe:1:{capture}", entry, "probe", capture)
        with life.door() as archive:
            archive.cancel_analysis(entry.item.id, CancelOrder(reason="The wrong film."))
    halted, begun = entries
    with life.door() as archive:
        archive.begin_analysis_again(begun.item.id)
    signer = log_signer(chosen.ledger_key, "archive.example/custody", None)
    while Sequencer(LogShelf(chosen.ledger), signer).advance(engine):
        pass
    assert rebuilding.run(_into(chosen, empty_engine), say=lambda _: None) == 0

    def states(entry: Entry) -> dict[str, str]:
        with transaction(empty_engine) as session:
            return {job.step: job.state for job in jobs.of_item(session, entry.item.id)}

    assert states(halted) == {"probe": "cancelled", "credentials": "ready"}
    assert states(begun) == {"probe": "ready", "credentials": "ready"}
    with transaction(empty_engine) as session:
        [again] = Archive(session, OPERATOR).begin_analysis_again(halted.item.id)
    assert (again.step, again.state) == ("probe", "ready")


def test_what_was_cancelled_stays_so_also_where_what_it_reads_is_to_be_made_anew(
    chosen: Settings, engine: Engine, empty_engine: Engine
) -> None:
    life = Life(engine, LocalBlobs(chosen.blobs))
    entry = life.submit(url="https://example.org/cancelled")
    capture = entry.submission.capture_id
    life.capture(capture)
    life.step(entry)  # keyframes, by what is no step of today
    life.owed(f"ocr:1:{capture}", entry, "ocr", capture)
    with life.door() as archive:
        archive.cancel_analysis(entry.item.id, CancelOrder(reason="The wrong film."))
    signer = log_signer(chosen.ledger_key, "archive.example/custody", None)
    while Sequencer(LogShelf(chosen.ledger), signer).advance(engine):
        pass
    assert rebuilding.run(_into(chosen, empty_engine), say=lambda _: None) == 0
    with transaction(empty_engine) as session:
        states = {job.step: job.state for job in jobs.of_item(session, entry.item.id)}
        assert (states["probe"], states["ocr"]) == ("ready", "cancelled")


def test_a_database_in_use_is_left_as_it_is(chosen: Settings, engine: Engine) -> None:
    with pytest.raises(Conflict, match="holds an archive already"):
        rebuilding.run(_into(chosen, engine), say=lambda _: None)


def test_without_its_key_nothing_is_rebuilt_and_no_key_is_made(chosen: Settings, empty_engine: Engine) -> None:
    chosen.ledger_key.unlink()
    with pytest.raises(NotFound, match="put the key back"):
        rebuilding.run(_into(chosen, empty_engine), say=lambda _: None)
    assert not chosen.ledger_key.exists()
