"""An account at Telegram: the program's own numbers, and the session that signing in has made; written as JSON."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage.domain import clock
from storage.errors import InvalidValue

SITE = "t.me"
"""The site whose captures the account is lent to."""


class Server(BaseModel):
    """A data centre other than Telegram's own, such as my.telegram.org names for its test network; PKCS #1 key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dc: int = Field(ge=1, le=10_000)
    address: str = Field(max_length=64)
    port: int = Field(ge=1, le=65535)
    public_key: str = Field(max_length=2000)


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    api_id: int = Field(ge=1, lt=1 << 31)
    api_hash: str = Field(pattern=r"^[0-9a-f]{32}$")
    session: str = Field(max_length=1000)
    idle_days: int | None = Field(None, ge=1, le=10_000)
    server: Server | None = None


@dataclass(frozen=True, slots=True)
class TelegramAccount:
    """Never shown, never logged. `session` is empty until somebody has signed in.

    `idle_days`: Telegram ends a session that was not used for so long.
    """

    api_id: int
    api_hash: str = field(repr=False)
    session: str = field(default="", repr=False)
    idle_days: int | None = None
    server: Server | None = field(default=None, repr=False)

    count = 0
    """An account has no cookies."""

    @property
    def text(self) -> str:
        return _Written.model_construct(
            api_id=self.api_id,
            api_hash=self.api_hash,
            session=self.session,
            idle_days=self.idle_days,
            server=self.server,
        ).model_dump_json()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must stand nowhere else."""
        return tuple(one for one in (self.session, self.api_hash) if one)

    @property
    def expires_at(self) -> datetime | None:
        """When Telegram ends the session, were it not used from now on; None where that is not known."""
        return clock.now() + timedelta(days=self.idle_days) if self.idle_days else None


def read(text: str) -> TelegramAccount:
    """An account as `text` writes it. Raises: InvalidValue, which never quotes what it read."""
    try:
        said = _Written.model_validate_json(text)
    except ValidationError:
        raise InvalidValue(
            "This is no account at Telegram: api_id is a number and api_hash has 32 hexadecimal digits."
        ) from None
    return TelegramAccount(said.api_id, said.api_hash, said.session, said.idle_days, said.server)
