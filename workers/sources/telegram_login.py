"""Signing in at Telegram step by step: the number, the code that Telegram sends, a password where one is set."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from storage.domain.telegram_account import TelegramAccount
from storage.errors import ArchiveError
from workers.sources.telegram_box import Line, Told

_TRIES = 3


class NotSignedIn(ArchiveError):
    """Signing in came to nothing; nothing was kept."""

    code = "not_signed_in"


@dataclass(frozen=True, slots=True)
class Asking:
    """How a person is asked: openly, and without what they type being shown."""

    ask: Callable[[str], str]
    ask_hidden: Callable[[str], str]


def sign_in(line: Line, account: TelegramAccount, asking: Asking) -> TelegramAccount:
    """The account with a session. Each step runs in a box of its own; what is typed goes in by a file.

    Raises: NotSignedIn with what to do, and what `Line.ask` raises.
    """
    phone = "".join(filter(str.isdecimal, asking.ask("Telephone number of the account, with country code")))
    _check(line.ask(account, ask="code", phone=phone))
    made = line.made()
    account, code_hash = replace(account, session=str(made["session"])), str(made.get("code_hash"))
    for _ in range(_TRIES):
        code = asking.ask_hidden("Code that Telegram has sent")
        told = line.ask(account, ask="sign_in", phone=phone, code=code.strip(), code_hash=code_hash)
        if told.ending != "wrong":
            break
    if told.ending == "password":
        account = replace(account, session=str(line.made()["session"]))
        for _ in range(_TRIES):
            told = line.ask(account, ask="password", password=asking.ask_hidden("Password of the account"))
            if told.ending != "wrong":
                break
    _check(told)
    made = line.made()
    idle = made.get("idle_days")
    return replace(
        account, session=str(made["session"]), idle_days=idle if isinstance(idle, int) and idle > 0 else None
    )


def _check(told: Told) -> None:
    match told.ending:
        case "complete":
            return
        case "wait":
            why = f"Telegram asks to wait {told.wait_s or 0} seconds before another try."
        case "wrong":
            why = f"Telegram does not accept what was typed ({told.error}). Look at number, code, password and api_id."
        case "unreachable":
            why = "Telegram could not be reached through the way out; `svidok doctor` says how it fares."
        case _:
            why = f"Telegram has refused ({told.error or told.ending})."
    raise NotSignedIn(why)
