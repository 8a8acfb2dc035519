"""Backups at the command line: written, looked through, put back."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from storage.db import log
from storage.db.session import transaction
from storage.settings import Settings
from workers.backup import restoring, writing
from workers.commands.people import engine_of
from workers.commands.rebuilding import database_alone
from workers.stores import first_store

_PATIENCE_S = 20.0
Say = Callable[[str], None]


def back_up(settings: Settings, target: Path, keys: Path, say: Say) -> int:
    """Write a backup: 0, or 1 where files could not be copied."""
    writing.refuse_nested(target, keys, settings.vault)
    with engine_of(settings) as engine, _bar() as progress:
        _wait_for_signature(settings, engine)
        done = writing.write(settings, engine, first_store(settings, engine), target, keys, progress)
    told = done.manifest
    say(f"{told.files:,} files ({told.bytes:,} bytes) and {told.size:,} events are in {target}.")
    say(f"{done.new_files:,} of the files are new there.")
    say(f"The key that signs the ledger and what was erased are in {keys}: keep that place apart from the backup.")
    for sentence in done.bad:
        say(sentence)
    return 1 if done.bad else 0


def check(settings: Settings, folder: Path, keys: Path, checkpoint: Path | None, say: Say) -> int:
    """Say whether a backup would restore, having read all of it: 0, or 1 where it would not.

    That an archive at work has gone on since is no fault of its backup; that it ends before the `checkpoint` that
    somebody has noted is.
    """
    with _bar() as progress:
        examined = restoring.examine(settings, folder, keys, checkpoint, progress)
    told, lost, found = examined.told, examined.lost, [*examined.problems, *examined.damaged.values()]
    for sentence in found:
        say(sentence)
    if lost:
        say(
            f"It ends at event {told.size:,}, and {lost:,} more are known to have been signed since: to put it back "
            "would lose them, so `svidok restore` asks for --accept-loss, or for a vault that does not hold them."
        )
    whole = not found and not (lost and checkpoint)
    sys.stdout.write(
        f"{told.files:,} files and {told.size:,} events of {told.made_at:%Y-%m-%d %H:%M} UTC: "
        f"{'this backup would restore' if whole else 'this backup would not restore as it is'}.\n"
    )
    return 0 if whole else 1


def restore(
    settings: Settings,
    folder: Path,
    keys: Path,
    checkpoint: Path | None,
    *,
    accept_loss: bool,
    accept_damage: bool = False,
    say: Say,
) -> int:
    """Verify a backup and put it back: 0, or 1 where it was not whole or an erasure could not be done again.

    With `accept_damage` kept files that are missing or altered in it hold up nothing else; its database, its ledger
    and its keys are whole in any case.
    """
    with _bar() as progress:
        examined = restoring.examine(settings, folder, keys, checkpoint, progress)
    told, lost, damaged = examined.told, examined.lost, examined.damaged
    for sentence in [*examined.problems, *damaged.values()]:
        say(sentence)
    if examined.problems:
        say("Nothing was restored.")
        return 1
    if damaged and not accept_damage:
        say("Nothing was restored. If there is no better backup, --accept-damage puts back all but these files.")
        return 1
    if not accept_loss:
        restoring.refuse_silent_rollback(settings, told, lost)
    with database_alone(settings) as engine, _bar() as progress:
        done = restoring.put_back(
            settings, engine, lambda opened: first_store(settings, opened), folder, examined, progress
        )
    files = told.files - len(damaged)
    say(f"{files:,} files and {done.events:,} events are back; {done.erased_again:,} erasures were done again.")
    say("Whoever has noted a checkpoint that is newer than this backup will see that the ledger went back.")
    if done.lost:
        say("Tell them, and every witness, before you start: docs/operate.md, 'When events are lost for good'.")
    say("Next: `svidok up` starts it, `svidok doctor` says whether it is safe, `svidok audit` reads all of it again.")
    for sentence in done.held:
        say(f"An erasure could not be done again: {sentence}")
    return 1 if done.held or damaged else 0


def _wait_for_signature(settings: Settings, engine: Engine) -> None:
    """A stack that was started a moment ago signs its first events in a moment, and lays that into the vault then."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        with transaction(engine) as session:
            is_signed = log.newest_checkpoint(session) is not None
        if is_signed and (settings.ledger / "checkpoint").is_file():
            return
        time.sleep(0.2)


@contextlib.contextmanager
def _bar() -> Iterator[writing.Progress]:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, whole: int) -> None:
            bar.update(task, description=what, completed=done, total=whole)

        yield tell
