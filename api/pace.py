"""How slowly a body may arrive: patience is used up by waiting and earned back by bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """At least `bytes_per_s` on average; whoever is slower uses up `patience_s` seconds and is then given up.

    Patience is never saved up beyond that (a token bucket), so that a fast beginning buys no slow end.
    """

    patience_s: float = 60.0
    bytes_per_s: float = (64 << 10) / 60

    def after(self, left_s: float, *, waited_s: float, received_bytes: int) -> float:
        """The patience left, seconds, after waiting so long for so much; below 0 it is used up."""
        return min(self.patience_s, left_s - waited_s + received_bytes / self.bytes_per_s)
