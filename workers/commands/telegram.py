"""Signs the archive's own account in at Telegram, at the terminal, and seals what comes of it in the strongbox."""

import tempfile
from pathlib import Path

from sqlalchemy import Engine

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain import telegram_account
from storage.domain.permissions import OPERATOR
from storage.domain.telegram_account import SITE, TelegramAccount
from storage.errors import InvalidValue
from storage.settings import Settings
from storage.strongbox import Strongbox
from workers.boxes.layers import require_walls
from workers.commands.people import engine_of
from workers.outgoing.ticket import Ticket
from workers.sandbox import Limits, Sandbox
from workers.sources.telegram_box import Line
from workers.sources.telegram_login import Asking, sign_in

_WALL_S = 90.0
_BYTES = 1 << 20


def login(settings: Settings, asking: Asking) -> None:
    """1 ask for the program's numbers, 2 sign in through the way out, each step in a box, 3 seal the session.

    Raises: InvalidValue, NotSignedIn, SandboxMissing, and Unavailable where the way out does not answer.
    """
    require_walls(unsafe=settings.unsafe_no_sandbox)
    fresh = program(asking)
    limits = Limits(_WALL_S, settings.sandbox_memory_bytes, settings.sandbox_processes, _BYTES, _BYTES)
    with engine_of(settings) as engine, tempfile.TemporaryDirectory(prefix="svidok-") as folder:
        ticket = Ticket.issue(settings.way_out, settings.way_out_log)
        try:
            line = Line(Sandbox(limits, unsafe=settings.unsafe_no_sandbox), ticket, Path(folder))
            account = sign_in(line, fresh, asking)
        finally:
            ticket.discard()
        keep(engine, settings.strongbox, account)


def program(asking: Asking) -> TelegramAccount:
    """An account that has not signed in yet, from the numbers my.telegram.org gives a program. Raises: InvalidValue."""
    number = asking.ask("api_id, from my.telegram.org").strip()
    if not number.isdecimal():
        raise InvalidValue("api_id is a number; my.telegram.org shows it under API development tools.")
    fresh = TelegramAccount(int(number), asking.ask_hidden("api_hash, from my.telegram.org").strip().lower())
    return telegram_account.read(fresh.text)


def keep(engine: Engine, strongbox: Strongbox, account: TelegramAccount) -> None:
    """Seal an account that has signed in, in place of the one before."""
    sealed = strongbox.seal(account.text.encode(), SITE)
    with transaction(engine) as session:
        Archive(session, OPERATOR).keep_site_session(SITE, account, sealed)
