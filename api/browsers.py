"""How a browser shows who it is: by a cookie, from our own page, with a token that only our own page can know."""

import hmac
import ipaddress
import re
from dataclasses import dataclass

from fastapi import Request, Response

from api.headers import host_of
from storage.db.sessions import LONGEST_DAYS
from storage.errors import Forged
from storage.integrity import secret
from storage.settings import is_loopback

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PLAIN_COOKIE = "svidok_session"
# The prefix makes browsers insist on Secure, on Path=/ and on no Domain, so that no neighbour can set it (RFC 6265bis).
SECURE_COOKIE = f"__Host-{PLAIN_COOKIE}"
_TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 - the header's name
_NAMES = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Browsers:
    """How browsers find us: through TLS at `origin`, or else in the clear and then on this machine only."""

    origin: str | None = None

    @property
    def cookie(self) -> str:
        return SECURE_COOKIE if self.origin else PLAIN_COOKIE

    def origin_for(self, request: Request) -> str | None:
        """The origin a page of ours has for whoever asks; None where no session may be given."""
        if self.origin is not None:
            return self.origin
        authority = request.headers.get("host", "").lower()
        return f"http://{authority}" if is_loopback(host_of(authority)) else None

    def secret_of(self, request: Request) -> str | None:
        """The session's secret in the cookie, if there is one of the right form."""
        given = request.cookies.get(self.cookie, "")
        return given if secret.is_session(given) else None

    def is_from_our_page(self, request: Request) -> bool:
        """Whether a page of ours made the browser ask; it says so in one header or both, and no page can make it lie.

        Source: Fetch Metadata (W3C), `Sec-Fetch-Site`; RFC 6454, section 7, `Origin`.
        """
        sites, origins = request.headers.getlist("sec-fetch-site"), request.headers.getlist("origin")
        if len(sites) > 1 or len(origins) > 1 or not (sites or origins):
            return False
        ours = self.origin_for(request)
        return (not sites or sites == ["same-origin"]) and (not origins or origins == [ours]) and ours is not None

    def refuse_forgery(self, request: Request, token: str) -> None:
        """Raises: Forged where a change is asked for with this session but not by a page of ours."""
        if request.method in SAFE:
            return
        given = request.headers.get(_TOKEN_HEADER, "").encode()
        if not self.is_from_our_page(request) or not hmac.compare_digest(given, secret.forgery_token(token).encode()):
            raise Forged(f"A change with a browser's session needs our own page and its {_TOKEN_HEADER} header.")

    def give(self, response: Response, token: str) -> None:
        """Let the browser keep the session's secret, where no script can read it."""
        self._set(response, token, LONGEST_DAYS * 86_400)

    def take_back(self, response: Response) -> None:
        """Let the browser forget it."""
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, max_age_s: int) -> None:
        secure = self.origin is not None
        response.set_cookie(
            self.cookie, value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="lax"
        )

    def party(self, request: Request) -> str:
        """Whom a try to log in counts for: an IPv4 address, or a whole IPv6 network, because one address has them all.

        Where TLS stands in front of us, the proxy tells whom it saw: the last entry of `X-Forwarded-For`. It is
        believed only when it comes from a private network, where the proxy is.
        """
        near = _address(request.client.host if request.client else "")
        if self.origin is not None and near is not None and near.is_private:
            # A proxy may add a line of its own below the one that its visitor made up.
            told = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2]
            near = _address(told.strip()) or near
        if near is None:
            return "unknown"
        return str(near if near.version == 4 else ipaddress.ip_network((near, 64), strict=False))


def described(user_agent: str) -> str:
    """A browser in two words, for its owner to know it again; the whole text would tell more than that takes."""
    name = next((name for sign, name in _NAMES if sign in user_agent), "")
    system = next((system for sign, system in _SYSTEMS if re.search(rf"\b{sign}", user_agent)), "")
    return ", ".join(word for word in (name, system) if word) or "unknown"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
