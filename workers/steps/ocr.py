"""What can be read in the pictures: captions, signs, plates, documents; a machine's reading, and nobody's quote."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from storage.domain.documents import DOCUMENT_LIMIT_BYTES
from storage.domain.machine_text import OCR, SeenText, Sighting
from storage.domain.steps import VERSIONS
from storage.errors import Implausible
from storage.integrity.digest import Digest
from workers import findings, seen_lines
from workers.analysis import ocr, tesseract
from workers.analysis.tesseract import Tesseract
from workers.decoding import run_engine
from workers.step import Context, Made, Product

PICTURES = 2000
"""As many keyframes of one video are read at most, spread over all of it."""

_AT_ONCE = 50
_NO_PROGRAM = (
    "Text in the pictures was not read: no Tesseract. "
    "On Debian and Ubuntu: apt install tesseract-ocr tesseract-ocr-ukr tesseract-ocr-rus"
)
_Side = Annotated[int, Field(ge=0, le=1 << 16)]


class _Box(findings.Said):
    left: _Side
    top: _Side
    width: Annotated[int, Field(ge=1, le=1 << 16)]
    height: Annotated[int, Field(ge=1, le=1 << 16)]


class _Line(findings.Said):
    text: Annotated[findings.Text, Field(min_length=1, max_length=tesseract.LINE_CHARACTERS)]
    confidence: Annotated[float, Field(ge=0, le=100)]
    box: _Box


class _Picture(findings.Said):
    width: Annotated[int, Field(ge=1, le=1 << 16)]
    height: Annotated[int, Field(ge=1, le=1 << 16)]
    lines: Annotated[list[_Line], Field(max_length=200)]


class _Read(findings.Said):
    pictures: Annotated[list[_Picture | None], Field(max_length=_AT_ONCE)]


@dataclass(frozen=True, slots=True)
class Ocr:
    """Reads the keyframes with Tesseract; without it, says so."""

    name: str = "ocr"
    version: str = VERSIONS["ocr"]
    needs: frozenset[str] = frozenset({"keyframe"})
    makes: frozenset[str] = frozenset({OCR})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `ocr` product for each original with keyframes; its words are in its file alone."""
        keyframes: dict[str, list[Made]] = defaultdict(list)
        for frame in context.needed("keyframe"):
            keyframes[frame.payload["original"]].append(frame)
        program = context.instruments.tesseract
        return [
            _read(context, program, Digest.parse(original), frames) if program else _unread(Digest.parse(original))
            for original, frames in keyframes.items()
        ]


def _unread(original: Digest) -> Product:
    return Product(OCR, payload=findings.payload(original, {"outcome": "no_program", "sentence": _NO_PROGRAM}))


def _read(context: Context, program: Tesseract, original: Digest, frames: Sequence[Made]) -> Product:
    ordered = sorted(frames, key=lambda frame: (frame.payload["time_s"], frame.payload["shot"]))
    chosen = [ordered[at * len(ordered) // PICTURES] for at in range(PICTURES)] if len(ordered) > PICTURES else ordered
    seen = list(_seen(context, program, chosen))
    read = [sightings for sightings in seen if sightings is not None]
    lines = seen_lines.merged(read)
    document = SeenText(
        original=original.hex,
        pictures_read=len(read),
        pictures_left=len(ordered) - len(read),
        lines=seen_lines.bounded(lines),
    )
    content = json.dumps(document.model_dump(), ensure_ascii=False).encode()
    if len(content) > DOCUMENT_LIMIT_BYTES:
        raise Implausible(f"what was read takes {len(content):,} bytes, more than anything that reads it takes")
    path = context.scratch / f"ocr-{original.hex}.json"
    path.write_bytes(content)
    left = len(lines) - len(document.lines)
    told = {
        "outcome": "read",
        "sentence": _sentence(program) + (f" {left:,} more lines, less sure, are left out." if left else ""),
        "lines": sum(line.is_sure for line in document.lines),
        "unsure_lines": sum(not line.is_sure for line in document.lines),
        "lines_left": left,
        "pictures_read": document.pictures_read,
        "pictures_left": document.pictures_left,
        "algorithm": ocr.VERSION,
        "versions": program.identity,
        "parameters": {**tesseract.PARAMETERS, **ocr.PARAMETERS, "alike": seen_lines.ALIKE},
    }
    return Product(OCR, path=path, payload=findings.payload(original, told))


def _sentence(program: Tesseract) -> str:
    missing = [name for name in tesseract.LANGUAGES if name not in program.languages]
    without = f"; without {' and '.join(missing)}, which are not installed" if missing else ""
    return f"Read with Tesseract {program.version} in {' + '.join(program.languages)}{without}."


def _seen(context: Context, program: Tesseract, frames: Sequence[Made]) -> Iterator[Sequence[Sighting] | None]:
    """What is seen in each of `frames`; None for one that cannot be decoded."""
    for done in range(0, len(frames), _AT_ONCE):
        some = frames[done : done + _AT_ONCE]
        paths = [context.open_local(frame.digest) for frame in some if frame.digest is not None]

        def report(share: float, done: int = done, count: int = len(some)) -> None:
            context.report({"progress": (done + share * count) / len(frames)})

        said = _asked(context, program, paths, report)
        if len(said.pictures) != len(some):
            raise Implausible(f"the reader tells of {len(said.pictures)} pictures, and was given {len(some)}")
        for frame, picture in zip(some, said.pictures, strict=True):
            yield None if picture is None else [_sighting(frame, picture, line) for line in picture.lines]


def _asked(context: Context, program: Tesseract, paths: Sequence[Path], report: Any) -> _Read:
    argv = ["workers.analysis.ocr", *map(str, paths)]
    argv += ["--program", str(program.program), "--languages", "+".join(program.languages)]
    return findings.read(run_engine(context, argv, paths, report), "ocr.json", _Read)


def _sighting(frame: Made, picture: _Picture, line: _Line) -> Sighting:
    told: Mapping[str, Any] = frame.payload
    box = line.box
    if box.left + box.width > picture.width or box.top + box.height > picture.height:
        raise Implausible("a line lies outside its picture")
    if frame.digest is None:
        raise ValueError("a keyframe without bytes")
    return Sighting(
        keyframe=frame.digest.hex,
        time_s=float(told["time_s"]),
        pts=told["pts"],
        time_base=told["time_base"],
        x=round(100 * box.left / picture.width, 3),
        y=round(100 * box.top / picture.height, 3),
        width=round(100 * box.width / picture.width, 3),
        height=round(100 * box.height / picture.height, 3),
        text=line.text,
        confidence=round(line.confidence / 100, 4),
    )
