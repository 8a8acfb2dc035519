"""Giving the ledger's events their places in the tree, and signing what it has become; two may do it at once."""

from collections.abc import Sequence

from storage.db import checkpoints, leaves
from storage.db.leaves import Unplaced
from storage.db.transparency import Cosignature, LedgerHead, LedgerKey
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.vocab import EventType
from storage.errors import Conflict, LedgerHalted
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.merkle import Frontier, leaf_hash
from storage.integrity.note import Note, Signed, Signer, VerifierKey, parse_note, parse_signatures, verify
from storage.integrity.succession import Succession
from storage.integrity.tiles import entry_of

MOST_AT_ONCE = 5000


class Sequencing(Deed):
    """Growing the tree and signing it. Only changes of its keys and of its count are events themselves."""

    __slots__ = ()

    def sequence(self, *, limit: int = MOST_AT_ONCE) -> int:
        """Give the next events their places; how many there were. Raises: NotAllowed, LedgerHalted.

        An event's transaction number is below every transaction that still runs: nothing can come in before it later,
        so that no event is passed over, however long somebody else's transaction lasts.
        """
        self._require(permitted=permissions.may_sequence(self.actor), deed="sequence the ledger")
        head = leaves.head_locked(self.session)
        cluster, next_xid = leaves.cluster(self.session)
        if head.cluster != cluster or head.mark_xid >= next_xid:
            raise LedgerHalted("the database was restored into another cluster; a new epoch must begin first")
        found = leaves.settled(self.session, head, limit=limit)
        if found:
            # The mark follows the order of transactions, the places that of the events.
            last = found[-1]
            grown = self._place(head, sorted(found, key=lambda one: one.seq))
            leaves.move_head(self.session, grown, xid=last.xid, seq=last.seq)
        return len(found)

    def resume(self, *, known: Sequence[Checkpoint] = ()) -> bool:
        """Make sure that the tree may go on growing here, before anything is added to it; whether an epoch began.

        1 there is a leaf for each place, 2 nothing newer than our tree is `known` outside, 3 what is known and has our
        size at some time was the same tree, 4 another cluster than before begins a new epoch.
        Raises: NotAllowed, LedgerHalted, with a sentence for whoever must act.
        """
        self._require(permitted=permissions.may_sequence(self.actor), deed="sequence the ledger")
        head = leaves.head_locked(self.session)
        self._check_count(head)
        for outside in known:
            self._check_known(head, outside)
        cluster, next_xid = leaves.cluster(self.session)
        if head.cluster == cluster and head.mark_xid < next_xid:
            return False
        self._ledger.record(EventType.LEDGER_EPOCH, item_id=None, detail={"epoch": head.epoch + 1, "size": head.size})
        found = leaves.left_over(self.session, head)
        grown = self._place(head, found)
        epoch_seq = max(leaves.newest_seq(self.session), head.epoch_seq)
        leaves.begin_epoch(self.session, grown, epoch=head.epoch + 1, epoch_seq=epoch_seq, cluster=cluster)
        return True

    def sign_checkpoint(self, signer: Signer) -> Checkpoint | None:
        """Sign the tree as it is committed; None where it has not grown since. Raises: NotAllowed, LedgerHalted.

        Only what is committed is signed: leaves that could still be rolled back would make a second history.
        """
        self._require(permitted=permissions.may_sequence(self.actor), deed="sign the ledger")
        head = leaves.head_locked(self.session)
        newest = checkpoints.newest(self.session)
        if newest is not None and newest.size > head.size:
            raise LedgerHalted(f"a tree of {newest.size} leaves was signed, and only {head.size} are here")
        if head.size == (newest.size if newest else 0):
            return None
        key = checkpoints.newest_key(self.session)
        if key is None or key.vkey != str(signer.key()):
            raise LedgerHalted(f"the key at hand is {signer.key().id.hex()}, the ledger's is {_id(key)}")
        made = Checkpoint(signer.name, head.size, leaves.frontier_of(head).root())
        checkpoints.add(self.session, size=made.size, root=made.root, note=made.sign(signer))
        return made

    def begin_key(self, signer: Signer) -> None:
        """Let the log's first key sign from the first leaf on. Raises: NotAllowed, Conflict where there is one."""
        self._require(permitted=permissions.may_sequence(self.actor), deed="give the ledger a key")
        leaves.head_locked(self.session)
        if checkpoints.newest_key(self.session) is not None:
            raise Conflict("the ledger has a key already; another follows it by a succession")
        self._add_key(1, signer.key(), 0, None)

    def change_key(self, old: Signer, new: Signer) -> None:
        """Let another key sign from the newest checkpoint on; both keys sign that it does.

        Raises: NotAllowed, Conflict where `old` does not sign now or nothing has been signed yet.
        """
        self._require(permitted=permissions.may_change_ledger_key(self.actor), deed="change the ledger's key")
        leaves.head_locked(self.session)
        current, newest = checkpoints.newest_key(self.session), checkpoints.newest(self.session)
        if current is None or newest is None or current.vkey != str(old.key()):
            raise Conflict(f"the ledger's key is {_id(current)}, not {old.key().id.hex()}, or has signed nothing yet")
        last = Checkpoint(old.name, newest.size, newest.root)
        followed = Succession(old.key(), new.key(), last)
        self._add_key(current.number + 1, new.key(), newest.size, followed.sign(old, new))

    def keep_cosignature(self, size: int, lines: str, witness: VerifierKey) -> Signed:
        """Keep what a witness has signed under the checkpoint of one size.

        Raises: NotAllowed, Conflict where there is no such checkpoint or it did not sign, Malformed, BadSignature.
        """
        self._require(permitted=permissions.may_sequence(self.actor), deed="keep cosignatures")
        row = checkpoints.at_size(self.session, size)
        if row is None:
            raise Conflict(f"no checkpoint of size {size} was signed")
        given = parse_signatures(lines)
        found = verify(Note(parse_note(row.note.encode()).text, given), [witness])
        if not found or found[0].at_s is None:
            raise Conflict(f"the witness {witness.name} has not signed the checkpoint of size {size}")
        line = next(one for one in given if (one.name, one.key_id) == (witness.name, witness.id)).line()
        at = clock.from_posix(found[0].at_s)
        checkpoints.add_cosignature(
            self.session, Cosignature(size=size, witness=witness.name, line=line, witnessed_at=at)
        )
        return found[0]

    def _place(self, head: LedgerHead, found: Sequence[Unplaced]) -> Frontier:
        hashes = [leaf_hash(entry_of(one.body.encode())) for one in found]
        grown = leaves.frontier_of(head)
        for one in hashes:
            grown.append(one)
        if found:
            leaves.place(self.session, head.size, [one.seq for one in found], hashes)
        return grown

    def _check_count(self, head: LedgerHead) -> None:
        many, last = leaves.count(self.session)
        if not head.size == many == last:
            raise LedgerHalted(
                f"the ledger's head says {head.size} leaves, and {many} are here, the last in place {last}: "
                "rows are missing or were added by hand; restore the database from a good copy"
            )

    def _check_known(self, head: LedgerHead, outside: Checkpoint) -> None:
        if outside.size > head.size:
            raise LedgerHalted(
                f"a checkpoint of {outside.size} leaves is known outside, and only {head.size} are here: "
                "the database is older than what was signed; restore a newer copy, or rebuild it from the vault"
            )
        ours = checkpoints.at_size(self.session, outside.size)
        if outside.size and (ours is None or ours.root != outside.root):
            raise LedgerHalted(
                f"the checkpoint of {outside.size} leaves that is known outside is not the one that is here: "
                "one of the two histories was rewritten"
            )

    def _add_key(self, number: int, key: VerifierKey, first_size: int, succession: str | None) -> None:
        row = LedgerKey(number=number, vkey=str(key), first_size=first_size, succession=succession)
        checkpoints.add_key(self.session, row)
        self._ledger.record(
            EventType.LEDGER_KEY,
            item_id=None,
            detail={"number": number, "vkey": str(key), "first_size": first_size, "succession": succession},
        )


def _id(key: LedgerKey | None) -> str:
    return VerifierKey.parse(key.vkey).id.hex() if key else "none"
