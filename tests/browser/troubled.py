"""A house that has known trouble: a site that rests, a wall over night, a hold, erasures, a file that is gone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import Engine, update

from storage.db import copies, sites
from storage.db.session import open_engine, transaction
from storage.db.site_tables import SiteCondition, SiteTry
from storage.domain import clock
from storage.domain.sites import Sign
from storage.domain.vocab import Outcome
from storage.settings import Settings
from tests.browser.furnished import Furnisher
from tests.media import draw
from tests.site import Site
from tests.whole import House
from workers.stack.parts import connected

ORDER = {"basis": "GDPR Art. 17", "reason": "A person who is seen in it asks for it."}


@dataclass
class Troubled:
    """What stands in the house, by id."""

    walled: str = ""
    held: str = ""
    asked: str = ""
    erased: str = ""
    missing: str = ""
    waiting: str = ""
    listed: str = ""
    batch: str = ""


def trouble(house: House, site: Site, folder: Path, two: tuple[str, str], password: str) -> Troubled:
    """Bring all of it in; of two people who may erase, by address, the first hands in and asks, the other agrees."""
    first, second = (_logged_in(house, email, password) for email in two)
    found = Troubled()
    clips = [draw.cuts(folder / f"t{n}.mp4", lengths=(5, 5), seed=80 + n).path for n in range(4)]
    names = ("held.mp4", "asked.mp4", "to be erased.mp4", "gone.mp4")
    uploads = [first.upload(clip, name)["submission"] for clip, name in zip(clips, names, strict=True)]
    walled = first.post("/submissions", {"url": site.url("/shown/until-walled")})["submission"]
    channel = first.post("/submissions", {"url": site.url("/channel.rss")})["submission"]
    links = f"url;note\n{site.url('/gone-post?n=1')};The station\n{site.url('/wall')};\n".encode()
    taken = first.api.post("/batches", content=links, headers={"Content-Type": "text/csv"})
    assert taken.is_success, taken.text
    found.batch = taken.json()["batch"]
    found.walled = str(first.settled(walled)["item"])
    site.walled = True
    first.post(f"/items/{found.walled}/captures")
    found.held, found.asked, found.erased, found.missing = (str(first.settled(one)["item"]) for one in uploads)
    found.listed = first.settled(channel)["submission"]
    first.post(
        f"/items/{found.held}/holds", {"authority": "District Court, 12 F 34/26", "reason": "Evidence in a case."}
    )
    first.post(f"/items/{found.asked}/erasures", ORDER)
    erasure = first.post(f"/items/{found.erased}/erasures", ORDER)["erasure"]
    yes = {"agree": True, "reason": "The request is good."}
    second.post(f"/items/{found.erased}/erasures/{erasure}/answer", yes)
    _until(lambda: first.api.get(f"/batches/{found.batch}").json()["settled"] == 2)
    _until(lambda: sum(one["kind"] == "presence" for one in house.get(f"/items/{found.walled}")["products"]) == 2)
    _lose(house, found.missing)
    _let_rest(house)
    found.waiting = first.post("/submissions", {"url": site.url("/post?n=rest")})["submission"]
    for one in (first, second):
        one.api.close()
    return found


def _logged_in(house: House, email: str, password: str) -> Furnisher:
    here = f"http://127.0.0.1:{house.stack.port}"
    client = httpx.Client(base_url=f"{here}/api/v1", headers={"Origin": here}, timeout=30)
    me = client.post("/sessions", json={"email": email, "password": password}).raise_for_status().json()
    client.headers["X-CSRF-Token"] = me["csrf"]
    return Furnisher(client)


def _lose(house: House, item: str) -> None:
    """Take an original away behind the archive's back, and let the keeper find that out."""
    [original] = [one["sha256"] for one in house.get(f"/items/{item}")["files"] if one["role"] == "original"]
    digest = original.removeprefix("sha256:")
    [kept] = [path for path in house.stack.vault.rglob(digest) if path.is_file()]
    kept.unlink()
    engine = _engine(house)
    with transaction(engine) as session:
        copies.ask_to_check(session, digest)
    engine.dispose()
    _until(lambda: house.get("/stores")["damaged"] != [])


def _let_rest(house: House) -> None:
    """The one site of the house does not answer, and is left alone for an hour."""
    now = clock.now()
    rest = {"since": now, "opened_at": now, "until": now + timedelta(hours=1)}
    engine = _engine(house)
    with transaction(engine) as session:
        [site] = sites.conditions(session)
        degraded = update(SiteCondition).where(SiteCondition.site == site)
        session.execute(degraded.values(failures=4, trips=2, cause=Sign.AWAY.value, well_at=None, **rest))
        # Told is a rest alone that somebody's own items have met.
        session.execute(update(SiteTry).where(SiteTry.site == site).values(outcome=Outcome.UNREACHABLE.value))
    engine.dispose()


def _engine(house: House) -> Engine:
    return open_engine(connected(Settings(vault=house.stack.vault)).database_url.get_secret_value())


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.2)
