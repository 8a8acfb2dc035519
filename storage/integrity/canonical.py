"""One spelling for one statement: canonical JSON, so that equal statements have equal digests."""

from collections.abc import Mapping
from typing import Any, cast

import rfc8785

from storage.integrity.digest import Digest


def canonical(statement: Mapping[str, Any]) -> bytes:
    """Serialise `statement` by the JSON Canonicalization Scheme.

    Numbers must fit a double exactly; times and big integers go in as strings.
    Raises: ValueError for a value JSON cannot carry faithfully.
    Source: RFC 8785.
    """
    return rfc8785.dumps(cast("dict[str, Any]", dict(statement)))


def digest_of(statement: Mapping[str, Any]) -> Digest:
    """The digest of a statement's canonical form."""
    return Digest.of(canonical(statement))
