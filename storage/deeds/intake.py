"""What arrives: addresses and supplied files become items, or join the item they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from storage import queue
from storage.blobs.base import Blob
from storage.blobs.places import FIRST
from storage.db import copies, holdings, items
from storage.db.positions import CAPTURE_STEP
from storage.db.tables import Item, Source, Submission
from storage.deeds.audience import change_sensitivity
from storage.deeds.base import Deed
from storage.domain import permissions, urls
from storage.domain.batches import Wanted
from storage.domain.ids import BatchId, CaptureId, ItemId, SourceId, SubmissionId, new_id
from storage.domain.vocab import EventType, Sensitivity, Workflow
from storage.errors import Erased, InvalidValue, NotFound
from storage.integrity import secret


@dataclass(frozen=True, slots=True)
class Entry:
    """What a submission led to: its own row, and the item it belongs to."""

    submission: Submission
    item: Item


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a submission stands in a list that was handed in as one; `origin` is the page the list was found on."""

    batch: str
    line: int
    origin: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a submitter asked for; an item that was known may be kept otherwise."""

    sensitivity: Sensitivity
    project: str
    note: str | None
    placed: Placed | None = None


class Intake(Deed):
    """Taking in. Capture is owed in the same transaction, once."""

    __slots__ = ()

    def submit(
        self,
        url: str,
        *,
        note: str | None,
        sensitivity: Sensitivity,
        project: str = "main",
        again: bool = False,
        placed: Placed | None = None,
    ) -> Entry:
        """Take in an address: a new one becomes an item, a known one joins its item; capture is owed either way once.

        Raises: InvalidUrl, NotAllowed, InvalidValue for an unknown project.
        """
        self._require(permitted=permissions.may_submit(self.actor), deed="submit")
        url = urls.check(url)
        canonical = urls.canonical(url)
        asked = Asked(sensitivity, project, note, placed)
        if items.project(self.session, project) is None:
            raise InvalidValue(f"there is no project called {project!r}")
        items.lock_address(self.session, canonical)
        known = items.source_at(self.session, canonical)
        item = self._item_to_join(known.id, sensitivity) if known else None
        if item is None:
            source = known or self._new_source(canonical)
            item = self._new_item(project, sensitivity, source.id)
            capture_id = owe_capture(self, item, {"url": url}, site=site_of(canonical))
            return self._enter(item, capture_id, asked, url=url, canonical_url=canonical, joined=False)
        if sensitivity is Sensitivity.SEALED:
            self._seal_item(item.id)
        if again:
            capture_id = owe_capture(self, item, {"url": url}, site=site_of(canonical))
        else:
            newest = items.newest_submission(self.session, item.id)
            capture_id = newest.capture_id if newest else owe_capture(self, item, {"url": url}, site=None)
        return self._enter(item, capture_id, asked, url=url, canonical_url=canonical, joined=True)

    def submit_batch(self, wanted: Sequence[Wanted], *, origin: str | None = None) -> str:
        """Take in a list of addresses, all or none; the id of the list, which its submissions carry.

        In the order of addresses: two lists that share some wait for each other and never in a circle.
        Raises: as `submit`.
        """
        batch = new_id(BatchId)
        for one in sorted(wanted, key=lambda one: one.canonical_url):
            self.submit(
                one.url,
                note=one.note,
                sensitivity=one.sensitivity,
                project=one.project,
                placed=Placed(batch, one.line, origin),
            )
        return batch

    def submit_upload(
        self,
        blob: Blob,
        *,
        name: str,
        note: str | None,
        sensitivity: Sensitivity,
        project: str = "main",
        item_id: str | None = None,
    ) -> Entry:
        """Take in bytes that somebody supplied and the store already keeps; they are never said to be captured.

        With `item_id` they join that item, for what could not be captured from its source; what is to be sealed seals
        the item, since whoever may see that sees its files. Nothing that has arrived is lost: what belonged to an item
        that was sealed or erased while it was on its way becomes a sealed item of its own.
        Raises: NotAllowed, NotFound, InvalidValue for an unknown project.
        """
        self._require(permitted=permissions.may_submit(self.actor), deed="upload")
        if items.project(self.session, project) is None:
            raise InvalidValue(f"there is no project called {project!r}")
        holdings.add_file(self.session, sha256=blob.digest.hex, sha512=blob.sha512, size_bytes=blob.size_bytes)
        known = None
        if item_id:
            try:
                known = self.item_to_supply(item_id)
            except (NotFound, Erased):
                if items.item(self.session, item_id) is None:
                    raise
                sensitivity = Sensitivity.SEALED
        item = known or self._new_item(project, sensitivity, None)
        if sensitivity is Sensitivity.SEALED:
            self._seal_item(item.id)
        copies.note_put_again(self.session, FIRST, blob.digest.hex, is_sealed=item.sensitivity == Sensitivity.SEALED)
        upload = {
            "sha256": blob.digest.hex,
            "sha512": blob.sha512,
            "size_bytes": blob.size_bytes,
            "name": name,
        }
        # Nothing is fetched: what was supplied does not wait behind slow sites.
        capture_id = owe_capture(
            self, item, {"upload": upload, "supplied_by": self.actor.id}, site=None, queue_name="media"
        )
        asked = Asked(sensitivity, project, note)
        return self._enter(item, capture_id, asked, supplied=upload, joined=known is not None)

    def item_to_supply(self, item_id: str) -> Item:
        """The item, locked, if the actor may put a file to it. Raises: NotFound, NotAllowed."""
        item = self._item(item_id)
        sensitivity = Sensitivity(item.sensitivity)
        self._require(permitted=permissions.may_capture_again(self.actor, sensitivity), deed="put a file to this item")
        return item

    def capture_again(self, item_id: str, *, like: str | None = None) -> str:
        """Owe one more capture of an item's source, by the address of the capture `like` where one is named.

        The id the capture will have. Raises: NotFound, NotAllowed.
        """
        item = self._item(item_id)
        self._require(
            permitted=permissions.may_capture_again(self.actor, Sensitivity(item.sensitivity)), deed="capture again"
        )
        if item.source_id is None:
            raise InvalidValue("this item was supplied as a file; there is no source to capture again")
        source = items.source(self.session, item.source_id)
        url = source.canonical_url if source else ""
        if like is not None:
            url = self._address_of(item_id, like)
        capture_id = owe_capture(self, item, {"url": url}, site=site_of(url))
        self._ledger.record(
            EventType.RETRY,
            item_id=item.id,
            detail={"capture": capture_id, "url": url, "reason": "asked for"} | ({"like": like} if like else {}),
        )
        return capture_id

    def _address_of(self, item_id: str, capture_id: str) -> str:
        """The address that an earlier capture of this item asked for."""
        earlier = holdings.capture(self.session, capture_id)
        if earlier is None or earlier.item_id != item_id or "url" not in earlier.collection:
            raise NotFound("there is no such capture of this item that could be run again")
        return str(earlier.collection["url"])

    def _item_to_join(self, source_id: str, asked: Sensitivity) -> Item | None:
        """The item of a known source that this submission belongs to, or None where it begins one.

        A sealed item takes in only those who are cleared for it: to everybody else it is not there, so that
        neither their receipt nor their item tells of it, and what they hand in is captured for itself.
        """
        known = items.items_of_source(self.session, source_id)
        sealed = [item for item in known if item.sensitivity == Sensitivity.SEALED]
        unsealed = [item for item in known if item.sensitivity != Sensitivity.SEALED]
        is_cleared = permissions.may_see_item(self.actor, Sensitivity.SEALED)
        if sealed and is_cleared and (asked is Sensitivity.SEALED or not unsealed):
            return sealed[0]
        return unsealed[0] if unsealed else None

    def _seal_item(self, item_id: str) -> None:
        """A reviewer's wish to seal takes effect at once; a submitter's is written down for reviewers to follow."""
        item = items.item_locked(self.session, item_id)
        if item is None or item.sensitivity == Sensitivity.SEALED:
            return
        current = Sensitivity(item.sensitivity)
        if permissions.may_change_sensitivity(self.actor, current, Sensitivity.SEALED):
            change_sensitivity(self, item, Sensitivity.SEALED)

    def _new_source(self, canonical_url: str) -> Source:
        source = Source(id=new_id(SourceId), canonical_url=canonical_url)
        self.session.add(source)
        self.session.flush()
        items.learn_address(self.session, canonical_url, source.id)
        return source

    def _new_item(self, project: str, sensitivity: Sensitivity, source_id: str | None) -> Item:
        item = Item(
            id=new_id(ItemId),
            project_id=project,
            source_id=source_id,
            sensitivity=sensitivity.value,
            workflow=Workflow.INTAKE.value,
        )
        self.session.add(item)
        self.session.flush()
        return item

    def _enter(
        self,
        item: Item,
        capture_id: str,
        asked: Asked,
        *,
        joined: bool,
        url: str | None = None,
        canonical_url: str | None = None,
        supplied: Mapping[str, Any] | None = None,
    ) -> Entry:
        note_salt = secret.new_salt() if asked.note else None
        submission = Submission(
            id=new_id(SubmissionId),
            item_id=item.id,
            capture_id=capture_id,
            submitter_id=self.actor.id,
            url=url,
            canonical_url=canonical_url,
            supplied_name=str(supplied["name"]) if supplied else None,
            sensitivity=asked.sensitivity.value,
            project_id=asked.project,
            note=asked.note,
            note_salt=note_salt,
            joined=joined,
            batch_id=asked.placed.batch if asked.placed else None,
            batch_line=asked.placed.line if asked.placed else None,
            batch_origin=asked.placed.origin if asked.placed else None,
        )
        self.session.add(submission)
        self.session.flush()
        detail: dict[str, Any] = {
            "submission": submission.id,
            "submitter": self.actor.id,
            "capture": capture_id,
            "source": item.source_id,
            "url": url,
            "canonical_url": canonical_url,
            "supplied": dict(supplied) if supplied else None,
            "note_commitment": secret.commitment(note_salt, asked.note) if asked.note and note_salt else None,
            "asked": {"project": asked.project, "sensitivity": asked.sensitivity.value},
            "project": item.project_id,
            "sensitivity": item.sensitivity,
            "joined": joined,
        }
        if asked.placed:
            detail["batch"] = asdict(asked.placed)
        objects = [f"sha256:{supplied['sha256']}"] if supplied else []
        self._ledger.record(EventType.SUBMISSION, item_id=item.id, detail=detail, objects=objects)
        return Entry(submission, item)


def owe_capture(
    deed: Deed,
    item: Item,
    request: Mapping[str, Any],
    *,
    site: str | None,
    pause_s: float = 0.0,
    queue_name: str = "fetch",
) -> str:
    """Owe one capture of an item; the id the capture will have."""
    capture_id = new_id(CaptureId)
    queue.owe(
        deed.session,
        key=f"{CAPTURE_STEP}:{capture_id}",
        queue=queue_name,
        step=CAPTURE_STEP,
        step_version="",
        item_id=item.id,
        capture_id=capture_id,
        request=request,
        site=site,
        pause_s=pause_s,
    )
    return capture_id


def site_of(url: str) -> str | None:
    """The host that is asked, the unit in which sites are left alone."""
    return urlsplit(url).hostname
