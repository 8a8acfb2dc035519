"""Tesseract: whether it is here and with which languages, and the lines it reads in pictures.

Source: tesseract(1), and Smith 2007, "An overview of the Tesseract OCR engine".
"""

import csv
import hashlib
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

LANGUAGES = ("ukr", "rus", "eng")
PARAMETERS: Mapping[str, str] = {
    "psm": "11",  # sparse text: captions, signs and plates lie anywhere
    "thresholding_method": "2",  # Sauvola: each letter against what is around it
}
LINE_CHARACTERS = 500
_WORD = "5"
_ASKED_S = 20


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The program, its version, and the digest of each trained language it is asked for."""

    program: Path
    version: str
    languages: Mapping[str, str]

    @property
    def identity(self) -> dict[str, str]:
        """What the work was done with, so that a change of it is other work."""
        return {"tesseract": self.version, **{f"tesseract {name}": digest for name, digest in self.languages.items()}}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points of the picture."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def around(cls, boxes: "Sequence[Box]") -> "Box":
        left, top = min(one.left for one in boxes), min(one.top for one in boxes)
        right, bottom = max(one.left + one.width for one in boxes), max(one.top + one.height for one in boxes)
        return cls(left, top, right - left, bottom - top)

    def overlap(self, other: "Box") -> float:
        """The share of the smaller of the two that lies in the other: 0 to 1."""
        width = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        height = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        least = min(self.width * self.height, other.width * other.height)
        return max(0, width) * max(0, height) / least if least else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand in one line; `confidence` is Tesseract's own, the mean over the letters: 0 to 100."""

    text: str
    confidence: float
    box: Box


def find(path: str) -> Tesseract | None:
    """The Tesseract in one of the folders of `path`, if it runs and has at least one of `LANGUAGES`."""
    program = shutil.which("tesseract", path=path)
    if program is None:
        return None
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_ASKED_S, check=True)
        listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=_ASKED_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"tesseract v?(\d[\w.\-]*)", told.stdout + told.stderr)
    folder = re.search(r'"([^"]+)"', listed.stdout)
    if version is None or folder is None:
        return None
    trained = {name: Path(folder[1]) / f"{name}.traineddata" for name in LANGUAGES}
    languages = {name: _digest(file) for name, file in trained.items() if file.is_file()}
    return Tesseract(Path(program), version[1], languages) if languages else None


def lines_of(pictures: Sequence[Path], languages: Sequence[str], program: str, listed: Path) -> list[list[Line]]:
    """The lines in each of `pictures`, read by one run; the file `listed` is written to name them.

    Raises: subprocess.CalledProcessError.
    """
    listed.write_text("".join(f"{picture}\n" for picture in pictures))
    asked = ["-l", "+".join(languages), "--psm", PARAMETERS["psm"]]
    asked += ["-c", f"thresholding_method={PARAMETERS['thresholding_method']}", "tsv"]
    told = subprocess.run(
        [program, str(listed), "stdout", *asked],
        capture_output=True,
        text=True,
        check=True,
        errors="replace",
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    found: list[list[Line]] = [[] for _ in pictures]
    for page, line in parsed(told.stdout):
        if 1 <= page <= len(found):
            found[page - 1].append(line)
    return found


def parsed(table: str) -> Iterator[tuple[int, Line]]:
    """The lines of Tesseract's table, each with the number of its page, from 1. Words without a letter are no words."""
    rows = csv.reader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in rows if len(row) == 12 and row[0] == _WORD]
    for (page, *_), row in groupby(words, key=lambda word: tuple(word[1:5])):
        read = [(clean(word[11]), float(word[10]), Box(*map(int, word[6:10]))) for word in row]
        read = [(text, confidence, box) for text, confidence, box in read if any(map(str.isalnum, text))]
        if not read:
            continue
        letters = sum(len(text) for text, *_ in read)
        mean = sum(confidence * len(text) for text, confidence, _ in read) / letters
        text = " ".join(text for text, *_ in read)[:LINE_CHARACTERS]
        yield int(page), Line(text, min(100.0, max(0.0, mean)), Box.around([box for *_, box in read]))


def clean(text: str) -> str:
    """Letters as people write them: composed, and without what cannot be seen."""
    return "".join(
        letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter)[0] not in "CZ"
    )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()
