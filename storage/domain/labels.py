"""Short texts from outside as a list may show them: one line, bounded, without letters that steer the eye."""

import unicodedata

LONGEST = 300
# Directional overrides and isolates: they make a line read otherwise than it is written.
_STEERING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_MARKS_IN_A_ROW = 4


def label(text: str | None, longest: int = LONGEST) -> str | None:
    """The text on one line of at most `longest` letters, or None where nothing is left of it.

    Control letters and heaps of combining marks go; what was said stays in the capture as it was.
    """
    if not text:
        return None
    kept: list[str] = []
    marks = 0
    for letter in text[: longest * 8]:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if letter in _STEERING or category == "Cs" or marks > _MARKS_IN_A_ROW:
            continue
        kept.append(" " if category in ("Cc", "Zl", "Zp") else letter)
    line = " ".join("".join(kept).split())
    return (line if len(line) <= longest else line[: longest - 1].rstrip() + "…") or None
