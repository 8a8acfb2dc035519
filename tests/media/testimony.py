"""Footage that looks like what people submit: a plea read by a group in winter, a patch close up, a road with a tower.

Drawn from nothing, so it may be shown in documents: no person, place or unit in it exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.media import draw

Picture = NDArray[np.uint8]
_SIZE = (1280, 720)
_MARGIN = 60
_WIDE = (_SIZE[0] + 2 * _MARGIN, _SIZE[1] + 2 * _MARGIN)
RATE = Fraction(25)


def plea(path: Path, seconds: tuple[int, int, int] = (6, 3, 5), seed: int = 4) -> draw.Film:
    """Three shots, the first the longest; times and cuts are in the film that is returned."""
    lengths = [int(part * RATE) for part in seconds]
    pictures = _pictures(lengths, np.random.default_rng(seed))
    times = tuple(number / RATE for number in range(sum(lengths)))
    look = draw.Look(size=_SIZE, rate=RATE, key_every=50, audio=True, options={"crf": "29"})
    draw.write(path, look, pictures, times, numbered=False)
    return draw.Film(path, times, cuts=(lengths[0], lengths[0] + lengths[1]))


def _pictures(lengths: list[int], chance: np.random.Generator) -> Iterator[Picture]:
    scenes = (_group(chance), _patch(chance), _road(chance))
    for scene, length in zip(scenes, lengths, strict=True):
        for number in range(length):
            yield _filmed(scene, number, chance)


def _filmed(scene: Picture, number: int, chance: np.random.Generator) -> Picture:
    """The scene through a telephone held by hand: swaying, breathing focus, grain, darker corners."""
    sway_x = 14 * np.sin(number / 19) + 5 * np.sin(number / 5.3)
    sway_y = 9 * np.sin(number / 23 + 1) + 3 * np.sin(number / 4.1)
    turn = cv2.getRotationMatrix2D((_WIDE[0] / 2, _WIDE[1] / 2), 0.6 * np.sin(number / 31), 1.02)
    turn[:, 2] += (sway_x, sway_y)
    moved = cv2.warpAffine(scene, turn, _WIDE, borderMode=cv2.BORDER_REFLECT)
    framed = moved[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN].astype(np.float32)
    grain = cv2.resize(chance.normal(0, 7, (_SIZE[1] // 2, _SIZE[0] // 2)).astype(np.float32), _SIZE)
    x, y = np.meshgrid(np.linspace(-1, 1, _SIZE[0]), np.linspace(-1, 1, _SIZE[1]))
    corners = 1 - 0.22 * (x**2 + y**2)
    light = 1 + 0.02 * np.sin(number / 40)
    return np.clip(framed * (corners * light)[..., None] + grain[..., None], 0, 255).astype(np.uint8)[..., ::-1]


def _backdrop(chance: np.random.Generator, horizon: int) -> Picture:
    """Overcast sky, a line of firs, trodden snow."""
    scene = np.zeros((_WIDE[1], _WIDE[0], 3), np.float32)
    sky = np.linspace(0, 1, horizon)[:, None, None]
    scene[:horizon] = (1 - sky) * (150, 160, 172) + sky * (196, 200, 204)
    snow = np.linspace(0, 1, _WIDE[1] - horizon)[:, None, None]
    scene[horizon:] = (1 - snow) * (206, 208, 210) + snow * (168, 170, 174)
    ruts = cv2.resize(chance.normal(0, 9, (60, 90)).astype(np.float32), (_WIDE[0], _WIDE[1] - horizon))
    scene[horizon:] += ruts[..., None]
    picture = np.clip(scene, 0, 255).astype(np.uint8)
    for row, (shade, tallest) in enumerate(((112, 120), (84, 165), (60, 210))):
        for left in range(-20, _WIDE[0], 22 + 9 * row):
            _fir(
                picture, left + int(chance.integers(-9, 9)), horizon + 6, int(tallest * chance.uniform(0.55, 1)), shade
            )
    return cv2.GaussianBlur(picture, (0, 0), 1.1)


def _fir(picture: Picture, left: int, foot: int, height: int, shade: int) -> None:
    colour = (shade - 14, shade, shade - 8)
    for layer in range(5):
        top = foot - height + layer * height // 6
        width = int(height * (0.07 + 0.055 * layer))
        corners = np.array([(left, top), (left - width, top + height // 3), (left + width, top + height // 3)])
        cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
    cv2.line(picture, (left, foot), (left, foot - height // 4), (56, 50, 44), 3, cv2.LINE_AA)


@dataclass(frozen=True)
class _Cloth:
    coat: tuple[int, int, int]
    dark: tuple[int, int, int]


_CLOTHS = (
    _Cloth((98, 104, 84), (72, 78, 62)),
    _Cloth((88, 94, 78), (64, 70, 56)),
    _Cloth((108, 110, 92), (80, 82, 68)),
)


def _group(chance: np.random.Generator) -> Picture:
    picture = _backdrop(chance, 330)
    _tent(picture, 1010, 470)
    for back in (True, False):
        y, height = (690, 350) if back else (790, 430)
        places = range(190, _WIDE[0] - 150, 132) if back else range(120, _WIDE[0] - 80, 168)
        for order, x in enumerate(places):
            if not back and order == 3:
                continue
            _figure(
                picture, x + int(chance.integers(-14, 14)), y, height + int(chance.integers(-18, 18)), order + int(back)
            )
    _figure(picture, 655, 800, 470, 1)
    _sheet(picture, 655, 560)
    return cv2.GaussianBlur(picture, (0, 0), 0.8)


def _figure(picture: Picture, x: int, foot: int, height: int, order: int) -> None:
    """Somebody in a winter coat and a hat, face covered."""
    cloth = _CLOTHS[order % len(_CLOTHS)]
    head, shoulder = height // 9, int(height * 0.2)
    neck = foot - height + 2 * head
    cv2.ellipse(picture, (x, foot - 4), (shoulder, 12), 0, 0, 360, (150, 152, 156), -1, cv2.LINE_AA)
    for side in (-1, 1):
        leg = np.array(
            [
                (x, foot - height // 2),
                (x + side * shoulder * 2 // 3, foot - height // 2),
                (x + side * shoulder // 2, foot),
                (x + side * 8, foot),
            ]
        )
        cv2.fillPoly(picture, [leg], cloth.dark, cv2.LINE_AA)
    trunk = np.array(
        [
            (x - shoulder, neck + head),
            (x + shoulder, neck + head),
            (x + shoulder * 5 // 6, foot - height * 2 // 5),
            (x - shoulder * 5 // 6, foot - height * 2 // 5),
        ]
    )
    cv2.fillPoly(picture, [trunk], cloth.coat, cv2.LINE_AA)
    cv2.ellipse(picture, (x, neck + head), (shoulder, head * 3 // 4), 0, 180, 360, cloth.coat, -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.line(
            picture,
            (x + side * shoulder, neck + head),
            (x + side * shoulder * 9 // 10, foot - height * 2 // 5),
            cloth.dark,
            16,
            cv2.LINE_AA,
        )
    for rung in range(3):
        y = neck + head * 2 + rung * height // 11
        cv2.line(picture, (x - shoulder // 2, y), (x + shoulder // 2, y), cloth.dark, 4, cv2.LINE_AA)
    cv2.line(picture, (x, neck + head), (x, foot - height * 2 // 5), cloth.dark, 3, cv2.LINE_AA)
    cv2.circle(picture, (x, neck - head // 8), head, (150, 168, 196), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x, neck - head // 3), (head + 3, head), 0, 180, 360, (58, 62, 56), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x, neck + head // 3), (head - 1, head * 2 // 3), 0, 0, 180, (66, 70, 62), -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.circle(picture, (x + side * head * 2 // 5, neck - head // 10), 3, (40, 38, 36), -1, cv2.LINE_AA)


def _sheet(picture: Picture, x: int, y: int) -> None:
    """A sheet of paper held up, with lines of writing too small to read."""
    corners = np.array([(x - 62, y - 6), (x + 58, y - 14), (x + 66, y + 132), (x - 54, y + 142)])
    cv2.fillPoly(picture, [corners], (228, 232, 234), cv2.LINE_AA)
    for line in range(8):
        cv2.line(
            picture,
            (x - 46, y + 14 + line * 14),
            (x + 44 - 10 * (line % 3), y + 8 + line * 14),
            (120, 122, 126),
            2,
            cv2.LINE_AA,
        )
    for side in (-1, 1):
        cv2.circle(picture, (x + side * 60, y + 90), 15, (56, 58, 54), -1, cv2.LINE_AA)


def _tent(picture: Picture, x: int, y: int) -> None:
    cv2.fillPoly(
        picture,
        [np.array([(x - 190, y + 90), (x - 150, y - 70), (x, y - 130), (x + 150, y - 70), (x + 190, y + 90)])],
        (86, 98, 92),
        cv2.LINE_AA,
    )
    cv2.fillPoly(picture, [np.array([(x - 30, y + 90), (x, y - 60), (x + 34, y + 90)])], (44, 48, 46), cv2.LINE_AA)
    cv2.line(picture, (x + 120, y - 84), (x + 120, y - 190), (70, 70, 74), 7, cv2.LINE_AA)
    for puff in range(5):
        cv2.circle(picture, (x + 126 + 16 * puff, y - 200 - 22 * puff), 16 + 6 * puff, (190, 192, 196), -1, cv2.LINE_AA)


def _patch(chance: np.random.Generator) -> Picture:
    """A sleeve close up, with a patch that no unit wears."""
    cloth = cv2.resize(chance.normal(0, 14, (_WIDE[1] // 3, _WIDE[0] // 3)).astype(np.float32), _WIDE)
    picture = np.clip(np.array((86, 96, 84)) + cloth[..., None], 0, 255).astype(np.uint8)
    for fold in range(7):
        x = 120 + 190 * fold
        cv2.line(picture, (x, 0), (x - 160, _WIDE[1]), (66, 74, 64), 26, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture, (0, 0), 6)
    middle = (700, 420)
    shield = np.array([(-170, -190), (170, -190), (170, 40), (0, 220), (-170, 40)]) + middle
    cv2.fillPoly(picture, [shield], (52, 58, 50), cv2.LINE_AA)
    cv2.polylines(picture, [shield], True, (96, 150, 178), 9, cv2.LINE_AA)
    for ring in (96, 70):
        cv2.circle(picture, (700, 390), ring, (96, 150, 178), 5, cv2.LINE_AA)
    star = [(700 + r * np.sin(k * np.pi / 4), 390 - r * np.cos(k * np.pi / 4)) for k, r in enumerate([92, 30] * 4)]
    cv2.fillPoly(picture, [np.array(star, np.int32)], (176, 188, 196), cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 1.4)


def _road(chance: np.random.Generator) -> Picture:
    """A road past a water tower, with two lorries."""
    picture = _backdrop(chance, 380)
    cv2.fillPoly(
        picture, [np.array([(480, _WIDE[1]), (690, 382), (720, 382), (1120, _WIDE[1])])], (112, 112, 116), cv2.LINE_AA
    )
    for mark in range(7):
        top, step = 400 + 62 * mark, 10 + 9 * mark
        cv2.line(picture, (706 + 10 * mark, top), (710 + 12 * mark, top + step), (206, 206, 208), 2 + mark, cv2.LINE_AA)
    for leg in (-46, 0, 46):
        cv2.line(picture, (320 + leg // 2, 210), (320 + leg, 420), (92, 88, 92), 7, cv2.LINE_AA)
    cv2.ellipse(picture, (320, 170), (84, 62), 0, 0, 360, (128, 112, 110), -1, cv2.LINE_AA)
    cv2.ellipse(picture, (320, 124), (84, 20), 0, 180, 360, (104, 92, 92), -1, cv2.LINE_AA)
    for x, y, size in ((820, 520, 150), (742, 432, 74)):
        cv2.rectangle(picture, (x, y - size), (x + size, y), (70, 82, 74), -1, cv2.LINE_AA)
        cv2.rectangle(picture, (x + size // 8, y - size // 3), (x + size * 7 // 8, y), (52, 60, 56), -1, cv2.LINE_AA)
        for wheel in (0.2, 0.8):
            cv2.circle(picture, (x + int(size * wheel), y), size // 7, (36, 36, 38), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.9)
