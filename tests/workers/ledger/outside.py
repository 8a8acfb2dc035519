"""Everybody a ledger asks, on this machine: witnesses, authorities and calendars behind a real egress proxy."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from storage.integrity.note import NoteKey
from storage.integrity.timestamp import certificates
from tests.api.house import served
from tests.storage.integrity.authority import Authority
from tests.storage.integrity.calendar import Calendar
from tests.workers.egress_stage import stage
from workers.commands import witnessing
from workers.ledger.places import Places, WitnessPlace
from workers.ledger.witness import Witness
from workers.outgoing.asking import WayOut


@dataclass
class Outside:
    """One server that plays them all; `down` names those that do not answer for now."""

    folder: Path
    authorities: dict[str, Authority]
    calendar: Calendar = field(default_factory=lambda: Calendar(""))
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/tsa/{name}", self._stamp, methods=["POST"]),
                Route("/calendar/digest", self._promise, methods=["POST"]),
                Route("/calendar/timestamp/{commitment}", self._tell),
            ]
        )

    def places(self, way_out: WayOut, *, every_s: float = 0.0) -> Places:
        urls = [f"{self.address}/tsa/{name}" for name in self.authorities]
        roots = [der for one in self.authorities.values() for der in certificates(one.root)]
        return Places(way_out, (), urls, roots, [f"{self.address}/calendar"], every_s)

    async def _stamp(self, request: Request) -> Response:
        name = request.path_params["name"]
        self.asked.append(name)
        if name in self.down:
            return Response("down for a week", 503)
        assert request.headers["content-type"] == "application/timestamp-query"
        answer = self.authorities[name].answer(await request.body())
        return Response(answer, media_type="application/timestamp-reply")

    async def _promise(self, request: Request) -> Response:
        self.asked.append("calendar")
        if "calendar" in self.down:
            return Response("down", 503)
        return Response(self.calendar.promise(await request.body()))

    async def _tell(self, request: Request) -> Response:
        found = self.calendar.answer(bytes.fromhex(request.path_params["commitment"]))
        return Response(found) if found else Response("Pending confirmation in the block chain", 404)


@contextlib.contextmanager
def opened(outside: Outside) -> Iterator[WayOut]:
    """Serve it, with a way out that leads there."""
    with served(outside.app()) as address:
        outside.address = address
        outside.calendar.url = f"{address}/calendar"
        with way_out_to(outside.folder, address) as way_out:
            yield way_out


@contextlib.contextmanager
def way_out_to(folder: Path, *addresses: str) -> Iterator[WayOut]:
    """A real egress proxy that lets these addresses of this machine through and no other."""
    pairs = {(urlsplit(one).hostname or "", urlsplit(one).port or 0) for one in addresses}
    with stage(folder, names={host: [host] for host, _ in pairs}, exceptions=frozenset(pairs)) as proxy:
        yield WayOut(proxy.ticket.socket, proxy.ticket.log, timeout_s=10)


@contextlib.contextmanager
def witness_at(folder: Path, name: str, *logs: NoteKey) -> Iterator[WitnessPlace]:
    """A witness that serves."""
    signer = witnessing.own_key(folder, name, "")
    with served(witnessing.application(Witness(folder, signer, logs), signer.public)) as address:
        yield WitnessPlace(address, signer.public)
