"""Two videos are copies where their pictures run in step, and nowhere else."""

import dataclasses
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storage.domain.matches import Relation, Transform
from tests.workers.copies.test_prints import header
from workers.copies.hashes import mirrored
from workers.copies.matching import match, spoken
from workers.copies.prints import Kind, Prints, decode

Times = NDArray[np.float64]


class Film:
    """A film of shots of four seconds whose hashes drift: `at` gives the hash of any second of it."""

    def __init__(self, seed: int, *, shots: int = 6, still: float = 0.0) -> None:
        random = np.random.default_rng(seed)
        self._base = random.random((shots, 256))
        self._drift = random.normal(0, 0.2 * (1 - still), (shots, 256))
        self.length = 4.0 * shots

    def at(self, seconds: Times) -> NDArray[np.uint8]:
        shots = np.minimum((seconds / 4).astype(int), len(self._base) - 1)
        return np.packbits(self._base[shots] + self._drift[shots] * (seconds % 4)[:, None] > 0.5, axis=1)


def prints(
    film: Film, times: Times, *, own: Times | None = None, noise: int = 0, seed: int = 0, **chosen: Any
) -> Prints:
    """The film's seconds `times`, seen at the seconds `own`, with `noise` bits of each hash wrong."""
    random = np.random.default_rng(seed)
    hashes = film.at(times)
    wrong = np.packbits(random.random((len(times), 256)) < noise / 256, axis=1)
    own = times - times[0] if own is None else own
    ticks = np.rint(own * 1000).astype(np.int64)
    count = len(ticks)
    return Prints(
        header(original=f"{seed:02x}" * 32, frames=count, end=int(ticks[-1]) + 500, **chosen),
        ticks,
        np.full(count, Kind.FULL, np.uint8),
        np.full(count, 60, np.uint8),
        np.tile(np.asarray([0, 0, 255, 255], np.uint8), (count, 1)),
        np.zeros(count, np.uint8),
        hashes ^ wrong,
    )


def with_crops(whole: Prints, times: Times, *crops: Film) -> Prints:
    """The same with crops of every frame, each as another film shows them."""
    count = len(times)
    parts = [
        dataclasses.replace(
            whole,
            kinds=np.full(count, Kind.CROP, np.uint8),
            places=np.full(count, place, np.uint8),
            hashes=film.at(times),
        )
        for place, film in enumerate(crops)
    ]
    columns = ("ticks", "kinds", "qualities", "areas", "places", "hashes")
    joined = {name: np.concatenate([getattr(one, name) for one in (whole, *parts)]) for name in columns}
    return decode(dataclasses.replace(whole, **joined).encode())


TEN_MINUTES = np.arange(0, 600, 0.5)
CROPS = 14


@pytest.fixture(scope="module")
def long_films() -> tuple[Prints, Film]:
    """Ten minutes with all crops that fingerprints have, and one of the crops."""
    crops = [Film(200 + number, shots=150) for number in range(CROPS)]
    whole = prints(Film(199, shots=150), TEN_MINUTES, seed=1)
    return with_crops(whole, TEN_MINUTES, *crops), crops[5]


@pytest.mark.parametrize("begin", [0.0, 123.3, 310.0, 561.2])
def test_half_a_minute_that_was_cropped_is_found_in_ten_minutes(long_films: tuple[Prints, Film], begin: float) -> None:
    whole, crop = long_films
    part = prints(crop, every(begin, begin + 30), noise=16, seed=2)
    for found in (match(whole, part), match(part, whole).inverted()):
        assert found.relation is Relation.CONTAINS
        assert found.transform.cropped
        assert found.spans[0].a_start_s == pytest.approx(begin, abs=1.1)
        assert found.spans[-1].a_end_s == pytest.approx(begin + 30, abs=1.1)


def test_two_videos_of_ten_minutes_are_compared_in_a_moment(long_films: tuple[Prints, Film]) -> None:
    whole, _ = long_films
    crops = [Film(300 + number, shots=150) for number in range(CROPS)]
    other = with_crops(prints(Film(299, shots=150), TEN_MINUTES, seed=2), TEN_MINUTES, *crops)
    spent = []
    for _ in range(3):
        before = time.thread_time()
        assert match(whole, other).relation is Relation.NONE
        spent.append(time.thread_time() - before)
    assert min(spent) < 1.0


def every(begin: float, end: float, step: float = 0.5) -> Times:
    return np.arange(begin, end, step)


def test_a_copy_is_found_with_its_times() -> None:
    film = Film(1)
    found = match(prints(film, every(0, 24), seed=1), prints(film, every(0.2, 24), noise=24, seed=2))
    assert found.relation is Relation.SAME_CONTENT
    assert found.transform == Transform()
    (span,) = found.spans
    assert (span.a_start_s, span.a_end_s, span.b_start_s, span.b_end_s) == pytest.approx((0, 24, 0, 23.8), abs=0.5)
    assert 0.6 < span.score <= 1


