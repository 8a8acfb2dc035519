"""Puts the doors together into one application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import redis
import structlog
from fastapi import FastAPI
from redis.exceptions import RedisError
from sqlalchemy import Engine

from api import (
    analysis,
    annotations,
    assertions,
    batches,
    captures,
    credentials,
    custody,
    desk,
    drafts,
    erasures,
    expansion,
    faces,
    gazetteer,
    health,
    holds,
    installation,
    instance,
    items,
    jobs,
    leases,
    live,
    liveness,
    lookups,
    map,
    matches,
    me,
    media,
    needs,
    opinions,
    packages,
    pages,
    people,
    picture_searches,
    places,
    playback,
    problems,
    queue,
    records,
    resumable,
    sessions,
    setup,
    shots,
    site_sessions,
    sites,
    submissions,
    text,
    units,
    uploads,
)
from api.bodies import BodyLimit
from api.browsers import Browsers
from api.deps import Doors, Notice
from api.headers import STRICT_TRANSPORT, SafeHeaders, TrustedHost
from api.openapi import describe
from api.room import Room
from storage.blobs.incoming import Incoming
from storage.blobs.opening import Workplace, open_first
from storage.db import copies
from storage.db.session import open_engine, transaction
from storage.domain.annotations import Annotation, AnnotationPage
from storage.domain.layers import MapFiles
from storage.errors import Conflict, Unavailable
from storage.gazetteer import Gazetteer
from storage.integrity.note import Signer
from storage.log.opening import open_signer
from storage.log.shelf import LogShelf
from storage.reader import Reader
from storage.settings import Settings

_LOG = structlog.get_logger()
BODY_LIMIT_BYTES = 1 << 20
_BROKER_PATIENCE_S = 2.0
_DOORS = (
    analysis,
    submissions,
    uploads,
    resumable,
    batches,
    expansion,
    queue,
    items,
    shots,
    matches,
    picture_searches,
    credentials,
    text,
    faces,
    opinions,
    sites,
    site_sessions,
    liveness,
    needs,
    playback,
    media,
    assertions,
    records,
    live,
    instance,
    sessions,
    me,
    people,
    setup,
    annotations,
    desk,
    drafts,
    leases,
    lookups,
    units,
    places,
    gazetteer,
    map,
    jobs,
    installation,
    custody,
    holds,
    captures,
    erasures,
    packages,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, from the environment's settings unless some are given; connects to nothing yet."""
    chosen = settings or Settings()
    chosen.refuse_open_host()
    told = _notices(chosen)
    engine = open_engine(chosen.database_url.get_secret_value(), pool_size=20)
    map_files = map.folder_of(chosen.map_dir)

    def archive_name() -> str:
        with transaction(engine) as session:
            return copies.archive_name(session)

    first = open_first(chosen.stores, Workplace(chosen.fetched, chosen.s3_cache_bytes, archive_name))
    blobs = Reader(first, engine, chosen.item_keys)

    incoming = Incoming(chosen.incoming)

    @asynccontextmanager
    async def lifetime(_app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(
        title="Svidok",
        version="1",
        summary="Archive and verification workbench for video testimony.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifetime,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.doors = Doors(
        engine=engine,
        blobs=blobs,
        incoming=incoming,
        log=LogShelf(chosen.ledger),
        upload_limit_bytes=chosen.upload_limit_bytes,
        upload_patience_s=chosen.upload_patience_h * 3600,
        room=Room(blobs.free_bytes, chosen.disk_reserve_bytes, incoming.missing_bytes),
        strongbox=chosen.strongbox,
        notices=told,
        site_budgets=chosen.budgets,
        browsers=Browsers(chosen.secure_origin),
        broker_is_up=_asker(chosen.broker_url.get_secret_value()),
        map=MapFiles(map_files, chosen.map_layers),
        gazetteer=Gazetteer(map_files / "gazetteer.sqlite"),
        signer=lambda: _signer_of(chosen, engine),
    )
    app.state.meters = health.Meters()
    problems.install(app)
    for door in _DOORS:
        app.include_router(door.router, prefix="/api/v1")
    app.include_router(health.router)
    app.include_router(map.files)
    app.router.routes.append(pages.Pages([one.sentence for one in told]))
    # Added last, passed first: headers, then names, then bodies, then numbers.
    app.add_middleware(health.Metered, meters=app.state.meters)
    app.add_middleware(
        BodyLimit,
        refusal=problems.TOO_LARGE,
        late=problems.TOO_SLOW,
        limit_bytes=BODY_LIMIT_BYTES,
        streamed=("/api/v1/uploads", "/api/v1/batches", "/api/v1/picture-searches"),
    )
    app.add_middleware(TrustedHost, refusal=problems.MISDIRECTED, names=_names(chosen))
    app.add_middleware(SafeHeaders, more=STRICT_TRANSPORT if chosen.secure_origin else {})
    describe(app, live.LiveEvents, Annotation, AnnotationPage)
    return app


def _signer_of(settings: Settings, engine: Engine) -> Signer:
    """The archive's signature, by the key that the keeper made. Raises: Unavailable, without telling where it lies."""
    if not settings.ledger_key.exists():
        raise Unavailable("Nothing has been signed here yet. Try again in a moment.")
    try:
        return open_signer(engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
    except Conflict as refusal:
        _LOG.error("no package can be sealed", error=refusal.sentence)
        raise Unavailable(
            "The server cannot open the key that seals packages; its log tells its operator why."
        ) from None


def _notices(settings: Settings) -> list[Notice]:
    """What everybody must know of an installation that is less safe than it should be."""
    told = []
    if settings.egress_allow:
        told.append(Notice("egress_exceptions", f"The address policy has exceptions here: {settings.egress_allow}."))
    if settings.unsafe_no_sandbox:
        told.append(Notice("no_sandbox", "Files are fetched and decoded without a sandbox here."))
    return told


def _names(settings: Settings) -> frozenset[str]:
    """The names this server answers to beside localhost and literal addresses."""
    given = (*settings.host_names.split(","), settings.host, urlsplit(settings.public_url).hostname or "")
    return frozenset(name.strip().lower() for name in given if name.strip())


def _asker(url: str) -> Callable[[], bool]:
    """A function that says whether the broker answers."""
    # The same socket has two spellings: Celery's, which the settings hold, and the client library's.
    address = url.replace("redis+socket://", "unix://", 1).replace("?virtual_host=", "?db=", 1)

    def is_up() -> bool:
        try:
            with redis.Redis.from_url(
                address, socket_timeout=_BROKER_PATIENCE_S, socket_connect_timeout=_BROKER_PATIENCE_S
            ) as client:
                return bool(client.ping())
        except (RedisError, ValueError):
            return False

    return is_up
