"""The API as it describes itself is the one that was agreed: a change of either shows here.

After a wanted change: `SVIDOK_RENEW=1 .venv/bin/pytest tests/contracts/test_openapi.py`.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.main import create_app
from storage.settings import Settings

SNAPSHOT = Path(__file__).with_name("openapi.json")
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    nowhere = SecretStr("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    schema: dict[str, Any] = create_app(
        Settings(vault=tmp_path_factory.mktemp("vault"), database_url=nowhere)
    ).openapi()
    return schema


def _operations(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_the_api_is_the_one_that_was_agreed(described: dict[str, Any]) -> None:
    text = json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("SVIDOK_RENEW"):
        SNAPSHOT.write_text(text)
    assert text == SNAPSHOT.read_text(), "renew the snapshot if the change is wanted"


def test_it_is_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")


def test_every_operation_has_a_name_of_its_own_and_a_sentence(described: dict[str, Any]) -> None:
    operations = _operations(described)
    names = [operation["operationId"] for _, operation in operations]
    assert len(names) == len(set(names))
    assert [where for where, operation in operations if not operation.get("description")] == []


def test_every_operation_describes_its_problems(described: dict[str, Any]) -> None:
    for where, operation in _operations(described):
        for answer in ("4XX", "5XX"):
            assert list(operation["responses"][answer]["content"]) == ["application/problem+json"], where
    assert "HTTPValidationError" not in json.dumps(described)


def test_every_body_refuses_what_it_does_not_know(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    sent = [
        operation["requestBody"]["content"]["application/json"]["schema"]
        for _, operation in _operations(described)
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    met = _reached(sent, schemas)
    documents = [name for name in met if "properties" in schemas[name]]
    loose = [name for name in documents if schemas[name].get("additionalProperties") is not False]
    assert {"NewSubmission", "PlaceBody", "Citation", "FragmentSelector", "FirstUser"} <= met
    assert loose == []


def _reached(node: Any, schemas: dict[str, Any]) -> set[str]:
    """The names of every schema that `node` leads to."""
    met: set[str] = set()
    waiting = _references(node)
    while waiting:
        name = waiting.pop().removeprefix("#/components/schemas/")
        if name not in met:
            met.add(name)
            waiting += _references(schemas[name])
    return met


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for reference in _references(described):
        assert reference.removeprefix("#/components/schemas/") in schemas


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []
