"""The sound is a second witness: it knows itself again, names what was laid in its place, and else says nothing."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.domain.matches import Heard, Sound, Span, Unheard
from tests.media import sounds
from tests.media.sounds import CHANGES, RATE, drawn
from workers.copies import witness
from workers.copies.matching import duration_s
from workers.copies.prints import Prints

SECONDS = 15.0


@functools.cache
def printed(kind: str, seed: int, change: str = "") -> Prints:
    own = drawn(kind, seed, SECONDS)
    if change:
        own = CHANGES[change].made(own, drawn("music", 90 + seed, SECONDS + 1))
    return sounds.printed(own, f"{kind} {seed} {change}")


def judged(a: Prints, b: Prints, speed: float = 1.0, late_s: float = 0.0) -> tuple[Sound, Heard]:
    end_s = min(duration_s(a), (duration_s(b) - late_s) / speed)
    return witness.heard(a, b, [span(0, end_s, late_s, late_s + end_s * speed)])


def span(a_start_s: float, a_end_s: float, b_start_s: float, b_end_s: float) -> Span:
    return Span(a_start_s=a_start_s, a_end_s=a_end_s, b_start_s=b_start_s, b_end_s=b_end_s, score=1)


@pytest.mark.parametrize("change", CHANGES)
def test_a_voice_is_known_again_whatever_was_done_to_its_recording(change: str) -> None:
    sound, heard = judged(printed("speech", 1), printed("speech", 1, change), CHANGES[change].speed)
    assert (sound, heard.differs_s, heard.differs) == (Sound.AGREES, 0, ())
    assert heard.agrees_s >= 0.6 * SECONDS


@pytest.mark.parametrize("kind", ["music", "wind"])
def test_music_and_wind_are_known_again_at_a_low_bit_rate(kind: str) -> None:
    assert judged(printed(kind, 2), printed(kind, 2, "opus_16k"))[0] is Sound.AGREES


def test_another_voice_under_the_same_pictures_is_named_with_its_seconds() -> None:
    sound, heard = judged(printed("speech", 1), printed("speech", 2))
    assert sound is Sound.DIFFERS
    assert (heard.differs_s, heard.agrees_s, heard.score) == (15, 0, None)
    assert [(one.a_start_s, one.a_end_s) for one in heard.differs] == [(0, 15)]


def test_a_part_with_another_voice_is_found_between_what_agrees() -> None:
    own, other = drawn("speech", 3, 25), drawn("speech", 4, 25)
    mixed = own.copy()
    mixed[10 * RATE : 20 * RATE] = other[10 * RATE : 20 * RATE]
    sound, heard = judged(sounds.printed(own), sounds.printed(sounds.Storing("aac", 48_000)(mixed)))
    assert sound is Sound.DIFFERS
    assert (heard.agrees_s, heard.differs_s) == (pytest.approx(15, abs=0.2), 10)
    [passage] = heard.differs
    assert (passage.a_start_s, passage.a_end_s) == (10, 20)
    other_way = heard.inverted(0.5)
    assert (other_way.differs_s, other_way.differs[0].a_start_s) == (5, passage.b_start_s)


@pytest.mark.parametrize("kind", ["hum", "beeps"])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_the_same_at_any_time_says_nothing(kind: str, seed: int) -> None:
    sound, heard = judged(printed(kind, 1), printed(kind, seed, "aac_48k"))
    assert (sound, heard.agrees_s, heard.differs_s) == (Sound.UNKNOWN, 0, 0)
    assert heard.why in (Unheard.TOO_QUIET, Unheard.DOUBTFUL)


def test_silence_says_nothing_of_a_voice() -> None:
    silent = sounds.printed(np.zeros(int(SECONDS * RATE)))
    assert judged(printed("speech", 1), silent) == (Sound.UNKNOWN, Heard(unknown_s=15, why=Unheard.TOO_QUIET))


def test_the_same_sound_some_seconds_beside_the_pictures_is_not_called_another() -> None:
    own = drawn("speech", 5, 30)
    sound, heard = judged(sounds.printed(own[: 25 * RATE]), sounds.printed(own[5 * RATE :]))
    assert (sound, heard.why) == (Sound.UNKNOWN, Unheard.OUT_OF_STEP)


@pytest.mark.parametrize(
    "claimed",
    [(0, 18, 2, 20), (0, 18, 40, 58), (0, 20, 30, 57), (1.04, 8.32, 0.099, 9.721)],
    ids=["elsewhere", "far away", "and faster", "as a shaky film was told"],
)
def test_sound_that_lies_anywhere_in_the_other_at_the_plain_speed_is_not_called_another(
    claimed: tuple[float, float, float, float],
) -> None:
    own = drawn("speech", 6, 60)
    a, b = sounds.printed(own[20 * RATE : 40 * RATE]), sounds.printed(sounds.Storing("aac", 48_000)(own))
    sound, heard = witness.heard(a, b, [span(*claimed)])
    assert (sound, heard.why, heard.differs) == (Sound.UNKNOWN, Unheard.OUT_OF_STEP, ())


def test_where_the_pictures_hardly_agree_the_sound_is_not_called_another() -> None:
    a, b = printed("speech", 1), printed("speech", 2)
    faint = span(0, 15, 0, 15).model_copy(update={"score": 0.3})
    assert witness.heard(a, b, [faint]) == (Sound.UNKNOWN, Heard(unknown_s=15, why=Unheard.DOUBTFUL))
    assert witness.heard(a, a, [faint])[0] is Sound.AGREES


def test_less_than_five_seconds_no_track_and_nobody_who_listened_are_told_apart() -> None:
    a = printed("speech", 1)
    nothing = {"has_track": False, "records": 0}
    deaf = Prints(a.header.model_copy(update={"sound": None}), *_columns(a))
    mute = a.header.sound
    assert mute is not None
    silent = Prints(a.header.model_copy(update={"sound": mute.model_copy(update=nothing)}), *_columns(a))
    assert witness.heard(a, a, [span(0, 4.9, 0, 4.9)])[1] == Heard(unknown_s=4.9, why=Unheard.TOO_SHORT)
    assert witness.heard(a, silent, [span(0, 9, 0, 9)])[1] == Heard(unknown_s=9, why=Unheard.NO_TRACK)
    assert witness.heard(deaf, a, [span(0, 9, 0, 9)])[1] == Heard(unknown_s=9, why=Unheard.NOT_LISTENED)


def _columns(prints: Prints) -> list[np.ndarray]:
    return [prints.ticks, prints.kinds, prints.qualities, prints.areas, prints.places, prints.hashes]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([("speech", "speech"), ("music", "speech"), ("wind", "noise"), ("music", "music")]), st.data())
def test_others_never_agree_wherever_they_are_laid_beside_each_other(
    kinds: tuple[str, str], data: st.DataObject
) -> None:
    a, b = printed(kinds[0], 1), printed(kinds[1], 2)
    late_s = data.draw(st.floats(-3, 9))
    speed = data.draw(st.sampled_from([1.0, 1.1, 0.9, 2.0, 0.5]))
    end_s = data.draw(st.floats(5, 15))
    sound, heard = witness.heard(a, b, [span(0, end_s, late_s, late_s + speed * end_s)])
    assert (sound is Sound.AGREES, heard.agrees_s) == (False, 0)
    assert heard.differs_s + heard.unknown_s == pytest.approx(end_s, abs=0.01)
