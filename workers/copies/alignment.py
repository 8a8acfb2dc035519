"""Where two videos run alike: straight lines of time along which their pictures agree better than anywhere else.

1. Every pair of frames that agrees well votes for the offset between them, at each of some speeds and by each way of
   looking at the two. 2. The lines with most votes are followed frame by frame, and the best stretch of each is kept.
3. Along the stretch, each frame must agree with its counterpart better than with the rest of the other video: there
   the pictures run in step. Where they agree but not in step, it is the same scene at another moment, or stands still.

Frames of unrelated videos agree in half their bits, give or take a tenth.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workers.copies.views import COARSE, IN_A_MIRROR, Seen, Signs, Views, looks

SPEEDS = (1.0, 1.1, 1 / 1.1, 1.05, 1 / 1.05, 1.25, 0.8, 2.0, 0.5)
_VOTING, _AGREEING = 0.30, 0.22
_BIN_S, _SHIFTS_S = 0.5, (-0.25, 0.0, 0.25)
_NEAR_S, _FAR_S = 0.6, 1.25
_MOST_LINES = 12
_BLOCK_CELLS, _CROP_CELLS, _MOST_STRIDE = 1 << 21, 80_000, 20
# Where most pictures are like most others they stand still, and tell of no place: of so many votes one is counted.
_OF_MANY = 17
_COMPARED = 128
_MISSING = -0.5
_LEAST_FRAMES = 4
_LEAST_AGREEMENT, _LEAST_STEP, _LEAST_SHARPNESS = 1.5, 2.2, 4.0
_PLAIN, _USUAL_SPEEDS, _OTHER, _UNUSUAL = 0.06, (0.75, 1.33), 1.2, 2.5
_SURE = 0.8
# What one camera films at two moments agrees for two seconds here and there; a copy agrees better, or longer.
_FEW, _FEW_SCORE = 6, 0.7
# At two speeds that have not come so far apart within a stretch, the same pictures meet.
_TOLD_S = 0.5
# So much more, summed over the frames, they must agree at another speed than at the plain one for it to be told.
_TOLD_BETTER = 0.5
_PLAIN_STEP_S, _MOST_PLAIN = 0.25, 24
_SCENE_AGREEMENT, _SCENE_VALUE = 1.5, 0.45
_OVERLAP = 0.5
_TYPICAL = 0.65
_LEAST_COARSE, _COARSE_SHARE, _COARSE_MORE = 0.42, 0.85, 0.03


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames [begin, end) of the first video, at `speed` times its seconds plus `offset_s` in the second.

    `agreement`: how well the frames agree, summed over them. `step`: how much better than elsewhere, likewise;
    `sharpness`: that in standard errors. `score`: the mean agreement, 0 chance and 1 the same bits; `coarse`: that of
    the lowest frequencies alone. `lasts_s`: from its first picture to its last, in the first video.
    """

    seen: Seen
    begin: int
    end: int
    speed: float
    offset_s: float
    agreement: float
    step: float
    sharpness: float
    score: float
    coarse: float
    lasts_s: float

    @property
    def is_in_step(self) -> bool:
        return (
            self._is_alike
            and self._is_speed_told
            and (self.end - self.begin >= _FEW or self.score >= _FEW_SCORE)
            and self.agreement >= _LEAST_AGREEMENT
            and self.step >= _LEAST_STEP * self._strictness
            and self.sharpness >= _LEAST_SHARPNESS * self._strictness
        )

    @property
    def is_same_scene(self) -> bool:
        return self._is_alike and self.agreement >= _SCENE_AGREEMENT and self.score >= _SCENE_VALUE

    @property
    def _is_speed_told(self) -> bool:
        """Whether it is the plain speed, or lasts long enough to be told from it.

        A short run of pictures that is in step at another speed alone is chance: were it a copy, it would be so at the
        plain one as well, which they have not left by a sample yet.
        """
        return abs(self.speed - 1) < _PLAIN or abs(self.speed - 1) * self.lasts_s >= _TOLD_S

    @property
    def _strictness(self) -> float:
        """How much more is asked of a stretch at another speed than the plain one.

        Where one camera shows another moment, pictures agree in part, and each further speed is a further chance to
        be in step for a while; at twice the speed, a passer-by in the same place is.
        """
        if not _USUAL_SPEEDS[0] <= self.speed <= _USUAL_SPEEDS[1]:
            return _UNUSUAL
        return 1.0 if abs(self.speed - 1) < _PLAIN or self.score >= _SURE else _OTHER

    @property
    def _is_alike(self) -> bool:
        """Whether the pictures agree in the large too.

        A clock, a ticker or a small thing that moves, the same in both, governs most bits where the rest is smooth, but
        not the coarse ones; whatever is done to a copy, those suffer least.
        """
        is_coarsely_alike = self.coarse >= max(_LEAST_COARSE, _COARSE_SHARE * self.score + _COARSE_MORE)
        return is_coarsely_alike and self.end - self.begin >= _LEAST_FRAMES


