"""The running stack: its parts, its database and the guards in it, its broker."""

import json
from collections.abc import Iterator
from datetime import timedelta

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.blobs.base import Enforcement
from storage.blobs.fetched import FetchedFiles
from storage.db import copies, installation, log, site_sessions, sites
from storage.db.migration import current_revision, expected_revision, unguarded
from storage.db.session import open_engine, transaction
from storage.domain import clock
from storage.domain.sites import name_of
from storage.domain.vocab import Sensitivity
from storage.queue import QUEUES
from storage.settings import Settings
from workers.broker import make_app, waiting_rings
from workers.doctor.finding import Condition, Finding
from workers.doctor.outside import outsiders
from workers.forgetting import unwanted
from workers.stack.parts import connected, given
from workers.stack.running import address_of
from workers.stack.vault import Vault

LAG_S = 10.0


def stack(settings: Settings) -> Iterator[Finding]:
    running = address_of(Vault(settings.vault)) is not None
    if not running and not given(settings.database_url):
        yield Finding("stack", Condition.UNKNOWN, "no stack of this vault runs; its database was not looked at")
        return
    whole = connected(settings)
    yield from _database(whole)
    yield from _broker(whole)
    if running:
        services = json.loads(Vault(settings.vault).status.read_text())
        ill = [name for name, service in services.items() if service["state"] != "ready"]
        sentence = f"not ready: {', '.join(ill)}" if ill else f"{len(services)} parts run"
        yield Finding("stack", Condition.WARN if ill else Condition.OK, sentence)


def _database(settings: Settings) -> Iterator[Finding]:
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        with engine.connect() as connection:
            revision, wanted = current_revision(connection), expected_revision()
            state = Condition.OK if revision == wanted else Condition.UNSAFE
            yield Finding("database", state, f"answers; its form is {revision}, expected {wanted}")
            bare = unguarded(connection) if revision == wanted else []
            yield Finding(
                "append-only",
                Condition.UNSAFE if bare else Condition.OK,
                f"history can be rewritten in: {', '.join(bare)}" if bare else "history refuses change",
            )
            if revision == wanted:
                yield _ledger(settings, engine)
                with transaction(engine) as session:
                    yield from outsiders(settings, session)
                yield from _stores(engine)
                yield from _fetched(settings, engine)
                yield _sites(engine)
                yield from _site_sessions(engine)
    except SQLAlchemyError as error:
        yield Finding("database", Condition.UNSAFE, f"does not answer: {type(error).__name__}")
    finally:
        engine.dispose()


def _ledger(settings: Settings, engine: Engine) -> Finding:
    """Whether the log keeps up, and whether the key that signs it is nobody else's to read."""
    with transaction(engine) as session:
        head, oldest = log.head(session), log.oldest_waiting(session)
    if head is None or not settings.ledger_key.exists():
        return Finding("ledger", Condition.WARN, "nothing has been signed yet; the keeper does it while it runs")
    if settings.ledger_key.stat().st_mode & 0o077:
        return Finding("ledger", Condition.UNSAFE, f"others may read the signing key {settings.ledger_key}")
    lag_s = (clock.now() - oldest).total_seconds() if oldest else 0.0
    sentence = f"{head.origin}: {head.size} events have their place, the oldest that waits is {lag_s:.0f} s old"
    return Finding("ledger", Condition.WARN if lag_s > LAG_S else Condition.OK, sentence)


