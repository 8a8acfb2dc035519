"""A turnstile before what takes long: so many at once, and fewer for one visitor; the rest are told to come back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from storage.errors import Unavailable


class TooManyAtOnce(Unavailable):
    """There is no place now, and there will be."""

    code = "too_many_at_once"


class Turnstile:
    """Lets `at_once` visitors through, `each` of one actor. Used from the event loop alone, so nothing needs a lock."""

    def __init__(self, at_once: int, each: int, deed: str) -> None:
        self._at_once = at_once
        self._each = each
        self._deed = deed
        self._inside: Counter[str] = Counter()

    @contextmanager
    def passing(self, actor_id: str) -> Iterator[None]:
        """A place for as long as the block lasts. Raises: TooManyAtOnce when there is none; nobody waits here."""
        if self._inside[actor_id] >= self._each:
            raise TooManyAtOnce(f"You {self._deed} {self._each} at once already; please wait for one to end.")
        if self._inside.total() >= self._at_once:
            raise TooManyAtOnce(f"Too many people {self._deed} at once; please try again in a while.")
        self._inside[actor_id] += 1
        try:
            yield
        finally:
            self._inside[actor_id] -= 1
            if not self._inside[actor_id]:
                del self._inside[actor_id]
