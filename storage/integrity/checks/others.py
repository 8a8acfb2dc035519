"""Checks 8 and 9: what independent authorities and witnesses have signed of the log."""

from storage.integrity import outside
from storage.integrity.checkpoint import Checkpoint, cosigned_times
from storage.integrity.checks.package import CHECKPOINT, PROOFS, Ended, Fault, Package, Progress, Unknown
from storage.integrity.note import Note
from storage.integrity.outside import Seen
from storage.integrity.proof import LogProof


def time(package: Package, _: Progress) -> Ended:
    """Independent authorities saw the checkpoint."""
    seen = _seen(package)
    count = sum(len(one.tokens) for one in seen)
    if not count:
        raise Unknown("no independent authority's time stamp is in this package", claimed=False)
    # Only where there is one: what reads them takes longer to load than a small package to check.
    from storage.integrity.stamped import moment
    from storage.integrity.timestamp import BadStamp

    proved = []
    for one in seen:
        for name in one.tokens:
            token = package.read(name)
            try:
                at = moment(package.trust, name, token, one.text)
            except BadStamp as wrong:
                yield Fault(name, f"{name} is no time stamp of its checkpoint: {wrong}")
                continue
            if at is not None:
                proved.append(f"{_covered(package, one.size)} were there {at}")
    if not package.trust.roots and not package.trust.blocks:
        raise Unknown(f"{count:,} time stamps are in this package; `svidok verify --roots` checks them")
    if not proved:
        raise Unknown(f"{count:,} time stamps are in this package, none of them by an authority you trust")
    yield "; ".join(proved)


def witnesses(package: Package, _: Progress) -> Ended:
    """Witnesses that were named have cosigned it."""
    seen = _seen(package)
    if not package.trust.witnesses:
        raise Unknown("you have named no witness", claimed=False)
    told: dict[str, str] = {}
    for whole in (*(one.whole for one in seen), package.read(CHECKPOINT)):
        told |= cosigned_times(whole, package.trust.witnesses)
    if not told:
        raise Unknown("none of the witnesses you named has cosigned the checkpoint", claimed=False)
    yield "cosigned by " + ", ".join(f"{name} ({at})" for name, at in sorted(told.items()))


def _seen(package: Package) -> list[Seen]:
    newest = Checkpoint.parse(Note.parse(package.read(CHECKPOINT)).text)
    try:
        return list(outside.seen(package.tree.sizes(), package.read, newest))
    except outside.Contradiction as wrong:
        raise Fault(wrong.subject, wrong.sentence) from wrong


def _covered(package: Package, size: int) -> str:
    """How many of the events were in the log at a size."""
    ids = [event["id"] for _, event in package.events]
    places = [LogProof.parse(package.read(f"{PROOFS}{one}.tlog-proof")).index for one in ids]
    return f"{sum(place < size for place in places):,} of {len(ids):,} events"
