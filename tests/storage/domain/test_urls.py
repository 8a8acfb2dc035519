"""Which addresses we ask for, and which two are one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.urls import LIMIT_BYTES, canonical, check
from storage.errors import InvalidUrl

VIDEO = "dQw4w9WgXcQ"

REFUSED = [
    "",
    "   ",
    "video of the shelling",
    "example.org/video",
    "ftp://example.org/a.mp4",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "rtsp://example.org/stream",
    "data:video/mp4;base64,AAAA",
    "http://",
    "https:///path",
    "https://?q",
    "http://user@example.org/",
    "http://user:secret@example.org/",
    "http://example.org@evil.example/",
    "https://example.org/a\nb",
    "https://example.org/\x00",
    "https://example.org/a\tb",
    "https://exa\u202emple.org/",
    "https://example.org/a b",
    "https://example.org\\@evil.example/",
    "https://example.org:0/",
    "https://example.org:99999/",
    "https://example.org:http/",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    "https://exa%6dple.org/",
    "https://-example-.org/",
    "https://exam ple.org/",
    "https://" + "a" * 64 + ".org/",
    "https://example.org/" + "a" * LIMIT_BYTES,
    "https://example.org/" + "щ" * 400,
    "https://example.org/\ud800",
]

ALIKE = {
    f"https://www.youtube.com/watch?v={VIDEO}": [
        f"https://youtu.be/{VIDEO}",
        f"https://youtu.be/{VIDEO}?si=Abc123&t=42",
        f"http://m.youtube.com/watch?v={VIDEO}&feature=share",
        f"https://www.youtube.com/watch?list=PL123&v={VIDEO}&index=4",
        f"https://youtube.com/shorts/{VIDEO}?si=x",
        f"https://www.youtube.com/live/{VIDEO}",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}?autoplay=1#t=4",
        f"https://music.youtube.com/watch?v={VIDEO}",
    ],
    "https://x.com/i/status/1234567890": [
        "https://twitter.com/someone/status/1234567890",
        "https://mobile.twitter.com/Someone/status/1234567890?s=20&t=abc",
        "https://x.com/someone/status/1234567890/video/1",
        "https://x.com/i/web/status/1234567890",
    ],
    "https://t.me/channelname/417": [
        "https://t.me/s/ChannelName/417",
        "https://t.me/channelname/417?single",
        "http://telegram.me/ChannelName/417",
    ],
    "https://t.me/channelname/417?comment=5": ["https://t.me/s/ChannelName/417?single&comment=5"],
    "https://www.youtube.com/playlist?list=A": ["https://www.youtube.com/playlist?list=A&si=x"],
    "https://open.spotify.com/episode/4a": ["https://open.spotify.com/episode/4a?si=x"],
    "https://x.com/someone": ["https://x.com/someone?ref_src=twsrc%5Etfw&ref_url=https%3A%2F%2Fexample.org"],
    "https://example.org/#!/video/1": ["https://EXAMPLE.org/?utm_source=x#!/video/1"],
    "https://example.org/app#/video/%D0%B2": ["https://example.org/app#/video/в"],
    "https://www.instagram.com/p/Cabc-12_/": [
        "https://instagram.com/reel/Cabc-12_/?igsh=abc",
        "https://www.instagram.com/someone/p/Cabc-12_",
    ],
    "https://vk.com/video-1_2": ["https://m.vk.com/video-1_2?list=x", "https://vkvideo.ru/video-1_2"],
    "https://www.tiktok.com/@someone/video/71": ["https://m.tiktok.com/@SomeOne/video/71?is_from_webapp=1"],
    "https://example.org/a?b=1&a=2": [
        "HTTPS://EXAMPLE.ORG:443/a?b=1&a=2#part",
        "https://example.org./a?b=1&utm_source=x&a=2&UTM_Medium=y&fbclid=z&",
        "https://example.org/x/../%61?b=1&a=2",
    ],
    "http://example.org/": ["http://example.org", "http://example.org:80/?#", "http://EXAMPLE.org/?igshid=1"],
    "https://xn--b1agh1afp.example/%D0%B2": ["https://ПРИВЕТ.example/в", "https://xn--b1agh1afp.example/%d0%b2"],
    "http://127.0.0.1/a.mp4": ["http://１２７.０.０.１/a.mp4"],
    "http://[::1]:8080/": ["http://[0:0:0:0:0:0:0:1]:8080"],
}


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_we_will_not_ask_for_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(InvalidUrl) as refused:
        check(url)
    assert refused.value.code == "invalid_url"
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(("kept", "spelling"), [(kept, other) for kept, others in ALIKE.items() for other in others])
def test_spellings_of_one_thing_share_one_canonical_address(kept: str, spelling: str) -> None:
    assert canonical(check(spelling)) == kept
    assert canonical(kept) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a?b=1&a=2", "https://example.org/a?a=2&b=1"),
        ("https://example.org/a", "https://example.org/a/"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/", "http://example.org/"),
        ("https://t.me/channelname/417", "https://t.me/channelname/418"),
        (f"https://youtu.be/{VIDEO}", f"https://youtu.be/{VIDEO[::-1]}"),
        ("https://t.me/channelname/417/5", "https://t.me/channelname/417"),
        ("https://t.me/c/1234/5", "https://t.me/somebody/5"),
        ("https://t.me/channelname/417?comment=5", "https://t.me/channelname/417?comment=6"),
        ("https://t.me/channelname/417?comment=5", "https://t.me/channelname/417"),
        ("https://t.me/c/1234/5?comment=5", "https://t.me/c/1234/5"),
        ("https://example.org/clip?si=1", "https://example.org/clip?si=2"),
        ("https://example.org/clip?ref_src=1", "https://example.org/clip?ref_src=2"),
        ("https://example.org/clip?ref_url=1", "https://example.org/clip?ref_url=2"),
        ("https://example.org/#!/video/1", "https://example.org/#!/video/2"),
        ("https://example.org/app#/video/1", "https://example.org/app#/video/2"),
    ],
)
def test_addresses_that_may_name_different_things_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_inside_addresses_are_valid_here_because_the_egress_judges_them() -> None:
    for url in (
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://localhost/",
    ):
        assert check(url) == url


def test_spaces_around_an_address_are_forgiven() -> None:
    assert check("  https://example.org/v ") == "https://example.org/v"


_FRAGMENTS = [
    "http://", "https://", "HTTPS://", "example.org", "youtu.be", "t.me", "x.com", "/", "//", "..", ".", "?",
    "&", "=", "#", "%", "%2", "%2F", "%61", "%E2%82", ":", "443", "@", "[", "]", "::1", "utm_a=1", "v=", "#!", "#/",
    "si=",
    "comment=5",
    "status/12", "ß", "İ", "\u0661", "щ", "\\", "xn--", "xn--a", "+", "'", "\"", "|", "^", "~", "-", "_",
]  # fmt: skip
_pieces = st.lists(
    st.sampled_from([*_FRAGMENTS, VIDEO, "a" * 64, " ", "\x85", "\u200d", "\ud800"]) | st.text(max_size=4), max_size=14
).map("".join)


@given(_pieces | st.text(max_size=60))
def test_canonical_is_idempotent_and_raises_nothing_but_invalid_url(text: str) -> None:
    with contextlib.suppress(InvalidUrl):
        check(text)
    for url in (text, "https://example.org/" + text, "https://" + text + ".example/"):
        with contextlib.suppress(InvalidUrl):
            kept = canonical(url)
            assert canonical(kept) == kept
            assert kept.isascii()
            assert kept.startswith(("http://", "https://"))
