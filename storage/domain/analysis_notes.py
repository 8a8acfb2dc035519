"""What an analysis notes of a file as a whole: its sentences, each under a stable code, written here and read again.

Documents hold the sentences, and are never written again: so a sentence that changes here leaves its old form behind
without a code, and it is read as it stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from storage.errors import Reason, Value

FORMS: Mapping[str, str] = {
    "no_picture": "There is no picture in this file, only sound: it has no shots.",
    "times_counted": "Times are counted by frames at {rate} a second, because {why}.",
    "not_whole": "The file is not whole. {why}",
    "read_errors": "Reading the file met {errors} errors.",
    "undecodable": "{pictures:,} of {all:,} pictures cannot be decoded.",
    "damaged": "{pictures:,} of {all:,} pictures came out damaged.",
    "decode_errors": "Decoding met {errors:,} errors: what is near them may be damaged.",
    "sound_apart": "The sound is that of another file, which was collected together with the picture.",
    "sound_laid": "Nothing says when the sound begins: it is laid so that it begins with the first picture.",
    "sound_tracks": "Of {tracks} sound tracks only the first is heard.",
    "sound_not_whole": "The file of the sound is not whole. {why}",
}
WHYS: Mapping[str, str] = {
    "bare": "a bare stream carries no times",
    "without_time": "{packets} of {all} packets carry no time",
    "backwards": "the container's clock runs backwards",
    "shared": "{packets} of {all} packets stand at another's time",
    "leap": "the container's times span {span_s:,.0f} s, where it declares {declared_s:,.0f} s",
    "breaks": "Its structure breaks at byte {at:,} of {size:,}.",
    "in_header": "It ends within a header, at byte {size:,}.",
    "short": "It ends at byte {size:,}, where its structure goes on to {end:,}.",
    "unended": "It ends at byte {size:,} without its end mark.",
    "in_packet": "It ends within a packet, at byte {size:,}.",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence as it was written; `reason` where it is one of ours, and `because` where that has a reason too."""

    sentence: str
    reason: Reason | None = None
    because: Reason | None = None


def note(code: str, **values: Value) -> str:
    """The sentence of a note; `why`, where it has one, is a sentence of `why`."""
    return FORMS[code].format(**values)


def why(code: str, **values: Value) -> str:
    """Why a file is not whole, or its times are none to go by, as a note goes on with it."""
    return WHYS[code].format(**values)


def read_note(sentence: str) -> Note:
    """The code of a sentence, and what it names; a sentence that is none of ours is itself."""
    for code, form in _READ_FORMS.items():
        if found := form.fullmatch(sentence):
            named = found.groupdict()
            because = _because(named.pop("why", None))
            return Note(sentence, Reason(code, _values(named)), because)
    return Note(sentence)


def _because(sentence: str | None) -> Reason | None:
    for code, form in _READ_WHYS.items():
        if sentence and (found := form.fullmatch(sentence)):
            return Reason(code, _values(found.groupdict()))
    return None


def _values(named: Mapping[str, str]) -> dict[str, Value]:
    written = {name: text.replace(",", "") for name, text in named.items()}
    return {name: float(text) if "." in text else int(text) for name, text in written.items()}


def _pattern(form: str) -> re.Pattern[str]:
    parts = []
    for literal, name, _, _ in Formatter().parse(form):
        parts.append(re.escape(literal))
        if name:
            parts.append(f"(?P<{name}>{'.+' if name == 'why' else r'[0-9,]+(?:[.][0-9]+)?'})")
    return re.compile("".join(parts))


_READ_FORMS = {code: _pattern(form) for code, form in FORMS.items()}
_READ_WHYS = {code: _pattern(form) for code, form in WHYS.items()}
