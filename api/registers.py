"""What the doors of both registers share: the words asked for, and the version that a change was written against."""

import re
from typing import Annotated

from fastapi import Depends, Header, Query

from api.deps import only
from storage.domain.names import fold
from storage.domain.permissions import Actor, may_describe, may_review
from storage.domain.records import parse_words
from storage.errors import BadQuery

_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"', re.ASCII)

Reader = Annotated[Actor, Depends(only(may_review, "read the registers"))]
Describer = Annotated[Actor, Depends(only(may_describe, "describe units and places"))]


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
    found = _VERSION.fullmatch((if_match or "").strip())
    if found is None:
        raise BadQuery('If-Match carries the version that was changed, such as "3": read it first.')
    return int(found[1])


SeenVersion = Annotated[int, Depends(_version)]
