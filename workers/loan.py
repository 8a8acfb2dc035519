"""A site's session on loan to one job: a private copy of its cookies or account, and what comes back of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from storage.domain import jar
from storage.domain.jar import Jar
from storage.domain.telegram_account import TelegramAccount
from storage.domain.vocab import Outcome
from storage.errors import InvalidValue
from workers.brought import is_plain_file

FILE = "cookies.txt"
"""The one name a jar has in the folder of a run."""

HIDDEN = "[withheld]"
# What an account may be shown where a guest is not; an account is used for nothing else.
WITH_ACCOUNT = frozenset({Outcome.LOGIN_REQUIRED.value, Outcome.AGE_RESTRICTED.value})
_LARGEST_WRITTEN = 64 << 20


@dataclass(slots=True)
class Loan:
    """Lent by the worker to the source: `used` once the site has seen it, `returned` what the tool made of it.

    `failure` is the outcome it met where the capture went well without it.
    """

    site: str
    revision: int
    jar: Jar
    used: bool = False
    returned: Jar | None = None
    failure: str | None = None

    def lay_out(self, folder: Path) -> None:
        """Put the copy into a job's own folder, for the box alone."""
        path = folder / FILE
        path.touch(mode=0o600)
        path.write_text(self.jar.text)
        self.used = True

    def take_back(self, folder: Path) -> None:
        """Take the copy out of the folder, as the tool has left it, before anything there is looked at."""
        path = folder / FILE
        if is_plain_file(path) and path.stat().st_size <= jar.LARGEST_BYTES:
            try:
                self.returned = jar.read(path.read_text(errors="replace"), self.site)
            except InvalidValue:
                self.returned = None
        path.unlink(missing_ok=True)

    def clean(self, folder: Path) -> int:
        """Take the secrets out of what the tool wrote beside the media; how many pages went because they quoted one.

        What the tool says of a post is its own text, and is rewritten; a page is the site's, and is kept whole or not.
        """
        dropped = 0
        for path in folder.iterdir():
            if (
                not is_plain_file(path)
                or path.suffix not in (".json", ".dump")
                or path.stat().st_size > _LARGEST_WRITTEN
            ):
                continue
            found = path.read_bytes()
            if not any(spelling.encode() in found for spelling in self._spellings()):
                continue
            if path.suffix == ".dump":
                path.unlink()
                dropped += 1
            else:
                path.write_text(self.hide(found.decode("utf-8", "replace")))
        return dropped

    def hide(self, text: str) -> str:
        """`text` without any value of the cookies, old or new."""
        for spelling in self._spellings():
            text = text.replace(spelling, HIDDEN)
        return text

    def hide_in(self, told: Any) -> Any:
        """A JSON value likewise, throughout."""
        match told:
            case str():
                return self.hide(told)
            case Mapping():
                return {self.hide(str(name)): self.hide_in(value) for name, value in told.items()}
            case list() | tuple():
                return [self.hide_in(value) for value in told]
            case _:
                return told

    def _spellings(self) -> list[str]:
        """Each value as it is, as JSON writes it, and as an address does; longest first."""
        values = {*self.jar.secrets, *(self.returned.secrets if self.returned else ())}
        spelt = {form for one in values for form in (one, json.dumps(one)[1:-1], quote(one, safe=""))}
        return sorted(spelt, key=len, reverse=True)


@dataclass(slots=True)
class AccountLoan:
    """An account at Telegram, lent as a `Loan` is; it comes back as it was, its time of idleness begun anew.

    `wait_s` is for how long Telegram wants to be left alone, where `failure` is that.
    """

    site: str
    revision: int
    account: TelegramAccount
    used: bool = False
    returned: TelegramAccount | None = None
    failure: str | None = None
    wait_s: float = 0.0
