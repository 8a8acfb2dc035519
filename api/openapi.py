"""The description of the API: what FastAPI finds in the code, with problems described as they are answered."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem

_METHODS = ("get", "head", "post", "put", "patch", "delete")


def describe(app: FastAPI) -> None:
    """Let `app` describe itself as OpenAPI 3.1, made once when first asked for."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(
                get_openapi(
                    title=app.title, version=app.version, summary=app.summary, routes=app.routes, tags=app.openapi_tags
                )
            )
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own documented way


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
