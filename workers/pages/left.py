"""What a browser left in its folder: whether it can be kept, and whether it may tell where the archive stands."""

import re
from pathlib import Path

from storage.errors import Implausible
from workers.brought import content, is_plain_file
from workers.outgoing.address import is_public

_TEXT_BYTES = 8 << 20
# Whatever stands around them: walls print `IP:192.0.2.7`, and `2001:db8::7: blocked`. In IPv6 a label may look like
# the first group, so every place where one can begin is tried.
_LITERALS = (
    re.compile(r"(?<!\d)(\d{1,3}(?:\.\d{1,3}){3})(?!\d)"),
    re.compile(r"(?<![0-9A-Fa-f])(?=((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}))"),
)
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
    return tells_address(words)


def tells_address(words: str) -> bool:
    """Whether a public internet address stands in `words`."""
    found = (match[1] for form in _LITERALS for match in form.finditer(words))
    return any(is_public(one) or is_public(one.rstrip(":")) for one in found)
