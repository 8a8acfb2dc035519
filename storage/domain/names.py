"""Names in two scripts: Ukrainian, Russian and Latin spellings of one name share a key."""

import re
import unicodedata

# One sound, one Latin letter; ґ and г meet in h because Latin spellings write either.
_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "h", "д": "d", "е": "e", "ё": "e", "є": "e", "ж": "j", "з": "z",
        "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": "h", "ц": "c", "ч": "q", "ш": "w", "щ": "w", "ъ": "",
        "ы": "i", "ь": "", "э": "e", "ю": "u", "я": "a",
    }
)  # fmt: skip
_CYRILLIC_PAIRS = (("ия", "a"), ("ія", "a"), ("йо", "e"), ("ьо", "e"))
# Longest first: each row is one sound in the Latin systems people really use.
_LATIN_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|stch|sch", "w"), ("sh", "w"), ("tch|ch|cz", "q"), ("zh", "j"), ("kh|x", "h"), ("ts|tz", "c"),
        ("[yji]u", "u"), ("[yji]a", "a"), ("[yji][eo]", "e"), ("yi|iy|yy|ij|yj", "i"), ("y", "i"), ("g", "h"),
    )
)  # fmt: skip
_CARONS = str.maketrans({"š": "sh", "č": "ch", "ž": "zh", "ŝ": "shch"})
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u02b9\u02ba`\u00b4\"]")
_CYRILLIC_LETTER = re.compile("[\u0400-\u04ff]")


def fold(name: str) -> str:
    """The close key of a name: `Авдіївка`, `Avdiivka` and `Avdiyivka` share one.

    Words are kept apart by one space, digits stay, marks vanish; the key is for finding, never for showing.
    Different sounds may share a key (г and х do), so a hit is a candidate.
    """
    return " ".join(_fold_word(word) for word in _words(name)).strip()


def skeleton(name: str) -> str:
    """The wide key of a name: folded, without inner vowels, so that `Авдіївка` also meets `Авдеевка`."""
    return skeleton_of(fold(name))


def skeleton_of(folded: str) -> str:
    """The wide key of what `fold` has made."""
    return " ".join(word[:1] + re.sub("[aeiou]", "", word[1:]) for word in folded.split())


def name_tokens(name: str) -> frozenset[str]:
    """The folded words of a name; every word of a query must be among them. Numbers stay whole and match exactly."""
    return frozenset(token for word in _words(name) if (token := _fold_word(word)))


def _words(name: str) -> list[str]:
    text = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", name).casefold())
    # 9733-й, 2nd and в/ч95383 carry their number as a word of its own.
    text = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)", " ", text)
    return re.findall(r"[^\W_]+", text)


def _fold_word(word: str) -> str:
    if word.isdigit():
        return word
    if _CYRILLIC_LETTER.search(word):
        for pair, sound in _CYRILLIC_PAIRS:
            word = word.replace(pair, sound)
        word = word.translate(_CYRILLIC).replace("ts", "c").replace("jh", "h")
    else:
        word = unicodedata.normalize("NFKD", word.translate(_CARONS))
        word = "".join(letter for letter in word if not unicodedata.combining(letter))
        for sound_pattern, sound in _LATIN_SOUNDS:
            word = sound_pattern.sub(sound, word)
    return re.sub(r"(.)\1+", r"\1", word)
