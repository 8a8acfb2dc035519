"""Addresses as people paste them: which ones we will ask for, and the one spelling two of them share."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

import idna

from storage.errors import InvalidUrl, because

LIMIT_BYTES = 2048
_NO_HOST = "This is not a web address: no host can have this name."
_SCHEMES = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# RFC 3986: what may stand unescaped in a path or query; "%" stays because escapes are tidied one by one.
_SAFE = "!$&'()*+,;=:@/?[]~%"

# Parameters that say who shared the link, never which thing it names.
_TRACKING = re.compile(
    r"utm_\w*|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|ysclid|twclid|ttclid|igshid?|mc_[ce]id|mibextid|"
    r"_openstat|__cft__.*|__tn__",
    re.IGNORECASE,
)
# The same for words so short that elsewhere they may well name the thing.
_SHARED = re.compile(r"si", re.IGNORECASE)
_REFERRED = re.compile(r"ref_src|ref_url", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Alias:
    """Many spellings of one post: hosts (mobile ones too), what path and query look like, and the spelling kept."""

    hosts: frozenset[str]
    path: re.Pattern[str]
    kept: str


def _alias(hosts: str, path: str, kept: str) -> _Alias:
    return _Alias(frozenset(hosts.split()), re.compile(path), kept)


_YOUTUBE = "youtube.com www.youtube.com m.youtube.com music.youtube.com www.youtube-nocookie.com youtube-nocookie.com"
_X = "x.com www.x.com mobile.x.com twitter.com www.twitter.com m.twitter.com mobile.twitter.com vxtwitter.com"
_TELEGRAM = "t.me www.t.me telegram.me www.telegram.me telegram.dog"
_INSTAGRAM = "instagram.com www.instagram.com m.instagram.com"
_VK = "vk.com www.vk.com m.vk.com vk.ru www.vk.ru m.vk.ru vkvideo.ru www.vkvideo.ru m.vkvideo.ru"

_TRACKING_AT = {
    **dict.fromkeys(f"{_YOUTUBE} youtu.be www.youtu.be open.spotify.com".split(), _SHARED),
    **dict.fromkeys(_X.split(), _REFERRED),
}
_COMMENT = r"\?(?:.*&)?comment=(\d+)(?:&.*)?"

# The first rule that matches wins. A rule that is missing costs a second item, never a wrong join.
_ALIASES = (
    _alias("youtu.be www.youtu.be", r"/([\w-]{11})(?:[/?].*)?", r"https://www.youtube.com/watch?v=\1"),
    _alias(_YOUTUBE, r"/watch/?\?(?:.*&)?v=([\w-]{11})(?:&.*)?", r"https://www.youtube.com/watch?v=\1"),
    _alias(_YOUTUBE, r"/(?:shorts|live|embed|v|e)/([\w-]{11})(?:[/?].*)?", r"https://www.youtube.com/watch?v=\1"),
    _alias(_X, r"/(?:i/web|i|\w+)/status(?:es)?/(\d+)(?:[/?].*)?", r"https://x.com/i/status/\1"),
    _alias(_TELEGRAM, r"/c/(\d+)/(\d+)/?" + _COMMENT, r"https://t.me/c/\1/\2?comment=\3"),
    _alias(_TELEGRAM, r"/(?:s/)?(\w{4,})/(\d+)/?" + _COMMENT, r"https://t.me/\1/\2?comment=\3"),
    _alias(_TELEGRAM, r"/c/(\d+)/(\d+)/?(?:\?.*)?", r"https://t.me/c/\1/\2"),
    _alias(_TELEGRAM, r"/(?:s/)?(\w{4,})/(\d+)/?(?:\?.*)?", r"https://t.me/\1/\2"),
    _alias(_INSTAGRAM, r"/(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]{5,})(?:[/?].*)?", r"https://www.instagram.com/p/\1/"),
    _alias("tiktok.com www.tiktok.com m.tiktok.com", r"/(@[\w.-]+)/video/(\d+)(?:[/?].*)?",
           r"https://www.tiktok.com/\1/video/\2"),
    _alias(_VK, r"/(?:video|clips?)[\w-]*\?(?:.*&)?z=(?:video|clip)(-?\d+_\d+)(?:[%&/].*)?", r"https://vk.com/video\1"),
    _alias(_VK, r"/(?:video|clip)(-?\d+_\d+)(?:[/?].*)?", r"https://vk.com/video\1"),
    _alias("ok.ru www.ok.ru m.ok.ru", r"/(?:video|videoembed)/(\d+)(?:[/?].*)?", r"https://ok.ru/video/\1"),
    _alias("player.vimeo.com vimeo.com www.vimeo.com", r"/(?:video/)?(\d+)(?:\?.*)?", r"https://vimeo.com/\1"),
)  # fmt: skip
# More posts that anybody is shown who may see them at all; a link to share one (`/share/…`) may be for some alone.
_POSTS = {
    "www.facebook.com": re.compile(
        r"/watch/?\?v=\d+|/reel/\d+/?|/(?:story|permalink)\.php\?story_fbid=\w+&id=\d+|"
        r"/[\w.-]+/(?:videos|posts)/(?:[\w.%-]+/)?\w+/?"
    ),
}
_MEMBERS_ONLY = "https://t.me/c/"
_MOBILE = {
    "m.facebook.com": "www.facebook.com",
    "mbasic.facebook.com": "www.facebook.com",
    "web.facebook.com": "www.facebook.com",
    "facebook.com": "www.facebook.com",
    "old.reddit.com": "www.reddit.com",
    "m.reddit.com": "www.reddit.com",
    "reddit.com": "www.reddit.com",
    "m.rutube.ru": "rutube.ru",
}


def check(url: str) -> str:
    """The address as submitted, without the spaces around it, if we are willing to ask for it.

    Looks at the letters only: where the name leads is for the egress proxy to judge.
    Raises: InvalidUrl with a sentence for the submitter.
    """
    url = url.strip(" ")
    _parse(url)
    if len(url.encode()) > LIMIT_BYTES or len(canonical(url)) > LIMIT_BYTES:
        raise InvalidUrl(
            f"This address is longer than {LIMIT_BYTES:,} bytes. Please submit the short address of the post.",
            reason=because("url_too_long", most=LIMIT_BYTES),
        )
    return url


def canonical(url: str) -> str:
    """The spelling that all addresses of one thing share: host in lower-case ASCII, no default port, no parameter
    that only tracks, one form per post of a well-known platform, and of fragments only those that are a path of the
    page's own (`#!…`, `#/…`). Idempotent.

    Raises: InvalidUrl, as `check` does, but not for length.
    Source: RFC 3986, section 6.2; UTS 46 for host names.
    """
    url = url.strip(" ")
    parts = _parse(url)
    host = _host(parts)
    target = _path(parts.path) + _query(parts.query, _TRACKING_AT.get(host))
    for alias in _ALIASES:
        if host in alias.hosts and (match := alias.path.fullmatch(target)):
            return _settled(match.expand(alias.kept))
    scheme = parts.scheme
    if host in _MOBILE:
        scheme, host = "https", _MOBILE[host]
    port = "" if parts.port in (None, _SCHEMES[scheme]) else f":{parts.port}"
    return f"{scheme}://{host}{port}{target}{_route(parts.fragment)}"


def names_post(canonical_url: str) -> bool:
    """Whether an address is of a form in which a well-known platform names its posts to everybody.

    Any other may be a key: whoever shares a file by its address lets in whoever has it, by its query or by its path.
    """
    parts = urlsplit(canonical_url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    if canonical_url.startswith(_MEMBERS_ONLY):
        return False
    further = _POSTS.get(parts.hostname or "")
    return any(parts.hostname in alias.hosts and alias.path.fullmatch(target) for alias in _ALIASES) or bool(
        further and further.fullmatch(target)
    )


def site_alone(canonical_url: str) -> str:
    """Of an address no more than where its site is."""
    return urlsplit(canonical_url)._replace(path="/", query="", fragment="").geturl()


def _settled(post: str) -> str:
    """Channel names of Telegram and handles of TikTok are the same in either case."""
    return post.lower() if post.startswith(("https://t.me/", "https://www.tiktok.com/")) else post


def _parse(url: str) -> SplitResult:
    try:
        url.encode()
    except UnicodeEncodeError:
        raise InvalidUrl("This address holds characters that are not text.", reason=because("url_not_text")) from None
    if _CONTROL.search(url):
        sentence = "This address holds invisible control characters. Please copy it again."
        raise InvalidUrl(sentence, reason=because("url_control_character"))
    if not url or any(letter.isspace() for letter in url) or "\\" in url:
        sentence = "This is not a web address. It should look like https://example.org/video."
        raise InvalidUrl(sentence, reason=because("url_form"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        sentence = "This is not a web address: its host or port cannot be read."
        raise InvalidUrl(sentence, reason=because("url_host")) from None
    if parts.scheme not in _SCHEMES:
        sentence = "Only addresses that begin with http:// or https:// can be fetched."
        raise InvalidUrl(sentence, reason=because("url_scheme"))
    if "@" in parts.netloc:
        sentence = "This address carries a user name or password. Please submit it without them."
        raise InvalidUrl(sentence, reason=because("url_user"))
    if port == 0:
        raise InvalidUrl("This is not a web address: its port cannot be read.", reason=because("url_host"))
    _host(parts)
    return parts


def _host(parts: SplitResult) -> str:
    """The host in the form it has on the wire; brackets stay around an IPv6 address."""
    host = parts.hostname or ""
    if "[" in parts.netloc or "]" in parts.netloc:
        try:
            if "%" in host:
                raise ValueError
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            sentence = "This is not a web address: its host cannot be read."
            raise InvalidUrl(sentence, reason=because("url_host")) from None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            raise InvalidUrl(_NO_HOST, reason=because("url_host_name")) from None
    host = host.lower().removesuffix(".")
    if not host:
        sentence = "This address names no host. It should look like https://example.org/video."
        raise InvalidUrl(sentence, reason=because("url_without_host"))
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise InvalidUrl(_NO_HOST, reason=because("url_host_name"))
    return host


def _tidy(text: str) -> str:
    """Escape what must be escaped, unescape what need not be, write the rest in capitals."""

    def settle(escape: re.Match[str]) -> str:
        (byte,) = unquote_to_bytes(escape[0])
        return chr(byte) if byte in _UNRESERVED else escape[0].upper()

    escaped = quote(text, safe=_SAFE)
    lone = re.sub(r"%(?![0-9a-fA-F]{2})", "%25", escaped)
    return _ESCAPE.sub(settle, lone)


def _path(path: str) -> str:
    """The path without dot segments (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = _tidy(path).split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str, also: re.Pattern[str] | None) -> str:
    """The query in its order, without empty and tracking parameters, and with its `?` if any is left."""
    fields = []
    for field in _tidy(query).split("&"):
        name = field.partition("=")[0]
        if field and not _TRACKING.fullmatch(name) and not (also and also.fullmatch(name)):
            fields.append(field)
    return "?" + "&".join(fields) if fields else ""


def _route(fragment: str) -> str:
    """The fragment where a page made of script takes it for its path; elsewhere it is a place in the page: nothing."""
    return "#" + _tidy(fragment) if fragment.startswith(("!", "/")) else ""
