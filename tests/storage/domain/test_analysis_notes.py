"""What an analysis notes in words is known by its code again, also where it was written long ago."""

import pytest

from storage.domain.analysis_notes import FORMS, WHYS, note, read_note, why
from storage.errors import because

_VALUES = dict.fromkeys(("at", "size", "end", "packets", "all"), 1234) | {"span_s": 98765, "declared_s": 12}


@pytest.mark.parametrize("code", [code for code in FORMS if "{why}" not in FORMS[code]])
def test_every_note_is_known_again(code: str) -> None:
    values = {name: 4321 for name in ("errors", "pictures", "all", "tracks") if f"{{{name}" in FORMS[code]}
    told = read_note(note(code, **values))
    assert (told.reason, told.because) == (because(code, **values), None)


@pytest.mark.parametrize("code", WHYS)
@pytest.mark.parametrize("of", ["times_counted", "not_whole", "sound_not_whole"])
def test_a_note_that_goes_on_to_say_why_is_known_with_its_reason(of: str, code: str) -> None:
    values = {name: value for name, value in _VALUES.items() if f"{{{name}" in WHYS[code]}
    rate = {"rate": 29.97} if of == "times_counted" else {}
    told = read_note(note(of, why=why(code, **values), **rate))
    assert told.reason == because(of, **rate)
    assert told.because == because(code, **values)


def test_documents_that_are_kept_are_read_as_they_were_written() -> None:
    kept = "Times are counted by frames at 25 a second, because 3 of 900 packets carry no time."
    told = read_note(kept)
    assert told.reason == because("times_counted", rate=25)
    assert told.because == because("without_time", packets=3, all=900)
    whole = read_note("Decoding met 1,204 errors: what is near them may be damaged.")
    assert whole.reason == because("decode_errors", errors=1204)


@pytest.mark.parametrize(
    "sentence", ["", "Somebody's own words.", "The file is not whole.", "Of many sound tracks only the first is heard."]
)
def test_a_sentence_that_is_none_of_ours_is_itself(sentence: str) -> None:
    told = read_note(sentence)
    assert (told.sentence, told.reason) == (sentence, None)


def test_a_reason_that_is_none_of_ours_leaves_the_note_without_one() -> None:
    told = read_note("The file is not whole. The dog ate it.")
    assert (told.reason, told.because) == (because("not_whole"), None)
