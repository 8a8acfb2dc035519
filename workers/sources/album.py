"""The media of one Telegram post, however they came: looked at, counted, and handed over with what was said of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.domain import clock
from storage.domain.vocab import FileRole, Outcome
from workers.sources import outcomes
from workers.sources.base import Fetched
from workers.sources.glimpse import Glimpse, look
from workers.sources.identity import post_of
from workers.sources.record import Record, plain
from workers.step import Product

PICTURES = "The pictures of this post were captured. There is no video in it to look through."
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One medium of a post in its order: `kind` is video, audio, photo, or file where only a look can tell.

    `file` is what came of it, None for nothing; `why` the outcome that kept it away, where one is known.
    """

    kind: str
    file: Path | None
    is_whole: bool = True
    as_served: bool = True
    why: Outcome | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_photo(self) -> bool:
        return self.kind == "photo"


@dataclass(frozen=True, slots=True)
class Album:
    """All pieces of a post; `kept_back` says what of it was never offered, in a sentence for the submitter."""

    record: Record
    pieces: Sequence[Piece]
    kept_back: str = ""

    def fetched(self, context: Sequence[Product]) -> Fetched:
        """1 look at what may move or sound, 2 the pictures, 3 whole, in part, or the reason why not.

        Pictures stand beside the videos of a post; where it has none they are its originals.
        """
        moving = [(piece, self._look(piece)) for piece in self.pieces if not piece.is_photo]
        good = [(piece, glimpse) for piece, glimpse in moving if glimpse is not None and glimpse.decodes]
        wanted = [piece for piece, _ in moving if piece.kind != "file" or piece in [one for one, _ in good]]
        photos = [piece for piece in self.pieces if piece.is_photo]
        pictures = self._pictures(photos, FileRole.CONTEXT if wanted else FileRole.ORIGINAL)
        if wanted and not good:
            raise self._broken([glimpse for _, glimpse in moving])
        if not good and not pictures:
            raise self._nothing(photos)
        lacking = sum(not piece.is_whole for piece, _ in good) + len(wanted) - len(good)
        lacking += 0 if wanted else len(photos) - len(pictures)
        outcome = Outcome.PARTIAL if lacking or self.kept_back else Outcome.CAPTURED
        originals = [self._original(number, *one) for number, one in enumerate(good, start=1)]
        return Fetched(
            outcome=outcome,
            sentence=self._sentence(lacking, len(wanted) or len(photos), is_moving=bool(wanted)),
            products=[*originals, *pictures, *context],
            tool=self.record.tool,
            tool_version=self.record.tool_version,
            collection=self.record.collection(),
            identity=plain(self.record.identity),
        )

    def _sentence(self, lacking: int, wanted: int, *, is_moving: bool) -> str:
        if lacking:
            what = "videos" if is_moving else "pictures"
            return f"{wanted - lacking} of {wanted} {what} of this post could be kept whole."
        whole = outcomes.SENTENCES[Outcome.CAPTURED] if is_moving else PICTURES
        return self.kept_back or whole

    def _nothing(self, photos: Sequence[Piece]) -> Exception:
        if self.kept_back:
            return self.record.failed(Outcome.LOGIN_REQUIRED, self.kept_back)
        if photos:
            if self.record.ticket.refused():
                return self.record.blocked()
            why = next((piece.why for piece in photos if piece.why), Outcome.UNREACHABLE)
            return self.record.failed(why, "No picture of this post could be kept.")
        return self.record.failed(Outcome.NOT_MEDIA, "This post has no video, no sound and no picture.")

    def _broken(self, glimpses: Sequence[Glimpse | None]) -> Exception:
        """Why nothing of it came that moves or sounds."""
        if self.record.ticket.refused():
            return self.record.blocked()
        if why := next((piece.why for piece in self.pieces if piece.why and not piece.is_photo), None):
            return self.record.failed(why)
        glimpse = next((glimpse for glimpse in glimpses if glimpse is not None), None)
        if glimpse is None:
            return self.record.failed(Outcome.UNREACHABLE, "Telegram did not send the video of this post.")
        outcome = Outcome.TOO_LARGE if glimpse.code == "too_large" else Outcome.NOT_MEDIA
        return self.record.failed(outcome, glimpse.sentence)

    def _look(self, piece: Piece) -> Glimpse | None:
        context = self.record.context
        return look(piece.file, context.scratch, context.sandbox) if piece.file else None

    def _original(self, number: int, piece: Piece, glimpse: Glimpse) -> Product:
        payload = {
            "entry": number,
            "as_served": piece.as_served,
            "is_whole": piece.is_whole,
            "has_video": glimpse.has_video,
            "has_audio": glimpse.has_audio,
            **piece.told,
        }
        return Product("original", glimpse.media_type, piece.file, payload=plain(payload), role=FileRole.ORIGINAL)

    def _pictures(self, photos: Sequence[Piece], role: FileRole) -> list[Product]:
        """The pictures that came whole and begin as one; they are kept as served and not looked through."""
        made = []
        for number, piece in enumerate(photos, start=1):
            kind = picture_type(piece.file) if piece.file is not None and piece.is_whole else None
            if kind:
                payload = plain({"number": number, **piece.told})
                made.append(Product("photo", kind, path=piece.file, payload=payload, role=role))
        return made


def picture_type(file: Path) -> str | None:
    """The media type of a picture by its first bytes; None for what is none, or none that browsers show."""
    with file.open("rb") as stream:
        head = stream.read(4)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def came_with(record: Record) -> list[Product]:
    """What a page that shows this post should show, and the ways that were taken."""
    ways = record.context.scratch / "connections.json"
    ways.write_text(json.dumps([dict(way) for way in record.ticket.connections()]))
    post = post_of(record.url, clock.rfc3339(record.started_at), record.identity)
    return [
        Product("post", payload=plain(post), role=FileRole.CONTEXT),
        Product("connections", path=ways, role=FileRole.CONTEXT, sealed=True),
    ]
