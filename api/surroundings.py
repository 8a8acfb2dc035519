"""What stands around the video of a capture: its subtitles and comments, and what did not come of them."""

from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from storage.db.tables import Holding

KINDS = ("surroundings", "subtitles_human", "subtitles_automatic", "comments")


class SubtitleTrack(BaseModel):
    """One track; `content` is null where it did not come, or for those who may not read it."""

    made_by: Literal["human", "automatic"]
    language: str
    format: str
    name: str
    sha256: str | None
    content: str | None
    why: str | None = Field(description="why it did not come")


class CommentsKept(BaseModel):
    """How far the comments went; `content` is their JSON document, null for those who may not read it."""

    state: Literal["complete", "ceiling", "not_offered", "not_asked", "failed"]
    kept: int
    announced: int | None = Field(description="how many there are, as the site says")
    why: str | None = Field(description="which ceiling was met: comments, bytes or seconds; or what failed")
    content: str | None


class SurroundingsKept(BaseModel):
    """How asking for subtitles and comments went; `error` where the post itself did not answer."""

    error: str | None
    offered_human: int
    offered_automatic: int
    ceilings_met: list[str] = Field(description="of the tracks: tracks, bytes, seconds")
    tracks: list[SubtitleTrack]
    comments: CommentsKept


def surroundings_of(made: Sequence[Holding], address: Callable[[Holding], str | None]) -> SurroundingsKept | None:
    """What one capture brought, of its holdings; None while nobody has asked. `address`: where bytes may be read."""
    record = next((one.payload for one in made if one.kind == "surroundings"), None)
    if record is None:
        return None
    said, missing = record["tracks"], [track for track in record["tracks"]["brought"] if not track["came"]]
    document = next((one for one in made if one.kind == "comments"), None)
    return SurroundingsKept(
        error=record["error"],
        offered_human=said["offered"].get("human", 0),
        offered_automatic=said["offered"].get("automatic", 0),
        ceilings_met=said["ceilings"],
        tracks=[
            *(_track(one, address(one)) for one in made if one.kind.startswith("subtitles_")),
            *(
                SubtitleTrack(
                    made_by=one["kind"],
                    language=one["language"],
                    format=one["format"],
                    name=one["name"],
                    sha256=None,
                    content=None,
                    why=one["why"],
                )
                for one in missing
            ),
        ],
        comments=CommentsKept(**record["comments"], content=address(document) if document else None),
    )


def told_of(made: Sequence[Holding]) -> tuple[str | None, str | None]:
    """The subtitles and the comments of a capture in a few words to compare; None where that was not learned."""
    record = next((one.payload for one in made if one.kind == "surroundings"), None)
    if record is None or record["error"]:
        return None, None
    tracks = sorted(
        f"{one.payload['language']} ({one.payload['made_by']}, sha256:{(one.sha256 or '')[:12]}…)"
        for one in made
        if one.kind.startswith("subtitles_")
    )
    comments = record["comments"]
    is_known = comments["state"] in ("complete", "ceiling")
    return ", ".join(tracks) or "–", f"{comments['kept']} ({comments['state']})" if is_known else None


def _track(one: Holding, content: str | None) -> SubtitleTrack:
    return SubtitleTrack(
        made_by=one.payload["made_by"],
        language=one.payload["language"],
        format=one.payload["format"],
        name=one.payload["name"],
        sha256=one.sha256,
        content=content,
        why=None,
    )
