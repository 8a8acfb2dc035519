"""`If-Match`: what somebody says they saw before they change it."""

import re

from storage.errors import BadQuery, Stale

_TAG = re.compile(r'(W/)?"([^"]+)"|([^"]+)')


def seen(if_match: str | None, form: re.Pattern[str], wanted: str) -> str | None:
    """What `If-Match` names, with or without quotes, None without one.

    A weak tag names none of our states: something on the way, a proxy that compresses say, has made it so.
    Source: RFC 9110, section 13.1.1 (strong comparison). Raises: BadQuery, saying what is `wanted`, Stale.
    """
    if if_match is None:
        return None
    found = _TAG.fullmatch(if_match.strip())
    tag = (found[2] or found[3]) if found else ""
    if not form.fullmatch(tag):
        raise BadQuery(f"If-Match carries {wanted}.")
    if found and found[1]:
        raise Stale("If-Match carries a weak tag, which is no state of ours; name the one that was read, without W/.")
    return tag
