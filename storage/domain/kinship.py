"""Which items show one recording: those that matches lead to, over as many steps as it takes."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.domain.matches import Decision, Relation

MOST_KIN = 200

_UNRELATED = frozenset({Relation.SAME_SCENE, Relation.NONE})


@dataclass(frozen=True, slots=True)
class Kin:
    """One match of an item, as far as kinship goes: with whom, how, and what was decided of it."""

    item: str
    relation: Relation
    decision: Decision


def kin_of(item: str, neighbours: Callable[[str], Iterable[Kin]]) -> tuple[dict[str, bool], bool]:
    """The items that show the same recording as `item`, itself among them, and whether there are more than are told.

    The value says whether confirmed matches alone lead there. Breadth first, confirmed ones before the others; what
    shows only the same scene, or was rejected, leads nowhere.
    """
    known = {item: True}
    for sure in (True, False):
        waiting = deque(known)
        while waiting:
            for kin in neighbours(waiting.popleft()):
                is_confirmed = kin.decision is Decision.CONFIRMED
                leads = is_confirmed or (kin.decision is Decision.UNDECIDED and kin.relation not in _UNRELATED)
                if kin.item in known or not leads or (sure and not is_confirmed):
                    continue
                if len(known) == MOST_KIN:
                    return known, True
                known[kin.item] = sure
                waiting.append(kin.item)
    return known, False
