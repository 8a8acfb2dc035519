"""What is true of every match: seen from the other side it is the same match, and kinship follows what people say."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from storage.domain.kinship import MOST_KIN, Kin, kin_of
from storage.domain.matches import Decision, Match, Relation, Span, Transform

SECONDS = st.floats(0, 3600).map(lambda number: round(number, 3))
SPANS = st.builds(
    lambda a, b, lasts, score: Span(a_start_s=a, a_end_s=a + lasts, b_start_s=b, b_end_s=b + lasts, score=score),
    SECONDS, SECONDS, SECONDS, st.floats(0, 1),
)  # fmt: skip
SPEEDS = st.sampled_from([0.5, 0.9, 1.0, 1.1, 2.0])
MATCHES = st.builds(
    lambda relation, mirrored, cropped, speed, spans: Match(
        relation=relation,
        transform=Transform(mirrored=mirrored, cropped=cropped, speed=speed),
        spans=tuple(sorted(spans, key=lambda span: span.a_start_s)),
    ),
    st.sampled_from(list(Relation)), st.booleans(), st.booleans(), SPEEDS, st.lists(SPANS, max_size=5),
)  # fmt: skip


@given(MATCHES)
def test_asked_from_the_other_side_twice_it_is_the_same(match: Match) -> None:
    there = match.inverted()
    back = there.inverted()
    assert back.relation is match.relation
    assert abs(back.transform.speed - match.transform.speed) < 1e-9
    assert sorted(back.spans, key=repr) == sorted(match.spans, key=repr)
    assert (there.relation is match.relation) == (match.relation not in (Relation.CONTAINS, Relation.CONTAINED))


LINKS = {
    "a": [Kin("b", Relation.CONTAINS, Decision.CONFIRMED), Kin("s", Relation.SAME_SCENE, Decision.UNDECIDED)],
    "b": [Kin("a", Relation.CONTAINED, Decision.CONFIRMED), Kin("c", Relation.OVERLAP, Decision.UNDECIDED)],
    "c": [Kin("b", Relation.OVERLAP, Decision.UNDECIDED), Kin("d", Relation.SAME_CONTENT, Decision.CONFIRMED)],
    "d": [Kin("c", Relation.SAME_CONTENT, Decision.CONFIRMED), Kin("x", Relation.SAME_CONTENT, Decision.REJECTED)],
}


def test_kinship_goes_on_through_what_is_not_rejected_and_tells_what_is_sure() -> None:
    known, is_cut_short = kin_of("a", lambda items: {item: LINKS.get(item, []) for item in items})
    assert known == {"a": True, "b": True, "c": False, "d": False}
    assert not is_cut_short


def test_a_family_without_end_is_cut_short_and_says_so() -> None:
    known, is_cut_short = kin_of(
        "0", lambda items: {one: [Kin(str(int(one) + 1), Relation.OVERLAP, Decision.UNDECIDED)] for one in items}
    )
    assert (len(known), is_cut_short) == (MOST_KIN, True)


def test_each_item_is_asked_of_once_and_those_as_far_away_together() -> None:
    asked: list[list[str]] = []

    def neighbours(items: Collection[str]) -> dict[str, list[Kin]]:
        asked.append(sorted(items))
        return {item: LINKS.get(item, []) for item in items}

    kin_of("a", neighbours)
    assert asked == [["a"], ["b"], ["c"], ["d"]]
    asked.clear()
    star = {"0": [Kin(str(number), Relation.OVERLAP, Decision.UNDECIDED) for number in range(1, 50)]}
    kin_of("0", lambda items: (asked.append(sorted(items)), {one: star.get(one, []) for one in items})[1])
    assert [len(items) for items in asked] == [1, 49]
