"""Erasing an item: one person asks, another agrees, and what is left is a tombstone that says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from storage.blobs.places import FIRST
from storage.db import enciphered, erasing, erasures, holds, items
from storage.db.erasing import Emptied
from storage.db.erasure_tables import Erasure, ErasureAnswer, ErasureDone
from storage.db.erasures import Asked
from storage.db.tables import Item
from storage.deeds.base import Deed
from storage.deeds.second import require_another
from storage.domain import clock, permissions
from storage.domain.erasure import ErasureOrder, ErasureReply
from storage.domain.ids import ErasureId, new_id
from storage.domain.vocab import EventType, Sensitivity
from storage.errors import Conflict, NotFound


class Erasing(Deed):
    """Asking for an erasure, answering, and writing down where it was carried out."""

    __slots__ = ()

    def ask_erasure(self, item_id: str, order: ErasureOrder) -> Asked:
        """Ask that an item is erased; nothing goes until another person agrees.

        Raises: NotFound, NotAllowed, Erased, Conflict under a legal hold or while another asking is open.
        """
        item = self._erasable(item_id)
        self._refuse_under_hold(item)
        if any(one.is_open for one in erasures.of_item(self.session, item.id)):
            raise Conflict("the erasure of this item is asked for already; answer that first")
        erasure = Erasure(
            id=new_id(ErasureId),
            item_id=item.id,
            basis=order.basis,
            reason=order.reason,
            asked_by=self.actor.id,
            asked_at=clock.now(),
        )
        self.session.add(erasure)
        self.session.flush()
        self._ledger.record(EventType.ERASURE_ASKED, item_id=item.id, detail=_told(erasure))
        return Asked(erasure, None, ())

    def answer_erasure(self, item_id: str, erasure_id: str, reply: ErasureReply) -> Asked:
        """Agree to an erasure, or refuse it. With the agreement all that the item's rows say is gone at once.

        Bytes are destroyed afterwards, by whoever looks after the stores: the database must have let go of them first.
        Raises: NotFound, NotAllowed, Erased, Conflict where it was answered, under a legal hold (`held`), where whoever
        asked agrees (`same_person`) or somebody too close to them (`not_independent`), or while work is being done on
        the item (`working`).
        """
        item = self._erasable(item_id)
        asked = erasures.one(self.session, erasure_id)
        if asked is None or asked.erasure.item_id != item.id:
            raise NotFound("there is no such erasure of this item")
        if asked.answer is not None:
            raise Conflict("this erasure has been answered already")
        erasure = asked.erasure
        if reply.agree:
            self._refuse_under_hold(item)
        if reply.agree:
            require_another(self, erasure.asked_by, erasure.asked_at, asked_for="erasure")
            self._refuse_while_needed(item)
        if reply.agree and erasing.is_worked_on(self.session, item.id):
            raise Conflict("work is being done on this item now; agree again when it has ended", code="working")
        answer = ErasureAnswer(
            erasure_id=erasure.id,
            asked_by=erasure.asked_by,
            person_id=self.actor.id,
            agreed=reply.agree,
            reason=reply.reason,
            made_at=clock.now(),
        )
        self.session.add(answer)
        self.session.flush()
        if not reply.agree:
            self._ledger.record(
                EventType.ERASURE_REFUSED, item_id=item.id, detail=_told(erasure) | _told_answer(answer)
            )
            return Asked(erasure, answer, ())
        self._erase(item, erasure, answer)
        return Asked(erasure, answer, ())

    def erase_again(self, item_id: str, told: Mapping[str, Any]) -> bool:
        """Erase what a backup has brought back, by the word of its tombstone; whether there was anything to erase.

        Raises: NotAllowed, Conflict where the older archive has the item under legal hold.
        """
        self._require_destroyer()
        item = items.item_locked(self.session, item_id)
        if item is None or item.erased_at is not None:
            return False
        self._refuse_under_hold(item)
        self._refuse_while_needed(item)
        asked = erasures.one(self.session, told["erasure"])
        if asked is None:
            asked_at = datetime.fromisoformat(told["asked_at"])
            names = {name: told[name] for name in ("basis", "reason", "asked_by")}
            erasure = Erasure(id=told["erasure"], item_id=item.id, asked_at=asked_at, **names)
            self.session.add(erasure)
            self.session.flush()
            self._ledger.record(EventType.ERASURE_ASKED, item_id=item.id, detail=_told(erasure))
        else:
            erasure = asked.erasure
        answer = ErasureAnswer(
            erasure_id=erasure.id,
            asked_by=told["asked_by"],
            person_id=told["answered_by"],
            agreed=True,
            reason=told["answer"],
            made_at=datetime.fromisoformat(told["answered_at"]),
        )
        self.session.add(answer)
        self.session.flush()
        self._erase(item, erasure, answer)
        return True

    def _erase(self, item: Item, erasure: Erasure, answer: ErasureAnswer) -> None:
        """Take the rows away, and write the tombstone of what was there."""
        item_id = item.id
        # As they were before: the item itself is emptied with the rest.
        standing = {
            "project": item.project_id,
            "sensitivity": item.sensitivity,
            "version": item.version + 1,
            "sealed_through": item.sealed_through,
            "created_at": clock.rfc3339(item.created_at),
        }
        emptied = erasing.erase_rows(self.session, item, erasure.id, answer.made_at, clock.rfc3339(answer.made_at))
        self._ledger.record(
            EventType.DEACCESSION,
            item_id=item_id,
            detail=_told(erasure) | _told_answer(answer) | {"standing": standing} | _left(emptied),
            objects=[f"sha256:{one}" for one in emptied.files],
        )

    def note_destroyed(self, erasure_id: str, place: str, destroyed: int) -> None:
        """An erasure was carried out at a place: a store, or the ledger's texts in the vault. Raises: NotAllowed."""
        self._require_destroyer()
        asked = erasures.one(self.session, erasure_id)
        if asked is None:
            raise NotFound("there is no such erasure")
        done = ErasureDone(erasure_id=erasure_id, place=place, destroyed=destroyed, done_at=clock.now())
        self.session.add(done)
        self.session.flush()
        detail = {"erasure": erasure_id, "place": place, "destroyed": destroyed, "done_at": clock.rfc3339(done.done_at)}
        self._ledger.record(EventType.DELETION, item_id=asked.erasure.item_id, detail=detail)

    def note_destroyed_again(self, place: str, digests: list[str]) -> None:
        """Bytes that were erased lay on a store once more, and were destroyed once more. Raises: NotAllowed."""
        self._require_destroyer()
        self._ledger.record(
            EventType.DELETION,
            item_id=None,
            detail={"place": place, "again": True, "destroyed": len(digests)},
            objects=[f"sha256:{one}" for one in digests],
        )

    def _erasable(self, item_id: str) -> Item:
        """The item, locked, if the actor is one who may erase it."""
        item = self._item(item_id)
        permitted = permissions.may_erase(self.actor, Sensitivity(item.sensitivity))
        self._require(permitted=permitted, deed="erase items")
        return item

    def _refuse_under_hold(self, item: Item) -> None:
        if holds.held_items(self.session, [item.id]):
            raise Conflict("this item is under legal hold, and a hold is stronger than any erasure", code="held")

    def _refuse_while_needed(self, item: Item) -> None:
        """What another item holds must not lie under the key of this one alone: the keeper is about to see to it."""
        if enciphered.needed_by_others(self.session, FIRST, item.id):
            raise Conflict(
                "another item holds files that only this item's key opens yet; they are made its own within minutes, "
                "so agree again then",
                code="working",
            )

    def _require_destroyer(self) -> None:
        self._require(permitted=permissions.may_tend_stores(self.actor), deed="look after the stores")


def _told(erasure: Erasure) -> dict[str, Any]:
    return {
        "erasure": erasure.id,
        "basis": erasure.basis,
        "reason": erasure.reason,
        "asked_by": erasure.asked_by,
        "asked_at": clock.rfc3339(erasure.asked_at),
    }


def _told_answer(answer: ErasureAnswer) -> dict[str, Any]:
    answered_at = clock.rfc3339(answer.made_at)
    return {"answered_by": answer.person_id, "answer": answer.reason, "answered_at": answered_at}


def _left(emptied: Emptied) -> dict[str, Any]:
    """What the tombstone says was there, so that it can be written again: no more than the rows that are left."""
    return {
        "files": list(emptied.files),
        "shared": len(emptied.shared),
        "records": [_written(one) for one in emptied.records],
        "submissions": [_written(one) for one in emptied.submissions],
        "elsewhere": list(emptied.elsewhere),
    }


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: clock.rfc3339(value) if name.endswith("_at") else value for name, value in row.items()}
