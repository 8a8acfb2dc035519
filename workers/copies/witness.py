"""What the sound says of two videos whose pictures run in step: a second witness, heard where the first has spoken.

The pictures have found which moments belong together. There the bits that both say are counted, in windows of some five
seconds: `agreement` is 1 where all are the same, 0 by chance, -1 where all are opposite.

1. Sound may lie up to a second and a half beside the picture, and be higher or lower: the shift is looked for at which
   windows agree best. 2. A window agrees where it agrees well there, and much better than at any other moment within
   ten seconds: beeps, bars of music and hum agree everywhere or nowhere. 3. It differs where both say enough and agree
   at no moment. 4. All else is unknown.

The bars come from sounds that were made, stored and mixed in many ways (`bench/sounds.py`): windows of one sound agreed
in 0.26 at the least, and windows of two in 0.17 at the most at one moment. Where another sound drowns it, one ten
decibels louder, a sound may be called another.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.domain.matches import MOST_HEARD, Heard, Passage, Sound, Span, Unheard
from workers.copies.prints import Prints
from workers.copies.sounds import BITS, EVERY_S, RATIO, Sounds

VERSION = "1"
_WINDOW = 100
_LEAST_SAID = 5.0
"""Bits that both say, on average of a window's moments, for it to say anything."""

_AGREES, _AGREES_DISGUISED, _DIFFERS, _CHANCE, _OVER_OTHERS = 0.28, 0.45, 0.2, 0.12, 1.5
_LEAST_OTHERS = 60
_NEAR, _FAR, _FROM = 30, 200, 20
_PITCHES = range(-6, 7)
_MOST_TRIED = 60
_SURE_SCORE = 0.4
"""Pictures that agree less may belong to other moments, or to another speed: sound that differs there says nothing."""
_MOST_SOUGHT, _SOUGHT = 12_000, 3
_MOST_S = 4 * 3600.0

_Numbers = NDArray[np.float64]


def heard(a: Prints, b: Prints, spans: Sequence[Span]) -> tuple[Sound, Heard]:
    """What the sound says of the `spans` in which the pictures of `a` and `b` run in step, and of how many seconds.

    Seconds are those of `a`. One window that differs makes the whole DIFFERS: what was laid over a part is what counts.
    """
    whole_s = sum(span.a_end_s - span.a_start_s for span in spans)
    if why := _deaf(a, b):
        return _told([], whole_s, why)
    judged = [_span(a, b, span) for span in spans]
    windows = [window for found in judged if isinstance(found, list) for window in found]
    if not windows:
        return _told([], whole_s, Unheard.TOO_SHORT)
    return _told(windows, whole_s, None)


@dataclass(frozen=True, slots=True)
class _Window:
    """`sound` of one window, or `why` it is unknown; `agreement` at the chosen shift, by so many bits `said`."""

    passage: Passage
    sound: Sound
    why: Unheard | None
    agreement: float
    said: float

    @property
    def seconds(self) -> float:
        return self.passage.a_end_s - self.passage.a_start_s


@dataclass(frozen=True, slots=True)
class _Pair:
    """The bits of a span of A, and those of B at the same moments and at `_FAR` steps before and after them.

    `rows` (n,) is where the moment of each of A's lies in B's; `begins` (w,) the first of each window, `n` moments.
    """

    said: NDArray[np.uint64]
    bits: NDArray[np.uint64]
    other_said: NDArray[np.uint64]
    other_bits: NDArray[np.uint64]
    rows: NDArray[np.int64]
    begins: NDArray[np.int64]

    def agreement(self, shifts: Iterable[int], pitch: int, chosen: NDArray[np.int64] | None = None) -> "_Agreement":
        """Each window's agreement and bits said at each of `shifts`, with B's bands moved by `pitch`: (w, shifts).

        With `chosen`, of these windows alone.
        """
        moments, begins = np.arange(len(self.rows)), self.begins
        if chosen is not None:
            ends = np.append(begins[1:], len(self.rows))[chosen]
            moments = np.concatenate([np.arange(first, last) for first, last in zip(begins[chosen], ends, strict=True)])
            begins = np.concatenate([[0], np.cumsum(ends - begins[chosen])[:-1]])
        said, bits, rows = self.said[moments], self.bits[moments], self.rows[moments]
        other_said, other_bits = _moved(self.other_said, pitch), _moved(self.other_bits, pitch)
        net, both = [], []
        for shift in shifts:
            there = rows + (_FAR + shift)
            common = said & other_said[there]
            opposite = np.bitwise_count((bits ^ other_bits[there]) & common).astype(np.int64)
            count = np.bitwise_count(common).astype(np.int64)
            net.append(np.add.reduceat(count - 2 * opposite, begins))
            both.append(np.add.reduceat(count, begins))
        counts = np.stack(both, 1)
        lengths = np.diff(np.append(begins, len(moments)))[:, None]
        values = np.where(counts, np.stack(net, 1) / np.maximum(counts, 1), 0.0)
        return _Agreement(values, counts / lengths)


