"""Pictures as JPEG files, each with the digest of its bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.integrity.digest import Digest

_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG file that was written: its bare name, what it holds, its size in points."""

    name: str
    digest: Digest
    size_bytes: int
    width: int
    height: int

    def spoken(self) -> dict[str, Any]:
        """The file as documents say it."""
        return {
            "file": self.name,
            "sha256": self.digest.hex,
            "size_bytes": self.size_bytes,
            "width": self.width,
            "height": self.height,
            "media_type": "image/jpeg",
        }


def write_jpeg(picture: NDArray[np.uint8], out: Path, name: str, quality: int = _QUALITY) -> Jpeg:
    """Write `picture`, (height, width[, 3]) uint8 grey or BGR, into the folder `out`."""
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    (out / name).write_bytes(jpeg)
    height, width = picture.shape[:2]
    return Jpeg(name, Digest.of(jpeg), len(jpeg), width, height)
