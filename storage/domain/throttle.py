"""How long somebody waits after log-ins that failed: a slip costs nothing, a hundred guesses from one address a day.

Whoever guesses from a new address each time waits two seconds only, and so has some forty thousand guesses a day at one
account: against them stands the password itself.
"""

from dataclasses import dataclass

FORGOTTEN_AFTER_S = 3600
_LONGEST_S = 900
_LONGEST_FOR_STRANGERS_S = 2
_FREE_OF_ACCOUNT = 5
_FREE_OF_ADDRESS = 20


@dataclass(frozen=True, slots=True)
class Failures:
    """Log-ins that failed one after another, and the seconds since the last one."""

    count: int
    since_s: float


NONE = Failures(0, 0.0)


def wait_s(account: Failures, address: Failures) -> float:
    """Seconds until the next try is heard, 0 when it is now.

    The pause doubles with each failure beyond the free ones, up to a quarter of an hour. Failures of an account hardly
    slow down whoever comes from an address that has not failed: else anybody could keep its owner out for ever.
    """
    longest = _LONGEST_S if address.count else _LONGEST_FOR_STRANGERS_S
    return max(
        _pause_s(account.count - _FREE_OF_ACCOUNT, longest) - account.since_s,
        _pause_s(address.count - _FREE_OF_ADDRESS, _LONGEST_S) - address.since_s,
        0.0,
    )


def _pause_s(beyond: int, longest_s: int) -> int:
    return 0 if beyond < 0 else min(1 << min(beyond, 16), longest_s)
