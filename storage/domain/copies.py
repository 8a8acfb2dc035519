"""What is known of one copy of a file on one store."""

from enum import StrEnum


class CopyState(StrEnum):
    """`owed`: to be brought there. `enciphered`: the plain bytes were destroyed there, only ciphertext is kept of them.

    The others are what the last reading found.
    """

    OWED = "owed"
    WHOLE = "whole"
    ALTERED = "altered"
    MISSING = "missing"
    ENCIPHERED = "enciphered"


BAD = frozenset({CopyState.ALTERED, CopyState.MISSING})
