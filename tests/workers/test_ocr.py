"""Text in pictures, read by the real Tesseract in the real box."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pytest

from storage.blobs.local import LocalBlobs
from storage.domain.machine_text import SeenLine, SeenText
from storage.errors import Implausible
from storage.integrity.digest import Digest
from tests.capturing import LIMITS
from tests.media.pictures import Picture
from tests.media.writing import CAPTIONS, captioned
from workers import instruments
from workers.analysis.tesseract import Tesseract, parsed
from workers.instruments import Instruments
from workers.sandbox import Sandbox
from workers.step import Context, Made, Product, key_of
from workers.steps import ocr
from workers.steps.ocr import Ocr


def _found() -> Instruments:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TESSDATA_PREFIX", raising=False)
        return instruments.find()


HERE = _found()
needs_tesseract = pytest.mark.skipif(HERE.tesseract is None, reason="no Tesseract here: apt install tesseract-ocr")
ORIGINAL = Digest.of(b"the video").hex


@dataclass
class Desk:
    folder: Path

    def frames(self, pictures: Sequence[Picture]) -> list[Made]:
        """Keyframes a second apart."""
        return [self._frame(at, picture) for at, picture in enumerate(pictures)]

    def read(self, frames: Sequence[Made], here: Instruments = HERE) -> list[Product]:
        scratch = self.folder / f"run-{len(list(self.folder.iterdir()))}"
        scratch.mkdir()
        self.reports: list[Any] = []
        blobs = LocalBlobs(self.folder / "blobs")
        return list(
            Ocr().run(
                Context(
                    inputs=frames,
                    scratch=scratch,
                    sandbox=Sandbox(LIMITS),
                    open_local=lambda digest: blobs.local_copy(digest, scratch),
                    report=self.reports.append,
                    instruments=here,
                )
            )
        )

    def _frame(self, at: int, picture: Picture) -> Made:
        _, jpeg = cv2.imencode(".jpg", picture[:, :, ::-1])
        digest = LocalBlobs(self.folder / "blobs").put(io.BytesIO(jpeg.tobytes())).digest
        told = {"original": ORIGINAL, "time_s": float(at), "pts": at, "time_base": "1", "shot": at}
        return Made("keyframe", digest, "image/jpeg", told)


@dataclass(frozen=True)
class Seen:
    """Two pictures with the same captions, one without, and what was made of them."""

    frames: list[Made]
    product: Product
    document: SeenText
    reports: list[Any]

    def line(self, text: str) -> SeenLine:
        [line] = [one for one in self.document.lines if one.text == text]
        return line


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    desk = Desk(tmp_path_factory.mktemp("ocr"))
    frames = desk.frames([captioned(CAPTIONS[:3], 3), captioned(CAPTIONS[:3], 3), captioned((), 2)])
    [product] = desk.read(frames)
    assert product.path is not None
    return Seen(frames, product, SeenText.model_validate_json(product.path.read_bytes()), desk.reports)


@needs_tesseract
def test_captions_in_three_languages_are_read_with_their_span_and_their_keyframes(seen: Seen) -> None:
    languages = {text: seen.line(text).language for text in CAPTIONS[:3]}
    assert languages == dict(zip(CAPTIONS, [None, "uk", "en"], strict=False))
    for text in CAPTIONS[:3]:
        line = seen.line(text)
        assert (line.start_s, line.end_s, line.is_sure) == (0.0, 1.0, True)
        assert [one.keyframe for one in line.seen] == [frame.digest.hex for frame in seen.frames[:2] if frame.digest]


@needs_tesseract
def test_a_line_lies_where_it_was_drawn_in_percent_of_the_picture(seen: Seen) -> None:
    for number, text in enumerate(CAPTIONS[:3]):
        place = seen.line(text).seen[0]
        assert place.x == pytest.approx(100 * 60 / 1280, abs=1)
        assert place.y + place.height == pytest.approx(100 * (100 + 140 * number) / 720, abs=2.5)
        assert 3 < place.height < 9


@needs_tesseract
def test_nothing_sure_is_read_where_nothing_is_written(seen: Seen) -> None:
    assert seen.frames[2].digest is not None
    invented = [line for line in seen.document.lines if line.seen[-1].keyframe == seen.frames[2].digest.hex]
    assert not [line for line in invented if line.is_sure]


@needs_tesseract
def test_the_product_says_by_what_it_was_made_and_no_word_of_what_was_read(seen: Seen) -> None:
    told = seen.product.payload
    assert (told["outcome"], told["lines"], told["pictures_read"], told["pictures_left"]) == ("read", 3, 3, 0)
    assert told["versions"]["tesseract"]
    assert told["versions"]["tesseract ukr"].startswith("sha256:")
    assert told["parameters"]["psm"] == "11"
    assert not any(text.split()[0] in json.dumps(dict(told), ensure_ascii=False) for text in CAPTIONS)
    assert seen.reports[-1] == {"progress": 1.0}


@needs_tesseract
def test_a_keyframe_that_is_no_picture_is_counted_and_loses_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    good = desk.frames([captioned(CAPTIONS[2:3], 3)])
    told = dict(good[0].payload) | {"time_s": 1.0, "shot": 1}
    bad = Made("keyframe", LocalBlobs(tmp_path / "blobs").put(io.BytesIO(b"no picture")).digest, "image/jpeg", told)
    [product] = desk.read([*good, bad])
    assert (product.payload["lines"], product.payload["pictures_read"], product.payload["pictures_left"]) == (1, 1, 1)


def test_without_tesseract_the_step_says_so_and_how_to_get_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    [product] = desk.read(desk.frames([captioned((), 1)]), Instruments())
    assert product.path is None
    assert product.payload["outcome"] == "no_program"
    assert "apt install tesseract-ocr" in product.payload["sentence"]


def test_with_another_tesseract_it_is_other_work() -> None:
    step, frame = Ocr(), Made("keyframe", Digest.of(b"1"), "image/jpeg", {})
    here = [None, *(Tesseract(Path("/usr/bin/tesseract"), "5.3", {"ukr": trained}) for trained in ("a", "b"))]
    keys = {key_of(step, [frame], Instruments(one).of_step(step.name)).key for one in here}
    assert len(keys) == 3
    assert key_of(step, [frame]).key in keys


@pytest.mark.parametrize(
    "picture",
    [
        {"width": 10, "height": 10, "lines": [{"text": "a", "confidence": 90, "box": [0, 0, 11, 1]}]},
        {"width": 10, "height": 10, "lines": [{"text": "a\n", "confidence": 90, "box": [0, 0, 1, 1]}]},
        {"width": 10, "height": 10, "lines": [{"text": "a", "confidence": 101, "box": [0, 0, 1, 1]}]},
        "more",
    ],
)
def test_a_reader_that_was_taken_over_is_not_believed(
    picture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(*_: object) -> Path:
        if picture == "more":
            pictures: list[Any] = [None, None]
        else:
            names = ("left", "top", "width", "height")
            lines = [line | {"box": dict(zip(names, line["box"], strict=True))} for line in picture["lines"]]
            pictures = [picture | {"lines": lines}]
        (tmp_path / "ocr.json").write_text(json.dumps({"pictures": pictures}))
        return tmp_path

    monkeypatch.setattr(ocr, "run_engine", lie)
    desk = Desk(tmp_path)
    with pytest.raises(Implausible):
        desk.read(desk.frames([captioned((), 1)]), Instruments(Tesseract(Path("/usr/bin/true"), "5", {"ukr": "x"})))


def test_words_without_a_letter_and_invisible_letters_are_no_words() -> None:
    rows = ["5 1 1 1 1 1 10 10 20 9 90 \u202eАв\u200bдіївка", "5 1 1 1 1 2 40 12 20 9 50 —", "4 1 1 1 1 0 0 0 9 9 -1 "]
    [(page, line)] = parsed("\n".join(row.replace(" ", "\t", 11) for row in rows))
    assert (page, line.text, line.confidence) == (1, "Авдіївка", 90)
    assert (line.box.left, line.box.width) == (10, 20)
