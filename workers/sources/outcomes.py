"""What an attempt's failure means: the words and numbers of sites and tools, turned into capture outcomes."""

import re
from collections.abc import Mapping
from typing import Any

from storage.domain.vocab import Outcome
from storage.errors import ArchiveError, Rejected, Throttled, Unavailable

# Words of yt-dlp (its own, or a site's that it knows), as they stand in its source: a test looks each of them up there,
# so that an upgrade which rewords one is noticed. Compared without regard to case; the first match wins. What a site
# says weighs more than the number it answers with, and the number more than the tool's own conclusion.
SAID_BY_SITE: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (Outcome.TOO_LARGE, ("File is larger than max-filesize",)),
    (Outcome.UNSUPPORTED, ("DRM protected",)),
    (
        Outcome.RATE_LIMITED,
        (
            "has been rate-limited",
            "exceeded the rate-limit",
            "YouTube is requiring a captcha challenge",
            "rate limit exceeded",
        ),
    ),
    (
        Outcome.GEO_BLOCKED,
        (
            "geo restriction",
            "geo-restricted",
            "available in your country",
            "not available in your region",
            "not available from your location",
            "blocked by decision of the Russian government",
            "blocked by Indian censorship",
        ),
    ),
    (
        Outcome.AGE_RESTRICTED,
        (
            "confirm your age",
            "age-restricted",
            "NSFW tweet requires authentication",
            "may not be comfortable for some audiences",
        ),
    ),
    (
        Outcome.PRIVATE,
        (
            "Private video",
            "This video is private",
            "account is private",
            "You are not authorized to view this protected tweet",
            "You do not have permission to view this post",
            "registered users who follow this account",
            "Private subreddit",
        ),
    ),
    (
        Outcome.LOGIN_REQUIRED,
        (
            "only available for registered users",
            "Use --cookies",
            "members-only",
            "members only",
            "Account authentication is required",
            "You need to log in to access this content",
            "requires authentication",
            "Instagram sent an empty media response",
            "This content is unreachable",
            "subscribe to download it",
        ),
    ),
    (
        Outcome.REMOVED,
        (
            "has been removed",
            "has been deleted",
            "no longer available",
            "no longer exists",
            "does not exist",
            "Requested tweet is unavailable",
            "This Tweet is unavailable",
            "Video unavailable",
            "This video is unavailable",
            "removed from public access",
        ),
    ),
)
SAID_BY_TOOL: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (
        Outcome.UNREACHABLE,
        (
            "is not currently live",
            "is temporarily unavailable",
            "content too short",
            "Did not get any data blocks",
            "The downloaded file is empty",
            "Error reading response",
            "Incomplete data received",
            "Giving up after",
            "unable to continue",
        ),
    ),
    (
        Outcome.NOT_MEDIA,
        (
            "Unsupported URL",
            "There is no video in this post",
            "No video could be found in this tweet",
            "is not a video",
        ),
    ),
    (Outcome.UNSUPPORTED, ("No video formats found", "Requested format is not available", "does not pass filter")),
)

# Words of libraries below yt-dlp, which say that the network, not the site, stood in the way.
_TRANSPORT = re.compile(
    r"timed out|Connection (?:refused|reset|aborted)|RemoteDisconnected|IncompleteRead|Tunnel connection failed|"
    r"Name or service not known|Temporary failure in name resolution|Failed to (?:perform|resolve)|SSLError|SSL:|"
    r"Network is unreachable|Remote end closed|more expected",
    re.IGNORECASE,
)
_HTTP_ERROR = re.compile(r"HTTP Error (\d{3})")

