"""The fingerprints of a picture or a short clip that somebody asks with: seen once, and never kept."""

from pathlib import Path

import cv2
import numpy as np

from storage.domain.picture_search import LONGEST_S
from storage.errors import Rejected
from storage.integrity.digest import Digest
from workers.analysis.container import MAX_PIXELS, MAX_SIDE, media_type_of
from workers.analysis.documents import digest_of
from workers.analysis.engine import fingerprinted
from workers.analysis.feeding import Progress
from workers.analysis.fingerprints import Fingerprints
from workers.analysis.hashing import header_of, prints_of, windows_of
from workers.analysis.probe import probe
from workers.copies.prints import FILE, WINDOWS, Prints

_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
_LEAST_POINTS = 32


def fingerprints_asked(path: Path, out: Path, on_progress: Progress) -> None:
    """Write the fingerprints of the still picture or clip at `path` into `out`, as of any video.

    A still has one record for each window that may be all that is left of it elsewhere.
    Raises: Rejected, code `not_media`, `too_large` or `unreadable`.
    """
    cv2.setNumThreads(1)
    media_type = media_type_of(path)
    if media_type == "image/heic":
        raise Rejected("Pictures in HEIC or AVIF cannot be read here; save it as JPEG or PNG.", code="not_media")
    if media_type in _PICTURES:
        digest, _ = digest_of(path)
        (out / FILE).write_bytes(_of_still(path, digest).encode())
        return
    facts = probe(path)
    if max(facts.measured_end_s, facts.timeline.duration_s if facts.timeline else 0.0) > LONGEST_S:
        raise Rejected(f"The clip is longer than {LONGEST_S} seconds; cut out what matters.", code="too_large")
    fingerprinted(path, out, on_progress)


def _of_still(path: Path, digest: Digest) -> Prints:
    """In display orientation: OpenCV heeds what EXIF says of it. As a video, it has one frame for each window."""
    content = np.frombuffer(path.read_bytes(), np.uint8)
    try:
        grey = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        raise Rejected("The picture has more points than we take on, or is damaged.", code="too_large") from error
    if grey is None:
        raise Rejected("This picture cannot be decoded.", code="unreadable")
    height, width = grey.shape
    if max(height, width) > MAX_SIDE or height * width > MAX_PIXELS:
        raise Rejected(f"The picture has {width} x {height} points, more than we take on.", code="too_large")
    if min(height, width) < _LEAST_POINTS:
        raise Rejected(f"The picture has {width} x {height} points, too few to know it by.", code="unreadable")
    factor = max(1, round(width / Fingerprints.need.width))
    small = cv2.resize(grey, (width // factor, max(1, height // factor)), interpolation=cv2.INTER_AREA)
    found = windows_of(small.astype(np.uint8))
    clock = "1", 0, len(found.ticks) + found.dropped
    header = header_of(digest, (width, height), (found.frames, found.dropped), clock)
    return prints_of(header.model_copy(update={"parameters": header.parameters | {WINDOWS: len(found.ticks)}}), [found])
