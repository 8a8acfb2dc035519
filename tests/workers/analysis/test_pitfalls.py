"""Every known trap of media files: the right numbers, or words that say what was and what was not analysed."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from storage.errors import Rejected
from tests.media import draw, hostile
from tests.media.draw import Look
from workers.analysis.engine import analyse
from workers.analysis.probe import probe

_SMALL = (96, 64)


@dataclass(frozen=True, slots=True)
class Right:
    """What must be told: of the file, which kinds of gap, and words that the notes hold."""

    file: Mapping[str, Any] = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    cuts: tuple[int, ...] | None = (10, 20)


def _drawn(suffix: str, **look: Any) -> Callable[[Path], Path]:
    chosen = Look(**({"size": _SMALL} | look))
    return lambda folder: draw.cuts(folder / f"film{suffix}", chosen, lengths=(10, 10, 10)).path


def _turned(rotation_deg: int) -> Callable[[Path], Path]:
    return _drawn(".mp4", size=(64, 96), rotation_deg=rotation_deg)


def _dynamic_range(folder: Path) -> Path:
    params = "log-level=none:pools=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    look = {"codec": "libx265", "pixel_format": "yuv420p10le", "options": {"x265-params": params}}
    return _drawn(".mp4", **look)(folder)


def _rotten(folder: Path) -> Path:
    whole = draw.cuts(folder / "whole.mp4", Look(size=(640, 360), key_every=5), lengths=(10, 10, 10)).path
    return hostile.flipped(whole, folder / "rotten.mp4", 400, 7)


def _without_index(folder: Path) -> Path:
    return hostile.cut_short(_drawn(".mp4")(folder), folder / "half.mp4", 0.6)


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _late(folder: Path) -> Path:
    return draw.cuts(folder / "late.mp4", Look(size=_SMALL), lengths=(10, 10, 10), start=50).path


def _varying(folder: Path) -> Path:
    return draw.variable_rate(folder / "phone.mp4", Look(size=_SMALL), lengths=(15, 15)).path


def _without_clock(folder: Path) -> Path:
    """Every sample lasts no time at all, as a rate of nothing would have it."""
    path = _drawn(".mp4", b_frames=0)(folder)
    content = bytearray(path.read_bytes())
    at = content.index(b"stts")
    content[at + 16 : at + 20] = bytes(4)
    path.write_bytes(content)
    return path


def _rate_of_nothing(folder: Path) -> Path:
    luma = np.random.default_rng(1).integers(0, 255, (20, 64 * 48 * 3 // 2), dtype=np.uint8)
    frames = b"".join(b"FRAME\n" + one.tobytes() for one in luma)
    (folder / "film.y4m").write_bytes(b"YUV4MPEG2 W64 H48 F0:0 Ip A1:1 C420jpeg\n" + frames)
    return folder / "film.y4m"


def _leaping(folder: Path) -> Path:
    """A film whose last pictures stand half a day later than its header declares it to end."""
    path = _drawn(".mkv", b_frames=0)(folder)
    with av.open(str(path)) as source, av.open(str(folder / "leap.mkv"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(source.streams.video[0])):
            if packet.size and packet.pts is not None and packet.dts is not None:
                shift = 50_000_000 if number >= 25 else 0
                packet.stream, packet.pts, packet.dts = stream, packet.pts + shift, packet.dts + shift
                target.mux(packet)
    content = bytearray((folder / "leap.mkv").read_bytes())
    at = content.index(b"\x44\x89\x88")  # Duration, eight bytes
    content[at + 3 : at + 11] = struct.pack(">d", 1200.0)
    (folder / "leap.mkv").write_bytes(content)
    return folder / "leap.mkv"


def _torn(suffix: str, **look: Any) -> Callable[[Path], Path]:
    def tear(folder: Path) -> Path:
        return hostile.cut_short(_drawn(suffix, **look)(folder), folder / f"torn{suffix}", 0.7)

    return tear


def _holed_stream(folder: Path) -> Path:
    """A transport stream from whose middle some packets are gone."""
    path = _drawn(".ts", b_frames=0, key_every=10)(folder)
    content = path.read_bytes()
    middle = len(content) // 188 // 2
    path.write_bytes(content[: 188 * middle] + content[188 * (middle + 8) :])
    return path


_FRAGMENTS = {"key_every": 5, "container_options": {"movflags": "frag_keyframe+empty_moov"}}
_ALPHA = {"codec": "ffv1", "pixel_format": "yuva420p"}
_COUNTED = "Times are counted by frames at 25 a second"

RIGHT: dict[str, tuple[Callable[[Path], Path], Right]] = {
    "av1": (_drawn(".mp4", codec="libsvtav1"), Right({"codec": "av1", "frames": 30})),
    "bit rot": (_rotten, Right({"frames": 30}, frozenset({"damaged"}), ("came out damaged",), None)),
    "a bare stream": (_drawn(".h264"), Right({"timestamps": "derived"}, notes=(_COUNTED, "a bare stream carries no"))),
    "webm without duration": (
        _drawn(".webm", codec="libvpx-vp9", container_options={"live": "1"}),
        Right({"declared_duration_s": None, "duration_s": 1.2, "frames": 30}),
    ),
    "variable rate": (_varying, Right({"variable_rate": True, "frames": 30}, cuts=(15,))),
    "a late start": (_late, Right({"start_s": 2.0, "duration_s": 1.2})),
    "turned left": (_turned(90), Right({"rotation_deg": 90, "width": 64, "height": 96})),
    "turned right": (_turned(-90), Right({"rotation_deg": -90, "width": 64, "height": 96})),
    "high dynamic range": (_dynamic_range, Right({"pixel_format": "yuv420p10le"})),
    "full range": (_drawn(".mp4", pixel_format="yuvj420p"), Right({"pixel_format": "yuvj420p"})),
    "gif": (_drawn(".gif", codec="gif", pixel_format="rgb8"), Right({"pixel_format": "bgra"})),
    "transparent webm": (_drawn(".webm", codec="libvpx-vp9", pixel_format="yuva420p"), Right({"codec": "vp9"})),
    "transparent": (_drawn(".mkv", **_ALPHA), Right({"pixel_format": "yuva420p"})),
    "grey": (_drawn(".mkv", codec="ffv1", pixel_format="gray"), Right({"pixel_format": "gray"}, cuts=None)),
    "deep grey": (_drawn(".mkv", codec="ffv1", pixel_format="gray10le"), Right({"frames": 30}, cuts=None)),
    "full chroma": (_drawn(".mp4", pixel_format="yuv444p"), Right({"pixel_format": "yuv444p"})),
    "rgb": (_drawn(".avi", codec="rawvideo", pixel_format="bgr24"), Right({"pixel_format": "bgr24"})),
    "sound alone": (
        lambda folder: draw.audio_only(folder / "sound.m4a").path,
        Right({"frames": 0, "width": 0}, notes=("only sound: it has no shots",), cuts=()),
    ),
    "cover picture": (
        lambda folder: hostile.cover_art(folder / "song.m4a"),
        Right({"frames": 0}, notes=("only sound",), cuts=()),
    ),
    "no time between frames": (
        _without_clock,
        Right({"frames": 30, "duration_s": 1.2}, notes=(_COUNTED, "29 of 30 packets stand at another's time")),
    ),
    "a rate of nothing": (
        _rate_of_nothing,
        Right({"frames": 20, "timestamps": "derived"}, notes=(_COUNTED,), cuts=None),
    ),
    "a leaping clock": (_leaping, Right({"frames": 30, "duration_s": 1.2}, notes=("times span 50,00",))),
    "torn matroska": (
        _torn(".mkv"),
        Right(gaps=frozenset({"cut_short"}), notes=("The file is not whole.",), cuts=None),
    ),
    "torn fragments": (
        _torn(".mp4", **_FRAGMENTS),
        Right(gaps=frozenset({"cut_short"}), notes=("The file is not whole.",), cuts=None),
    ),
    "torn gif": (
        _torn(".gif", codec="gif", pixel_format="rgb8"),
        Right(gaps=frozenset({"cut_short"}), notes=("without its end mark",), cuts=None),
    ),
    "torn avi": (
        _torn(".avi", codec="mpeg4"),
        Right(gaps=frozenset({"cut_short"}), notes=("The file is not whole.",), cuts=None),
    ),
    "a hole in a stream": (_holed_stream, Right(gaps=frozenset({"time_jump"}), cuts=None)),
}

REFUSED: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "no index": (_without_index, "unreadable", "cannot be opened"),
    "no bytes": (_empty, "not_media", "empty"),
    "65,535 streams": (lambda folder: hostile.many_streams(folder / "many.mp4", 65_535), "too_large", "64 streams"),
    "years": (lambda folder: hostile.years_long(folder / "years.mp4"), "too_large", "days"),
    "20,480 points": (lambda folder: hostile.wide_picture(folder / "wide.mkv"), "too_large", "20480x16"),
}


@pytest.mark.parametrize("trap", RIGHT)
def test_a_trap_gives_the_right_numbers_or_says_what_is_not(trap: str, tmp_path: Path) -> None:
    make, right = RIGHT[trap]
    document = analyse(make(tmp_path), tmp_path, for_viewing=True)
    assert {name: document["file"][name] for name in right.file} == right.file
    assert {gap["kind"] for gap in document["quality"]["gaps"]} >= right.gaps
    assert bool(document["quality"]["gaps"]) == bool(right.gaps)
    for words in right.notes:
        assert any(words in note for note in document["notes"]), document["notes"]
    assert bool(document["notes"]) == bool(right.notes)
    if right.cuts is not None:
        assert tuple(shot["start_frame"] for shot in document["shots"][1:]) == right.cuts
        assert len(document["keyframes"]) == len(document["shots"])


@pytest.mark.parametrize("trap", REFUSED)
def test_a_trap_that_cannot_be_analysed_is_refused_in_words(trap: str, tmp_path: Path) -> None:
    make, code, words = REFUSED[trap]
    path = make(tmp_path)
    with pytest.raises(Rejected, match=words) as refusal:
        analyse(path)
    assert refusal.value.code == code


def test_every_error_of_a_holed_file_is_counted_and_the_first_are_quoted(tmp_path: Path) -> None:
    document = analyse(hostile.holed(_drawn(".mp4", key_every=5)(tmp_path), tmp_path / "holed.mp4"))
    errors = document["errors"]
    assert errors["count"] >= len(errors["first"]) > 0
    assert all(error["what"] and error["stream"] == "video" for error in errors["first"])
    assert document["file"]["frames"] == 30


def test_a_few_missing_frames_make_a_rate_neither_slower_nor_variable(tmp_path: Path) -> None:
    facts = probe(_holed_stream(tmp_path))
    assert facts.timeline
    assert (facts.timeline.rate, facts.timeline.is_variable) == (Fraction(25), False)


def test_sound_that_is_lost_is_a_gap_and_not_silence(tmp_path: Path) -> None:
    path = draw.audio_only(tmp_path / "sound.m4a", 4).path
    with av.open(str(path)) as source, av.open(str(tmp_path / "holed.mkv"), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size and packet.pts is not None and not 48_000 <= packet.pts < 96_000:
                packet.stream = stream
                target.mux(packet)
    quality = analyse(tmp_path / "holed.mkv")["quality"]
    assert quality["silent"] == []
    (gap,) = quality["gaps"]
    assert gap["kind"] == "sound_missing"
    assert (gap["start_s"], gap["end_s"]) == (pytest.approx(1.0, abs=0.05), pytest.approx(2.0, abs=0.05))
