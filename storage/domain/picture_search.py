"""Searching by a picture or a short clip: what somebody asks with, seen once, and where it was found."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.matches import Match

LIMIT_BYTES = 48 << 20
"""As large as what somebody asks with may be."""

LONGEST_S = 120
"""A longer clip is not asked with: it is handed in, and compared as everything is."""

AN_HOUR = 40
"""So often may one person ask within an hour."""

WORKED_AT_MOST_S = 900.0
"""So many seconds of workers may one person's searches of an hour take, and one more search: a quarter of a worker."""

WAITING_AT_MOST = 20
MOST_HITS = 100
KEPT_S = 3600
"""An answer is there for an hour; no row holds what was asked with when there is one."""


class SearchState(StrEnum):
    """Where a search stands; only the first two still hold what was asked with."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


UNDER_WAY = frozenset({SearchState.WAITING, SearchState.RUNNING})


class Hit(BaseModel):
    """An original of an item that shows what was asked with: A is what was asked with, B the original.

    `frames`: for each span of the match which frame of B it begins at, as players count; None where that is not known.
    """

    model_config = ConfigDict(frozen=True)

    item: str
    original: str
    match: Match
    frames: tuple[int | None, ...] = ()


class Answer(BaseModel):
    """What a search has found. `unprinted` items hold originals, and no fingerprints to compare with.

    `not_compared` originals may show the same, and nobody reached them in the time that one search may take.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["picture", "clip"]
    duration_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    hits: Annotated[tuple[Hit, ...], Field(max_length=MOST_HITS)]
    is_cut_short: bool
    searched: int
    unprinted: int
    not_compared: int = 0
    version: str
