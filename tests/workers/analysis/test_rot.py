"""Whatever bytes are flipped, lost or cut off: a document whose numbers are told apart, or a refusal in words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from storage.errors import Rejected
from storage.integrity.canonical import canonical
from tests.media import draw, hostile
from tests.media.draw import Look
from workers.analysis.engine import analyse

_SIZE = (64, 48)
_FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}
KINDS: dict[str, Look] = {
    "film.mp4": Look(size=_SIZE, audio=True),
    "fragments.mp4": Look(size=_SIZE, container_options=_FRAGMENTED),
    "film.mkv": Look(size=_SIZE, audio=True),
    "film.webm": Look(size=_SIZE, codec="libvpx-vp9"),
    "film.ts": Look(size=_SIZE, audio=True),
    "film.avi": Look(size=_SIZE, codec="mpeg4"),
    "film.gif": Look(size=_SIZE, codec="gif", pixel_format="rgb8"),
    "film.h264": Look(size=_SIZE),
}


def _bits(whole: Path, path: Path, seed: int) -> None:
    hostile.flipped(whole, path, 1 + 7 * (seed % 5), seed, 0)


def _tail(whole: Path, path: Path, seed: int) -> None:
    hostile.cut_short(whole, path, float(np.random.default_rng(seed).random()))


def _middle(whole: Path, path: Path, seed: int) -> None:
    content, random = whole.read_bytes(), np.random.default_rng(seed)
    start = int(random.integers(len(content)))
    end = min(len(content), start + int(random.integers(1, len(content) // 5)))
    path.write_bytes(content[:start] + (bytes(end - start) if seed % 2 else b"") + content[end:])


@pytest.mark.parametrize("kind", KINDS)
def test_rot_ends_in_a_document_that_tells_of_it_or_in_a_refusal(kind: str, tmp_path: Path) -> None:
    whole = draw.cuts(tmp_path / kind, KINDS[kind], lengths=(20, 20)).path
    damages: tuple[Callable[[Path, Path, int], None], ...] = (_bits, _tail, _middle)
    for seed in range(6):
        path = tmp_path / f"rotten-{seed}{whole.suffix}"
        damages[seed % 3](whole, path, seed)
        try:
            document = analyse(path)
        except Rejected:
            continue  # said so, in words
        assert canonical(document)
        is_told = bool(document["quality"]["gaps"] or document["notes"])
        assert is_told or abs(document["file"]["duration_s"] - 1.6) < 0.5, seed