@dataclass(frozen=True, slots=True)
class _Agreement:
    """(windows, shifts) each: `values` from -1 to 1; `said`, how many bits both say, on average of the moments.

    A window that says too little has no value.
    """

    values: _Numbers
    said: _Numbers

    @property
    def told(self) -> _Numbers:
        return np.where(self.said >= _LEAST_SAID, self.values, 0.0)


def _span(a: Prints, b: Prints, span: Span) -> list[_Window] | None:
    """What each window of a span says; None where it is shorter than one. At most four hours of it are heard.

    1. Look for the pitch and the shift by which the windows agree best. 2. Judge each window by them.
    """
    span = _cut(span, _MOST_S)
    pair = _paired(a, b, span)
    if pair is None:
        return None
    near = range(-_NEAR, _NEAR + 1)
    own = round(math.log((span.a_end_s - span.a_start_s) / (span.b_end_s - span.b_start_s)) / math.log(RATIO))
    tried = {pitch: pair.agreement(near, pitch) for pitch in sorted({0, own}) if abs(pitch) < BITS}
    bar = _AGREES
    if not any((each.told >= _AGREES).any() for each in tried.values()):
        # A voice may be made higher or lower and no faster, so that nobody knows it. More ways of looking ask for more.
        bar = _AGREES_DISGUISED
        some = np.unique(np.linspace(0, len(pair.begins) - 1, _MOST_TRIED).astype(np.int64))
        others = [pitch for pitch in _PITCHES if pitch not in tried]
        likeliest = max(others, key=lambda pitch: float(_worth(pair.agreement(near, pitch, some)).max()))
        tried[likeliest] = pair.agreement(near, likeliest)
    best = max(tried, key=lambda pitch: float(_worth(tried[pitch]).max()))
    shift = int(np.argmax(_worth(tried[best]))) - _NEAR
    by_chance = {pitch: 0.0 if pitch in (0, own) else _AGREES_DISGUISED - _AGREES for pitch in tried}
    nearby = np.stack([each.told.max(1) - by_chance[pitch] for pitch, each in tried.items()]).max(0)
    everywhere = range(-_FAR, _FAR + 1)
    found = pair.agreement(everywhere, best)
    moved = np.zeros(len(pair.begins))
    if (nearby < _DIFFERS).any():
        # Among so many moments more is found by chance than within ten seconds.
        moved = _anywhere(a, b, span, pair.begins) - (_AGREES_DISGUISED - _AGREES)
    if bar > _AGREES:
        other = [pair.agreement(everywhere, pitch).told.max(1) for pitch in tried if pitch != best]
        moved = np.stack([moved, *other]).max(0)
    return _windows(found, _FAR + shift, _Best(nearby, moved, bar, span.score >= _SURE_SCORE), _passages(pair, span))


@dataclass(frozen=True, slots=True)
class _Best:
    """Each window's best agreement at any pitch tried: `nearby`, and at any shift, `moved`; the `bar` to reach.

    `nearby` is less what the many pitches of a disguise find by chance. `is_placed`: the pictures tell the moments.
    """

    nearby: _Numbers
    moved: _Numbers
    bar: float
    is_placed: bool


