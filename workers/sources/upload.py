"""Bytes that a person supplied and the archive already keeps: looked at, and never said to be captured."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from storage.domain.vocab import FileRole, Outcome
from storage.integrity.digest import Digest
from workers.sources.base import Fetched
from workers.sources.glimpse import Glimpse, look
from workers.sources.record import Record, plain
from workers.step import Context, Product

_SUPPLIED = "The file was supplied by a person; it was not captured from the web."
_WITH_MEDIA = frozenset({Outcome.CAPTURED, Outcome.PARTIAL})


@dataclass(frozen=True, slots=True)
class Upload:
    """Makes an original of a supplied file; the network is not asked."""

    name: str = "upload"

    def claims(self, request: Mapping[str, Any]) -> bool:
        return "upload" in request

    def fetch(self, context: Context) -> Fetched:
        """The supplied file as the original, in part where it is a recording that nothing here can decode.

        Raises: Rejected for what is no recording, or beyond the limits; the archive keeps those bytes all the same.
        """
        supplied = context.request["upload"]
        digest = Digest.parse(str(supplied["sha256"]))
        record = Record(context, "", self.name, version("svidok"))
        told = {
            "supplied_by": context.request.get("supplied_by"),
            "declared_name": supplied.get("name"),
            "sha256": digest.hex,
            "size_bytes": supplied.get("size_bytes"),
        }
        record.facts |= {"url": None, **told}
        glimpse = look(context.open_local(digest), context.scratch, context.sandbox)
        outcome, sentence = _judged(glimpse)
        if outcome not in _WITH_MEDIA:
            raise record.failed(outcome, sentence)
        payload = plain(told | {"as_served": False, "has_video": glimpse.has_video, "has_audio": glimpse.has_audio})
        original = Product("original", glimpse.media_type, digest=digest, payload=payload, role=FileRole.ORIGINAL)
        return Fetched(
            outcome=outcome,
            sentence=sentence,
            products=[original],
            tool=record.tool,
            tool_version=record.tool_version,
            collection=record.collection(),
        )


def _judged(glimpse: Glimpse) -> tuple[Outcome, str]:
    """What a look at a supplied file makes of it: what broke off may be opened yet by whoever repairs it."""
    match glimpse.code:
        case "":
            return Outcome.CAPTURED, _SUPPLIED
        case "unreadable":
            return Outcome.PARTIAL, f"Nothing here can decode this file. {glimpse.sentence}"
        case "too_large":
            return Outcome.TOO_LARGE, glimpse.sentence
        case _:
            return Outcome.NOT_MEDIA, glimpse.sentence
