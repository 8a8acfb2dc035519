"""What hides faces in a copy: solid boxes, painted before the picture is coded.

Solid, because nothing comes back from under it. A blur can be undone where its kernel is guessed, and a mosaic that
moves over a film gives away more with every picture. Source: Hill, Zhou, Saul, Shacham 2016, "On the (in)effectiveness
of mosaicing and blurring as tools for document redaction".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from av.video.frame import VideoFrame

from storage.domain.faces import RAREST_S, FaceSpan, FoundFaces
from storage.errors import Rejected

VERSION = "1"
_BLACK, _NO_COLOUR = 16, 128


@dataclass(slots=True)
class Veil:
    """The boxes of all faces of one file; asked picture by picture in the order of time."""

    waiting: Sequence[FaceSpan]
    _next: int = 0
    _open: list[FaceSpan] = field(default_factory=list)

    @classmethod
    def of(cls, found: FoundFaces, time_base: Fraction) -> "Veil":
        """Raises: Rejected, code `unreadable`, where the boxes stand in another time than the pictures; `too_rare`
        where looks were so rare that faces between them may be in no box.
        """
        if Fraction(found.time_base) != time_base:
            sentence = f"The faces are counted in ticks of {found.time_base} s, the pictures in ticks of {time_base} s."
            raise Rejected(sentence, code="unreadable")
        if found.every_s > RAREST_S:
            sentence = f"The looks for faces are {found.every_s:,.3f} s apart: between them one may come and go."
            raise Rejected(sentence, code="too_rare")
        spans = [span for track in found.tracks for span in track.spans]
        return cls(sorted(spans, key=lambda span: span.start_pts))

    def boxes(self, pts: int) -> list[FaceSpan]:
        """What is to be hidden in the picture of `pts`; none of a later call may be smaller."""
        while self._next < len(self.waiting) and self.waiting[self._next].start_pts <= pts:
            self._open.append(self.waiting[self._next])
            self._next += 1
        self._open = [span for span in self._open if pts < span.end_pts]
        return self._open

    def over(self, picture: VideoFrame, pts: int) -> VideoFrame:
        """`picture`, upright and yuv420p, with its faces hidden; the one given is left as it is.

        What a decoder still builds upon must not be painted, so the painted one is a copy.
        """
        boxes = self.boxes(pts)
        if not boxes:
            return picture
        width, height = picture.width, picture.height
        points = picture.to_ndarray().reshape(-1)
        luma, quarter = width * height, width * height // 4
        planes = (
            (points[:luma].reshape(height, width), 1, _BLACK),
            (points[luma : luma + quarter].reshape(height // 2, width // 2), 2, _NO_COLOUR),
            (points[luma + quarter :].reshape(height // 2, width // 2), 2, _NO_COLOUR),
        )
        for box in boxes:
            # Outwards, and to whole points of colour, which lie two by two.
            left, top = (int(share * side / 200) * 2 for share, side in ((box.x, width), (box.y, height)))
            right = math.ceil((box.x + box.width) * width / 200) * 2
            bottom = math.ceil((box.y + box.height) * height / 200) * 2
            for plane, by, value in planes:
                plane[top // by : bottom // by, left // by : right // by] = value
        painted = VideoFrame.from_ndarray(points.reshape(-1, width), format="yuv420p")
        painted.colorspace, painted.color_range = picture.colorspace, picture.color_range
        return painted
