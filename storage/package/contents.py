"""What goes into the package of an item: its rows as one person may see them, and where each file will lie."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage.db import desk, events, holdings, items, statements
from storage.db.tables import Assertion, Capture, Event, Holding, Item, Source, Submission
from storage.domain import permissions
from storage.domain.annotations import CONTEXT, Whereabouts, annotation_of, written
from storage.domain.clock import rfc3339
from storage.domain.permissions import Actor
from storage.domain.vocab import AssertionKind, FileRole, Sensitivity
from storage.errors import Erased, NotFound

_FOLDERS = {FileRole.ORIGINAL: "originals", FileRole.PRODUCT: "products", FileRole.CONTEXT: "context"}
_ENDINGS = {
    "video/mp4": ".mp4",
    "image/jpeg": ".jpg",
    "application/json": ".json",
    "text/vtt": ".vtt",
    "application/c2pa": ".c2pa",
}
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Contents:
    """An item with everything that belongs to it; `paths` says where each of its files lies, by digest."""

    item: Item
    source: Source | None
    submissions: Sequence[Submission]
    captures: Sequence[Capture]
    holdings: Sequence[Holding]
    sizes: dict[str, int]
    assertions: Sequence[Assertion]
    names: dict[str, str]
    events: Sequence[Event]
    originals_meant: dict[str, str]
    paths: dict[str, str]

    def originals(self) -> list[Holding]:
        """The originals that lie in the package, each once."""
        found = {one.sha256: one for one in self.holdings if one.role == FileRole.ORIGINAL and one.sha256 in self.paths}
        return list(found.values())

    def files(self) -> dict[str, Any]:
        """Everything the item holds; `path` is null for what may not leave the archive with whoever asked."""
        told = [
            {
                "path": self.paths.get(one.sha256) if one.sha256 else None,
                "sha256": one.sha256,
                "size_bytes": self.sizes.get(one.sha256 or ""),
                "role": one.role,
                "kind": one.kind,
                "media_type": one.media_type,
                "capture": one.capture_id,
                "step": one.step,
                "made_at": rfc3339(one.made_at),
                "payload": {} if one.sealed and one.sha256 not in self.paths else one.payload,
            }
            for one in self.holdings
            if one.sha256 is not None
        ]
        return {"item": self.item.id, "files": told}

    def annotations(self) -> dict[str, Any]:
        """Everything said of the item, what was superseded and rejected as well, as W3C Web Annotations."""
        where = Whereabouts(
            annotation=lambda assertion: f"urn:svidok:{assertion}",
            file=lambda sha256: self.paths.get(sha256, "").removeprefix("data/") or f"urn:sha256:{sha256}",
            item=f"urn:svidok:{self.item.id}",
        )
        told = []
        for row in self.assertions:
            author = (row.author_id, self.names.get(row.author_id, row.author_id))
            kind = AssertionKind(row.kind)
            made = annotation_of(
                where,
                assertion=row.id,
                kind=kind,
                author=author,
                made_at=row.made_at,
                said=row.body,
                original=self.originals_meant.get(row.id),
            )
            told.append(written(made) | ({"svidok:supersedes": row.supersedes} if row.supersedes else {}))
        whole = {"id": f"urn:svidok:{self.item.id}:annotations", "type": "AnnotationCollection", "total": len(told)}
        context = [CONTEXT, {"svidok": "urn:svidok:terms:"}]
        return {
            "@context": context,
            "id": "assertions.jsonld",
            "type": "AnnotationPage",
            "partOf": whole,
            "items": told,
        }


def contents_of(session: Session, actor: Actor, item_id: str) -> Contents:
    """All of an item as the actor may take it along. Raises: NotFound for what is not there for them."""
    item = items.item(session, item_id)
    if item is None or not permissions.may_see_item(actor, Sensitivity(item.sensitivity)):
        raise NotFound("there is no such item")
    if item.erased_at is not None:
        raise Erased(f"this item was erased on {item.erased_at:%Y-%m-%d}: there is nothing left to take along")
    held = holdings.of_item(session, item.id)
    said = statements.of_item(session, item.id)
    digests = sorted({one.sha256 for one in held if one.sha256})
    return Contents(
        item=item,
        source=items.source(session, item.source_id) if item.source_id else None,
        submissions=items.submissions(session, item.id),
        captures=holdings.captures(session, item.id),
        holdings=held,
        sizes={row.sha256: row.size_bytes for row in holdings.files(session, digests).values()},
        assertions=said,
        names=desk.names(session, [one.author_id for one in said]),
        events=_events(session, item.id),
        originals_meant=statements.originals_meant(session, item.id, said),
        paths=_paths(actor, item, held),
    )


def _events(session: Session, item_id: str) -> list[Event]:
    found: list[Event] = []
    while page := events.of_item(session, item_id, after=found[-1].seq if found else 0, limit=_PAGE):
        found += page
    return found


def _paths(actor: Actor, item: Item, held: Sequence[Holding]) -> dict[str, str]:
    """Names from a fixed grammar: a folder by the role, the digest, an ending by the type; never a title."""
    paths: dict[str, str] = {}
    for one in held:
        may_leave = permissions.may_read_file(actor, Sensitivity(item.sensitivity), sealed_file=one.sealed)
        if one.sha256 is None or one.sha256 in paths or not may_leave:
            continue
        ending = _ENDINGS.get(one.media_type) or mimetypes.guess_extension(one.media_type, strict=True) or ".bin"
        paths[one.sha256] = f"data/{_FOLDERS[FileRole(one.role)]}/{one.sha256}{ending}"
    return paths
