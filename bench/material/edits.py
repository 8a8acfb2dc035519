"""Edited films with a known truth: cuts, dissolves, fades and wipes, and all that must not be taken for one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from bench.material.footage import Footage
from tests.media import draw
from tests.media.draw import Look
from tests.media.pictures import Picture, mix

_SHARES = {"cut": 0.64, "dissolve": 0.14, "fade": 0.11, "wipe": 0.11}
_DECOYS = ("flash", "exposure", "caption", "repeat", "shake")
_DECOY_SHARE = 0.6
_GRADUAL_S = (0.3, 1.6)

LOOKS = {
    "h264": Look(size=(640, 360), key_every=125, b_frames=3),
    "hevc": Look(size=(640, 360), codec="libx265", rate=Fraction(30), key_every=120),
    "vp9": Look(size=(640, 360), codec="libvpx-vp9", rate=Fraction(24), key_every=120),
    "av1": Look(size=(640, 360), codec="libsvtav1", rate=Fraction(30000, 1001), key_every=150),
    "mpeg4": Look(size=(480, 270), codec="mpeg4", key_every=50),
    "phone": Look(size=(360, 640), rate=Fraction(30), b_frames=0, key_every=30),
    "fast": Look(size=(640, 360), rate=Fraction(60), key_every=120),
    "slow": Look(size=(480, 270), rate=Fraction(10), key_every=50),
    "poor": Look(size=(426, 240), key_every=250, options={"crf": "33"}),
    "large": Look(size=(1280, 720), rate=Fraction(25), key_every=125, b_frames=3),
}
"""How films of a set are written: codecs, 10 to 60 frames per second, 240 to 720 rows, a phone held upright."""

SUFFIXES = {"vp9": ".webm", "mpeg4": ".avi"}


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where one shot gives way to the next: the frames [start, end) are mixed; a cut's are none."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A film and its truth."""

    path: Path
    rate: Fraction
    frames: int
    boundaries: tuple[Boundary, ...]


def edit(path: Path, look: Look, pool: Sequence[Footage], seed: int, seconds: float) -> Edit:
    """Write a film of about `seconds`, drawn from `pool` by `seed`; the same seed gives the same pictures.

    A shot lasts 0.7 to 8 s; neighbours never come from the same piece. A gradual transition lasts 0.3 to 1.6 s.
    """
    random = np.random.default_rng([seed, *path.stem.encode()])
    rate = float(look.rate)
    takes: list[_Take] = []
    boundaries: list[Boundary] = []
    at = 0
    while at < seconds * rate:
        piece = pool[int(random.choice([n for n, one in enumerate(pool) if not takes or one is not takes[-1].piece]))]
        kind = str(random.choice(list(_SHARES), p=list(_SHARES.values()))) if takes else "start"
        mixed = 0 if kind in ("cut", "start") else max(3, round(rate * float(random.uniform(*_GRADUAL_S))))
        if takes:
            boundaries.append(Boundary(kind, at, at + mixed))
        clean = max(5, round(rate * float(np.clip(random.lognormal(0.85, 0.6), 0.7, 8.0))))
        takes.append(_Take.of(piece, look, random, before=mixed, clean=clean, kind=kind))
        at += mixed + clean
    draw.write(path, look, _pictures(takes), [frame / look.rate for frame in range(at)], numbered=False)
    return Edit(path, look.rate, at, tuple(boundaries))


@dataclass(slots=True)
class _Take:
    """One shot as it is filmed: a camera over a piece of footage, and what disturbs it."""

    piece: Footage
    kind: str
    before: int
    clean: int
    size: tuple[int, int]
    rate: float
    path: np.ndarray
    is_mirrored: bool
    first: int
    decoys: dict[str, tuple[int, int, float]]
    turn: int

    @classmethod
    def of(
        cls, piece: Footage, look: Look, random: np.random.Generator, *, before: int, clean: int, kind: str
    ) -> "_Take":
        rate = float(look.rate)
        total = before + clean + round(2 * rate)
        decoys: dict[str, tuple[int, int, float]] = {}
        if clean > rate and random.random() < _DECOY_SHARE:
            for name in random.choice(_DECOYS, int(random.integers(1, 3)), replace=False):
                start = before + int(random.integers(round(0.3 * rate), clean - round(0.4 * rate)))
                decoys[str(name)] = (start, _length_of(str(name), rate, clean, random), float(random.random()))
        shake = 0.03 if "shake" in decoys else float(random.choice([0.0, 0.002, 0.008]))
        spare = max(0, len(piece.pictures) - total)
        return cls(
            piece,
            kind,
            before,
            clean,
            look.size,
            rate,
            _camera(total, rate, shake, random, is_still=len(piece.pictures) > 1),
            bool(random.random() < 0.5),
            int(random.integers(0, spare + 1)),
            decoys,
            int(random.integers(0, 4)),
        )

    def at(self, step: int) -> Picture:
        """The picture at `step`, counted from the first frame of the transition that leads in."""
        if (start := self.decoys.get("repeat")) and start[0] <= step < start[0] + start[1]:
            step -= (step - start[0]) % (3 + int(3 * start[2]))
        step = min(step, len(self.path) - 1)
        count = len(self.piece.pictures)
        place = self.first + step
        place = place % (2 * count)
        picture = self.piece.pictures[place if place < count else 2 * count - 1 - place]
        out = _seen(picture[:, ::-1] if self.is_mirrored else picture, self.size, self.path[step])
        return self._disturbed(out, step)

    def _disturbed(self, picture: Picture, step: int) -> Picture:
        for name, (start, length, chance) in self.decoys.items():
            if name == "flash" and start <= step < start + length:
                picture = mix(picture, np.full_like(picture, 255), 0.55 + 0.4 * chance)
            elif name == "exposure" and step >= start:
                share = min(1.0, (step - start + 1) / length)
                gain = 1 + share * ((0.45 + 0.35 * chance if chance < 0.5 else 1.2 + 0.5 * chance) - 1)
                picture = np.clip(picture * np.float32(gain), 0, 255).astype(np.uint8)
            elif name == "caption" and start <= step < start + length:
                picture = _captioned(picture, chance)
        return picture


