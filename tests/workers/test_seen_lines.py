"""The same line in keyframes after each other is one line, and no reading of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from storage.domain.documents import DOCUMENT_LIMIT_BYTES
from storage.domain.machine_text import LINES, SIGHTINGS, SeenText, Sighting, language_of_letters
from workers.seen_lines import bounded, merged


def sighting(at: int, text: str, confidence: float = 0.9, x: float = 10, y: float = 10, width: float = 40) -> Sighting:
    return Sighting(
        keyframe=f"{at:064x}",
        time_s=float(at),
        pts=at * 90_000,
        time_base="1/90000",
        x=x,
        y=y,
        width=width,
        height=5.0,
        text=text,
        confidence=confidence,
    )


def test_a_line_that_stays_is_one_line_with_its_span_and_its_surest_reading() -> None:
    [line] = merged([[sighting(1, "Авдіівка", 0.7)], [sighting(2, "Авдіївка", 0.96)], [sighting(3, "Авдіївка", 0.8)]])
    assert (line.text, line.confidence, line.language) == ("Авдіївка", 0.96, "uk")
    assert (line.start_s, line.end_s, line.is_sure) == (1.0, 3.0, True)
    assert [one.text for one in line.seen] == ["Авдіівка", "Авдіївка", "Авдіївка"]


def test_a_picture_without_it_ends_a_line_and_it_begins_anew() -> None:
    lines = merged([[sighting(1, "Допоможіть")], [], [sighting(3, "Допоможіть")]])
    assert [(line.start_s, line.end_s) for line in lines] == [(1.0, 1.0), (3.0, 3.0)]


def test_of_more_lines_than_a_document_holds_the_surest_are_kept_in_their_order() -> None:
    [line] = merged([[sighting(1, "Авдіївка")]])
    lines = [line.model_copy(update={"start_s": float(at), "confidence": at % 2 / 2}) for at in range(LINES + 2000)]
    kept = bounded(lines)
    text = SeenText(original="a" * 64, pictures_read=1, pictures_left=0, lines=kept)
    assert len(text.lines) == LINES
    assert [one.start_s for one in kept] == sorted(one.start_s for one in kept)
    assert sum(one.confidence > 0 for one in kept) == LINES // 2 + 1000


def test_a_page_of_writing_that_stands_for_hours_is_kept_whole_and_can_be_read_again() -> None:
    [line] = merged([[sighting(at, "А" * 500)] for at in range(SIGHTINGS)])
    kept = bounded([line] * 200)
    assert len(kept) == 200
    assert {(one.start_s, one.end_s, one.text) for one in kept} == {(line.start_s, line.end_s, line.text)}
    text = SeenText(original="a" * 64, pictures_read=SIGHTINGS, pictures_left=0, lines=kept)
    assert len(text.model_dump_json().encode()) < DOCUMENT_LIMIT_BYTES


def test_other_words_at_the_same_place_and_the_same_words_elsewhere_are_other_lines() -> None:
    assert len(merged([[sighting(1, "25 февраля")], [sighting(2, "Авдіївка")]])) == 2
    assert len(merged([[sighting(1, "Авдіївка", y=10)], [sighting(2, "Авдіївка", y=60)]])) == 2


def test_a_clock_that_goes_on_is_another_line_each_time() -> None:
    lines = merged([[sighting(1, "2023-02-25 12:30:01")], [sighting(2, "2023-02-25 12:30:09")]])
    assert [line.text[-2:] for line in lines] == ["01", "09"]


def test_what_is_read_uncertainly_or_has_hardly_a_letter_is_marked() -> None:
    weak, short, sure = merged(
        [[sighting(1, "Авдіївка", 0.79, y=1), sighting(1, "ТВ", y=20), sighting(1, "95383", y=40)]]
    )
    assert (weak.is_sure, short.is_sure, sure.is_sure) == (False, False, True)


def test_a_language_is_told_by_letters_that_only_it_has() -> None:
    told = {"Їжак": "uk", "мы": "ru", "unit 9": "en", "Москва": None, "їы": None, "95383": None, "Unit мы": "ru"}
    assert {text: language_of_letters(text) for text in told} == told


READINGS = st.builds(
    sighting,
    at=st.just(0),
    text=st.sampled_from(["Авдіївка", "Авдіівка", "25 февраля", "unit"]),
    confidence=st.floats(0, 1),
    x=st.floats(0, 50),
    y=st.floats(0, 90),
    width=st.floats(0.1, 50),
)


@given(st.lists(st.lists(READINGS, max_size=4), max_size=6))
def test_every_reading_is_in_exactly_one_line_and_a_line_never_skips_a_picture(pictures: list[list[Sighting]]) -> None:
    placed = [
        [one.model_copy(update={"time_s": float(at), "keyframe": f"{at:064x}"}) for one in picture]
        for at, picture in enumerate(pictures)
    ]
    lines = merged(placed)
    kept = [one for line in lines for one in line.seen]
    assert sorted(map(str, kept)) == sorted(str(one) for picture in placed for one in picture)
    for line in lines:
        times = [one.time_s for one in line.seen]
        assert times == [line.start_s + step for step in range(len(times))]
        assert line.confidence == max(one.confidence for one in line.seen)
