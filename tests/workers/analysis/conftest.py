"""Films drawn once per test run, by name."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.media import draw
from tests.media.draw import Film, Look
from workers.analysis.engine import analyse

SUFFIXES = {
    "plain": ".mp4",
    "ntsc": ".mkv",
    "vp9": ".webm",
    "vp8_hidden_frames": ".webm",
    "av1": ".mp4",
    "hevc_ten_bit": ".mp4",
    "h264_ten_bit": ".mp4",
    "full_chroma": ".mkv",
    "transport_stream": ".ts",
    "bare": ".h264",
    "bare_ntsc": ".h264",
    "palette": ".gif",
    "old": ".avi",
    "late_start": ".mp4",
    "upright_phone": ".mp4",
    "fragmented": ".mp4",
    "live_segments": ".mp4",
}
"""Films of four shots, each in another container or codec; all are cut at frames 30, 75 and 100."""

LOOKS = {
    "plain": Look(audio=True),
    "ntsc": Look(rate=Fraction(30000, 1001)),
    "vp9": Look(codec="libvpx-vp9", audio=True),
    "vp8_hidden_frames": Look(codec="libvpx", options={"auto-alt-ref": "1", "lag-in-frames": "16", "b": "600k"}),
    "av1": Look(codec="libsvtav1"),
    "hevc_ten_bit": Look(codec="libx265", pixel_format="yuv420p10le"),
    "h264_ten_bit": Look(pixel_format="yuv420p10le"),
    "full_chroma": Look(pixel_format="yuv444p"),
    "transport_stream": Look(audio=True),
    "bare_ntsc": Look(rate=Fraction(30000, 1001)),
    "palette": Look(codec="gif", pixel_format="rgb8"),
    "old": Look(codec="mpeg4"),
    "upright_phone": Look(size=(180, 320)),
}


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Film]:
    """The film of a name, drawn when it is first asked for."""
    folder = tmp_path_factory.mktemp("films")
    drawn: dict[str, Film] = {}

    def draw_once(name: str) -> Film:
        if name not in drawn:
            drawn[name] = _draw(name, folder / f"{name}{SUFFIXES.get(name, '.mp4')}")
        return drawn[name]

    return draw_once


@pytest.fixture(scope="session")
def analysed(
    film: Callable[[str], Film], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[dict[str, Any], Path]]:
    """The analysis document of the film of a name, and the folder of its keyframes; made when first asked for."""
    made: dict[str, tuple[dict[str, Any], Path]] = {}

    def analyse_once(name: str) -> tuple[dict[str, Any], Path]:
        if name not in made:
            out = tmp_path_factory.mktemp(f"analysis-{name}")
            made[name] = analyse(film(name).path, out), out
        return made[name]

    return analyse_once


def _draw(name: str, path: Path) -> Film:
    match name:
        case "late_start":
            return draw.cuts(path, start=50)
        case "fragmented":
            return _concatenated(draw.dash(path.with_suffix("")), "*stream0*", path)
        case "live_segments":
            return _concatenated(draw.hls(path.with_suffix("")), "*.ts", path)
        case _:
            return draw.cuts(path, LOOKS.get(name, Look()))


def _concatenated(film: Film, pattern: str, path: Path) -> Film:
    """The fragments of one rendition, joined as a capture keeps them."""
    fragments = sorted(film.path.parent.glob(pattern), key=lambda part: (not part.name.startswith("init"), part.name))
    path.write_bytes(b"".join(part.read_bytes() for part in fragments))
    return Film(path, film.times_s, cuts=film.cuts)
