"""Whether it lives, whether it can work, and, for an admin's key, how much it does."""

import time

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import AnyActor, Doors, DoorsDep
from api.strict import StrictRoute
from storage.db import jobs, log, sites
from storage.db.migration import current_revision, expected_revision
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import may_examine
from storage.queue import QUEUES

router = APIRouter(route_class=StrictRoute, tags=["health"])


class Alive(BaseModel):
    """The program answers."""

    status: str = "alive"


class Readiness(BaseModel):
    """Whether work can be taken; each check is `ok` or says what is wrong in a word or two."""

    status: str
    checks: dict[str, str]


@router.get("/healthz")
async def healthz() -> Alive:
    """Whether the program lives, whatever it depends on."""
    return Alive()


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
def readyz(doors: DoorsDep) -> Response:
    """Whether database, migrations and broker are as they must be: 200 or 503."""
    checks = _checks(doors)
    ready = _is_ready(checks)
    told = Readiness(status="ready" if ready else "not ready", checks=checks)
    return JSONResponse(told.model_dump(), status_code=200 if ready else 503)


def _checks(doors: Doors) -> dict[str, str]:
    return {**_database_checks(doors), "broker": "ok" if doors.broker_is_up() else "away"}


def _is_ready(checks: dict[str, str]) -> bool:
    return all(check == "ok" for check in checks.values())


def _database_checks(doors: Doors) -> dict[str, str]:
    try:
        with doors.engine.connect() as connection:
            found = current_revision(connection)
    except SQLAlchemyError:
        return {"database": "away", "migrations": "unknown"}
    expected = expected_revision()
    return {"database": "ok", "migrations": "ok" if found == expected else f"at {found}, expected {expected}"}


class Meters:
    """What is counted, per application: registries of its own, so that two applications do not share numbers.

    `open` answers anybody and moves with nothing that people do; `registry` tells the rest.
    """

    def __init__(self) -> None:
        self.open, self.registry = CollectorRegistry(), CollectorRegistry()
        self.ready = Gauge("svidok_ready", "1 where work can be taken, as GET /readyz says.", registry=self.open)
        self.answers = Counter(
            "svidok_http_requests", "Answers given.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "svidok_http_request_seconds", "Time to an answer's headers.", ["route"], registry=self.registry
        )
        self.lag = Gauge(
            "svidok_ledger_lag_seconds", "Age of the oldest event without a place.", registry=self.registry
        )
        self.resting = Gauge(
            "svidok_sites_resting", "Sites that answer badly, whose jobs wait.", registry=self.registry
        )
        self.waiting = Gauge("svidok_jobs_waiting", "Jobs that could start now.", ["queue"], registry=self.registry)


class Metered:
    """Counts every answer by the template of its route, never by the address itself: ids stay out of the numbers."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._meters.answers.labels(method, route, message["status"]).inc()
                self._meters.seconds.labels(route).observe(time.monotonic() - started)
            await send(message)

        await self._app(scope, receive, send_counted)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _meters(request: Request) -> Meters:
    meters: Meters = request.app.state.meters
    return meters


@router.get("/metrics", response_class=Response)
def metrics(doors: DoorsDep, request: Request, actor: AnyActor) -> Response:
    """Numbers in the Prometheus text format: to anybody whether work can be taken, to an admin how much is done.

    No number names an item or a person. But when they move tells that something came in, or was just sealed.
    """
    meters = _meters(request)
    meters.ready.set(_is_ready(_checks(doors)))
    told = generate_latest(meters.open)
    if may_examine(actor):
        _look(doors, meters)
        told += generate_latest(meters.registry)
    return Response(told, media_type=CONTENT_TYPE_LATEST)


def _look(doors: Doors, meters: Meters) -> None:
    with transaction(doors.engine) as session:
        waiting = jobs.waiting(session, doors.site_budgets)
        resting = sum(one.is_degraded for one in sites.conditions(session).values())
        oldest = log.oldest_waiting(session)
    meters.resting.set(resting)
    meters.lag.set((clock.now() - oldest).total_seconds() if oldest else 0)
    for queue in QUEUES:
        meters.waiting.labels(queue).set(waiting.get(queue, 0))
