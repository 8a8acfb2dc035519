"""Pictures of the pass that are held in memory, so that those which are chosen need not be decoded again."""

from dataclasses import dataclass, field

from av.video.frame import VideoFrame

from workers.analysis.decode import Frame

MOST_BYTES = 64 << 20
"""So many bytes of pictures are held: all that may be chosen of some ten seconds of 720p, or a minute of 360p."""


@dataclass(slots=True)
class Held:
    """Whole pictures by the number of their frame: the first that are offered, until there is no more room."""

    most_bytes: int = MOST_BYTES
    pictures: dict[int, VideoFrame] = field(default_factory=dict)
    _bytes: int = 0

    def offer(self, frame: Frame) -> None:
        """Hold the picture of a frame that was decoded in full, where there is room; a damaged one never is."""
        if frame.is_damaged or self._bytes >= self.most_bytes:
            return
        shown = sum(plane.buffer_size for plane in frame.picture.planes)
        # What is cut away from a coded picture lies in memory with what is shown of it.
        self._bytes += shown * max(frame.coded_height, frame.picture.height) // frame.picture.height
        if self._bytes <= self.most_bytes:
            self.pictures[frame.index] = frame.picture
