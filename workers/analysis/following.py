"""Faces followed from look to look, and the boxes that hide them in between, before and after."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from storage.domain.mediatime import MediaTime


@dataclass(frozen=True, slots=True)
class Box:
    """Sides in shares of the picture as displayed, 0 to 1; `right` and `bottom` are just outside."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def within(cls, left: float, top: float, right: float, bottom: float) -> "Box":
        """What of these sides lies in the picture."""
        left, top, right, bottom = (min(1.0, max(0.0, side)) for side in (left, top, right, bottom))
        return cls(left, top, max(left, right), max(top, bottom))

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def overlap(self, other: "Box") -> float:
        """The common area over that of both, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        common = max(0.0, width) * max(0.0, height)
        both = self.area + other.area - common
        return common / both if both else 0.0

    def sides_from(self, other: "Box") -> float:
        """How far the middles are apart, in sides of the larger box."""
        side = max(*(one.right - one.left for one in (self, other)), *(one.bottom - one.top for one in (self, other)))
        across = self.left + self.right - other.left - other.right
        down = self.top + self.bottom - other.top - other.bottom
        return math.hypot(across, down) / 2 / side if side else math.inf

    def around(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def moved_on(self, before: "Box", times: float) -> "Box":
        """Where this one is after so many `times` the way it came from `before`, as far as the picture goes."""
        sides = ("left", "top", "right", "bottom")
        ways = ((getattr(self, one), getattr(before, one)) for one in sides)
        return Box.within(*(here + times * (here - there) for here, there in ways))

    def grown(self, share: float) -> "Box":
        """Larger by a share of its sides on each of them, as far as the picture goes."""
        across, down = (self.right - self.left) * share, (self.bottom - self.top) * share
        return Box.within(self.left - across, self.top - down, self.right + across, self.bottom + down)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face in one picture; 0 < score <= 1."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Span:
    """The box that holds a face in [start, end)."""

    start: MediaTime
    end: MediaTime
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Rules:
    """How faces are followed. Shares are of a face's own sides."""

    overlap: float = 0.2  # so much the boxes of one face in two looks have in common
    near: float = 2.5  # or so many sides their middles are apart, from one look to the next
    bridged_s: float = 1.5  # so long a face may be turned away and is still hidden
    held_s: float = 0.5  # hidden so long before the first look and after the last, and as long as between looks
    grown: float = 0.3  # hair, chin and what moves
    strays_per_s: float = 5.0  # a face seen once may have gone so far in a second, any way, before it is grown


@dataclass(slots=True)
class _Track:
    seen: list[tuple[MediaTime, Sighting]] = field(default_factory=list)


@dataclass(slots=True)
class Following:
    """Takes looks in the order of time; memory grows with the faces seen, and with nothing else."""

    every_s: float
    rules: Rules = Rules()
    _open: list[_Track] = field(default_factory=list)
    _tracks: list[_Track] = field(default_factory=list)
    sightings: int = 0

    @property
    def most_spans(self) -> int:
        """As many spans as the tracks have at most: one before each look at a face, and one after its last."""
        return self.sightings + len(self._tracks)

    def look(self, at: MediaTime, found: Sequence[Sighting]) -> None:
        """What one look at the picture of `at` has found. The pairs that belong together most are joined first."""
        most_s = max(self.rules.bridged_s, 2 * self.every_s)
        self._open = [track for track in self._open if at.seconds - track.seen[-1][0].seconds <= most_s]
        pairs = sorted(
            (
                (belonging, number, position)
                for number, track in enumerate(self._open)
                for position, one in enumerate(found)
                if (belonging := self._belongs(track, at, one)) > 0
            ),
            key=lambda pair: -pair[0],
        )
        followed, taken = set[int](), set[int]()
        for _, number, position in pairs:
            if number not in followed and position not in taken:
                self._open[number].seen.append((at, found[position]))
                followed.add(number)
                taken.add(position)
        fresh = [_Track([(at, one)]) for position, one in enumerate(found) if position not in taken]
        self._open += fresh
        self._tracks += fresh
        self.sightings += len(found)

    def _belongs(self, track: _Track, at: MediaTime, one: Sighting) -> float:
        """How much a sighting goes on with a track: more than 1 where they overlap, 0 for not at all.

        What moves fast overlaps nothing of what it was a look ago, and is near it still; joined wrongly, two faces
        are behind one box that holds both.
        """
        since, last = track.seen[-1]
        overlap = one.box.overlap(last.box)
        if overlap >= self.rules.overlap:
            return 1 + overlap
        if at.seconds - since.seconds > 2 * self.every_s:
            return 0.0
        return max(0.0, 1 - one.box.sides_from(last.box) / self.rules.near)

    def tracks(self, start: MediaTime, end: MediaTime) -> list[list[Span]]:
        """The spans of each face, in the order they appear; none begins before `start` or ends after `end`.

        Between two looks a box holds the face at both of them, so that no way between is bare that is straight. Before
        the first and after the last it holds all of the way that the face's motion makes in the time it is held.
        """
        return [spans for track in self._tracks if (spans := list(self._spans(track, start, end)))]

    def _spans(self, track: _Track, start: MediaTime, end: MediaTime) -> Iterator[Span]:
        held = round((self.rules.held_s + self.every_s) / float(start.time_base))
        first, last = track.seen[0][0], track.seen[-1][0]
        before = MediaTime(max(start.pts, first.pts - held), start.time_base)
        after = MediaTime(min(end.pts, last.pts + held), start.time_base)
        # What moves came from somewhere before the first look, and goes on after the last.
        whence, whither = self._carried(track.seen[1::-1], before), self._carried(track.seen[-2:], after)
        looks = [(before, whence), *track.seen, (after, whither)]
        for (since, one), (until, other) in pairwise(looks):
            if until.pts > since.pts:
                box = one.box.around(other.box).grown(self.rules.grown)
                yield Span(since, until, box, max(one.score, other.score))

    def _carried(self, seen: Sequence[tuple[MediaTime, Sighting]], to: MediaTime) -> Sighting:
        """Where the motion from the first to the last of `seen`, one or two, has carried the last at the time `to`.

        What was seen once may go any way: then it is larger by as much as it may have gone.
        """
        (since, before), (at, last) = seen[0], seen[-1]
        if since == at:
            return replace(last, box=last.box.grown(self.rules.strays_per_s * abs(to.seconds - at.seconds)))
        times = (to.pts - at.pts) / (at.pts - since.pts)
        return replace(last, box=last.box.moved_on(before.box, times))