def _windows(found: _Agreement, at: int, best: _Best, passages: Sequence[Passage]) -> list[_Window]:
    """What each window says at the shift in column `at`.

    Where half of those that say enough are out of step, the rest is not called another: it lies elsewhere too.
    """
    is_elsewhere = np.abs(np.arange(2 * _FAR + 1) - at) > _FROM
    said = found.said[:, at]
    here = found.told[:, at - 1 : at + 2].max(1)
    elsewhere = found.told[:, is_elsewhere].max(1)
    is_compared = (found.said[:, is_elsewhere] >= _LEAST_SAID).sum(1) >= _LEAST_OTHERS
    is_told = said >= _LEAST_SAID
    agrees = is_told & is_compared & (here >= np.maximum(best.bar, _OVER_OTHERS * elsewhere))
    is_nowhere = is_told & ~agrees & (best.nearby < _DIFFERS)
    is_moved = is_nowhere & (np.maximum(elsewhere, best.moved) >= _AGREES)
    if 2 * np.count_nonzero(is_moved) >= np.count_nonzero(is_told):
        is_moved = is_nowhere
    judged = []
    for number, passage in enumerate(passages):
        why = None
        if agrees[number]:
            sound = Sound.AGREES
        elif is_nowhere[number] and not is_moved[number] and best.is_placed:
            sound = Sound.DIFFERS
        else:
            sound, why = Sound.UNKNOWN, Unheard.OUT_OF_STEP if is_moved[number] else Unheard.DOUBTFUL
            why = why if is_told[number] else Unheard.TOO_QUIET
        judged.append(_Window(passage, sound, why, float(here[number]), float(said[number])))
    return judged


def _anywhere(a: Prints, b: Prints, span: Span, begins: NDArray[np.int64]) -> _Numbers:
    """(windows,) how well each agrees with B at the plain speed, at the offsets where most of the span's sound lies.

    What the pictures say of moments and speed plays no part. Those offsets follow from ten minutes of the span at most.
    """
    places = _places(span)
    said, bits = a.heard.at(places)
    lengths = np.diff(np.append(begins, len(places)))
    best = np.zeros(len(begins))
    for offset in _offsets(said[:_MOST_SOUGHT], bits[:_MOST_SOUGHT], b.heard):
        there_said, there_bits = b.heard.at(np.arange(offset, offset + len(places)))
        common = said & there_said
        count = np.bitwise_count(common).astype(np.int64)
        opposite = np.bitwise_count((bits ^ there_bits) & common).astype(np.int64)
        counts = np.add.reduceat(count, begins)
        values = np.add.reduceat(count - 2 * opposite, begins) / np.maximum(counts, 1)
        best = np.maximum(best, np.where(counts >= _LEAST_SAID * lengths, values, 0.0))
    return best


