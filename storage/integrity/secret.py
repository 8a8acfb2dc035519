"""Secrets: made at random, kept only as what cannot be turned back."""

import functools
import hashlib
import hmac
import re
import secrets
import unicodedata

from pwdlib import PasswordHash

from storage.errors import InvalidValue

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024
_HASHER = PasswordHash.recommended()
_KEY = re.compile(r"svk_[A-Za-z0-9_-]{43}")
_SESSION = re.compile(r"svs_[A-Za-z0-9_-]{43}")


def new_key() -> str:
    """A bearer secret of 256 random bits, such as `svk_…`."""
    return f"svk_{secrets.token_urlsafe(32)}"


def is_key(text: str) -> bool:
    """Whether `text` has the form of a bearer secret; says nothing of its being good."""
    return _KEY.fullmatch(text) is not None


def new_session() -> str:
    """A browser's secret of 256 random bits, such as `svs_…`."""
    return f"svs_{secrets.token_urlsafe(32)}"


def is_session(text: str) -> bool:
    """Whether `text` has the form of a browser's secret; says nothing of its being good."""
    return _SESSION.fullmatch(text) is not None


def forgery_token(session: str) -> str:
    """What a page of ours says beside its cookie: HMAC-SHA-256 of a fixed word under the session's secret."""
    return hmac.new(session.encode(), b"svidok csrf", hashlib.sha256).hexdigest()


def fingerprint(secret: str) -> str:
    """What is kept of a random secret: its SHA-256, hex. For secrets of 256 bits only, never for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str) -> str:
    """What is kept of a password: argon2id (RFC 9106) with the library's recommended cost.

    Raises: InvalidValue for one too short, too long, all of one letter, or not text.
    """
    password = unicodedata.normalize("NFC", password)
    if any("\ud800" <= letter <= "\udfff" for letter in password):
        raise InvalidValue("this password holds half a letter (a lone surrogate), which no keyboard can repeat")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidValue(f"a password has at least {SHORTEST_PASSWORD} characters; a sentence is a good one")
    if len(set(password)) < 4:
        raise InvalidValue("this password repeats too few characters to be safe")
    return _HASHER.hash(password)


def password_fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept; takes as long when nobody is there to compare with."""
    nobodys = _nobodys()  # always, so that the first to be unknown is not the one who waits for it
    # Half a letter fits nothing, and is no reason to answer sooner.
    told = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    fits = _HASHER.verify(told, kept or nobodys)
    return fits and kept is not None


@functools.cache
def _nobodys() -> str:
    """A hash that no password fits, to spend the same time on."""
    return _HASHER.hash(secrets.token_hex(16))


def new_salt() -> str:
    """A random salt for one commitment, 256 bits, hex."""
    return secrets.token_hex(32)


def commitment(salt: str, value: str) -> str:
    """Bind to personal text without saying it: HMAC-SHA-256 (RFC 2104); without the salt it tells nothing."""
    return f"hmac-sha256:{hmac.new(bytes.fromhex(salt), value.encode(), hashlib.sha256).hexdigest()}"
