"""What goes wrong leaves as a problem document that says what to do and gives nothing away."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from api import problems
from api.deps import ArchiveDep
from api.main import create_app
from storage.db import items
from storage.db.session import transaction
from storage.domain.assertions import PlaceRole
from storage.domain.vocab import Sensitivity
from storage.settings import Settings
from tests.api.house import API, House, served

LANDMARK = {"label": "a tower", "lat": 52.2, "lon": 104.3}
DOCUMENT = {"type", "title", "status", "code", "detail"}


def _is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    told = answer.json()
    assert answer.status_code == told["status"] == status, answer.text
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert set(told) >= DOCUMENT
    assert told["detail"].endswith((".", "?", "!"))
    return bool(told["code"] == code)


@pytest.mark.parametrize("path", ["/nothing", f"{API}/nothing", f"{API}/items/", "/api/v2/items", "/healthz/"])
def test_an_unknown_address_is_a_problem_too(house: House, path: str) -> None:
    assert _is_problem(house.visitor("operator").get(path), 404, "not_found")


@pytest.mark.parametrize("name", ["itm_1", "../../etc/passwd", "%00", "itm_" + "A" * 26, "x" * 3000, "%E2%82%AC"])
def test_a_name_of_no_known_form_names_nothing(house: House, name: str) -> None:
    assert _is_problem(house.visitor("operator").get(f"{API}/items/{name}"), 404, "not_found")


def test_a_wrong_method_names_the_right_ones(house: House) -> None:
    answer = house.visitor("operator").delete(f"{API}/items")
    assert _is_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("limits=5", "Did you mean limit?"),
        ("zzzz=1", "There are cursor, limit, order, platform, q, sensitivity, view, workflow."),
        ("limit=5&limit=6", "more than once"),
    ],
)
def test_unknown_and_repeated_parameters_are_errors(house: House, question: str, hint: str) -> None:
    answer = house.visitor("reviewer").get(f"{API}/items?{question}")
    assert _is_problem(answer, 400, "bad_query")
    assert hint in answer.json()["detail"]


@pytest.mark.parametrize("question", ["limit=0", "limit=501", "limit=ten", "cursor=%00", "cursor=AAAA", "cursor="])
def test_malformed_pages_are_bad_queries(house: House, question: str) -> None:
    assert _is_problem(house.visitor("reviewer").get(f"{API}/items?{question}"), 400, "bad_query")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"url": NaN}', "application/json"),
        (b"[" * 5000, "application/json"),
        (b"url=https://example.org/", "application/x-www-form-urlencoded"),
        (b'{"url": "https://example.org/"}', "text/plain"),
    ],
)
def test_a_body_that_is_no_document_is_refused(house: House, body: bytes, kind: str) -> None:
    answer = house.visitor("operator").post(f"{API}/submissions", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE


def test_every_wrong_field_is_named_and_no_value_is_repeated(house: House) -> None:
    said = {"url": 7, "note": "a\x00secret", "sensitivity": "cosmic", "colour": "red"}
    answer = house.visitor("operator").post(f"{API}/submissions", json=said)
    assert _is_problem(answer, 422, "invalid_value")
    assert {wrong["field"] for wrong in answer.json()["errors"]} == {"url", "note", "sensitivity", "colour"}
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"lat": 90.5}, ("place.body.lat", "too_large", {"most": 90})),
        ({"lat": "north"}, ("place.body.lat", "not_a_number", {})),
        ({"role": "moon"}, ("place.body.role", "no_such_choice", {"choices": ", ".join(PlaceRole)})),
        ({"radius_m": 0}, ("place.body.radius_m", "not_above", {"bound": 0})),
        ({"reasoning": "x" * 10_001}, ("place.body.reasoning", "too_long", {"most": 10_000})),
        ({"reasoning": "\a"}, ("place.body.reasoning", "control_character", {"character": "U+0007"})),
        ({"heading_err_deg": 5}, ("place.body", "error_without_heading", {})),
        ({"colour": "red"}, ("place.body.colour", "unknown_field", {})),
        ({"name_as_written": ""}, ("place.body.name_as_written", "too_short", {"least": 1})),
        ({"landmarks": [LANDMARK] * 51}, ("place.body.landmarks", "entries_above", {"most": 50})),
        (
            {"radius_m": 5, "method": "source_statement"},
            ("place.body", "method_too_weak", {"method": "source_statement", "radius_m": 10}),
        ),
    ],
)
def test_what_is_wrong_with_a_field_is_told_by_a_code_and_its_bounds(
    house: House, change: dict[str, Any], wrong: tuple[str, str, dict[str, Any]]
) -> None:
    body = {"role": "camera", "lat": 52.2, "lon": 104.3, "radius_m": 60, "method": "landmark_match"}
    body |= {"reasoning": "The tower.", "confidence": "low"}
    said = {"kind": "place", "body": body | change}
    answer = house.visitor("reviewer").post(f"{API}/items/itm_{'0' * 26}/assertions", json=said)
    assert _is_problem(answer, 422, "invalid_value")
    [told] = answer.json()["errors"]
    assert (told["field"], told["code"], told["values"]) == wrong
    assert told["sentence"].endswith(".")
    assert "items" not in told["sentence"] or told["code"] == "entries_above"


def test_a_field_is_named_without_the_forms_that_it_might_have_had(house: House) -> None:
    body = {"about": "capture", "earliest": "2023-02-24T06:00:00Z", "latest": "2023-02-25T18:00:00Z", "method": "\a"}
    said = {"kind": "time", "body": body | {"reasoning": "The light.", "confidence": "low"}}
    answer = house.visitor("reviewer").post(f"{API}/items/itm_{'0' * 26}/assertions", json=said)
    assert {wrong["field"] for wrong in answer.json()["errors"]} == {"time.body.method"}
    assert {wrong["code"] for wrong in answer.json()["errors"]} == {"no_such_choice", "control_character"}


@pytest.mark.parametrize("length_told", [True, False])
def test_a_body_beyond_a_mebibyte_is_not_read(house: House, length_told: bool) -> None:
    large = json.dumps({"url": "https://example.org/" + "x" * (1 << 20)}).encode()
    body = large if length_told else iter([large[: 1 << 19], large[1 << 19 :]])
    answer = house.visitor("operator").post(
        f"{API}/submissions", content=body, headers={"Content-Type": "application/json"}
    )
    assert _is_problem(answer, 413, "too_large")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer svk_x", "svk_" + "x" * 43, "Bearer \xe9"])
def test_an_authorization_we_cannot_read_is_refused_and_says_how(house: House, header: str) -> None:
    with house.client(None) as client:
        answer = client.get(f"{API}/records", headers={"Authorization": header.encode("latin-1")})
    assert _is_problem(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b"])
def test_a_name_that_is_not_ours_is_turned_away(house: House, host: str) -> None:
    with house.client(None) as client:
        answer = client.get("/healthz", headers={"Host": host})
    assert answer.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8420", "127.0.0.1:1", "[::1]:8420", "archive.example:443"])
def test_our_own_names_and_addresses_are_answered(house: House, host: str) -> None:
    with house.client(None) as client:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), (f"{API}/items", 401), ("/nothing", 404), (f"{API}/openapi.json", 200)]
)
def test_every_answer_carries_the_safe_headers(house: House, path: str, status: int) -> None:
    answer = house.visitor("nobody").get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers or "uvicorn" in answer.headers["server"]


def test_a_fault_of_ours_says_nothing_of_our_inside(api_settings: Settings, tmp_path: Path) -> None:
    app = create_app(api_settings)
    faulty = APIRouter()

    @faulty.get("/faulty")
    def faulty_door() -> None:
        raise RuntimeError(f"the password is under {tmp_path}")

    app.include_router(faulty)
    with served(app) as address:
        answer = httpx.get(f"{address}/faulty", trust_env=False)
    assert _is_problem(answer, 500, "our_fault")
    assert "password" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_is_away_is_said_so_and_can_be_asked_again(api_settings: Settings) -> None:
    away = api_settings.model_copy(update={"database_url": SecretStr("postgresql+psycopg://x@127.0.0.1:1/x")})
    with served(create_app(away)) as address:
        answer = httpx.get(f"{address}{API}/records", trust_env=False, timeout=20)
    assert _is_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_a_door_that_fails_after_writing_has_written_nothing(api_settings: Settings, house: House) -> None:
    app = create_app(api_settings)
    failing = APIRouter()
    url = house.url()

    @failing.post("/failing")
    def failing_door(archive: ArchiveDep) -> None:
        archive.submit(url, note=None, sensitivity=Sensitivity.PUBLIC)
        raise RuntimeError("after the writing")

    app.include_router(failing)
    with served(app) as address:
        headers = {"Authorization": f"Bearer {house.operator_token}"}
        assert httpx.post(f"{address}/failing", headers=headers, trust_env=False).status_code == 500
    with transaction(house.engine) as session:
        assert items.source_at(session, url) is None
