"""A second opinion is asked about the very frames it is given for, each at its own time, whatever the container."""

import pickle
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.media import draw, hostile, opinion
from tests.media.draw import Film, Look
from tests.media.pictures import read_number
from tests.workers.analysis.conftest import SUFFIXES
from workers.analysis import tensors
from workers.analysis.opinion import Answer, Question, answered
from workers.analysis.passages import Passage, Span, merged, passages
from workers.analysis.probe import Probe, probe
from workers.analysis.timeline import Timeline
from workers.analysis.transnet import HEIGHT, WIDTH, WINDOW, TransNet

needs_model = pytest.mark.skipif(not opinion.is_here(), reason="no second detector here: make opinion")
LENGTHS = (31, 42, 24, 37, 29)
RATES = [Fraction(25), Fraction(30000, 1001), None]
"""None stands for a variable rate."""


def opened(path: Path) -> tuple[Probe, Timeline]:
    facts = probe(path)
    assert facts.timeline is not None
    return facts, facts.timeline


def of_rate(path: Path, rate: Fraction | None) -> Film:
    """A film no cut of which falls on a key frame."""
    look = Look(rate=rate or Fraction(25), b_frames=3, key_every=250, options={"scenecut": "0", "b-adapt": "0"})
    return draw.cuts(path, look, LENGTHS) if rate else draw.variable_rate(path, look, LENGTHS)


def whole(facts: Probe) -> Callable[[VideoFrame], NDArray[np.uint8]]:
    return lambda picture: facts.orientation.upright(picture.to_ndarray(format="rgb24"))


def numbers(passage: Passage) -> list[int]:
    return [read_number(picture) for picture in passage.pictures]


@pytest.mark.parametrize("name", [name for name in SUFFIXES if name != "palette"])
def test_passages_hold_the_frames_of_their_times_and_no_others(name: str, film: Callable[[str], Film]) -> None:
    facts, timeline = opened(film(name).path)
    ranges = [(0, 12), (28, 33), (70, 110), (130, 139)]
    spans = [Span(int(timeline.ticks[first]), int(timeline.ticks[last])) for first, last in ranges]
    found = list(passages(facts, timeline, spans, whole(facts)))
    assert [one.span for one in found] == spans
    for (first, last), one in zip(ranges, found, strict=True):
        assert numbers(one) == list(range(first, last + 1))
        assert one.ticks.tolist() == timeline.ticks[first : last + 1].tolist()


@pytest.mark.parametrize("rate", RATES)
def test_at_any_rate_a_frame_is_known_by_its_time_and_not_by_a_count(rate: Fraction | None, tmp_path: Path) -> None:
    drawn = of_rate(tmp_path / "film.mp4", rate)
    facts, timeline = opened(drawn.path)
    [one] = passages(facts, timeline, [Span(int(timeline.ticks[60]), int(timeline.ticks[100]))], whole(facts))
    for tick, number in zip(one.ticks.tolist(), numbers(one), strict=True):
        assert float(tick * timeline.time_base) == pytest.approx(float(drawn.times_s[number]), abs=1e-3)


def test_pictures_that_are_lost_are_missing_and_shift_no_other(tmp_path: Path) -> None:
    path = hostile.holed(draw.cuts(tmp_path / "film.mp4", Look(key_every=20)).path, tmp_path / "holed.mp4")
    facts, timeline = opened(path)
    [one] = passages(facts, timeline, [Span(int(timeline.ticks[0]), int(timeline.ticks[-1]))], whole(facts))
    assert 20 < len(one.ticks) < len(timeline.ticks)
    clean = [(tick, picture) for tick, picture in zip(one.ticks.tolist(), one.pictures, strict=True) if picture.any()]
    right = 0
    for tick, picture in clean:
        try:
            right += read_number(picture) == timeline.ticks.tolist().index(tick)
        except ValueError:
            continue  # smeared
    assert right > 0.7 * len(one.ticks)


def test_spans_that_meet_are_decoded_once() -> None:
    assert merged([Span(50, 90), Span(0, 40), Span(40, 45), Span(60, 70)]) == [Span(0, 45), Span(50, 90)]
    assert merged([]) == []


class Evil:
    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return Path.touch, (Path("/tmp/svidok-was-here"),)  # type: ignore[return-value]


@pytest.mark.parametrize("told", [Evil(), [1], {"fc1.weight": 1}, {}])
def test_weights_that_are_more_than_tensors_are_refused_and_nothing_of_them_is_run(
    told: object, tmp_path: Path
) -> None:
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(told))
    with pytest.raises(ValueError, match=r"weights\.pth"):
        TransNet(path)
    assert not Path("/tmp/svidok-was-here").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"not a file of weights"])
def test_a_file_without_tensors_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.pth"):
        tensors.read(path)


@pytest.fixture(scope="module")
def network() -> TransNet:
    return TransNet(opinion.MODEL)


def asked_at(timeline: Timeline, frame: int) -> Question:
    return Question(*[int(timeline.ticks[frame])] * 3)


@needs_model
def test_the_network_says_what_it_says_in_pytorch(network: TransNet) -> None:
    single, any_part = network.chances(opinion.pictures(WINDOW, WIDTH, HEIGHT))
    assert single[opinion.AT].tolist() == pytest.approx(opinion.SINGLE, abs=1e-4)
    assert any_part[opinion.AT].tolist() == pytest.approx(opinion.ANY_PART, abs=1e-4)


@needs_model
@pytest.mark.parametrize("rate", RATES)
def test_a_cut_is_seen_at_its_own_frame_though_it_is_asked_for_beside_it(
    rate: Fraction | None, network: TransNet, tmp_path: Path
) -> None:
    drawn = of_rate(tmp_path / "film.mp4", rate)
    facts, timeline = opened(drawn.path)
    asked = [asked_at(timeline, cut + beside) for cut, beside in zip(drawn.cuts, (0, 1, -2, 2), strict=True)]
    answers = answered(facts, timeline, network, asked)
    assert [one.seen_pts for one in answers] == [int(timeline.ticks[cut]) for cut in drawn.cuts]
    assert all((one.figure or 0) > 0.5 for one in answers)


@needs_model
def test_where_nothing_changes_none_is_seen_and_the_ends_of_the_video_can_be_asked_about(
    network: TransNet, film: Callable[[str], Film]
) -> None:
    drawn = film("plain")
    facts, timeline = opened(drawn.path)
    middle, early, late = answered(
        facts, timeline, network, [asked_at(timeline, frame) for frame in (55, 1, drawn.frames - 1)]
    )
    assert all(one.figure is not None and one.figure < 0.5 for one in (middle, early, late))
    assert answered(facts, timeline, network, [asked_at(timeline, 0)]) == [Answer(None, None)]
    assert answered(facts, timeline, network, []) == []


@needs_model
def test_what_cannot_be_decoded_has_no_answer_and_what_lies_beside_has(network: TransNet, tmp_path: Path) -> None:
    path = hostile.holed(draw.cuts(tmp_path / "film.mp4", Look(key_every=10)).path, tmp_path / "holed.mp4", 0.3)
    facts, timeline = opened(path)
    far, lost = answered(facts, timeline, network, [asked_at(timeline, 30), asked_at(timeline, 70)])
    assert far.seen_pts == int(timeline.ticks[30])
    assert lost.figure is None or 0 <= lost.figure <= 1
