"""`If-Match`: what somebody says they saw before they change it."""

import re

from storage.errors import BadQuery

_TAG = re.compile(r'(?:W/)?"([^"]+)"|([^"]+)')


def seen(if_match: str | None, form: re.Pattern[str], wanted: str) -> str | None:
    """What `If-Match` names, with or without quotes, None without one. Raises: BadQuery, saying what is `wanted`."""
    if if_match is None:
        return None
    found = _TAG.fullmatch(if_match.strip())
    tag = (found[1] or found[2]) if found else ""
    if not form.fullmatch(tag):
        raise BadQuery(f"If-Match carries {wanted}.")
    return tag