def _offsets(said: NDArray[np.uint64], bits: NDArray[np.uint64], other: Sounds) -> list[int]:
    """The places in the other of the first moment, those at which most bits agree of all, and their neighbours.

    All places are tried at once, by the spectra of each band (the cross-correlation theorem).
    """
    if not len(other) or not len(said):
        return []
    first = int(other.places[0])
    count = int(other.places[-1]) - first + 1
    whole = other.at(np.arange(first, first + count))
    size = 1 << (count + len(said) - 1).bit_length()
    spectrum = np.zeros(size // 2 + 1, np.complex64)
    for band in range(BITS):
        one, two = (np.fft.rfft(_signs(*each, band), size) for each in ((said, bits), whole))
        spectrum += np.conj(one) * two
    sums = np.fft.irfft(spectrum, size)
    found: list[int] = []
    for _ in range(_SOUGHT):
        at = int(np.argmax(sums))
        sums[np.arange(at - 2, at + 3) % size] = -np.inf
        start = first + (at if at < count else at - size)
        found += [start - 1, start, start + 1]
    return found


def _signs(said: NDArray[np.uint64], bits: NDArray[np.uint64], band: int) -> NDArray[np.float32]:
    """(n,) of one band: +1 and -1 where it is said, else 0."""
    is_said, is_set = (((each >> np.uint64(band)) & np.uint64(1)).astype(np.float32) for each in (said, bits))
    return is_said * (2 * is_set - 1)


def _places(span: Span) -> NDArray[np.int64]:
    return np.arange(math.ceil(span.a_start_s / EVERY_S), math.floor(span.a_end_s / EVERY_S))


def _cut(span: Span, most_s: float) -> Span:
    """The beginning of a span."""
    share = most_s / max(most_s, span.a_end_s - span.a_start_s)
    ends = {
        "a_end_s": span.a_start_s + share * (span.a_end_s - span.a_start_s),
        "b_end_s": span.b_start_s + share * (span.b_end_s - span.b_start_s),
    }
    return span if share == 1 else span.model_copy(update=ends)


def _worth(each: _Agreement) -> _Numbers:
    """(shifts,) how much more than by chance the windows agree at each shift; those that do not take nothing away."""
    return np.asarray((np.maximum(0.0, each.told - _CHANCE) * each.said).sum(0), dtype=np.float64)


def _paired(a: Prints, b: Prints, span: Span) -> _Pair | None:
    """The two sides of a span; None where it is shorter than a window."""
    places = _places(span)
    if len(places) < _WINDOW or span.b_end_s <= span.b_start_s:
        return None
    slope = (span.b_end_s - span.b_start_s) / (span.a_end_s - span.a_start_s)
    there = np.rint((span.b_start_s + (places * EVERY_S - span.a_start_s) * slope) / EVERY_S).astype(np.int64)
    first = int(there[0])
    said, bits = a.heard.at(places)
    other_said, other_bits = b.heard.at(np.arange(first - _FAR, int(there[-1]) + _FAR + 1))
    begins = np.arange(0, len(places) - _WINDOW + 1, _WINDOW)
    return _Pair(said, bits, other_said, other_bits, there - first, begins)


def _passages(pair: _Pair, span: Span) -> list[Passage]:
    """The seconds of each window; the first and the last reach to the ends of the span."""
    step = (span.a_end_s - span.a_start_s) / len(pair.rows)
    edges = [span.a_start_s, *(span.a_start_s + step * pair.begins[1:]).tolist(), span.a_end_s]
    slope = (span.b_end_s - span.b_start_s) / (span.a_end_s - span.a_start_s)
    there = [span.b_start_s + slope * (edge - span.a_start_s) for edge in edges]
    return [
        Passage(
            a_start_s=round(edges[one], 3),
            a_end_s=round(edges[one + 1], 3),
            b_start_s=round(there[one], 3),
            b_end_s=round(there[one + 1], 3),
        )
        for one in range(len(edges) - 1)
    ]


def _moved(words: NDArray[np.uint64], pitch: int) -> NDArray[np.uint64]:
    """The bits of bands `pitch` higher, each at the place of the lower one."""
    return words >> np.uint64(pitch) if pitch >= 0 else words << np.uint64(-pitch)


def _deaf(a: Prints, b: Prints) -> Unheard | None:
    """Why nothing can be said of any span."""
    one, other = a.header.sound, b.header.sound
    if (
        one is None
        or other is None
        or (one.algorithm, one.algorithm_version)
        != (
            other.algorithm,
            other.algorithm_version,
        )
    ):
        return Unheard.NOT_LISTENED
    return None if one.has_track and other.has_track else Unheard.NO_TRACK


def _told(windows: list[_Window], whole_s: float, why: Unheard | None) -> tuple[Sound, Heard]:
    agree = [window for window in windows if window.sound is Sound.AGREES]
    differ = [window for window in windows if window.sound is Sound.DIFFERS]
    agrees_s, differs_s = (sum(window.seconds for window in each) for each in (agree, differ))
    sound = Sound.DIFFERS if differ else Sound.AGREES if agree else Sound.UNKNOWN
    if sound is Sound.UNKNOWN and windows:
        reasons = [window.why for window in windows if window.why is not None]
        why = max(sorted(set(reasons)), key=reasons.count)
    said = sum(window.said * window.seconds for window in agree)
    return sound, Heard(
        agrees_s=round(agrees_s, 3),
        differs_s=round(differs_s, 3),
        unknown_s=round(max(0.0, whole_s - agrees_s - differs_s), 3),
        score=round(sum(one.agreement * one.said * one.seconds for one in agree) / said, 3) if said else None,
        differs=_joined([window.passage for window in differ])[:MOST_HEARD],
        why=why if sound is Sound.UNKNOWN else None,
    )


def _joined(passages: list[Passage]) -> tuple[Passage, ...]:
    """Passages that follow one another as one."""
    joined: list[Passage] = []
    for one in passages:
        last = joined[-1] if joined else None
        if last and (last.a_end_s, last.b_end_s) == (one.a_start_s, one.b_start_s):
            joined[-1] = last.model_copy(update={"a_end_s": one.a_end_s, "b_end_s": one.b_end_s})
        else:
            joined.append(one)
    return tuple(joined)