@pytest.mark.parametrize(("begin", "length", "seed"), [(0.0, 9.0, 3), (5.3, 10.0, 4), (13.1, 10.9, 15), (2.7, 6.2, 16)])
def test_an_excerpt_is_contained_and_what_only_the_longer_has_is_told(begin: float, length: float, seed: int) -> None:
    film = Film(seed)
    whole, part = prints(film, every(0, 24), seed=1), prints(film, every(begin, begin + length), noise=10, seed=2)
    found, other = match(whole, part), match(part, whole)
    assert (found.relation, other.relation) == (Relation.CONTAINS, Relation.CONTAINED)
    first, last = found.spans[0], found.spans[-1]
    assert first.a_start_s == pytest.approx(begin, abs=1.1)
    assert last.a_end_s == pytest.approx(begin + length, abs=1.1)
    for span in (*found.spans, *other.spans):
        assert span.a_end_s - span.a_start_s == pytest.approx(span.b_end_s - span.b_start_s, abs=0.01)
    missing = sum(gap["end_s"] - gap["start_s"] for gap in spoken(found, whole, part)["only_a"])
    assert missing == pytest.approx(24 - length, abs=2.2)


@pytest.mark.parametrize("speed", [0.8, 0.9, 1.1, 1.25])
def test_another_speed_is_measured(speed: float) -> None:
    film = Film(5)
    times = every(0, 24, 0.5 * speed)
    found = match(prints(film, every(0, 24), seed=1), prints(film, times, own=times / speed, noise=10, seed=2))
    assert found.relation is Relation.SAME_CONTENT
    assert found.transform.speed == pytest.approx(1 / speed, rel=0.03)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.9, 1.0, 1.1]), st.integers(10, 90))
def test_whichever_of_two_is_asked_about_first_the_same_is_found(seed: int, speed: float, noise: int) -> None:
    times = every(0, 24, 0.5 * speed)
    one = prints(Film(seed), every(0, 24), seed=1)
    other = prints(Film(seed), times, own=times / speed, noise=noise, seed=2)
    found, other_way = match(one, other), match(other, one)
    assert other_way.relation is found.inverted().relation
    assert other_way.spans == found.inverted().spans
    assert other_way.transform.speed == pytest.approx(1 / found.transform.speed)


def test_a_mirrored_copy_is_found_and_told() -> None:
    film = Film(6)
    plain, turned = prints(film, every(0, 20), seed=1), prints(film, every(0, 20), seed=2)
    turned.hashes[:] = mirrored(turned.hashes)
    assert match(plain, turned).transform.mirrored
    assert match(plain, turned).relation is Relation.SAME_CONTENT


def test_a_crop_that_equals_the_whole_of_the_other_is_told() -> None:
    film, other = Film(7), Film(8)
    whole, inner = prints(film, every(0, 20), seed=1), prints(other, every(0, 20), seed=2)
    crops = Prints(
        whole.header,
        *(
            np.concatenate([one, two])
            for one, two in zip(
                (whole.ticks, whole.kinds, whole.qualities, whole.areas, whole.places, whole.hashes),
                (inner.ticks, np.full_like(inner.kinds, Kind.CROP), *_rest(inner)),
                strict=True,
            )
        ),
    )
    found = match(crops, inner)
    assert found.relation is Relation.SAME_CONTENT
    assert found.transform.cropped


def _rest(inner: Prints) -> tuple[NDArray[np.uint8], ...]:
    return inner.qualities, inner.areas, inner.places, inner.hashes


def test_two_pieces_in_another_order_are_two_spans() -> None:
    film = Film(9)
    times = np.concatenate([every(18, 26), every(2, 10)])
    found = match(prints(film, every(0, 24), seed=1), prints(film, times, own=every(0, 16), noise=10, seed=2))
    assert found.relation is Relation.CONTAINS
    assert [span.b_start_s for span in found.spans] == pytest.approx([8, 0], abs=0.8)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000))
def test_unrelated_videos_never_match(seed: int) -> None:
    one, other = prints(Film(2 * seed), every(0, 24), seed=1), prints(Film(2 * seed + 1), every(0, 24), seed=2)
    assert match(one, other).relation is Relation.NONE


def test_a_picture_that_stands_still_is_the_same_scene_and_no_match() -> None:
    film = Film(11, shots=1, still=1.0)
    one, other = (
        prints(film, every(0, 4, 0.1), own=every(0, 20), noise=12, seed=1),
        prints(film, every(0, 4, 0.1), own=every(0, 20), noise=12, seed=2),
    )
    found = match(one, other)
    assert found.relation is Relation.SAME_SCENE
    assert spoken(found, one, other)["match"] is False


def test_the_same_bytes_are_the_same_file() -> None:
    one = prints(Film(12), every(0, 20), seed=1)
    assert match(one, one).relation is Relation.SAME_FILE


def test_a_match_is_spoken_in_the_words_of_the_contract() -> None:
    film = Film(13)
    one, other = prints(film, every(0, 20), seed=1), prints(film, every(0, 20), noise=9, seed=2)
    told = spoken(match(one, other), one, other)
    assert told["match"] is True
    assert told["relation"] == "same_content"
    assert told["transform"] == {"mirrored": False, "cropped": False, "speed": 1.0}
    assert set(told["spans"][0]) == {"a_start_s", "a_end_s", "b_start_s", "b_end_s", "score", "samples"}
    assert told["only_a"] == told["only_b"] == []


def test_too_few_frames_say_nothing() -> None:
    film = Film(14)
    assert match(prints(film, every(0, 1), seed=1), prints(film, every(0, 1), seed=2)).relation is Relation.NONE