def _stores(engine: Engine) -> Iterator[Finding]:
    """How the stores were when the keeper last went its rounds."""
    with transaction(engine) as session:
        told = installation.examination(session, installation.STORES)
        canaries = installation.examination(session, installation.IMMUTABILITY)
        damaged = len(copies.damaged(session, 1000))
        found = {name: copies.figures(session, name) for name in (told.body["stores"] if told else ())}
    if told is None:
        yield Finding("copies", Condition.UNKNOWN, "the keeper has not gone its rounds of the stores yet")
        return
    if damaged:
        yield Finding(
            "damage", Condition.UNSAFE, f"{damaged} files are whole on no store; see Storage in the workbench"
        )
    late_before = clock.now() - timedelta(days=told.body["fixity_days"])
    for name, one in told.body["stores"].items():
        figures = found[name]
        oldest = figures.oldest_checked_at
        is_late = oldest is not None and oldest < late_before
        sentence = f"{name}: {figures.states.get('whole', 0)} whole, {figures.states.get('owed', 0)} owed"
        sentence += f", the oldest reading is of {oldest:%Y-%m-%d}" if oldest else ", none was read again yet"
        sentence = f"{name} is away: {one['away']}" if one["away"] else sentence
        yield Finding("copies", Condition.WARN if one["away"] or is_late else Condition.OK, sentence)
    if len(told.body["stores"]) == 1:
        sentence = (
            "there is no second store: what is damaged cannot be mended; set SVIDOK_SECOND_FOLDER or _SECOND_S3_…"
        )
        yield Finding("second store", Condition.WARN, sentence)
    for name, canary in (canaries.body["stores"] if canaries else {}).items():
        if canary["state"] != Enforcement.NOT_APPLICABLE:
            state = Condition.OK if canary["state"] == Enforcement.ENFORCING else Condition.WARN
            yield Finding("immutability", state, f"{name} store, {canary['state']}: {canary['sentence']}")


def _fetched(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Whether plain bytes of what was erased or sealed lie on this machine, as they came from a bucket."""
    fetched = FetchedFiles.under(settings.fetched)
    names = fetched.names()
    if left := unwanted(engine, names):
        sentence = f"{len(left)} in {fetched.folder} were erased or sealed: a worker here drops them within minutes; "
        yield Finding("fetched files", Condition.WARN, sentence + "where none runs any more, delete the folder")
    elif names:
        sentence = f"{len(names)} in {fetched.folder}, none of which was erased or sealed"
        yield Finding("fetched files", Condition.OK, sentence)


def _sites(engine: Engine) -> Finding:
    """Which sites rest; those that rest for what only sealed items have met are counted, not named."""
    named = [one.value for one in Sensitivity if one is not Sensitivity.SEALED]
    with transaction(engine) as session:
        resting = {site: one for site, one in sites.conditions(session).items() if one.is_degraded}
        met = sites.met(session, resting, named)
    if not resting:
        return Finding("sites", Condition.OK, "none answers badly")
    since = {site: max(at, resting[site].since or at) for site, at in met.items()}
    told = [f"{name_of(site)} since {since[site]:%Y-%m-%d %H:%M} UTC" for site in sorted(since)]
    others = [f"{len(resting) - len(met)} more"] if len(resting) > len(met) else []
    return Finding("sites", Condition.WARN, f"answer badly, and their jobs wait: {', '.join([*told, *others])}")


def _site_sessions(engine: Engine) -> Iterator[Finding]:
    """Which of the archive's accounts at sites are no longer let in."""
    with transaction(engine) as session:
        rows = site_sessions.every(session)
    for row in rows:
        if row.failures >= site_sessions.GIVEN_UP_AFTER:
            sentence = f"{name_of(row.site)} refuses the archive's session since {row.failed_at:%Y-%m-%d}"
            yield Finding("site session", Condition.WARN, sentence)
        elif row.expires_at is not None and row.expires_at < clock.now():
            sentence = f"the archive's session at {name_of(row.site)} ran out on {row.expires_at:%Y-%m-%d}"
            yield Finding("site session", Condition.WARN, sentence)


def _broker(settings: Settings) -> Iterator[Finding]:
    try:
        app = make_app(settings.broker_url.get_secret_value())
        rings = sum(waiting_rings(app, queue) for queue in QUEUES)
        yield Finding("broker", Condition.OK, f"answers; {rings} rings wait")
    except (OperationalError, RedisError, OSError) as error:
        yield Finding("broker", Condition.WARN, f"does not answer, so work starts late: {type(error).__name__}")