# What a short page says when it shows something else than the post. Only asked of pages in which no media was found.
_PAGES: tuple[tuple[Outcome, re.Pattern[str]], ...] = (
    (
        Outcome.PRIVATE,
        re.compile(
            r"\b(?:account|profile|video|post|page|channel|group) is private\b|only (?:approved )?followers can see|"
            r"приватн(?:ий|е|а) (?:відео|профіль|акаунт)|закрыт(?:ый|ое) (?:профиль|видео)",
            re.IGNORECASE,
        ),
    ),
    (
        Outcome.REMOVED,
        re.compile(
            r"(?:has|have) been (?:deleted|removed)|(?:no longer|isn['’]t|is not) available|was (?:deleted|removed)|"
            r"(?:page|post|video) (?:was )?not found|doesn['’]t exist|does not exist|"
            r"(?:видалено|вилучено|удал[её]н[ао]?)\b|не (?:знайдено|найден[ао]?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Outcome.LOGIN_REQUIRED,
        re.compile(
            r"(?:log|sign) ?in to (?:continue|view|see|watch|your)|must (?:be logged|log|sign) in|"
            r"увійдіть|войдите|авторизуйтесь|type=[\"']password[\"']",
            re.IGNORECASE,
        ),
    ),
)
_LOGIN_PATH = re.compile(r"/(?:accounts?/)?(?:log-?in|sign-?in|auth)(?:[/.?]|$)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style|noscript|svg)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_SHORT_PAGE_LETTERS = 1500

SENTENCES: Mapping[Outcome, str] = {
    Outcome.CAPTURED: "The video was captured.",
    Outcome.PARTIAL: "Only a part of the video could be captured; what came was kept.",
    Outcome.REMOVED: "The site says that there is no such post or file.",
    Outcome.PRIVATE: "The owner has made this post private.",
    Outcome.LOGIN_REQUIRED: "The site shows this only to people who have logged in, or refuses to show it to us.",
    Outcome.GEO_BLOCKED: "The site does not show this in the country the archive asks from.",
    Outcome.AGE_RESTRICTED: "The site asks for proof of age before it shows this.",
    Outcome.RATE_LIMITED: "The site asks us to slow down. The capture will be tried again later.",
    Outcome.UNSUPPORTED: "There is a video here, but in a form that the archive cannot fetch.",
    Outcome.TOO_LARGE: "The video is larger than the archive accepts.",
    Outcome.NOT_MEDIA: "There is no video or sound at this address.",
    Outcome.BLOCKED_ADDRESS: "This address leads to a place inside a private network, where the archive does not go.",
    Outcome.UNREACHABLE: "The site could not be reached, or broke off before the whole video had come.",
    Outcome.TOOL_FAILED: "The capture failed for a reason the archive does not know. An operator can see the details.",
}


def of_messages(said: str) -> Outcome | None:
    """The outcome that a tool's error lines speak of, or None for words nobody has seen before."""
    numbers = [of_status(int(number)) for number in _HTTP_ERROR.findall(said)]
    return (
        _recognised(said, SAID_BY_SITE)
        or next((outcome for outcome in reversed(numbers) if outcome), None)
        or _recognised(said, SAID_BY_TOOL)
        or (Outcome.UNREACHABLE if _TRANSPORT.search(said) else None)
    )


def of_status(status: int) -> Outcome | None:
    """The outcome that an HTTP status speaks of; None for success and for what says nothing of the kind."""
    match status:
        case 404 | 410:
            return Outcome.REMOVED
        case 401 | 403 | 407:
            return Outcome.LOGIN_REQUIRED
        case 451:
            return Outcome.GEO_BLOCKED
        case 429:
            return Outcome.RATE_LIMITED
        case 408 | 425:
            return Outcome.UNREACHABLE
        case _ if status >= 500:
            return Outcome.UNREACHABLE
        case _:
            return Outcome.TOOL_FAILED if status >= 400 else None


def of_page(html: str, final_url: str = "") -> Outcome:
    """What a page without media is: a notice of removal, a private post, a log-in wall, or just not media.

    A long page is an article that may speak of anything; only a short one is taken at its word.
    """
    if _LOGIN_PATH.search(final_url):
        return Outcome.LOGIN_REQUIRED
    seen = _UNSEEN.sub(" ", html)
    words = " ".join(_TAG.sub(" ", seen).split())
    if len(words) <= _SHORT_PAGE_LETTERS:
        for outcome, wording in _PAGES:
            if wording.search(words) or (outcome is Outcome.LOGIN_REQUIRED and wording.search(seen)):
                return outcome
    return Outcome.NOT_MEDIA


def failure(outcome: Outcome, detail: Mapping[str, Any], sentence: str = "") -> ArchiveError:
    """The error an attempt without media ends with: retryable where another try may help."""
    sentence = sentence or SENTENCES[outcome]
    match outcome:
        case Outcome.UNREACHABLE:
            return Unavailable(sentence, code=outcome.value, detail=detail)
        case Outcome.RATE_LIMITED:
            return Throttled(sentence, detail=detail)
        case _:
            return Rejected(sentence, code=outcome.value, detail=detail)


def _recognised(said: str, table: tuple[tuple[Outcome, tuple[str, ...]], ...]) -> Outcome | None:
    folded = said.casefold()
    return next((outcome for outcome, phrases in table if any(phrase.casefold() in folded for phrase in phrases)), None)
