"""What the doors of both registers share: words asked for, versions shown, the version a change was written against."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Query

from api.deps import only
from api.seen import seen
from storage.db.tables import PlaceVersion, UnitVersion
from storage.domain.names import fold
from storage.domain.permissions import Actor, may_describe, may_review
from storage.domain.records import parse_words
from storage.errors import BadQuery, StateMissing

_VERSION = re.compile(r"\d{1,9}", re.ASCII)

Reader = Annotated[Actor, Depends(only(may_review, "read the registers"))]
Describer = Annotated[Actor, Depends(only(may_describe, "describe units and places"))]


def described(row: UnitVersion | PlaceVersion) -> dict[str, Any]:
    """One version of a unit or place, but for its id."""
    return {**row.body, "version": row.version, "author": row.author_id, "made_at": row.made_at}


def _words(
    q: Annotated[
        str | None, Query(max_length=500, description="beginnings of words of a name, in either script")
    ] = None,
) -> str | None:
    if q is None or not q.strip():
        return None
    folded = fold(parse_words("q", q))
    if not folded:
        raise BadQuery(f"q holds at least one letter or digit, found {q[:80]!r}.")
    return folded


Words = Annotated[str | None, Depends(_words)]


def _version(
    if_match: Annotated[str | None, Header(max_length=100, description='the version you saw, such as "3"')] = None,
) -> int:
    version = seen(if_match, _VERSION, 'the version that was changed, such as "3": read it first')
    if version is None:
        raise StateMissing("Say in If-Match which version you saw: it is the ETag of what is changed.")
    return int(version)


SeenVersion = Annotated[int, Depends(_version)]
