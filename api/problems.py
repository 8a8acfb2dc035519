"""Every error becomes a problem document (RFC 9457) with a stable code and a sentence, and tells nothing more."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.fields import FieldProblem, field_problem, finished
from api.headers import DOCUMENT_HEADERS
from storage.errors import (
    ArchiveError,
    BadQuery,
    NotAuthenticated,
    Reason,
    TooManyAttempts,
    TooManySearches,
    Unavailable,
    Value,
)

MEDIA_TYPE = "application/problem+json"
_LOG = structlog.get_logger()
_RETRY_AFTER_S = "5"

# The codes of errors that the framework raises before any of our code runs.
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is larger than this address takes.",
}


class Problem(BaseModel):
    """A problem document; `code` is stable, `detail` is for people."""

    type: str = Field(examples=["urn:svidok:problem:not_found"])
    title: str
    status: int
    code: str
    detail: str
    reason: str | None = Field(
        None, description="which of the things that share `code` it is; stable too", examples=["url_scheme"]
    )
    values: dict[str, Value] | None = Field(None, description="with `reason`: what its sentence names")
    errors: list[FieldProblem] | None = None
    current: dict[str, Any] | None = Field(None, description="with `stale`: what stands there now")
    lease: dict[str, Any] | None = Field(None, description="with `leased`: the Lease of whoever is editing")
    search: str | None = Field(None, description="with 409 of a search by a picture: the asker's own under way")


class ProblemResponse(JSONResponse):
    """A problem document on its way out."""

    media_type = MEDIA_TYPE


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    reason: Reason | None = None,
    errors: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
    extensions: Mapping[str, Any] | None = None,
) -> ProblemResponse:
    """Build a problem document with the headers that every answer carries; `extensions` are members of its own."""
    document = Problem(
        type=f"urn:svidok:problem:{code}",
        title=_title(status),
        status=status,
        code=code,
        detail=detail,
        reason=reason.code if reason else None,
        values=dict(reason.values) if reason else None,
        errors=list(errors) if errors else None,
    )
    content = document.model_dump(exclude_none=True) | dict(extensions or {})
    return ProblemResponse(content, status_code=status, headers={**DOCUMENT_HEADERS, **(headers or {})})


def install(app: FastAPI) -> None:
    """Let every error of `app` leave as a problem document."""
    app.add_exception_handler(ArchiveError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(OperationalError, _of_database)
    app.add_exception_handler(PoolTimeout, _of_database)
    app.add_exception_handler(Exception, _of_fault)


def of_archive_error(error: ArchiveError) -> ProblemResponse:
    """The document for an error we raised on purpose."""
    headers = {}
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="svidok"'
    if isinstance(error, Unavailable):
        headers["Retry-After"] = _RETRY_AFTER_S
    if isinstance(error, TooManyAttempts | TooManySearches):
        headers["Retry-After"] = str(error.wait_s)
    return problem(
        error.status, error.code, finished(error.sentence), reason=error.reason, headers=headers,
        extensions=error.extensions,
    )  # fmt: skip


def unknown_parameter(name: str, known: Iterable[str]) -> BadQuery:
    """The error for a parameter that does not exist, with the nearest one that does."""
    choices = sorted(known)
    nearest = difflib.get_close_matches(name, choices, n=1)
    if nearest:
        offer = f"Did you mean {nearest[0]}?"
    else:
        offer = f"There are {', '.join(choices)}." if choices else "This address takes none."
    return BadQuery(f"There is no parameter {name[:80]!r} here. {offer}")


def _title(status: int) -> str:
    """The number in words; the one that is no HTTP number is that of tus 1.0."""
    return "Checksum Mismatch" if status == 460 else HTTPStatus(status).phrase


TOO_LARGE = problem(413, "too_large", _SENTENCES[413])
TOO_SLOW = problem(408, "abandoned", "The body did not arrive whole, or not fast enough, so nothing was done.")
MISDIRECTED = problem(
    421, "unknown_host", "This server does not go by that name. Its operator may add it to SVIDOK_HOST_NAMES."
)


async def _of_ours(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, ArchiveError)  # noqa: S101 - registered for this type only
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not error.retryable:
        _LOG.error("our fault", path=request.url.path, code=error.code, sentence=error.sentence)
    answer = of_archive_error(error)
    if "tus-resumable" in request.headers:
        # Every answer to a client of that protocol says so; one that speaks another version is told which is spoken.
        answer.headers["Tus-Resumable"] = answer.headers["Tus-Version"] = "1.0.0"
    return answer


async def _of_validation(_request: Request, error: Exception) -> ProblemResponse:
    """A bad query is 400, a bad path names nothing and is 404, a bad body is 422."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    wrongs = [field_problem(wrong) for wrong in error.errors()]
    places = {str(wrong["loc"][0]) for wrong in error.errors()}
    if "path" in places:
        return problem(404, "not_found", _SENTENCES[404])
    if places & {"query", "header", "cookie"}:
        return problem(400, "bad_query", "Some parameters do not have the form they must have.", errors=wrongs)
    return problem(422, "invalid_value", "Some fields do not have the form they must have.", errors=wrongs)


async def _of_framework(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    status = error.status_code
    code = _CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))
    return problem(status, code, _SENTENCES.get(status, f"{HTTPStatus(status).phrase}."), headers=error.headers)


async def _of_database(request: Request, error: Exception) -> ProblemResponse:
    _LOG.error("database away", path=request.url.path, error=type(error).__name__)
    sentence = "The archive's database cannot be reached now. Please try again in a moment."
    return problem(503, "unavailable", sentence, headers={"Retry-After": _RETRY_AFTER_S})


async def _of_fault(request: Request, error: Exception) -> ProblemResponse:
    # The statement and its values stay out of the log: they may hold what people said in confidence.
    told = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    _LOG.error("our fault", path=request.url.path, error=told)
    return problem(500, "our_fault", "Something went wrong on our side. It has been written down.")
