"""What a browser left in its folder: whether it can be kept, and whether it may tell where the archive stands."""

import re
from pathlib import Path

from storage.errors import Implausible
from workers.brought import content, is_plain_file
from workers.outgoing.address import is_public

_TEXT_BYTES = 8 << 20
_LITERAL = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])")
_PNG = b"\x89PNG\r\n\x1a\n"


def is_usable(path: Path, *, is_picture: bool) -> bool:
    """Whether there is a plain file with something in it, and a PNG where it should be one."""
    if not is_plain_file(path) or path.stat().st_size == 0:
        return False
    with path.open("rb") as stream:
        return not is_picture or stream.read(len(_PNG)) == _PNG


def shows_address(path: Path) -> bool:
    """Whether a public internet address stands in the visible words: walls like to print the visitor's, which is ours.

    Fails closed: words that cannot be read count as if they showed one.
    """
    try:
        words = content(path.parent, path.name, limit_bytes=_TEXT_BYTES).decode(errors="replace")
    except (Implausible, OSError):
        return True
    return any(is_public(match[0]) for match in _LITERAL.finditer(words))
