"""The permission table, written by hand: every route, every role, every sensitivity.

`y` goes through, `n` is 403, `-` is 404, `u` is 401. Four letters stand for an item or record that is public,
researcher, restricted, sealed; one letter is for all of them. A route this table does not name fails the suite.
"""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from api.main import create_app
from api.me import UNSAID
from storage import queue
from storage.db.session import transaction
from storage.settings import Settings
from tests.api.house import API, Held, House, content, place

ROLES = ("nobody", "submitter", "reviewer", "lead", "researcher", "steward", "admin", "operator")
SENSITIVITIES = ("public", "researcher", "restricted", "sealed")
WHO = {"u": 401, "n": 403, "-": 404}

TABLE = {
    #                                            nobody  submit. review. lead    resear. steward admin   operator
    "POST /submissions":                        ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /submissions/{submission}":            ("u",    "-",    "-",    "-",    "-",    "-",    "-",    "y"),
    "POST /uploads":                            ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "POST /batches/preview":                    ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "POST /batches":                            ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    # A list's receipt is its submitter's, whoever asks: tests/api/test_batches.py.
    "GET /batches/{batch}":                     ("u",    "y",    "y",    "y",    "-",    "-",    "-",    "y"),
    # No submission of this table is a channel; whose listing it is, and who may pick: tests/api/test_expansion.py.
    "GET /submissions/{submission}/listing":    ("u",    "-",    "-",    "-",    "-",    "-",    "-",    "-"),
    "POST /submissions/{submission}/listing/batch":
                                                ("u",    "-",    "-",    "-",    "n",    "n",    "n",    "-"),
    # Resumable by tus: who may send is told apart from whose it is in test_resumable.py.
    "OPTIONS /uploads":                         ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /uploads":                             ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "PATCH /uploads/{upload}":                  ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "DELETE /uploads/{upload}":                 ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /items":                               ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "GET /items/{item}":                        ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/shots":                  ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/keyframes":              ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/matches":                ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/matches/compared":       ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/possible-matches":       ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/family":                 ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    # No copy of this table's items was found, so there is nothing to decide: what there is, in test_matches.py.
    "POST /items/{item}/matches/decisions":     ("u",    "n",    "----", "----", "n",    "----", "n",    "----"),
    # Whose search it is, and what of it they may know: tests/api/test_picture_searches.py.
    "POST /picture-searches":                   ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "GET /picture-searches/{search}":           ("u",    "n",    "-",    "-",    "n",    "-",    "n",    "-"),
    "DELETE /picture-searches/{search}":        ("u",    "n",    "-",    "-",    "n",    "-",    "n",    "-"),
    "GET /items/{item}/credentials":            ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/shot-opinions":          ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/faces":                  ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/text":                   ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/playback":               ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/package":                ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/package/holds":          ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/events":                 ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/captures/comparison":    ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "POST /items/{item}/captures":              ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "GET /items/{item}/files/{file}/content":   ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "HEAD /items/{item}/files/{file}/content":  ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/files/{sealed}/content": ("u",    "n",    "nnn-", "nnn-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/assertions":             ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "POST /items/{item}/assertions":            ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "GET /submissions":                         ("u",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "POST /lookups":                            ("u",    "y",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /items/queue-counts":                  ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "PUT /items/{item}/lease":                  ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "DELETE /items/{item}/lease":               ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "POST /items/{item}/lease/requests":        ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "PUT /items/{item}/assignee":               ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "PUT /items/{item}/workflow":               ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    # Opened again it is by leads and stewards, and sealed for good: tests/api/test_audience.py.
    "PUT /items/{item}/sensitivity":            ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    # What of it is owed, and who cancels it, is tried in tests/api/test_analysis.py.
    "POST /items/{item}/analysis/cancellation":("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "POST /items/{item}/analysis/retry":       ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "POST /items/{item}/analysis/renewal":     ("u",    "n",    "nnn-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/drafts":                 ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/drafts/{name}":          ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "PUT /items/{item}/drafts/{name}":          ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "DELETE /items/{item}/drafts/{name}":       ("u",    "n",    "yyy-", "yyy-", "n",    "nnnn", "n",    "yyyy"),
    "GET /items/{item}/annotations":            ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /items/{item}/annotations/{assertion}":("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "POST /items/{item}/publication":           ("u",    "n",    "n",    "yyy-", "n",    "n",    "n",    "yyyy"),
    "GET /live?item={item}":                    ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /live?submission={submission}":        ("u",    "-",    "-",    "-",    "-",    "-",    "-",    "y"),
    "GET /records":                             ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /records/{record}":                    ("y---", "y---", "yyy-", "yyy-", "yy--", "yyyy", "y---", "yyyy"),
    "GET /records/{record}/v/{version}":        ("y---", "y---", "yyy-", "yyy-", "yy--", "yyyy", "y---", "yyyy"),
    "GET /records/{record}/package":            ("y---", "y---", "yyy-", "yyy-", "yy--", "yyyy", "y---", "yyyy"),
    "GET /me":                                  ("u",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    # A key never manages people or keys, whatever its roles; the operator's token does.
    "GET /instance":                            ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /people":                              ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    # Log-ins, passwords and preferences are for people at their browsers: see test_sessions.py and test_me.py.
    "POST /sessions":                           ("n",    "n",    "n",    "n",    "n",    "n",    "n",    "n"),
    "GET /sessions":                            ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "n"),
    "DELETE /sessions/{session}":               ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "n"),
    "PUT /me/preferences":                      ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "n"),
    "PUT /me/password":                         ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "n"),
    "PUT /users/{user}/roles":                  ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "GET /users":                               ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "POST /users":                              ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "DELETE /users/{user}":                     ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "GET /keys":                                ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "POST /keys":                               ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "DELETE /keys/{key}":                       ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    # Set-up asks for its own token, which nobody here has.
    "POST /setup":                              ("n",    "n",    "n",    "n",    "n",    "n",    "n",    "n"),
    # The registers are the workbench's; the gazetteer and the map are for everybody, layers aside.
    "GET /units":                               ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "POST /units":                              ("u",    "n",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /units/{unit}":                        ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "PUT /units/{unit}":                        ("u",    "n",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /units/{unit}/items":                  ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "GET /places":                              ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "POST /places":                             ("u",    "n",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /places/{place}":                      ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "PUT /places/{place}":                      ("u",    "n",    "y",    "y",    "n",    "n",    "n",    "y"),
    "GET /gazetteer?q=Kyiv":                    ("u",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /gazetteer/nearest?lat=50&lon=30":     ("u",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /map":                                 ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    # Sealed items' jobs are for stewards: tests/api/test_jobs.py.
    "GET /jobs":                                ("u",    "n",    "n",    "y",    "n",    "n",    "y",    "y"),
    "POST /jobs/{job}/retry":                   ("u",    "n",    "n",    "y",    "n",    "n",    "y",    "y"),
    "GET /sites":                               ("u",    "n",    "n",    "y",    "n",    "n",    "y",    "y"),
    # Whose items come along is tried in test_needs.py.
    "GET /needs":                               ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "POST /needs/resumptions":                  ("u",    "n",    "y",    "y",    "n",    "n",    "n",    "y"),
    # An account of the archive's own is for admins in person: test_site_sessions.py.
    "GET /site-sessions":                       ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "PUT /site-sessions/{site}":                ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "y"),
    "DELETE /site-sessions/{site}":             ("u",    "n",    "n",    "n",    "n",    "n",    "n",    "-"),
    "GET /items/{item}/sightings":              ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /liveness":                            ("u",    "n",    "y",    "y",    "n",    "y",    "n",    "y"),
    "GET /doctor":                              ("u",    "n",    "n",    "n",    "n",    "n",    "y",    "y"),
    "GET /stores":                              ("u",    "n",    "n",    "n",    "n",    "n",    "y",    "y"),
    "GET /storage":                             ("u",    "n",    "n",    "n",    "n",    "n",    "y",    "y"),
    # What outsiders check the log with is for everybody; nothing in it says what happened.
    "GET /ledger/checkpoint":                   ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /ledger/tile/{tile}":                  ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /ledger/keys":                         ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
    "GET /holds":                               ("u",    "n",    "n",    "y",    "n",    "y",    "n",    "y"),
    "GET /items/{item}/holds":                  ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "POST /items/{item}/holds":                 ("u",    "n",    "nnn-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    # No key lets go of a hold, the operator's neither: people at their browsers do, two of them: see test_holds.py.
    "POST /items/{item}/holds/{hold}/releases": ("u",    "n",    "nnn-", "nnn-", "n",    "nnnn", "n",    "nnnn"),
    "GET /erasures":                            ("u",    "n",    "n",    "y",    "n",    "y",    "n",    "y"),
    "GET /items/{item}/erasures":               ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    # Nor does a key erase anything: see test_erasures.py.
    "POST /items/{item}/erasures":              ("u",    "n",    "nnn-", "nnn-", "n",    "nnnn", "n",    "nnnn"),
    "POST /items/{item}/erasures/{erasure}/answer": ("u", "n",   "nnn-", "nnn-", "n",    "nnnn", "n",    "nnnn"),
    "GET /items/{item}/events/{event}/proof":   ("u",    "n",    "yyy-", "yyy-", "n",    "yyyy", "n",    "yyyy"),
    "GET /openapi.json":                        ("y",    "y",    "y",    "y",    "y",    "y",    "y",    "y"),
}  # fmt: skip
# The map's files lie at the root; who may see which layer is tried in test_map.py. So do the numbers: test_health.py.
_AT_THE_ROOT = {"GET /map/basemap.pmtiles", "GET /map/land.json", "GET /map/layers/{layer}.pmtiles", "GET /metrics"}
OPEN = {"GET /healthz", "GET /readyz"} | _AT_THE_ROOT


def _routes(settings: Settings) -> Iterator[str]:
    for route in iter_route_contexts(create_app(settings).routes):
        for method in (
            (route.methods or set()) - {"HEAD"} if "content" not in (route.path or "") else route.methods or set()
        ):
            yield f"{method} {(route.path or '').removeprefix(API).replace(':path', '')}"


def test_the_table_names_every_route_and_no_other(api_settings: Settings) -> None:
    named = {row.partition("?")[0].replace("{sealed}", "{file}") for row in TABLE} | OPEN
    assert set(_routes(api_settings)) == named


@pytest.fixture(scope="module")
def held(house: House, api_settings: Settings, keeper: object) -> dict[str, dict[str, str]]:
    """One item of each sensitivity with everything in it, and its published record."""
    furnished = {sensitivity: _furnished(house, sensitivity) for sensitivity in SENSITIVITIES}
    house.sequence(api_settings)
    return furnished


def _furnished(house: House, sensitivity: str) -> dict[str, str]:
    one: Held = house.captured(sensitivity)
    operator = house.visitor("operator")
    said = operator.post(f"{API}/items/{one.item}/assertions", json=place())
    assert said.status_code == 201
    published = operator.post(f"{API}/items/{one.item}/publication", json={})
    assert published.status_code == 201, published.text
    events = operator.get(f"{API}/items/{one.item}/events").json()["data"]
    return {
        "event": events[0]["event"]["id"], "tile": "0/000.p/1",
        "item": one.item, "submission": one.submission, "file": one.keyframe, "sealed": one.sealed,
        "record": published.json()["pid"], "version": "1", "assertion": said.json()["assertion"], "name": "kept",
    }  # fmt: skip


def _body(route: str, house: House) -> dict[str, Any]:
    match route:
        case "POST /submissions":
            return {"json": {"url": house.url()}}
        case "POST /uploads":
            return {"content": house.url().encode()}
        case "POST /picture-searches":
            return {"content": b"a picture"}
        case "POST /submissions/{submission}/listing/batch":
            return {"json": {"numbers": [1]}}
        case "POST /batches/preview" | "POST /batches":
            return {"content": house.url().encode(), "headers": {"Content-Type": "text/csv"}}
        case "PATCH /uploads/{upload}":
            said = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            return {"content": b"x", "headers": {"Tus-Resumable": "1.0.0"} | said}
        case "DELETE /uploads/{upload}":
            return {"headers": {"Tus-Resumable": "1.0.0"}}
        case "POST /items/{item}/assertions":
            return {"json": content("Thirty men in two rows.")}
        case "PUT /items/{item}/sensitivity":
            return {"json": {"sensitivity": "sealed", "reason": "Its witness asks."}, "headers": {"If-Match": '"1"'}}
        case "POST /items/{item}/analysis/cancellation":
            return {"json": {"reason": "It is a copy of what we have."}}
    return _people_body(route, house) or _desk_body(route, house) or _register_body(route)


def _people_body(route: str, house: House) -> dict[str, Any]:
    match route:
        case "POST /users":
            return {"json": _person(house)}
        case "POST /keys":
            return {"json": {"name": "script", "roles": ["submitter"]}}
        case "PUT /users/{user}/roles":
            return {"json": {"roles": ["reviewer"]}}
        case "POST /sessions":
            return {"json": {"email": "a@example.org", "password": "a long sentence"}}
        case "PUT /me/password":
            return {"json": {"current": "a long sentence", "new": "another long sentence"}}
        case "PUT /me/preferences":
            return {"json": UNSAID.model_dump(mode="json")}
        case "POST /setup":
            return {"json": {"token": "svk_wrong", "email": "a@example.org", "password": "a long sentence"}}
    return {}


def _desk_body(route: str, house: House) -> dict[str, Any]:
    match route:
        case "POST /lookups":
            return {"json": {"url": house.url()}}
        case "PUT /site-sessions/{site}":
            return {"json": {"cookies": "kept.example\tTRUE\t/\tTRUE\t0\tsid\tsecret-value"}}
        case "POST /needs/resumptions":
            return {"json": {"site": "nobody.example"}}
        case "PUT /items/{item}/assignee":
            return {"json": {"user": None}}
        case "PUT /items/{item}/workflow":
            return {"json": {"workflow": "triaged"}, "headers": {"If-Match": '"1"'}}
        case "POST /items/{item}/matches/decisions":
            nobody = {"original": "1" * 64, "other_item": f"itm_{'0' * 26}", "other_original": "2" * 64}
            return {"json": nobody | {"decision": "confirmed"}}
        case "POST /items/{item}/holds":
            return {"json": {"authority": "District Court, 12/26", "reason": "An order of the court."}}
        case "POST /items/{item}/holds/{hold}/releases":
            return {"json": {"reason": "The court has ended it."}}
        case "POST /items/{item}/erasures":
            return {"json": {"basis": "GDPR Art. 17", "reason": "The person asks for it."}}
        case "POST /items/{item}/erasures/{erasure}/answer":
            return {"json": {"agree": True, "reason": "The request is good."}}
        case "PUT /items/{item}/drafts/{name}":
            return {"json": {"body": {}}, "headers": {"If-Match": '"1"'}}
    return {}


def _register_body(route: str) -> dict[str, Any]:
    place = {"name": "Tower", "lat": 48.1, "lon": 37.7, "radius_m": 50}
    match route.split():
        case ["POST" | "PUT" as method, address] if address.startswith(("/units", "/places")):
            said = {"name": "64th Brigade"} if address.startswith("/units") else place
            return {"json": said, "headers": {"If-Match": '"1"'} if method == "PUT" else {}}
    return {}


def _person(house: House) -> dict[str, Any]:
    name = house.url().rpartition("/")[2]
    return {"email": f"{name}@example.org", "password": "a long sentence", "roles": ["lead"]}


def _address(house: House, route: str, names: dict[str, str], role: str = "nobody") -> str:
    """The route with names in it; a key or a person that may be ended is made fresh."""
    if "{upload}" in route:
        names = names | {"upload": _announced(house, role)}
    if "{site}" in route:
        names = names | {"site": "kept.example" if route.startswith("PUT") else "none.example"}
    if "{batch}" in route:
        answer = house.visitor(role).post(f"{API}/batches", **_body("POST /batches", house))
        names = names | {"batch": str(answer.json().get("batch", f"bat_{'0' * 26}"))}
    if "{session}" in route:
        names = names | {"session": "current"}
    if "{key}" in route:
        names = names | {"key": house.key("submitter")[0]}
    if "{user}" in route:
        names = names | {"user": house.visitor("operator").post(f"{API}/users", json=_person(house)).json()["user"]}
    if "{unit}" in route or "{place}" in route:
        register = "units" if "{unit}" in route else "places"
        made = house.visitor("operator").post(f"{API}/{register}", **_register_body(f"POST /{register}")).json()
        names = names | {register[:-1]: made[register[:-1]]}
    if "{search}" in route:
        names = names | {"search": f"pse_{'0' * 26}"}
    if "{hold}" in route:
        names = names | {"hold": f"hld_{'0' * 26}"}
    if "{erasure}" in route:
        names = names | {"erasure": f"ers_{'0' * 26}"}
    if "{job}" in route:
        names = names | {"job": _job_that_waits(house, names["item"])}
    return route.partition(" ")[2].format(**names)


def _announced(house: House, role: str) -> str:
    """A file that whoever asks has announced, where they may."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1"}
    answer = house.visitor(role).post(f"{API}/uploads", headers=headers)
    return str(answer.json().get("upload", f"upl_{'0' * 26}"))


def _job_that_waits(house: House, item: str) -> str:
    """The item's capture, as if it had been paused for want of room."""
    held = text("UPDATE job SET state = 'held' WHERE item_id = :item AND step = 'capture' RETURNING id")
    with transaction(house.engine) as session:
        return str(session.scalars(held, {"item": item}).first())


def _owe_analysis(house: House, item: str, state: str) -> None:
    """A step of the item's analysis that stands in this state."""
    moved = text("UPDATE job SET state = :state, lease_until = NULL WHERE key = :key")
    with transaction(house.engine) as session:
        capture = session.scalar(text("SELECT id FROM capture WHERE item_id = :item"), {"item": item})
        queue.owe(
            session, key=f"table of {item}", queue="media", step="probe", step_version="1", item_id=item,
            capture_id=str(capture),
        )  # fmt: skip
        session.execute(moved, {"state": state, "key": f"table of {item}"})


def _as_at_first(house: House, route: str, role: str, item: str, sensitivity: str) -> None:
    """The item as before anybody worked on it, with one draft of whoever asks; for a request, somebody edits it."""
    me = house.visitor(role).get(f"{API}/me").json().get("id", "nobody")
    undone = [
        "DELETE FROM lease WHERE item_id = :item",
        "DELETE FROM draft WHERE item_id = :item",
        "UPDATE item SET workflow = 'intake', version = 1, assignee_id = NULL, sensitivity = :sensitivity,"
        " sealed_through = 0 WHERE id = :item",
        "INSERT INTO draft (owner_id, item_id, name, body, revision, saved_at)"
        " VALUES (:me, :item, 'kept', '{}', 1, now())",
    ]
    if route.endswith("/lease/requests"):
        undone.append(
            "INSERT INTO lease (item_id, holder_id, taken_at, until)"
            " VALUES (:item, 'somebody', now(), now() + interval '1 minute')"
        )
    if "/analysis/" in route:
        _owe_analysis(house, item, "ready" if route.endswith("/cancellation") else "cancelled")
    with transaction(house.engine) as session:
        for statement in undone:
            session.execute(text(statement), {"item": item, "me": me, "sensitivity": sensitivity})


def _asked(client: httpx.Client, route: str, address: str, body: dict[str, Any]) -> httpx.Response:
    method = route.partition(" ")[0]
    with client.stream(method, f"{API}{address}", **body) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            next(answer.iter_lines())
        else:
            answer.read()
        return answer


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", TABLE)
def test_each_role_gets_exactly_what_the_table_says(
    house: House, held: dict[str, dict[str, str]], route: str, role: str
) -> None:
    letters = TABLE[route][ROLES.index(role)]
    for sensitivity, letter in zip(SENSITIVITIES, letters if len(letters) == 4 else letters * 4, strict=True):
        address = _address(house, route, held[sensitivity], role)
        _as_at_first(house, route, role, held[sensitivity]["item"], sensitivity)
        answer = _asked(house.visitor(role), route, address, _body(route, house))
        expected = WHO.get(letter)
        told = f"{role} {route} ({sensitivity}): {answer.status_code}"
        if route.endswith("/sensitivity"):  # else it would be for others than its table says
            _as_at_first(house, route, role, held[sensitivity]["item"], sensitivity)
        assert answer.status_code == expected if expected else answer.status_code < 300, told
        if not {"{item}", "{record}"} & set(re.findall(r"{\w+}", route)):
            break


@pytest.mark.parametrize("route", [route for route in TABLE if TABLE[route][0] != "y"])
def test_a_wrong_key_is_never_taken_for_nobody(house: House, held: dict[str, dict[str, str]], route: str) -> None:
    address = _address(house, route, held["public"])
    with house.client("svk_" + "x" * 43) as stranger:
        answer = _asked(stranger, route, address, _body(route, house))
    assert answer.status_code == (403 if route in ("POST /setup", "POST /sessions") else 401)


def _all_of(client: httpx.Client, address: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Every line of a list, and the count it tells: others may have brought more than one page holds."""
    lines: list[dict[str, Any]] = []
    cursor = ""
    while True:
        told = client.get(address + cursor).json()
        lines += told["data"]
        if told["page"]["next"] is None:
            return lines, told["count"]
        cursor = f"&cursor={told['page']['next']}"


def test_lists_hold_only_what_each_may_know_and_count_no_more(house: House, held: dict[str, dict[str, str]]) -> None:
    for role, known in {"reviewer": SENSITIVITIES[:3], "steward": SENSITIVITIES}.items():
        lines, count = _all_of(house.visitor(role), f"{API}/items?limit=500")
        assert {line["sensitivity"] for line in lines} == set(known)
        assert count == {"value": len(lines), "relation": "exact"}


def test_readers_find_only_the_records_they_may_read(house: House, held: dict[str, dict[str, str]]) -> None:
    known = {"nobody": 1, "submitter": 1, "researcher": 2, "reviewer": 3, "steward": 4}
    ours = {place["record"]: sensitivity for sensitivity, place in held.items()}
    for role, many in known.items():
        lines, _ = _all_of(house.visitor(role), f"{API}/records?limit=500")
        found = {ours[one["pid"]] for one in lines if one["pid"] in ours}
        assert found == set(SENSITIVITIES[:many]), role
