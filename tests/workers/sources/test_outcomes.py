"""What failures mean: words, numbers and pages, each to its outcome."""

from pathlib import Path

import pytest
import yt_dlp

from storage.domain.vocab import Outcome
from storage.errors import Rejected, Throttled, Unavailable
from tests import pages
from workers.sources.outcomes import SAID_BY_SITE, SAID_BY_TOOL, SENTENCES, failure, of_messages, of_page, of_status


@pytest.fixture(scope="module")
def source_of_yt_dlp() -> str:
    root = Path(yt_dlp.__file__).parent
    files = (path for path in root.rglob("*.py") if path.name != "lazy_extractors.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in files).casefold()


def test_every_message_we_recognise_still_stands_in_yt_dlp(source_of_yt_dlp: str) -> None:
    phrases = [phrase for _, known in (*SAID_BY_SITE, *SAID_BY_TOOL) for phrase in known]
    assert not [phrase for phrase in phrases if phrase.casefold() not in source_of_yt_dlp]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("[youtube] abc: Private video. Sign in if you've been granted access to this video", Outcome.PRIVATE),
        ("[youtube] abc: Video unavailable. This video has been removed by the uploader", Outcome.REMOVED),
        (
            "[youtube] abc: Video unavailable. The uploader has not made this video available in your country",
            Outcome.GEO_BLOCKED,
        ),
        (
            "[youtube] abc: Sign in to confirm your age. This video may be inappropriate. Use --cookies",
            Outcome.AGE_RESTRICTED,
        ),
        (
            "[youtube] abc: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies",
            Outcome.LOGIN_REQUIRED,
        ),
        ("[youtube] abc: The current session has been rate-limited by YouTube for up to an hour", Outcome.RATE_LIMITED),
        ("[twitter] 1: Requested tweet is unavailable", Outcome.REMOVED),
        ("[twitter] 1: You are not authorized to view this protected tweet. Use --cookies", Outcome.PRIVATE),
        ("[twitter] 1: No video could be found in this tweet", Outcome.NOT_MEDIA),
        ("[vk] 1: Video 1 is no longer available, because it has been deleted.", Outcome.REMOVED),
        ("[Netflix] 1: This video is DRM protected", Outcome.UNSUPPORTED),
        (
            "[generic] a: Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)",
            Outcome.REMOVED,
        ),
        ("[generic] a: Unable to download webpage: HTTP Error 403: Forbidden", Outcome.LOGIN_REQUIRED),
        ("[generic] a: Unable to download webpage: HTTP Error 429: Too Many Requests", Outcome.RATE_LIMITED),
        ("[generic] a: Unable to download webpage: HTTP Error 503: Service Unavailable", Outcome.UNREACHABLE),
        ("Unsupported URL: https://example.org/", Outcome.NOT_MEDIA),
        ("[download] Got error: 10 bytes read, 90 more expected. Giving up after 3 retries", Outcome.UNREACHABLE),
        (
            "[generic] Unable to download: ('Unable to connect to proxy', OSError('Tunnel connection failed: 502'))",
            Outcome.UNREACHABLE,
        ),
        ("[x] 1: Something nobody has ever said before; please report this issue on", None),
    ],
)
def test_words_lead_to_their_outcome(said: str, outcome: Outcome | None) -> None:
    assert of_messages(said) is outcome


def test_statuses_lead_to_their_outcome() -> None:
    expected = {
        200: None,
        206: None,
        302: None,
        400: Outcome.TOOL_FAILED,
        401: Outcome.LOGIN_REQUIRED,
        403: Outcome.LOGIN_REQUIRED,
        404: Outcome.REMOVED,
        408: Outcome.UNREACHABLE,
        410: Outcome.REMOVED,
        429: Outcome.RATE_LIMITED,
        451: Outcome.GEO_BLOCKED,
        500: Outcome.UNREACHABLE,
        503: Outcome.UNREACHABLE,
        599: Outcome.UNREACHABLE,
    }
    assert {status: of_status(status) for status in expected} == expected


@pytest.mark.parametrize(
    ("page", "url", "outcome"),
    [
        (pages.WALL, "", Outcome.LOGIN_REQUIRED),
        (pages.ARTICLE, "https://example.org/accounts/login/?next=/p/1", Outcome.LOGIN_REQUIRED),
        (pages.GONE, "", Outcome.REMOVED),
        (pages.PRIVATE, "", Outcome.PRIVATE),
        ("<html><body><h1>Публікацію видалено</h1></body></html>", "", Outcome.REMOVED),
        ("<html><body>Страница не найдена</body></html>", "", Outcome.REMOVED),
        ("<html><body>Войдите, чтобы продолжить</body></html>", "", Outcome.LOGIN_REQUIRED),
        (pages.ARTICLE, "https://example.org/2026/a", Outcome.NOT_MEDIA),
        (pages.ARTICLE.replace("picture.", "post that has been deleted."), "", Outcome.NOT_MEDIA),
        ("<html><body><script>var a = 'this page was not found'</script>Hello</body></html>", "", Outcome.NOT_MEDIA),
        ("", "", Outcome.NOT_MEDIA),
    ],
)
def test_a_page_without_media_is_told_from_a_notice(page: str, url: str, outcome: Outcome) -> None:
    assert of_page(page, url) is outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence_and_a_kind_of_error(outcome: Outcome) -> None:
    error = failure(outcome, {"tool": "t"})
    retryable = {Outcome.UNREACHABLE: Unavailable, Outcome.RATE_LIMITED: Throttled}
    assert type(error) is retryable.get(outcome, Rejected)
    assert error.code == outcome.value
    assert error.sentence == SENTENCES[outcome]
    assert error.sentence.endswith(".")
    assert error.detail == {"tool": "t"}
