"""What an item holds of an original, as far as whoever asks may read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from api.lines import content_address
from storage.blobs.base import BlobStore
from storage.db import holdings
from storage.db.tables import Holding, Item
from storage.domain.documents import DOCUMENT_LIMIT_BYTES
from storage.domain.permissions import Actor, may_read_file
from storage.domain.vocab import Sensitivity
from storage.errors import Altered, NotFound
from storage.integrity.digest import Digest

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What an item holds, as far as the actor may read it."""

    session: Session
    item: Item
    actor: Actor

    def all(self, kind: str, original: str | None = None) -> list[Holding]:
        """Everything of one kind in the order it was made, or only what was made of one original."""
        return [
            one
            for one in holdings.of_kind(self.session, self.item.id, kind)
            if may_read_file(self.actor, Sensitivity(self.item.sensitivity), sealed_file=one.sealed)
            and (original is None or one.payload.get("original") == original)
        ]

    def newest(self, kind: str, original: str) -> Holding | None:
        """What was made last of one kind, of one original, or None."""
        made = self.all(kind, original)
        return made[-1] if made else None

    def original(self, wanted: str | None) -> Holding | None:
        """The original that is asked for, else the newest that was looked through, has a picture, or is there at all.

        Raises: NotFound where the one asked for is none of the item's.
        """
        originals = {one.sha256: one for one in self.all("original") if one.sha256}
        if wanted is not None:
            if wanted not in originals:
                raise NotFound("This item has no such original.")
            return originals[wanted]
        looked = [one.payload.get("original") for one in self.all("shots")]
        pictured = [one.payload.get("original") for one in self.all("probe") if has_stream(one.payload, "video")]
        known = [*originals, *pictured, *looked]
        return next((originals[digest] for digest in reversed(known) if digest in originals), None)

    def address(self, one: Holding | None) -> str | None:
        """Where the bytes of a holding are, or None for none."""
        return content_address(self.item, one.sha256) if one is not None and one.sha256 else None


def document_of(blobs: BlobStore, one: Holding, kind: type[Document]) -> Document | None:
    """What the file of a holding says, or None where it is gone. Raises: Altered."""
    try:
        with blobs.open(Digest.parse(one.sha256 or "")) as kept:
            return kind.model_validate_json(kept.read(DOCUMENT_LIMIT_BYTES))
    except NotFound:
        return None
    except ValidationError as error:
        raise Altered(f"what is kept as sha256:{one.sha256} is no document of the kind {one.kind}") from error


def has_stream(probe: Mapping[str, Any], kind: str) -> bool:
    """Whether a file has a stream of a kind; a cover picture is no picture."""
    return any(one["kind"] == kind and not one.get("is_attached_picture") for one in probe.get("streams", ()))
