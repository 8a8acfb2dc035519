"""Originals, copies of them made by the usual means, and videos that are no copies: each set follows from its seed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from bench.material.footage import Footage, footage
from tests.media.draw import Look, write
from tests.media.pictures import Picture

RATE = 10
"""Frames a second of what is written: footage of 25 is thinned, so that hundreds of files are made in minutes."""

_FOOTAGE_RATE = 25
_SIZE = (640, 360)
_PIECE_S = 6
_STRANGERS = 4


@dataclass(frozen=True, slots=True)
class Film:
    """`length` pictures, each made when it is asked for: `at(number)` is (height, width, 3) uint8 RGB."""

    length: int
    at: Callable[[int], Picture]

    def __iter__(self) -> Iterator[Picture]:
        return (self.at(step) for step in range(self.length))

    def changed(self, change: Callable[[Picture, int], np.ndarray]) -> "Film":
        return Film(self.length, lambda step: np.ascontiguousarray(change(self.at(step), step), dtype=np.uint8))

    def part(self, begin: int, end: int) -> "Film":
        end = min(end, self.length)
        return Film(end - begin, lambda step: self.at(begin + step))

    def paced(self, pace: float) -> "Film":
        return Film(int(self.length / pace), lambda step: self.at(int(step * pace)))

    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.at(0).shape[:2]
        return height, width


def joined(parts: Sequence[Film]) -> Film:
    starts = np.cumsum([0, *(part.length for part in parts)])

    def at(step: int) -> Picture:
        place = int(np.searchsorted(starts, step, side="right")) - 1
        return parts[place].at(step - int(starts[place]))

    return Film(int(starts[-1]), at)


@dataclass(frozen=True, slots=True)
class Stage:
    """The films of a set: originals with no piece in common, strangers, and other moments of some originals' takes.

    `same_camera`: the other originals that begin with a take of the camera that an original begins with.
    """

    originals: list[Film]
    strangers: list[Film]
    other_moments: dict[int, Film]
    same_camera: dict[int, frozenset[int]]


@lru_cache(maxsize=1)
def staged(seed: int, number: int) -> Stage:
    """`number` originals of some 18 seconds; those that begin with a take have another moment of it, five at most."""
    random = np.random.default_rng(seed)
    pieces = footage()
    takes = [piece for piece in pieces if len(piece.pictures) >= 100]
    others = [piece for piece in pieces if len(piece.pictures) < 100]
    takes = [takes[place] for place in random.permutation(len(takes))]
    others = [others[place] for place in random.permutation(len(others))]
    films: list[Film] = []
    moments: dict[int, Film] = {}
    for place in range(number + _STRANGERS):
        shots = [_moving(piece, random) for piece in others[place :: number + _STRANGERS][:3]]
        if place < min(len(takes), number):
            take = _thinned(takes[place].pictures)
            half = min(take.length // 2, 2 * _PIECE_S * RATE)
            shots.insert(0, take.part(0, half))
            if len(moments) < 5:
                moments[place] = take.part(take.length - half, take.length)
        films.append(joined(shots))
    cameras = [take.name.rpartition("-")[0] for take in takes[:number]]
    same = {
        place: frozenset(other for other, camera in enumerate(cameras) if camera == cameras[place]) - {place}
        for place in range(len(cameras))
    }
    return Stage(films[:number], films[number:], moments, same)


def copied(stage: Stage, number: int, transform: str, seed: int) -> "Made":
    """The copy of original `number` by `transform`, and which originals it holds a part of."""
    random = np.random.default_rng([seed, number, sorted(TRANSFORMS).index(transform)])
    other = (number + 1 + int(random.integers(len(stage.originals) - 1))) % len(stage.originals)
    holds = frozenset({number, other} if transform in MIXED else {number})
    return TRANSFORMS[transform](Made(stage.originals[number], stage.originals[other], holds, random))


@dataclass(slots=True)
class Made:
    """What a transform works on: the film of the original, that of another one, and chance; and then what it made."""

    film: Film
    other: Film
    holds: frozenset[int]
    random: np.random.Generator
    rate: Fraction = Fraction(RATE)
    crf: int = 26

    def each(self, change: Callable[[Picture], np.ndarray]) -> "Made":
        self.film = self.film.changed(lambda one, step: change(one))
        return self

    def chosen(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def write(self, path: Path) -> None:
        write_film(path, self.film, self.rate, self.crf)


def _reencoded(made: Made) -> Made:
    made.crf = 38
    return made


def _downscaled(made: Made) -> Made:
    return made.each(lambda one: cv2.resize(one, (256, 144), interpolation=cv2.INTER_AREA))


def _crop(made: Made, share: float, across: float, down: float) -> Made:
    height, width = made.film.size()
    rows, columns = round(height * (1 - share)) // 2 * 2, round(width * (1 - share)) // 2 * 2
    top, left = round((height - rows) * down), round((width - columns) * across)
    return made.each(lambda one: one[top : top + rows, left : left + columns])


def _cropped_10(made: Made) -> Made:
    return _crop(made, 0.10, 0.5, 0.5)


def _cropped_20(made: Made) -> Made:
    return _crop(made, 0.20, made.chosen(0, 1), made.chosen(0, 1))


def _captioned(made: Made) -> Made:
    """A logo in a corner and a bar with words below."""
    colour = [int(value) for value in made.random.integers(0, 256, 3)]

    def change(one: Picture, step: int) -> Picture:
        out = one.copy()
        height, width = out.shape[:2]
        cv2.rectangle(out, (width - width // 6, height // 20), (width - width // 30, height // 6), colour, -1)
        cv2.putText(out, "TV", (width - width // 7, height // 8), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
        cv2.rectangle(out, (0, height * 17 // 20), (width, height), (20, 20, 40), -1)
        words = f"report number {step // 60} from the place"
        cv2.putText(out, words, (width // 20, height * 19 // 20), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (240, 240, 240), 2)
        return out

    made.film = made.film.changed(change)
    return made


def _letterboxed(made: Made) -> Made:
    return made.each(lambda one: cv2.copyMakeBorder(one, 60, 60, 0, 0, cv2.BORDER_CONSTANT))


def _vertical(made: Made) -> Made:
    """Before its own enlarged, blurred self, as phones show it."""

    def change(one: Picture) -> Picture:
        height, width = 640, 360
        small = cv2.resize(one, (width, width * one.shape[0] // one.shape[1] // 2 * 2), interpolation=cv2.INTER_AREA)
        scale = height / one.shape[0]
        large = cv2.resize(one, (round(one.shape[1] * scale / 4), height // 4))
        left = (large.shape[1] - width // 4) // 2
        behind = cv2.GaussianBlur(large[:, left : left + width // 4], (0, 0), 5)
        out = cv2.resize(behind, (width, height))
        top = (height - small.shape[0]) // 2
        out[top : top + small.shape[0]] = small
        return np.asarray(out, dtype=np.uint8)

    return made.each(change)


def _mirrored(made: Made) -> Made:
    return made.each(lambda one: one[:, ::-1])


def _faster(made: Made) -> Made:
    made.film = made.film.paced(1.1)
    return made


def _excerpt(made: Made) -> Made:
    length = max(5 * RATE, made.film.length * 2 // 5)
    begin = int(made.random.integers(0, max(1, made.film.length - length)))
    made.film = made.film.part(begin, begin + length)
    return made


def _brighter(made: Made) -> Made:
    gain, lift = made.chosen(0.75, 1.3), made.chosen(-30, 30)
    return made.each(lambda one: np.clip(one * gain + lift, 0, 255))


def _halved_rate(made: Made) -> Made:
    made.film, made.rate = made.film.paced(2), Fraction(RATE, 2)
    return made


def _grey(made: Made) -> Made:
    return made.each(lambda one: cv2.cvtColor(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def _recorded(made: Made) -> Made:
    """The window of a player on a desktop that stands still."""
    desktop = cv2.resize(made.random.integers(60, 200, (9, 16, 3), dtype=np.uint8), (800, 500))
    left, top = int(made.random.integers(20, 200)), int(made.random.integers(40, 120))
    scale = made.chosen(0.75, 0.9)
    height, width = (round(side * scale) for side in made.film.size())
    cv2.rectangle(desktop, (left - 6, top - 28), (left + width + 6, top + height + 40), (225, 225, 225), -1)
    for button in range(5):
        cv2.circle(desktop, (left + 20 + 30 * button, top + height + 20), 8, (90, 90, 90), -1)

    def change(one: Picture) -> Picture:
        out = desktop.copy()
        out[top : top + height, left : left + width] = cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(out, dtype=np.uint8)

    return made.each(change)


def _filmed(made: Made) -> Made:
    """A screen filmed by hand: askew, with a rim, unsteady, soft, brighter in the middle, noisy."""
    height, width = made.film.size()
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    margin = 0.09
    askew = corners * (1 - 2 * margin) + np.float32([width, height]) * margin
    askew = (askew + made.random.uniform(-0.025, 0.025, (4, 2)) * [width, height]).astype(np.float32)
    shine = cv2.GaussianBlur(
        cv2.circle(np.zeros((height, width), np.float32), (width // 3, height // 3), height // 4, 1, -1), (0, 0), 60
    )
    phase = made.chosen(0, 6)

    def change(one: Picture, step: int) -> np.ndarray:
        sway = np.float32([3 * np.sin(step / 9 + phase), 2 * np.cos(step / 13 + phase)])
        matrix = cv2.getPerspectiveTransform(corners, askew + sway)
        out = cv2.warpPerspective(one, matrix, (width, height), borderValue=(28, 26, 24)).astype(np.float32)
        out = cv2.GaussianBlur(out, (0, 0), 1.2) * 0.85 + 25 * shine[..., None]
        noise = np.random.default_rng(step).normal(0, 4, (height, width, 1))
        return np.clip(out + noise, 0, 255)

    made.film = made.film.changed(change)
    return made


def _mashed(made: Made) -> Made:
    """Pieces of both, by turns."""
    parts = []
    for turn in range(4):
        source = made.film if turn % 2 == 0 else made.other
        length = int(RATE * made.chosen(3.5, 5.0))
        begin = int(made.random.integers(0, max(1, source.length - length)))
        parts.append(source.part(begin, begin + length))
    made.film = joined(parts)
    return made


def _inset(made: Made) -> Made:
    """The original as a small picture in a corner of another video."""
    share = made.chosen(0.33, 0.45)
    width, height = round(_SIZE[0] * share), round(_SIZE[1] * share)
    left = 16 if made.random.random() < 0.5 else _SIZE[0] - width - 16
    top = 16 if made.random.random() < 0.5 else _SIZE[1] - height - 16

    def change(one: Picture, step: int) -> Picture:
        out = made.other.at(step % made.other.length).copy()
        out[top : top + height, left : left + width] = cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA)
        return out

    made.film = made.film.changed(change)
    return made


def _combined(made: Made) -> Made:
    """Mirrored, cropped by a tenth, letterboxed, a little darker, coded badly."""
    made.crf = 34
    made = _crop(_mirrored(made), 0.1, made.chosen(0.2, 0.8), made.chosen(0.2, 0.8))
    return _letterboxed(made.each(lambda one: one * 0.85))


CORE: dict[str, Callable[[Made], Made]] = {
    "reencoded": _reencoded,
    "downscaled": _downscaled,
    "cropped_10": _cropped_10,
    "cropped_20": _cropped_20,
    "captioned": _captioned,
    "letterboxed": _letterboxed,
    "vertical": _vertical,
    "mirrored": _mirrored,
    "faster": _faster,
    "excerpt": _excerpt,
    "brighter": _brighter,
    "halved_rate": _halved_rate,
    "grey": _grey,
}
HARD: dict[str, Callable[[Made], Made]] = {
    "recorded": _recorded,
    "filmed": _filmed,
    "mashed": _mashed,
    "inset": _inset,
    "combined": _combined,
}
TRANSFORMS = CORE | HARD
MIXED = frozenset({"mashed", "inset"})
"""Those that hold a part of another original too."""


def _moving(piece: Footage, random: np.random.Generator) -> Film:
    """Six seconds of `piece`: a clip forwards and back again, a photograph under a travelling camera."""
    length = _PIECE_S * RATE
    if len(piece.pictures) > 1:
        clip = _thinned(piece.pictures)
        last = clip.length - 1
        return Film(length, lambda step: clip.at(last - abs(last - step % (2 * last))))
    whole = cv2.resize(piece.pictures[0], (1000, 640), interpolation=cv2.INTER_LINEAR)
    begin, end = random.uniform(0, 1, 3), random.uniform(0, 1, 3)

    def at(step: int) -> Picture:
        across, down, zoom = begin + (end - begin) * step / length
        width, height = round(640 + 200 * zoom), round(360 + 112 * zoom)
        left, top = round((1000 - width) * across), round((640 - height) * down)
        return _sized(np.asarray(whole[top : top + height, left : left + width], dtype=np.uint8))

    return Film(length, at)


def _thinned(pictures: Sequence[Picture]) -> Film:
    return Film(len(pictures), lambda step: _sized(pictures[step])).paced(_FOOTAGE_RATE / RATE)


def _sized(picture: Picture) -> Picture:
    if picture.shape[:2] == _SIZE[::-1]:
        return picture
    return np.asarray(cv2.resize(picture, _SIZE, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def write_film(path: Path, film: Film, rate: Fraction = Fraction(RATE), crf: int = 20) -> None:
    """Encode `film` as H.264 at `path`."""
    height, width = (side // 2 * 2 for side in film.size())
    look = Look(size=(width, height), rate=rate, key_every=20, options={"preset": "ultrafast", "crf": str(crf)})
    pictures = (one[:height, :width] for one in film)
    write(path, look, pictures, [number / rate for number in range(film.length)], numbered=False)
