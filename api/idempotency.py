"""Asked twice, done once: a POST that carries an Idempotency-Key gets the answer it got before."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.deps import Doors, DoorsDep, KnownActor, SessionDep, shown_secret
from storage.db import answers
from storage.errors import Conflict


@dataclass(frozen=True, slots=True)
class Once:
    """One POST and its key, if it has one. Answers are remembered for a week.

    `request_mac` is the request's `keyed_digest`: what was asked may hold a password, and is not kept in any form
    that could be guessed at.

    Source: draft-ietf-httpapi-idempotency-key-header; another body under the same key is refused with 409.
    """

    session: Session
    actor_id: str
    key: str | None
    request_mac: str

    def earlier(self) -> JSONResponse | None:
        """The answer given before under this key, or None; at most one request under a key goes on from here.

        Raises: Conflict when the key came with another request.
        """
        if self.key is None:
            return None
        answers.lock(self.session, self.actor_id, self.key)
        known = answers.given(self.session, self.actor_id, self.key)
        if known is None:
            return None
        if not hmac.compare_digest(known.request_sha256, self.request_mac):
            sentence = "This Idempotency-Key was used for another request; take a new one."
            raise Conflict(sentence, code="idempotency_conflict")
        return _answer(known.status, known.body, {"Idempotent-Replayed": "true"})

    def keep(
        self,
        status: int,
        document: BaseModel,
        *,
        untold: frozenset[str] = frozenset(),
        exclude_none: bool = False,
    ) -> JSONResponse:
        """Answer with `document`, and remember it without what a repeat leaves `untold`: secrets, personal text."""
        body = document.model_dump(mode="json", by_alias=True, exclude_none=exclude_none)
        if self.key is not None:
            kept = {name: value for name, value in body.items() if name not in untold}
            answers.keep(
                self.session,
                self.actor_id,
                self.key,
                request_sha256=self.request_mac,
                status=status,
                body=kept,
            )
        return _answer(status, body, {})


def was_answered(session: Session, actor_id: str, key: str | None) -> bool:
    """Whether a request under this key was answered; that this is the same one only its body can show."""
    return key is not None and answers.given(session, actor_id, key) is not None


async def read_once(
    request: Request,
    doors: DoorsDep,
    session: SessionDep,
    actor: KnownActor,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", description="any text of your own")
    ] = None,
) -> Once:
    """The request's key and digest; the body has been read, and its size bounded, before this."""
    return Once(session, actor.id, idempotency_key, keyed_digest(request, doors, await request.body()))


def keyed_digest(request: Request, doors: Doors, told: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of what is asked, keyed with the asker's own secret, which the archive does not keep.

    The same request under another key or session of the same person is therefore another request.
    """
    asked = f"{request.method} {request.url.path}\n".encode() + told
    return hmac.new(shown_secret(request, doors).encode(), asked, hashlib.sha256).hexdigest()


OnceDep = Annotated[Once, Depends(read_once)]


def _answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> JSONResponse:
    """The body as JSON; what was made is named by Location."""
    address = (body.get("links") or {}).get("self")
    location = {"Location": address} if address else {}
    return JSONResponse(dict(body), status_code=status, headers={**location, **headers})
