"""Which files a browser is given as they are."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.media import draw
from tests.media.draw import Film, Look
from workers.analysis.engine import analyse
from workers.analysis.isomedia import structure
from workers.analysis.steppable import Facts, Obstacle, can_be_rewrapped, is_steppable, obstacles

GOOD = Facts(
    container="mp4", is_fragmented=False, edits=1, pictures=1, codec="h264", pixel_format="yuv420p",
    sounds=frozenset({"aac"}), has_own_times=True, starts_before_zero=False, farthest=49, width=1280, height=720,
    is_turned=True, is_whole=True, is_uniform=True,
)  # fmt: skip


def test_an_ordinary_phone_video_is_played_as_it_is() -> None:
    assert is_steppable(GOOD)


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"container": "mpegts", "is_turned": False}, Obstacle.CONTAINER),
        ({"container": "quicktime"}, Obstacle.CONTAINER),
        ({"is_fragmented": True}, Obstacle.FRAGMENTS),
        ({"edits": 2}, Obstacle.EDITS),
        ({"pictures": 2}, Obstacle.STREAMS),
        ({"codec": "hevc"}, Obstacle.CODEC),
        ({"codec": None}, Obstacle.CODEC),
        ({"pixel_format": "yuv420p10le"}, Obstacle.POINTS),
        ({"pixel_format": None}, Obstacle.POINTS),
        ({"sounds": frozenset({"aac", "ac3"})}, Obstacle.SOUND),
        ({"sounds": frozenset({"pcm_s16le"})}, Obstacle.SOUND),
        ({"has_own_times": False}, Obstacle.TIMES),
        ({"starts_before_zero": True}, Obstacle.TIMES),
        ({"farthest": 250}, Obstacle.SPARSE_KEYS),
        ({"farthest": 400, "width": 64, "height": 64}, Obstacle.SPARSE_KEYS),
        ({"width": 3840, "height": 2160, "farthest": 1}, Obstacle.SIZE),
        ({"is_whole": False}, Obstacle.DAMAGE),
        ({"is_uniform": False}, Obstacle.CHANGES),
    ],
)
def test_each_obstacle_alone_is_enough_and_is_named(change: dict[str, Any], obstacle: Obstacle) -> None:
    assert obstacles(replace(GOOD, **change)) == (obstacle,)


def test_a_turned_webm_is_not_trusted_to_be_turned() -> None:
    webm = replace(GOOD, container="webm", codec="vp9", sounds=frozenset({"opus"}))
    assert obstacles(webm) == (Obstacle.TURNED,)
    assert is_steppable(replace(webm, is_turned=False))


def test_only_what_lies_around_the_pictures_can_be_changed_without_coding_them_anew() -> None:
    assert can_be_rewrapped([Obstacle.CONTAINER, Obstacle.SOUND, Obstacle.FRAGMENTS])
    for obstacle in set(Obstacle) - {Obstacle.CONTAINER, Obstacle.SOUND, Obstacle.FRAGMENTS, Obstacle.STREAMS}:
        assert not can_be_rewrapped([Obstacle.CONTAINER, obstacle])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", []),
        ("late_start", []),
        ("vp9", []),
        ("vp8_hidden_frames", []),
        ("av1", []),
        ("ntsc", ["container"]),
        ("transport_stream", ["container"]),
        ("fragmented", ["fragments"]),
        ("hevc_ten_bit", ["codec", "points"]),
        ("h264_ten_bit", ["points"]),
        ("bare", ["container", "times"]),
        ("palette", ["container", "codec", "points"]),
        ("old", ["container", "codec"]),
    ],
)
def test_the_facts_are_read_from_the_file(
    name: str, expected: list[str], film: Callable[[str], Film], tmp_path: Path
) -> None:
    analyse(film(name).path, tmp_path, for_viewing=True)
    assert json.loads((tmp_path / "viewing.json").read_text())["frame_times"]["obstacles"] == expected


def test_the_layout_of_an_mp4_is_read_from_its_boxes(film: Callable[[str], Film], tmp_path: Path) -> None:
    assert structure(film("plain").path).edits <= 1
    assert not structure(film("plain").path).is_fragmented
    assert structure(film("fragmented").path).is_fragmented
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(draw.cuts(tmp_path / "film.mp4", Look(), lengths=(5,)).path.read_bytes()[:200])
    assert structure(torn).edits == 0
