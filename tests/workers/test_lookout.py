"""The keeper looks at the installation beside its ticks, and says what it saw to nobody but the archive."""

import threading
import time
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import installation
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.errors import NotAllowed
from storage.settings import Settings
from workers import lookout


@pytest.fixture
def settings(database_url: str, broker_url: str, tmp_path: Path) -> Settings:
    return Settings(vault=tmp_path, database_url=SecretStr(database_url), broker_url=SecretStr(broker_url))


def test_it_looks_at_once_and_stops_when_told(settings: Settings, engine: Engine) -> None:
    stop = threading.Event()
    looking = lookout.watch(settings, engine, stop)
    late = time.monotonic() + 60
    found: set[str] = set()
    while len(found) < 2 and time.monotonic() < late:
        with transaction(engine) as session:
            names = (installation.DOCTOR, installation.FIGURES)
            found = {name for name in names if installation.examination(session, name)}
        time.sleep(0.1)
    stop.set()
    looking.join(10)
    assert found == {installation.DOCTOR, installation.FIGURES}
    assert not looking.is_alive()


def test_a_later_look_replaces_the_earlier(settings: Settings, engine: Engine) -> None:
    lookout.keep_figures(settings, engine)
    with transaction(engine) as session:
        first = installation.examination(session, installation.FIGURES)
    lookout.keep_figures(settings, engine)
    with transaction(engine) as session:
        second = installation.examination(session, installation.FIGURES)
    assert first is not None
    assert second is not None
    assert second.made_at > first.made_at


def test_a_store_that_is_away_is_tried_again_later(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    stop = threading.Event()
    gone = settings.model_copy(update={"vault": tmp_path / "gone"})
    looking = lookout.watch(gone, engine, stop)
    time.sleep(0.5)
    assert looking.is_alive()
    stop.set()
    looking.join(60)


def test_a_look_that_fails_in_a_way_nobody_thought_of_is_told_and_the_next_is_made(
    settings: Settings, engine: Engine
) -> None:
    stop = threading.Event()
    unheard = settings.model_copy(update={"vault": Path("a\0b")})
    with structlog.testing.capture_logs() as told:
        looking = lookout.watch(unheard, engine, stop)
        late = time.monotonic() + 60
        while not (looks := {line["look"] for line in told if "look" in line}) and time.monotonic() < late:
            time.sleep(0.05)
        time.sleep(0.5)
        assert looking.is_alive()
        stop.set()
        looking.join(60)
    assert "keep_figures" in looks
    assert all("ValueError at " in line["error"] for line in told if "look" in line)


def test_nobody_tells_the_archive_what_it_has_seen(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(NotAllowed):
        Archive(session, OPERATOR).keep_examination(installation.DOCTOR, {"safe": True})
