"""Programs and models that an installation may have or not, and what the work done with them is called."""

from collections.abc import Mapping
from dataclasses import dataclass

from workers.analysis import tesseract
from workers.analysis.tesseract import Tesseract
from workers.boxes import box


@dataclass(frozen=True, slots=True)
class Instruments:
    """What is here; None: not here."""

    tesseract: Tesseract | None = None

    def of_step(self, name: str) -> Mapping[str, str]:
        """By which instruments a step works: part of the name of its work, so that better ones make it anew."""
        if name == "ocr" and self.tesseract is not None:
            return self.tesseract.identity
        return {}


def find() -> Instruments:
    """Look for them where a program in a box would find them."""
    return Instruments(tesseract=tesseract.find(box.environment()["PATH"]))
