"""Where people stand while they work, leases and drafts: no history, so that none of these deeds leaves an event."""

from collections.abc import Mapping
from typing import Any

from storage.db import desk, items
from storage.db.positions import Draft, Lease
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.deeds.editing import check_lease, term_of, used_lease
from storage.domain import clock, drafts, lease, permissions
from storage.domain.vocab import Sensitivity
from storage.errors import Conflict, NotFound, Stale


class Positions(Deed):
    """Taking, asking for and giving up leases; keeping and throwing away drafts. Nothing here is recorded."""

    __slots__ = ()

    def take_lease(self, item_id: str, *, takes_over: bool = False) -> Lease:
        """Take or renew the lease of an item. Raises: NotFound, NotAllowed, Leased while somebody else has it.

        The item is locked meanwhile: of two who take at once, one gets it. Drafts of whoever had it stay theirs.
        """
        item = self._item_to_work_on(item_id, "edit this item")
        if takes_over:
            self._require(
                permitted=permissions.may_take_over(self.actor), deed="take over what somebody else is editing"
            )
        now = clock.now()
        term = term_of(desk.lease(self.session, item.id, now=now))
        if not lease.may_take(term, self.actor.id, now, takes_over=takes_over):
            check_lease(self.session, item.id, self.actor.id)
        if lease.begins_anew(term, self.actor.id, now):
            desk.begin_lease(self.session, item.id, holder=self.actor.id, now=now, until=lease.until(now))
        else:
            desk.extend_lease(self.session, item.id, holder=self.actor.id, now=now, until=lease.until(now))
        return self._running(item.id)

    def give_up_lease(self, item_id: str) -> None:
        """Let others edit; nothing where it is not the actor's. Raises: NotFound, NotAllowed."""
        item = self._item_to_work_on(item_id, "edit this item")
        desk.end_lease(self.session, item.id, holder=self.actor.id)

    def ask_for_lease(self, item_id: str) -> Lease:
        """Tell whoever is editing that somebody waits. Raises: NotFound, NotAllowed, Conflict where nobody else is."""
        item = self._item_to_work_on(item_id, "edit this item")
        now = clock.now()
        if lease.may_write(term_of(desk.lease(self.session, item.id, now=now)), self.actor.id, now):
            raise Conflict("nobody else is editing this item, so there is nobody to ask; take it")
        desk.ask_for_lease(self.session, item.id, by=self.actor.id, now=now)
        return self._running(item.id)

    def save_draft(self, item_id: str, name: str, body: Mapping[str, Any], *, expected: int | None) -> Draft:
        """Keep what the actor has typed, in place of revision `expected`; None: there is no such draft yet.

        The item is not locked: drafts are saved all the time, and each person's are theirs alone.
        Raises: NotFound, NotAllowed, TooLarge, InvalidValue, Stale where another window saved in between, Conflict for
        more drafts than are kept.
        """
        drafts.check_body(body)
        item = self._item_to_draft_on(item_id)
        now = clock.now()
        if expected is None:
            self._check_room_for_draft(item.id)
            saved = desk.first_draft(self.session, self.actor.id, item.id, name, body=body, now=now)
        else:
            saved = desk.next_draft(self.session, self.actor.id, item.id, name, revision=expected, body=body, now=now)
        kept = desk.draft(self.session, self.actor.id, item.id, name)
        if not saved or kept is None:
            raise Stale("this draft was saved somewhere else since; nothing was overwritten")
        used_lease(self.session, item.id, self.actor.id)
        return kept

    def throw_draft_away(self, item_id: str, name: str, *, expected: int | None = None) -> None:
        """Throw one of the actor's drafts away, only at revision `expected` where one is given.

        Raises: NotFound, NotAllowed, Stale.
        """
        item = self._item_to_draft_on(item_id)
        ended = desk.end_draft(self.session, self.actor.id, item.id, name, revision=expected)
        if not ended and expected is not None and desk.draft(self.session, self.actor.id, item.id, name) is not None:
            raise Stale("this draft was saved somewhere else since; it was not thrown away")

    def _check_room_for_draft(self, item_id: str) -> None:
        desk.lock_drafts(self.session, self.actor.id)
        about_item, about_all = desk.count_drafts(self.session, self.actor.id, item_id)
        if about_item >= drafts.MOST_PER_ITEM:
            raise Conflict(f"there are {drafts.MOST_PER_ITEM} drafts about this item already", code="too_many")
        if about_all >= drafts.MOST_PER_OWNER:
            raise Conflict(
                f"you have {drafts.MOST_PER_OWNER:,} drafts about items already; say or throw away some of them first",
                code="too_many",
            )

    def _item_to_work_on(self, item_id: str, deed: str) -> Item:
        item = self._item(item_id)
        self._require(permitted=permissions.may_work_on(self.actor, Sensitivity(item.sensitivity)), deed=deed)
        return item

    def _item_to_draft_on(self, item_id: str) -> Item:
        item = items.item(self.session, item_id)
        if item is None or not permissions.may_see_item(self.actor, Sensitivity(item.sensitivity)):
            raise NotFound("there is no such item")
        permitted = permissions.may_work_on(self.actor, Sensitivity(item.sensitivity))
        self._require(permitted=permitted, deed="keep drafts about this item")
        return item

    def _running(self, item_id: str) -> Lease:
        row = desk.lease(self.session, item_id, now=clock.now())
        if row is None:
            raise Conflict("the lease has just run out")
        return row
