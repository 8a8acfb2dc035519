"""Time of day: always aware, always UTC, always written the same way."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment as the machine believes it, UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """Write an aware moment as RFC 3339 UTC with microseconds and a `Z`.

    Raises: ValueError for a naive moment, which names no point in time.
    """
    if moment.tzinfo is None:
        msg = "a time without a zone names no moment"
        raise ValueError(msg)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_posix(seconds: int) -> datetime:
    """The moment so many seconds after 1970 (POSIX). Raises: ValueError beyond the year 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        msg = f"no calendar reaches {seconds} s after 1970"
        raise ValueError(msg) from None
