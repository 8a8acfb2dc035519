"""The description of the API: what FastAPI finds in the code, with problems described as they are answered."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.problems import MEDIA_TYPE, Problem

_METHODS = ("get", "head", "post", "put", "patch", "delete")


def describe(app: FastAPI, *also: type[BaseModel]) -> None:
    """Let `app` describe itself as OpenAPI 3.1, made once when first asked for.

    `also` are documents that no operation names as its answer: what comes in streams, or under a media type of its own.
    """

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=app.openapi_tags
            )
            app.openapi_schema = _with_problems(_with(schema, also))
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own documented way


def _with(schema: dict[str, Any], also: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The schemas of `also` and of what they hold, beside those that are there already."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for model in also:
        told = model.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, one in (told.pop("$defs", {}) | {model.__name__: told}).items():
            schemas.setdefault(name, one)
    return schema


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """Every answer from 400 upwards is a problem document; the framework's own validation schema goes."""
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    told = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(told.pop("$defs", {}))
    schemas["Problem"] = told
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in schema.get("paths", {}).values():
        for operation in (path[method] for method in _METHODS if method in path):
            operation["responses"].pop("422", None)
            operation["responses"]["4XX"] = {"description": "what is wrong with the request", "content": content}
            operation["responses"]["5XX"] = {"description": "what is wrong on our side", "content": content}
    return schema
