"""A Telegram post as the archive's own account sees it: its whole album in full size, and all that is said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storage.domain.vocab import FileRole, Outcome
from workers.brought import is_plain_file
from workers.loan import AccountLoan
from workers.sources.album import Album, Piece, came_with
from workers.sources.base import Fetched
from workers.sources.record import Record, addresses
from workers.sources.telegram_box import Line, Medium, Message, Told
from workers.step import Context, Product

_SHARE = 0.9
_WHY = {"size": Outcome.TOO_LARGE, "broken": Outcome.UNREACHABLE}
_REFUSED = (
    "Telegram no longer accepts the archive's account. An administrator has to sign in anew: svidok telegram login."
)
_ENDS: Mapping[str, tuple[Outcome, str]] = {
    "wait": (Outcome.RATE_LIMITED, "Telegram asks the archive's account to wait. It will be tried again later."),
    "refused": (Outcome.LOGIN_REQUIRED, _REFUSED),
    "private": (Outcome.PRIVATE, "This channel is private, and the archive's account is not a member of it."),
    "removed": (Outcome.REMOVED, "Telegram says that there is no such channel or post."),
    "unreachable": (Outcome.UNREACHABLE, "Telegram could not be reached with the archive's account."),
}
_UNKNOWN = (Outcome.TOOL_FAILED, "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which post is asked for: `channel` is a name, or the number of a private channel; `own` its address.

    `why` says why it is not asked for as a guest; `earlier` is the record of the attempt as one.
    """

    channel: str
    number: str
    own: str
    why: str
    earlier: Mapping[str, Any] | None = None


def fetch(context: Context, loan: AccountLoan, wanted: Wanted) -> Fetched:
    """1 ask in a box, 2 what is our fault or Telegram's word, 3 what it says of the post, 4 its media in order.

    Raises: as `Source.fetch` does. The account stands in nothing that is returned or raised.
    """
    url = str(context.request["url"])
    record = Record(context, url, "telethon", version("telethon"))
    record.facts |= {"session": f"account, {wanted.why}", "handed_over": wanted.earlier}
    folder = context.scratch / "telegram-account"
    loan.used = True
    told = Line(context.sandbox, record.ticket, folder, context.report).ask(
        loan.account,
        ask="post",
        channel=wanted.channel,
        number=wanted.number,
        limit_bytes=int(context.sandbox.limits.file_bytes * _SHARE),
    )
    if told.ending == "complete":
        loan.returned = loan.account
    else:
        loan.failure = _ENDS.get(told.ending, _UNKNOWN)[0].value
        loan.wait_s = float(told.wait_s or 0)
    return _fetched(record, told, folder, wanted)


def _fetched(record: Record, told: Told, folder: Path, wanted: Wanted) -> Fetched:
    record.facts["telegram"] = told.model_dump(by_alias=True)
    if record.ticket.refused():
        raise record.blocked()
    # Of an album that broke off between two files what came is kept; but who is asked to wait can have all of it later.
    came = any(medium.ending == "complete" for medium in told.media)
    if told.ending != "complete" and (told.ending == "wait" or not came):
        raise record.failed(*_ENDS.get(told.ending, _UNKNOWN), retry_after_s=told.wait_s)
    if not told.messages:
        raise record.failed(Outcome.TOOL_FAILED)
    _note(record, told, wanted)
    return Album(record, [_piece(folder, medium) for medium in told.media]).fetched(_context(record, folder))


def _note(record: Record, told: Told, wanted: Wanted) -> None:
    """Write down what the post says, in the words that are used for the web's page of one."""
    asked = next((one for one in told.messages if str(one.id) == wanted.number), told.messages[0])
    text = "\n\n".join(one.text for one in told.messages if one.text)
    base = wanted.own.rpartition("/")[0]
    channel = told.channel
    record.identity |= {
        "platform": "Telegram",
        "post_id": wanted.own.partition("://")[2].partition("/")[2],
        "account": (channel and channel.username) or wanted.channel,
        "channel": channel and channel.name,
        "channel_id": channel and str(channel.id),
        "uploader": asked.signed or (asked.sender and asked.sender.name),
        "uploader_id": asked.sender and str(asked.sender.id),
        "title": text[:200] or None,
        "description": text or None,
        "links": [entity.url or entity.text for entity in asked.entities if entity.kind in ("Url", "TextUrl")],
        "timestamp": asked.published_at,
        "edited_at": asked.edited_at,
        "is_edited": asked.edited_at is not None,
        "view_count": asked.views,
        "repost_count": asked.forwards,
        "forwarded_from": _source(asked),
        "reply_to": asked.reply_to,
        "addresses": addresses(record.url, wanted.own, *(f"{base}/{one.id}" for one in told.messages)),
    }


def _source(message: Message) -> str | None:
    """Where it was forwarded from: a name, and the post where Telegram says which."""
    if message.forwarded is None:
        return None
    source = message.forwarded.source
    name = message.forwarded.name or (source and (source.name or str(source.id))) or "?"
    if source and source.username and message.forwarded.post:
        return f"{name} (https://t.me/{source.username}/{message.forwarded.post})"
    return name


def _piece(folder: Path, medium: Medium) -> Piece:
    file = folder / medium.file if medium.file else None
    usable = file is not None and is_plain_file(file) and file.stat().st_size > 0
    told = medium.model_dump(include={"post", "media_type", "name", "is_round", "is_voice"}, exclude_none=True)
    is_whole = medium.ending == "complete"
    return Piece(medium.kind, file if usable else None, is_whole, True, _WHY.get(medium.ending), told)


def _context(record: Record, folder: Path) -> Sequence[Product]:
    """What Telegram said of the messages, sealed, beside what every source hands over."""
    said = folder / "messages.json"
    made = came_with(record)
    if is_plain_file(said):
        made.append(Product("info_json", path=said, payload={"entry": 1}, role=FileRole.CONTEXT, sealed=True))
    return made