def _length_of(decoy: str, rate: float, clean: int, random: np.random.Generator) -> int:
    if decoy == "flash":
        return int(random.integers(1, max(2, round(0.12 * rate)) + 1))
    if decoy == "exposure":
        return int(random.choice([1, 1, max(2, round(0.2 * rate))]))
    return int(random.integers(round(0.4 * rate), max(round(0.5 * rate), clean)))


def _camera(total: int, rate: float, shake: float, random: np.random.Generator, *, is_still: bool) -> np.ndarray:
    """Centre and breadth of what the camera sees, in shares of the footage: (total, 3)."""
    breadth = float(random.uniform(0.55, 0.95))
    room = (1 - breadth) / 2
    begin, end = random.uniform(-room, room, 2), random.uniform(-room, room, 2)
    if is_still:
        end = begin + (end - begin) * float(random.choice([0.0, 0.0, 0.3]))
    along = np.linspace(0, min(1.0, total / rate / float(random.uniform(3, 8))), total)[:, None]
    wandering = random.normal(0, shake, (total + 8, 2))
    smooth = np.stack([np.convolve(axis, np.ones(3) / 1.7, "same") for axis in wandering.T], 1)[:total]
    zoom = breadth * (1 + float(random.choice([0.0, 0.0, -0.15, 0.08])) * along)
    return np.concatenate([0.5 + begin + (end - begin) * along + smooth, zoom], 1)


def _seen(picture: Picture, size: tuple[int, int], view: np.ndarray) -> Picture:
    """What the camera sees of `picture`, cut to the proportions of `size`; edges are mirrored."""
    height, width = picture.shape[:2]
    scale = min(width / size[0], height / size[1]) * float(view[2])
    left, top = float(view[0]) * width - scale * size[0] / 2, float(view[1]) * height - scale * size[1] / 2
    placed = np.array([[scale, 0, left], [0, scale, top]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(np.ascontiguousarray(picture), placed, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101),
        dtype=np.uint8,
    )


def _captioned(picture: Picture, chance: float) -> Picture:
    height, width = picture.shape[:2]
    out = picture.copy()
    top, bottom = round(height * (0.72 + 0.1 * chance)), round(height * (0.86 + 0.12 * chance))
    out[top:bottom, round(width * 0.04) : round(width * (0.6 + 0.36 * chance))] = (20, 40, int(160 * chance))
    at = round(width * 0.07), (top + bottom) // 2 + height // 60
    cv2.putText(out, "EYEWITNESS 14:32 CITY SQUARE", at, cv2.FONT_HERSHEY_SIMPLEX, width / 900, (255, 255, 255), 1)
    return out


def _pictures(takes: Sequence[_Take]) -> Iterator[Picture]:
    for number, take in enumerate(takes):
        before = takes[number - 1] if number else None
        for step in range(take.before):
            if before is None:
                break
            share = (step + 1) / (take.before + 1)
            yield _joined(take, before.at(before.before + before.clean + step), take.at(step), share)
        for step in range(take.before, take.before + take.clean):
            yield take.at(step)


def _joined(take: _Take, before: Picture, after: Picture, share: float) -> Picture:
    """A picture of a transition; a fade goes through black or white, a wipe comes from any of the four sides."""
    if take.kind == "dissolve":
        return mix(before, after, share)
    if take.kind == "fade":
        flat = np.full_like(before, 235 if take.turn == 3 else 0)
        return mix(before, flat, min(1.0, 2 * share)) if share < 0.5 else mix(flat, after, 2 * share - 1)
    turned, out = np.rot90(after, take.turn), np.rot90(before, take.turn).copy()
    edge = round(out.shape[1] * share)
    out[:, :edge] = turned[:, :edge]
    return np.ascontiguousarray(np.rot90(out, -take.turn))
