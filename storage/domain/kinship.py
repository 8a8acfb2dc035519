"""Which items show one recording: those that matches lead to, over as many steps as it takes."""

from collections.abc import Callable, Collection, Iterable, Mapping
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


def kin_of(
    item: str, neighbours: Callable[[Collection[str]], Mapping[str, Iterable[Kin]]]
) -> tuple[dict[str, bool], bool]:
    """The items that show the same recording as `item`, itself among them, and whether there are more than are told.

    `neighbours` tells the matches of several items at once; each is asked of once.
    The value says whether confirmed matches alone lead there. Breadth first, confirmed ones before the others; what
    shows only the same scene, or was rejected, leads nowhere.
    """
    known = {item: True}
    heard: dict[str, Iterable[Kin]] = {}
    for sure in (True, False):
        near = list(known)
        while near:
            if unheard := [one for one in near if one not in heard]:
                heard |= dict.fromkeys(unheard, ()) | dict(neighbours(unheard))
            beyond: list[str] = []
            for kin in (kin for one in near for kin in heard[one]):
                is_confirmed = kin.decision is Decision.CONFIRMED
                leads = is_confirmed or (kin.decision is Decision.UNDECIDED and kin.relation not in _UNRELATED)
                if kin.item in known or not leads or (sure and not is_confirmed):
                    continue
                if len(known) == MOST_KIN:
                    return known, True
                known[kin.item] = sure
                beyond.append(kin.item)
            near = beyond
    return known, False
