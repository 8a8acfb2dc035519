"""Bytes that a person supplied and the archive already keeps: looked at, and never said to be captured."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from storage.domain.vocab import FileRole, Outcome
from storage.integrity.digest import Digest
from workers.sources.base import Fetched
from workers.sources.glimpse import look
from workers.sources.record import Record, plain
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Upload:
    """Makes an original of a supplied file; the network is not asked."""

    name: str = "upload"

    def claims(self, request: Mapping[str, Any]) -> bool:
        return "upload" in request

    def fetch(self, context: Context) -> Fetched:
        """The supplied file as the original. Raises: Rejected where nothing in it can be seen or heard."""
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
        if not glimpse.decodes:
            seen = Outcome.TOO_LARGE if glimpse.code == "too_large" else Outcome.NOT_MEDIA
            raise record.failed(seen, glimpse.sentence)
        payload = plain(told | {"as_served": False, "has_video": glimpse.has_video, "has_audio": glimpse.has_audio})
        original = Product("original", glimpse.media_type, digest=digest, payload=payload, role=FileRole.ORIGINAL)
        return Fetched(
            outcome=Outcome.CAPTURED,
            sentence="The file was supplied by a person; it was not captured from the web.",
            products=[original],
            tool=record.tool,
            tool_version=record.tool_version,
            collection=record.collection(),
        )
