"""Lines of writing over the keyframes of a video: the same line in pictures after each other is one line."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from storage.domain.machine_text import LINES, SIGHTINGS, SURE, SeenLine, Sighting, language_of_letters

ALIKE = 0.8
"""How alike two readings of one line are at the least: twice the letters in common over all letters, 0 to 1."""

OVERLAP = 0.4
LETTERS = 3
"""Fewer letters and digits than these are never sure: a texture has corners enough for two."""


@dataclass(slots=True)
class _Open:
    """A line that the last picture still had."""

    seen: list[Sighting] = field(default_factory=list)

    @property
    def last(self) -> Sighting:
        return self.seen[-1]


def merged(pictures: Sequence[Sequence[Sighting]]) -> list[SeenLine]:
    """The lines in `pictures`, each the sightings of one keyframe, in the order of their time.

    A line goes on where the next picture has it at about the same place with about the same letters; a picture without
    it ends it.
    """
    done: list[_Open] = []
    standing: list[_Open] = []
    for sightings in pictures:
        next_standing = []
        for sighting in sightings:
            before = max(standing, key=lambda one: _likeness(one.last, sighting), default=None)
            if before is not None and _likeness(before.last, sighting) > 0 and len(before.seen) < SIGHTINGS:
                standing.remove(before)
                before.seen.append(sighting)
                next_standing.append(before)
            else:
                next_standing.append(_Open([sighting]))
        done += standing
        standing = next_standing
    lines = [_line(one.seen) for one in (*done, *standing)]
    return sorted(lines, key=lambda line: (line.start_s, line.seen[0].y, line.seen[0].x))


def bounded(lines: Sequence[SeenLine]) -> list[SeenLine]:
    """As many of `lines` as a document holds, in their order: the surest, and of each some sightings of all its time.

    A film of nothing but writing has more than anybody reads; of none would be left where all were too many.
    """
    kept = sorted(sorted(range(len(lines)), key=lambda at: -lines[at].confidence)[:LINES])
    if sum(len(lines[at].seen) for at in kept) <= LINES:
        return [lines[at] for at in kept]
    most = LINES // len(kept)
    return [lines[at].model_copy(update={"seen": _spread(lines[at].seen, most)}) for at in kept]


def _spread(seen: Sequence[Sighting], most: int) -> list[Sighting]:
    return [seen[at * len(seen) // most] for at in range(most)] if len(seen) > most else list(seen)


def _line(seen: Sequence[Sighting]) -> SeenLine:
    surest = max(seen, key=lambda one: one.confidence)
    letters = sum(map(str.isalnum, surest.text))
    return SeenLine(
        text=surest.text,
        language=language_of_letters(surest.text),
        confidence=surest.confidence,
        is_sure=surest.confidence >= SURE and letters >= LETTERS,
        start_s=seen[0].time_s,
        end_s=seen[-1].time_s,
        seen=list(seen),
    )


def _likeness(one: Sighting, other: Sighting) -> float:
    """How much two sightings are one line: 0 for not at all, else the share of letters they have in common.

    Letters may be misread; other digits are another number, such as the next second of a clock.
    """
    first, second = _letters(one.text), _letters(other.text)
    if _overlap(one, other) < OVERLAP or _digits(first) != _digits(second):
        return 0.0
    # Most lines stand still; to find what two long ones of one letter have in common takes a tenth of a second.
    alike = 1.0 if first == second else SequenceMatcher(None, first, second, autojunk=False).ratio()
    return alike if alike >= ALIKE else 0.0


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _digits(letters: str) -> str:
    return "".join(filter(str.isdigit, letters))


def _overlap(one: Sighting, other: Sighting) -> float:
    """The area that two rectangles share, over the area that they cover: 0 to 1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, width) * max(0.0, height)
    covered = one.width * one.height + other.width * other.height - shared
    return shared / covered if covered else 0.0
