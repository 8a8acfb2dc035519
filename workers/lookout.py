"""Looks at the installation beside the keeper's ticks, and keeps what was found for those who run it."""

import importlib.metadata
import shutil
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import installation
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.settings import Settings
from workers.doctor.examination import examine, is_unsafe
from workers.doctor.finding import Condition, Finding

_LOG = structlog.get_logger()
EXAMINE_EVERY_S = 3600.0
COUNT_EVERY_S = 300.0

# What helps, by the name of the finding; `wall:…` goes by `sandbox`.
HELPS = {
    "sandbox": "Let this machine make user namespaces, or install bubblewrap; `svidok doctor` tries each wall again.",
    "egress": "Take the exceptions out of SVIDOK_EGRESS_ALLOW unless a test needs them.",
    "vault": "Take the rights of group and others from the folder: chmod 700.",
    "room": "Free space on the vault's disk, or move the vault to a larger one.",
    "clock": "Set the machine's clock: every time the archive writes comes from it.",
    "time source": "Let a time server keep the clock: timedatectl set-ntp true.",
    "yt-dlp": "Install the newest release of this archive, which brings a newer yt-dlp.",
    "solver": "Run `make setup` again: two parts of the capture tool do not fit each other.",
    "javascript": "Run `make setup` again: the script engine is missing or too old.",
    "impersonation": "Run `make setup` again: the part that resembles browsers is missing.",
    "ffmpeg": "Run `make setup` again: ffmpeg is missing.",
    "browser": "Install Chromium, so that pages are captured beside their videos (on Debian: apt install chromium).",
    "database": "Look at the database's own log; `svidok up` brings its form up to date.",
    "append-only": "Restore the guards before anybody works on: `svidok up` with a fresh copy of the database.",
    "ledger": "Look at the keeper's log: a transaction that stays open holds the ledger back, and an older database "
    "that was put back is not signed over; `chmod 600` closes a key that others may read.",
    "witnesses": "Name one that somebody else runs: SVIDOK_LEDGER_WITNESSES; docs/operate.md says how one is run.",
    "time stamps": "Name two authorities and their roots: SVIDOK_TIMESTAMP_AUTHORITIES and SVIDOK_TIMESTAMP_ROOTS.",
    "calendars": "See whether the calendars of SVIDOK_OPENTIMESTAMPS_CALENDARS answer, or name others beside them.",
    "damage": "Bring the bytes back from a backup or from whoever supplied them; docs/operate.md says how.",
    "copies": "See whether the store answers and is mounted; where readings are late, raise SVIDOK_FIXITY_BYTES_PER_S.",
    "second store": "Name one: SVIDOK_SECOND_FOLDER on another disk, or SVIDOK_SECOND_S3_ENDPOINT.",
    "immutability": "Keep a copy in an S3 store whose bucket has object lock, and set SVIDOK_SECOND_S3_RETENTION_DAYS.",
    "fetched files": "Start the worker of this machine; where none works here any more, delete the folder.",
    "sites": "Wait: they are asked again by themselves. Administration, Sites shows the last hours of each.",
    "site session": "Enter it anew: Administration, Sites. What waited for it is tried again under Needs a person.",
    "broker": "Look at the broker's own log; work starts late while it is away, and none is lost.",
    "stack": "Look at the log of the parts that are not ready; they are started again by themselves.",
}


def watch(settings: Settings, engine: Engine, stop: threading.Event) -> threading.Thread:
    """Begin to look, in a thread of its own: a slow examination must not keep leases from being given back."""
    thread = threading.Thread(target=_look, args=(settings, engine, stop), name="lookout", daemon=True)
    thread.start()
    return thread


def keep_findings(settings: Settings, engine: Engine) -> None:
    """Examine everything the doctor examines, and keep what was found."""
    findings = examine(settings)
    body = {
        "version": importlib.metadata.version("svidok"),
        "safe": not is_unsafe(findings),
        "findings": _told(findings),
    }
    with transaction(engine) as session:
        Archive(session, SYSTEM).keep_examination(installation.DOCTOR, body)


def keep_figures(settings: Settings, engine: Engine) -> None:
    """Count what is kept and what room is left, and keep the figures."""
    room = shutil.disk_usage(settings.vault)
    with transaction(engine) as session:
        body = installation.figures(session) | {"free_bytes": room.free, "total_bytes": room.total}
        Archive(session, SYSTEM).keep_examination(installation.FIGURES, body)


def _look(settings: Settings, engine: Engine, stop: threading.Event) -> None:
    due = {keep_figures: 0.0, keep_findings: 0.0}
    every = {keep_figures: COUNT_EVERY_S, keep_findings: EXAMINE_EVERY_S}
    while not stop.is_set():
        for look, at in due.items():
            if time.monotonic() < at:
                continue
            # Before, so that what fails is not tried again at once.
            due[look] = time.monotonic() + every[look]
            try:
                look(settings, engine)
            except Exception as error:  # noqa: BLE001 - whatever one look fails with is told here; the next one comes
                _LOG.warning("could not look at the installation", look=look.__name__, error=_loggable(error))
        stop.wait(max(1.0, min(due.values()) - time.monotonic()))


def _loggable(error: Exception) -> str:
    """What a look failed with, and where; never the values around it, among which are passwords of stores."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {error}"[:200]


def _told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "name": finding.name,
            "level": finding.state.value,
            "sentence": finding.sentence,
            "next": None if finding.state is Condition.OK else HELPS.get(_topic(finding.name)),
        }
        for finding in findings
    ]


def _topic(name: str) -> str:
    return "sandbox" if name.startswith("wall:") else name
