"""The worker: a Celery application that hears the doorbell, and the bench its children work at."""

import importlib.metadata
import socket
import sys
import threading
from functools import cache
from typing import Any

import structlog
from celery.signals import worker_init, worker_ready
from sqlalchemy import Engine

from storage import queue
from storage.archive import Archive
from storage.blobs.fetched import FetchedFiles
from storage.db.session import open_engine, transaction
from storage.domain.permissions import SYSTEM
from storage.errors import InvalidValue, SandboxMissing
from storage.settings import Settings
from workers import instruments, scratch, trust_list, watchdog
from workers.boxes import layers
from workers.broker import make_app
from workers.forgetting import Forgetter
from workers.pipeline import Bench
from workers.sandbox import Limits
from workers.scratch import Seat
from workers.stores import reader

_LOG = structlog.get_logger()
# sysexits.h: something is set up wrongly, and trying again will not help.
EX_CONFIG = 78


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


def worker_name() -> str:
    """What this worker's jobs are held under: one name for all its children, the same after a restart."""
    return seat().name


@cache
def seat() -> Seat:
    """This worker's seat; taken before the first fork, so that all its children sit on it too."""
    return scratch.take(settings().scratch, served(settings()), socket.gethostname())


app = make_app(settings().broker_url.get_secret_value())


def served(chosen: Settings) -> tuple[str, ...]:
    """The queues this worker serves. Raises: InvalidValue for one that does not exist."""
    names = tuple(name.strip() for name in chosen.worker_queues.split(",") if name.strip())
    if not names or set(names) - set(queue.QUEUES):
        raise InvalidValue(
            f"worker_queues names {', '.join(queue.QUEUES)}, or one of them; not {chosen.worker_queues!r}"
        )
    return names


def _fetches_at_most(chosen: Settings) -> int:
    """A worker that also decodes keeps a hand free for it; one process alone must do both."""
    alone = served(chosen) == ("fetch",)
    return chosen.worker_processes if alone else max(1, chosen.worker_processes - 1)


@cache
def bench() -> Bench:
    """The bench of this process; made after the fork, so that no connection is shared."""
    chosen = settings()

    def limits(wall_s: float) -> Limits:
        return Limits(
            wall_s=wall_s,
            memory_bytes=chosen.sandbox_memory_bytes,
            processes=chosen.sandbox_processes,
            file_bytes=chosen.download_limit_bytes,
            # Fragments, the stream they make and a merge lie in the folder side by side.
            folder_bytes=4 * chosen.download_limit_bytes,
        )

    engine = open_engine(chosen.database_url.get_secret_value(), pool_size=3)
    return Bench(
        engine=engine,
        blobs=reader(chosen, engine),
        worker=worker_name(),
        queues=served(chosen),
        fetches_at_most=_fetches_at_most(chosen),
        site_limit=chosen.site_limit,
        site_budgets=chosen.budgets,
        version=importlib.metadata.version("svidok"),
        scratch=chosen.scratch,
        egress_socket=chosen.way_out,
        egress_log=chosen.way_out_log,
        strongbox=chosen.strongbox,
        limits={
            "fetch": limits(chosen.capture_limit_s),
            "media": limits(chosen.analysis_limit_s),
        },
        lease_s=chosen.lease_s,
        retry_base_s=chosen.retry_base_s,
        unsafe=chosen.unsafe_no_sandbox,
        trust_list=trust_list.read(chosen.credentials_trust_list),
        comments_most=chosen.comments_most,
        keeps_pages=chosen.keep_pages,
        instruments=instruments.find(chosen.vault),
    )


@worker_init.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _begin(**_: Any) -> None:
    """Before the first child: no box or no readable trust list, no work; what an earlier life held is given back."""
    try:
        walls = layers.require_walls(unsafe=settings().unsafe_no_sandbox)
        trust_list.read(settings().credentials_trust_list)
    except (SandboxMissing, InvalidValue) as missing:
        sys.stderr.write(f"the worker refuses to fetch or decode: {missing.sentence}\n")
        raise SystemExit(EX_CONFIG) from missing
    if not walls.safe:
        _LOG.warning("UNSAFE: working without a sandbox, as SVIDOK_UNSAFE_NO_SANDBOX says", reason=walls.reason)
    given_back = begin(settings(), seat())
    _LOG.info("worker born", name=worker_name(), jobs_given_back=given_back)


def begin(chosen: Settings, own: Seat) -> int:
    """Clear away what an earlier life on the same seat left, and give its jobs back; how many.

    Nobody of that life is left: the seat was free. What was erased or sealed while the machine was off goes before any
    work begins.
    """
    own.clear()
    engine = open_engine(chosen.database_url.get_secret_value(), pool_size=1)
    try:
        _forgetter(chosen, own, engine).drop_fetched()
        with transaction(engine) as session:
            return Archive(session, SYSTEM).return_lost(queue.left_by(session, own.name))
    finally:
        engine.dispose()


def _forgetter(chosen: Settings, own: Seat, engine: Engine) -> Forgetter:
    return Forgetter(engine, FetchedFiles.under(chosen.fetched), chosen.scratch, own)


@worker_ready.connect  # type: ignore[untyped-decorator]  # celery ships no types
def _watch(sender: Any, **_: Any) -> None:
    """Watch, from the parent, that doorbells are answered, and that nothing lies here which was erased or sealed."""
    queues = served(settings())
    engine = open_engine(settings().database_url.get_secret_value(), pool_size=1)
    threading.Thread(
        target=watchdog.watch,
        args=(engine, sender.app, worker_name(), queues, settings().budgets),
        name="watchdog",
        daemon=True,
    ).start()
    # On a connection and a thread of its own: a slow disk must not make the worker look as if it heard.
    forgetter = _forgetter(settings(), seat(), open_engine(settings().database_url.get_secret_value(), pool_size=1))
    threading.Thread(target=forgetter.watch, name="forgetting", daemon=True).start()
