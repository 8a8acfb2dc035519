"""What only a person can solve: how captures end that no further try of ours will change."""

from storage.domain.vocab import Outcome

NEEDS_A_PERSON = (
    Outcome.LOGIN_REQUIRED,
    Outcome.AGE_RESTRICTED,
    Outcome.PRIVATE,
    Outcome.GEO_BLOCKED,
    Outcome.TOO_LARGE,
    Outcome.UNSUPPORTED,
)
"""A log-in, proof of age, an invitation, another country, more room, or somebody who records it another way."""
