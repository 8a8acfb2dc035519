"""Whether a kept page shows what was captured from it: judged by rules, from what another look at it saw."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_SHINGLE = 3
_SHARE = 0.6
_SMALLEST_PX = 80
_ENOUGH_LETTERS = 4


class Presence(StrEnum):
    """What a kept page shows of the post it was captured from."""

    PRESENT = "present"
    PARTIAL = "partial"
    WALL = "wall"
    UNKNOWN = "unknown"


class Wall(StrEnum):
    """What sites put before a post."""

    CAPTCHA = "captcha"
    AGE = "age"
    LOGIN = "login"
    REMOVED = "removed"
    PRIVATE = "private"
    GEO = "geo"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Shown:
    """What was seen in the replayed page: its words, its media elements, and whether the page itself was there."""

    text: str
    media: Sequence[Mapping[str, object]]
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer, and what led to it: `words` None where the post gave none to look for."""

    presence: Presence
    reason: str
    words: bool | None
    media: bool
    wall: Wall | None


# The words of walls in the languages of the sites we meet most; the first match wins.
_WALLS: tuple[tuple[Wall, re.Pattern[str]], ...] = tuple(
    (wall, re.compile(words, re.IGNORECASE))
    for wall, words in (
        (
            Wall.CAPTCHA,
            r"unusual traffic|(?:you are|you're|are you) (?:a )?(?:human|not a robot)|i[' a]?m not a robot|"
            r"checking (?:if the site connection is secure|your browser)|complete the captcha|"
            r"ви не робот|вы не робот|я не робот|незвичайний трафік|необычный трафик|подозрительный трафик",
        ),
        (
            Wall.AGE,
            r"confirm your age|age[- ]restricted|verify your age|(?:over|at least) 18 years|"
            r"підтвердьте (?:свій )?вік|подтвердите (?:свой )?возраст|вікові? обмеження|возрастны\w+ ограничени",
        ),
        (
            Wall.PRIVATE,
            r"(?:account|profile|video|post|page|channel|group) is private\b|private (?:video|account)\b|"
            r"приватн(?:ий|е|а) (?:відео|профіль|акаунт)|закрыт(?:ый|ое) (?:профиль|видео)",
        ),
        (
            Wall.GEO,
            r"not available in your (?:country|region)|(?:недоступн\w+|не доступн\w+) (?:у|в) (?:вашій|вашей)",
        ),
        (
            Wall.REMOVED,
            r"(?:has|have) been (?:deleted|removed)|(?:no longer|isn['’]t|is not) available|was (?:deleted|removed)|"
            r"(?:page|post|video) (?:was )?(?:not found|unavailable)|doesn['’]t exist|does not exist|"
            r"(?:видалено|вилучено|удал[её]н[ао]?)\b|не (?:знайдено|найден[ао]?)\b",
        ),
        (
            Wall.LOGIN,
            r"(?:log|sign) ?in to (?:continue|view|see|watch|your)|must (?:be logged|log|sign) in|"
            r"(?:log|sign) ?in or (?:sign|join|create)|увійдіть|войдите|авторизуйтесь|увійти, щоб|войти, чтобы",
        ),
        (
            Wall.CONSENT,
            r"before you continue|accept all cookies|we use cookies|we value your privacy|"
            r"manage (?:cookie )?preferences|"
            r"ми використовуємо (?:файли )?cookie|мы используем (?:файлы )?cookie|"
            r"перш ніж продовжити|прежде чем продолжить",
        ),
    )
)

_REASONS: Mapping[str, str] = {
    "present": "The post's words and its picture are on the kept page.",
    "no_page": "The kept page could not be shown again.",
    "no_words_known": "Its picture is on the kept page; the post gave no words to look for.",
    "no_media": "The post's words are on the kept page, its picture or player is not.",
    "other_words": "A player is on the kept page, but not the words of the post that was captured.",
    "nothing": "Neither the post's words nor its picture are on the kept page, and it shows no wall that is known.",
    Wall.CAPTCHA: "The kept page shows a question whether a person is looking, not the post.",
    Wall.AGE: "The kept page asks for proof of age and does not show the post.",
    Wall.LOGIN: "The kept page asks to log in and does not show the post.",
    Wall.REMOVED: "The kept page says that the post is gone.",
    Wall.PRIVATE: "The kept page says that the post is private.",
    Wall.GEO: "The kept page says that the post is not shown in the country the archive asks from.",
    Wall.CONSENT: "The kept page asks for consent to cookies and does not show the post.",
}


def judge(shown: Shown, captions: Sequence[str], authors: Sequence[str]) -> Judgement:
    """Whether the post is there.

    1 its words: one of the captions, or where it has none one of the authors; 2 its picture: a player that has a frame
    or a poster; 3 a wall counts only where not both are there, because real posts stand among invitations to log in.
    """
    words = _has_words(shown.text, captions, authors)
    media = any(_is_seen(one) for one in shown.media)
    wall = None if words and media else _wall(shown.text)
    presence, reason = _answer(shown, words, media=media, wall=wall)
    return Judgement(presence, _REASONS[reason], words, media, wall)


def _answer(shown: Shown, words: bool | None, *, media: bool, wall: Wall | None) -> tuple[Presence, str]:
    if not shown.is_there:
        return Presence.UNKNOWN, "no_page"
    if words and media:
        return Presence.PRESENT, "present"
    if wall is not None and not (media and wall is Wall.CONSENT):
        return Presence.WALL, wall
    if media:
        return Presence.PARTIAL, "no_words_known" if words is None else "other_words"
    return (Presence.PARTIAL, "no_media") if words else (Presence.UNKNOWN, "nothing")


def _has_words(text: str, captions: Sequence[str], authors: Sequence[str]) -> bool | None:
    """None where there is nothing to look for; a caption outweighs the author, who has other posts too."""
    seen = _words(text)
    wanted = [words for one in captions if len("".join(words := _words(one))) >= _ENOUGH_LETTERS]
    if wanted:
        return any(_covers(seen, words) for words in wanted)
    names = [words for one in authors if (words := _words(one))]
    return any(_contains(seen, words) for words in names) if names else None


def _covers(seen: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether most runs of three words stand there in their order; sites shorten captions and put links between."""
    if len(wanted) < _SHINGLE + 1:
        return _contains(seen, wanted)
    known = set(_runs(seen))
    runs = _runs(wanted[:60])
    return sum(run in known for run in runs) >= _SHARE * len(runs)


def _contains(seen: Sequence[str], wanted: Sequence[str]) -> bool:
    return f" {' '.join(wanted)} " in f" {' '.join(seen)} "


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + _SHINGLE]) for place in range(len(words) - _SHINGLE + 1)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def _is_seen(one: Mapping[str, object]) -> bool:
    width, height = one.get("width"), one.get("height")
    large = isinstance(width, int) and isinstance(height, int) and min(width, height) >= _SMALLEST_PX
    return large and bool(one.get("plays") or one.get("poster"))


def _wall(text: str) -> Wall | None:
    return next((wall for wall, words in _WALLS if words.search(text)), None)
