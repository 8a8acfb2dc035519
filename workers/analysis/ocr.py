"""Text in pictures, as a program of its own to be run in a box: reads still pictures, writes the lines it found.

Video is the worst ground for letters: they stand on whatever happens. So each picture is looked at twice, once for
strokes brighter than what is around them and once for darker ones; of two readings of one place the surer stays.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.analysis.tesseract import Box, Line, lines_of

VERSION = "1"
PARAMETERS: Mapping[str, float] = {
    "least_height": 720,  # smaller pictures are enlarged to it, but never more than threefold
    "most_enlarged": 3,
    "stroke_share": 1 / 18,  # of the height: wider strokes are surfaces
    "least_confidence": 30,  # below it nothing is worth a look
    "same_place": 0.5,
}
_LINES = 200


def main(arguments: list[str] | None = None) -> int:
    """`python -m workers.analysis.ocr PICTURE… --program FILE --languages ukr+rus+eng --out DIR`.

    Writes `ocr.json`: {"pictures": [{"width", "height", "lines": [{"text", "confidence", "box"}]}]}, in the order of
    the arguments, boxes in points; a picture that cannot be read is null. Prints {"progress": share} lines.
    """
    parser = argparse.ArgumentParser(prog="python -m workers.analysis.ocr", description=__doc__)
    parser.add_argument("picture", type=Path, nargs="+")
    parser.add_argument("--program", required=True)
    parser.add_argument("--languages", required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 26))
    cv2.setNumThreads(1)
    read = []
    for number, picture in enumerate(chosen.picture, start=1):
        read.append(_read(picture, chosen.languages.split("+"), chosen.program, chosen.out))
        sys.stdout.write(json.dumps({"progress": round(number / len(chosen.picture), 4)}) + "\n")
        sys.stdout.flush()
    text = json.dumps({"pictures": read}, ensure_ascii=False, indent=1)
    (chosen.out / "ocr.json").write_text(text, encoding="utf-8")
    return 0


def _read(path: Path, languages: Sequence[str], program: str, out: Path) -> dict[str, Any] | None:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    height, width = picture.shape[:2]
    scale = min(PARAMETERS["most_enlarged"], max(1.0, PARAMETERS["least_height"] / height))
    names = []
    for name, view in _views(np.asarray(picture, np.uint8), scale):
        cv2.imwrite(str(out / f"{name}.png"), view)
        names.append(out / f"{name}.png")
    try:
        read = lines_of(names, languages, program, out / "pictures.txt")
    except subprocess.CalledProcessError:
        return None
    found = [line for lines in read for line in lines]
    lines = [replace(line, box=_within(line.box, scale, width, height)) for line in surest(found)]
    return {"width": width, "height": height, "lines": [asdict(line) for line in lines[:_LINES]]}


def _views(picture: NDArray[np.uint8], scale: float) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Dark letters on white, of strokes brighter than their ground in every colour, and of darker ones.

    Source: white and black top-hat transforms; Serra 1982, "Image analysis and mathematical morphology".
    """
    if scale > 1:
        picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    side = max(21, int(picture.shape[0] * PARAMETERS["stroke_share"])) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    bright = cv2.morphologyEx(picture.min(axis=2), cv2.MORPH_TOPHAT, kernel)
    dark = cv2.morphologyEx(picture.max(axis=2), cv2.MORPH_BLACKHAT, kernel)
    yield "bright", 255 - np.asarray(bright, np.uint8)
    yield "dark", 255 - np.asarray(dark, np.uint8)


def surest(found: Sequence[Line]) -> list[Line]:
    """The readings worth a look, top to bottom; of those that overlap, the one with the most sure letters."""
    kept: list[Line] = []
    for line in sorted(found, key=lambda line: -line.confidence * len(line.text)):
        is_sure_enough = line.confidence >= PARAMETERS["least_confidence"]
        if is_sure_enough and all(line.box.overlap(one.box) < PARAMETERS["same_place"] for one in kept):
            kept.append(line)
    return sorted(kept, key=lambda line: (line.box.top, line.box.left))


def _within(box: Box, scale: float, width: int, height: int) -> Box:
    """A box in points of the picture as it is, at least one wide and high."""
    left, top = min(width - 1, max(0, int(box.left / scale))), min(height - 1, max(0, int(box.top / scale)))
    right = min(width, max(left + 1, round((box.left + box.width) / scale)))
    bottom = min(height, max(top + 1, round((box.top + box.height) / scale)))
    return Box(left, top, right - left, bottom - top)


if __name__ == "__main__":
    sys.exit(main())
