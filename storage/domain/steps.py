"""Of which version each step of the analysis is: what an older one has made is told of as that, and made anew."""

from collections.abc import Mapping
from types import MappingProxyType

from storage.domain.faces import LOOK_VERSION

FIRST = "probe"
"""The step that all others of an analysis follow from."""

VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "probe": "1",
        "arrival": "1",
        "credentials": "2",
        "analyse": "9",
        "review": "3",
        "match": "9",
        "ocr": "1",
        "speech": "1",
        "faces": LOOK_VERSION,
        "redact": "2",
        "opinion": "1",
        "presence": "2",
    }
)


def is_older(step: str, version: str) -> bool:
    """Whether this version of a step came before the one that is here."""
    current = VERSIONS.get(step)
    return current is not None and version.isdecimal() and int(version) < int(current)
