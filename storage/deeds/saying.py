"""What people say: assertions that supersede and never edit, and records that freeze what may be disclosed."""

from storage.db import events, holdings, records, registers, statements
from storage.db.tables import Assertion, Holding, Record
from storage.deeds.base import Deed
from storage.deeds.editing import check_lease, used_lease
from storage.domain import clock, disclosure, permissions
from storage.domain.assertions import QuoteBody, Said, UnitBody
from storage.domain.ids import AssertionId, RecordId, new_id
from storage.domain.machine_text import OCR, TRANSCRIPT
from storage.domain.vocab import EventType, FileRole, Sensitivity, Workflow
from storage.errors import Conflict, InvalidValue, Stale


class Saying(Deed):
    """Saying something of an item, and publishing it."""

    __slots__ = ()

    def say(self, item_id: str, said: Said) -> Assertion:
        """Add an assertion; it supersedes, never edits.

        Raises: NotFound, NotAllowed, Leased while somebody else is editing, InvalidValue for a citation or a superseded
        assertion that is not the item's, Stale when the superseded one has been superseded already.
        """
        item = self._item(item_id)
        self._require(permitted=permissions.may_assert(self.actor, Sensitivity(item.sensitivity)), deed="say this")
        check_lease(self.session, item.id, self.actor.id)
        self._check_references(item.id, said)
        assertion = Assertion(
            id=new_id(AssertionId),
            item_id=item.id,
            kind=said.kind.value,
            author_id=self.actor.id,
            body=said.model_dump(mode="json", by_alias=True, exclude={"kind", "supersedes"}),
            supersedes=said.supersedes,
        )
        statements.add(self.session, assertion)
        self._ledger.record(
            EventType.ASSERTION,
            item_id=item.id,
            detail={
                "assertion": assertion.id,
                "kind": assertion.kind,
                "author": assertion.author_id,
                "body": assertion.body,
                "supersedes": assertion.supersedes,
            },
        )
        used_lease(self.session, item.id, self.actor.id)
        return assertion

    def publish(self, item_id: str, *, sensitivity: Sensitivity | None, expected: str | None) -> Record:
        """Freeze what may be disclosed of an item into its next record version.

        `sensitivity` is whom the record is for; without one, the item's own. `expected` is the digest of the item's
        newest event as the publisher saw it.
        Raises: NotFound, NotAllowed, Leased while somebody else is editing, Stale, Conflict when nothing has been
        captured.
        """
        item = self._item(item_id)
        self._require(permitted=permissions.may_publish(self.actor, Sensitivity(item.sensitivity)), deed="publish")
        check_lease(self.session, item.id, self.actor.id)
        newest = events.standing(self.session, item.id).newest
        if expected is not None and newest != expected:
            raise Stale("this item has changed since you read it; look at it again before you publish")
        audience = sensitivity or Sensitivity(item.sensitivity)
        snapshot = records.snapshot(self.session, item)
        if not any(file.role is FileRole.ORIGINAL for file in snapshot.files):
            raise Conflict("nothing has been captured for this item yet, so there is nothing to publish")
        earlier = records.newest_of_item(self.session, item.id)
        pid = earlier.pid if earlier else new_id(RecordId)
        version = earlier.version + 1 if earlier else 1
        published_at = clock.now()
        frozen = {"pid": pid, "version": version, "published_at": clock.rfc3339(published_at)}
        record = records.add(
            self.session,
            pid=pid,
            version=version,
            item_id=item.id,
            sensitivity=audience,
            body=frozen | disclosure.record_body(snapshot, audience),
            published_at=published_at,
            published_by=self.actor.id,
        )
        item.workflow = Workflow.PUBLISHED.value
        item.version += 1
        self._ledger.record(
            EventType.PUBLICATION,
            item_id=item.id,
            detail={"record": pid, "version": version, "sensitivity": audience.value, "body": record.body},
            objects=[f"sha256:{record.sha256}"],
        )
        used_lease(self.session, item.id, self.actor.id)
        return record

    def _check_references(self, item_id: str, said: Said) -> None:
        """What is cited and superseded must be the item's own."""
        for citation in said.citations:
            if citation.sha256 and holdings.with_digest(self.session, item_id, citation.sha256) is None:
                raise InvalidValue(f"the cited file {citation.target} does not belong to this item")
        machine = said.body.machine if isinstance(said.body, QuoteBody) else None
        if machine is not None and not _is_machine_text(holdings.with_digest(self.session, item_id, machine.product)):
            raise InvalidValue(f"sha256:{machine.product} is no machine's reading of this item")
        named = said.body.unit if isinstance(said.body, UnitBody) else None
        if named is not None and registers.unit(self.session, named) is None:
            raise InvalidValue(
                f"there is no unit {named!r} in the register; enter it there, or give `name_as_written` instead"
            )
        if said.supersedes is not None:
            earlier = statements.one(self.session, said.supersedes)
            if earlier is None or earlier.item_id != item_id or earlier.kind != said.kind.value:
                raise InvalidValue(f"{said.supersedes} is no assertion of this kind about this item")
            if statements.successor(self.session, earlier.id) is not None:
                raise Stale("somebody has said something else in its place since you read it; look at that first")


def _is_machine_text(holding: Holding | None) -> bool:
    return holding is not None and holding.kind in (OCR, TRANSCRIPT)