def stretches(one: Views, other: Views, go_on: Callable[[], None] = lambda: None) -> list[Stretch]:
    """All stretches that agree, the best first; none overlaps a better one. Whether in step, each of them tells.

    `go_on` is called every moment; whatever it raises ends the work.
    """
    if len(one.times) < _LEAST_FRAMES or len(other.times) < _LEAST_FRAMES:
        return []
    voted = [line for seen in looks(one, other) for line in _lines(one, other, seen, go_on)]
    voted.sort(key=lambda line: -line.votes)
    found: list[Stretch] = []
    for line in _distinct(voted):
        go_on()
        found += [plain for stretch in _followed(one, other, line) for plain in _plainly(one, other, stretch)]
    found.sort(key=lambda stretch: (not stretch.is_in_step, -_worth(stretch)))
    kept: list[Stretch] = []
    for stretch in found:
        if not any(_overlap(stretch, better, one) for better in kept):
            kept.append(stretch)
    return [_refined(one, other, stretch) if stretch.is_in_step else stretch for stretch in kept]


@dataclass(frozen=True, slots=True)
class _Line:
    seen: Seen
    speed: float
    offset_s: float
    votes: float


def _lines(one: Views, other: Views, seen: Seen, go_on: Callable[[], None]) -> Iterator[_Line]:
    """The best offsets by one way of looking: two for each speed, well apart."""
    rows, columns = one.rows[seen.first], other.rows[seen.second]
    if not len(rows) or not len(columns):
        return
    # So many ways lead by a crop that of long videos only some frames vote by each, every one for those beside it;
    # of longer ones so few would that chance decides: there crops are left out.
    stride = max(1, len(rows) * len(columns) // _CROP_CELLS) if seen.has_crop else 1
    if stride > _MOST_STRIDE:
        return
    rows = rows[::stride]
    first, second = one.signs[seen.first][rows], other.signs[seen.second]
    first = first * IN_A_MIRROR if seen.is_mirrored else first
    second = second if len(columns) == len(second) else second[columns]
    times, theirs = one.times[rows], other.times[columns]
    low = other.times[0] - max(SPEEDS) * abs(one.times).max() - 2 * _BIN_S
    bins = int((other.times[-1] + max(SPEEDS) * abs(one.times).max() - low) / _BIN_S) + 3
    votes = np.zeros((len(SPEEDS), bins))
    at_once = max(1, _BLOCK_CELLS // len(columns))
    for begin in range(0, len(rows), at_once):
        go_on()
        agreement = first[begin : begin + at_once] @ second.T
        voting = np.flatnonzero(agreement > 256 * _VOTING)
        if not len(voting):
            continue
        every = _OF_MANY if len(voting) > agreement.size // 2 else 1
        voting = voting[::every]
        weights = every * stride * (agreement.ravel()[voting] / 256 - _VOTING)
        i, j = np.divmod(voting, len(columns))
        here, there = times[begin + i], theirs[j] - low
        for number, speed in enumerate(SPEEDS):
            offsets = np.rint((there - speed * here) / _BIN_S).astype(np.int64)
            votes[number] += np.bincount(offsets, weights, bins)
    if not votes.any():
        return
    for number, speed in enumerate(SPEEDS):
        smooth = np.convolve(votes[number], [0.5, 1, 0.5], "same")
        for _ in range(2):
            best = int(np.argmax(smooth))
            if smooth[best] <= 0:
                break
            yield _Line(seen, speed, float(low + best * _BIN_S), float(smooth[best]))
            smooth[max(0, best - 3) : best + 4] = 0


def _distinct(voted: list[_Line]) -> list[_Line]:
    """The lines with most votes, so many of them; of those that nearly coincide, the first three."""
    chosen: list[_Line] = []
    for line in voted:
        alike = sum(abs(line.speed - had.speed) < 0.06 and abs(line.offset_s - had.offset_s) < 1.5 for had in chosen)
        if alike < 3:
            chosen.append(line)
        if len(chosen) == _MOST_LINES:
            break
    return chosen


def _followed(one: Views, other: Views, line: _Line) -> Iterator[Stretch]:
    """The two best stretches along a line, of the best of three shifts by less than a sample."""
    first, second = line.seen.signs(one, other)
    found = []
    for shift in _SHIFTS_S:
        offset = line.offset_s + shift
        along = _along(one, other, first, second, line.speed, offset)
        found.append((_best_run(np.where(np.isnan(along), _MISSING, along - _AGREEING)), offset, along))
    (_, begin, end), offset, along = max(found, key=lambda one: one[0][0])
    for _ in range(2):
        if end - begin < _LEAST_FRAMES:
            return
        begin, end = _trimmed(along, begin, end)
        yield _measured(one, other, line, (begin, end), offset, along)
        along[begin:end] = np.nan
        _, begin, end = _best_run(np.where(np.isnan(along), _MISSING, along - _AGREEING))


def _plainly(one: Views, other: Views, stretch: Stretch) -> list[Stretch]:
    """The stretch; or what is found at the plain speed, where its pictures agree at that as well.

    In a slow scene, pictures a second apart are alike, and lines of many speeds lead through them. The one that agrees
    best by a hair is chance: nothing is as likely as the plain speed.
    """
    if not stretch.is_in_step or stretch.speed == 1:
        return [stretch]
    offset_s = _as_good_plainly(one, other, stretch)
    return [stretch] if offset_s is None else list(_followed(one, other, _Line(stretch.seen, 1.0, offset_s, 0.0)))


def _as_good_plainly(one: Views, other: Views, stretch: Stretch) -> float | None:
    """The offset at which its frames agree at the plain speed about as well as at its own, if there is any.

    Lines of the plain speed are tried that meet its own between its two ends.
    """
    first, second = stretch.seen.signs(one, other)
    rows = slice(stretch.begin, stretch.end)
    times, first = one.times[rows], first[rows]
    own = _at_places(other, first, second, stretch.speed * times + stretch.offset_s, stretch.speed)
    begin_s, end_s = ((stretch.speed - 1) * float(edge_s) + stretch.offset_s for edge_s in (times[0], times[-1]))
    tried = np.linspace(begin_s, end_s, min(_MOST_PLAIN, 2 + int(abs(end_s - begin_s) / _PLAIN_STEP_S)))
    sums = [np.nan_to_num(_at_places(other, first, second, times + offset_s, 1.0)).sum() for offset_s in tried]
    best = int(np.argmax(sums))
    return float(tried[best]) if sums[best] > np.nan_to_num(own).sum() - _TOLD_BETTER else None


def _trimmed(along: NDArray[np.float64], begin: int, end: int) -> tuple[int, int]:
    """Without frames at either end that agree much less than the run does: there it strays into what is only alike."""
    bar = max(_AGREEING, _TYPICAL * float(np.nanmedian(along[begin:end])))
    _, first, last = _best_run(np.where(np.isnan(along[begin:end]), _MISSING, along[begin:end] - bar))
    return (begin + first, begin + last) if last - first >= _LEAST_FRAMES else (begin, end)


def _along(one: Views, other: Views, first: Signs, second: Signs, speed: float, offset_s: float) -> NDArray[np.float64]:
    """(n,) how each frame agrees with the nearer of the two frames at its place in the other video, else NaN."""
    return _at_places(other, first, second, speed * one.times + offset_s, speed)


def _at_places(
    other: Views, first: Signs, second: Signs, there: NDArray[np.float64], speed: float
) -> NDArray[np.float64]:
    """(n,) how each row of `first` agrees with the nearer of the two frames about the second `there` of the other."""
    after = np.searchsorted(other.times, there)
    best = np.full(len(there), np.nan)
    for near in (np.maximum(after - 1, 0), np.minimum(after, len(other.times) - 1)):
        agreement = np.einsum("ij,ij->i", first, second[near]) / 256
        is_there = np.abs(other.times[near] - there) <= _NEAR_S * max(1.0, speed)
        best = np.fmax(best, np.where(is_there, agreement, np.nan))
    return best


def _measured(
    one: Views, other: Views, line: _Line, run: tuple[int, int], offset_s: float, along: NDArray[np.float64]
) -> Stretch:
    begin, end = run
    first, second = line.seen.signs(one, other)
    columns = np.unique(np.linspace(0, len(second) - 1, _COMPARED).astype(np.int64))
    elsewhere = first[begin:end] @ second[columns].T / 256
    there = line.speed * one.times[begin:end] + offset_s
    elsewhere[np.abs(other.times[columns][None] - there[:, None]) <= _FAR_S] = np.nan
    own = along[begin:end]
    is_told = ~np.isnan(own) & ~np.isnan(elsewhere).all(1)
    usual = np.zeros(len(own))
    if is_told.any():
        usual[is_told] = _quantile(elsewhere[is_told], 0.9)
    better = np.where(np.isnan(own), 0, own - usual)
    error = (better.std() + 0.02) / np.sqrt(len(better))
    return Stretch(
        line.seen,
        begin,
        end,
        line.speed,
        offset_s,
        agreement=float(np.nansum(own - _AGREEING)),
        step=float(better.sum()),
        sharpness=float(better.mean() / error),
        score=float(np.clip(np.nanmean(own), 0, 1)),
        coarse=float(np.nanmean(_along(one, other, first * COARSE, second, line.speed, offset_s)[begin:end])),
        lasts_s=float(one.times[end - 1] - one.times[begin]),
    )


def _quantile(values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """(n,) of each row of (n, m) the quantile among what is no NaN, at least one; as numpy's, but all rows at once."""
    ascending = np.sort(values, axis=1)  # NaN at the end
    at = share * (np.count_nonzero(~np.isnan(values), axis=1) - 1)
    below = np.floor(at).astype(np.int64)
    rows = np.arange(len(values))
    low, high = ascending[rows, below], ascending[rows, np.ceil(at).astype(np.int64)]
    return np.asarray(low + (high - low) * (at - below), dtype=np.float64)


def _best_run(gains: NDArray[np.float64]) -> tuple[float, int, int]:
    """The run with the greatest sum: (sum, begin, end). Source: Bentley 1984, "Programming Pearls", column 8."""
    totals = np.concatenate([[0.0], np.cumsum(gains)])
    lowest = np.minimum.accumulate(totals[:-1])
    end = int(np.argmax(totals[1:] - lowest))
    begin = int(np.argmin(totals[: end + 1]))
    return float(totals[end + 1] - totals[begin]), begin, end + 1


def _worth(stretch: Stretch) -> float:
    """What a stretch is chosen by: a shorter one that agrees well before one that strays over more frames.

    Nothing is as likely as the plain speed.
    """
    return stretch.agreement * stretch.score**2 * (1.15 if stretch.speed == 1 else 1.0)


def _overlap(stretch: Stretch, better: Stretch, one: Views) -> bool:
    """Whether the two share more than half of the shorter, in the first video and in the second."""
    shared = min(stretch.end, better.end) - max(stretch.begin, better.begin)
    if shared > _OVERLAP * min(stretch.end - stretch.begin, better.end - better.begin):
        return True
    (begin, end), (other_begin, other_end) = (
        (each.speed * one.times[each.begin] + each.offset_s, each.speed * one.times[each.end - 1] + each.offset_s)
        for each in (stretch, better)
    )
    shared_s = min(end, other_end) - max(begin, other_begin)
    return bool(shared_s > _OVERLAP * min(end - begin, other_end - other_begin))


def _refined(one: Views, other: Views, stretch: Stretch) -> Stretch:
    """The same with the speed and offset that fit where each frame agrees best, to a part of a sample."""
    first, second = stretch.seen.signs(one, other)
    rows = np.arange(stretch.begin, stretch.end)
    there = stretch.speed * one.times[rows] + stretch.offset_s
    after = np.searchsorted(other.times, there)
    near = np.clip(after[:, None] + np.arange(-3, 4), 0, len(second) - 1)
    weights = np.maximum(np.einsum("ik,ijk->ij", first[rows], second[near]) / 256 - _AGREEING, 0) ** 4
    total = weights.sum(1)
    is_told = total > 1e-4
    if np.count_nonzero(is_told) < _LEAST_FRAMES:
        return stretch
    placed = (weights * other.times[near]).sum(1)[is_told] / total[is_told]
    times = one.times[rows][is_told]
    span = float(times[-1] - times[0])
    slope, at_zero = np.polyfit(times, placed, 1)
    # A sample is half a second: over a short stretch no more than that can be told of the speed.
    if span < 4 or abs(slope - stretch.speed) > 0.15 or abs(slope - 1) < max(0.01, 0.5 / span):
        speed = 1.0 if abs(stretch.speed - 1) < 0.06 else stretch.speed
        return replace(stretch, speed=speed, offset_s=float(np.median(placed - speed * times)))
    sloping = replace(stretch, speed=float(slope), offset_s=float(at_zero))
    if stretch.speed == 1 and _as_good_plainly(one, other, sloping) is not None:
        return replace(stretch, offset_s=float(np.median(placed - times)))
    return sloping
