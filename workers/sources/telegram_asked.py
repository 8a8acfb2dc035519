"""The program that asks Telegram as an account, inside a box: signs in step by step, or brings one post with its album.

Runs as a script and imports nothing of ours. Its folder holds `asked.json`, which it takes away before anything else:
the account and the question. It prints one JSON object a line, `{"received_bytes": …}` while it works and
`{"told": …}` at its end; a session that signing in has made is left in `session.json`.
Source: https://core.telegram.org/mtproto, through Telethon.
"""

import asyncio
import errno
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from telethon import TelegramClient, errors, utils
from telethon.crypto import rsa
from telethon.sessions import StringSession
from telethon.tl import functions, types

_ALBUM = 9
_DIALOGS = 3000
_REPORT_S = 0.5
_TRIES = 3
_NEVER_TOLD = frozenset({"access_hash", "file_reference"})

# The first class that an error is of says what it means.
_MEANS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("password", (errors.SessionPasswordNeededError,)),
    ("wait", (errors.FloodError,)),
    (
        "wrong",
        (
            errors.PhoneCodeInvalidError,
            errors.PhoneCodeExpiredError,
            errors.PhoneCodeEmptyError,
            errors.PasswordHashInvalidError,
            errors.PhoneNumberInvalidError,
            errors.PhoneNumberBannedError,
            errors.PhoneNumberUnoccupiedError,
            errors.ApiIdInvalidError,
        ),
    ),
    ("refused", (errors.UnauthorizedError, errors.AuthKeyError, errors.AuthKeyNotFound)),
    ("private", (errors.ChannelPrivateError, errors.ChannelInvalidError, errors.ChatForbiddenError)),
    ("removed", (errors.UsernameNotOccupiedError, errors.UsernameInvalidError, errors.MsgIdInvalidError)),
    (
        "unreachable",
        (
            *(errors.ServerError, errors.TimedOutError, TimeoutError, ConnectionError, EOFError),
            *(ProxyError, ProxyConnectionError, ProxyTimeoutError),
        ),
    ),
)


class _Ends(Exception):
    """The end of the question without what was asked for; the text names it."""


def _client(account: Mapping[str, Any]) -> TelegramClient:
    """A client whose every connection goes through the proxy, and that waits for nothing by itself."""
    session = StringSession(account["session"])
    if server := account.get("server"):
        rsa.add_key(server["public_key"], old=False)
        if not session.server_address:
            session.set_dc(server["dc"], server["address"], server["port"])
    way = urlsplit(os.environ["SVIDOK_PROXY"])
    return TelegramClient(
        session,
        account["api_id"],
        account["api_hash"],
        proxy=("http", way.hostname, way.port, True, way.username, way.password),
        flood_sleep_threshold=0,
        receive_updates=False,
        connection_retries=_TRIES,
        request_retries=_TRIES,
        retry_delay=1,
        timeout=20,
        device_model="svidok",
        system_version="Linux",
        app_version="1",
    )


async def _ask(asked: Mapping[str, Any], told: dict[str, Any]) -> None:
    """Ask, and write into `told` what came of it."""
    client = _client(asked["account"])
    try:
        async with asyncio.timeout(asked["wall_s"]):
            await client.connect()
            match asked["ask"]:
                case "post":
                    await _bring(client, asked, told)
                case "code":
                    sent = await client.send_code_request(asked["phone"])
                    _leave(client, code_hash=sent.phone_code_hash)
                case "sign_in":
                    await client.sign_in(asked["phone"], asked["code"], phone_code_hash=asked["code_hash"])
                    _leave(client, idle_days=await _idle_days(client))
                case "password":
                    await client.sign_in(password=asked["password"])
                    _leave(client, idle_days=await _idle_days(client))
        told["ending"] = "complete"
    except _Ends as ends:
        told["ending"] = str(ends)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        told["ending"] = next((word for word, classes in _MEANS if isinstance(error, classes)), "failed")
        told["error"] = type(error).__name__
        told["wait_s"] = getattr(error, "seconds", None)
        if told["ending"] == "password":
            _leave(client)
    finally:
        await client.disconnect()


def _leave(client: TelegramClient, **more: Any) -> None:
    path = Path("session.json")
    path.touch(mode=0o600)
    path.write_text(json.dumps({"session": client.session.save(), **more}))


async def _idle_days(client: TelegramClient) -> int:
    """After how many days without use Telegram ends a session of this account."""
    return int((await client(functions.account.GetAuthorizationsRequest())).authorization_ttl_days)


async def _bring(client: TelegramClient, asked: Mapping[str, Any], told: dict[str, Any]) -> None:
    """1 the channel, 2 the post and what stands near it, 3 the album it belongs to, 4 its media in order."""
    chat = await _channel(client, str(asked["channel"]))
    number = int(asked["number"])
    near = list(range(max(1, number - _ALBUM), number + _ALBUM + 1))
    found = [one for one in await client.get_messages(chat, ids=near) if one is not None]
    post = next((one for one in found if one.id == number), None)
    if post is None:
        raise _Ends("removed")
    album = [one for one in found if one is post or (post.grouped_id and one.grouped_id == post.grouped_id)]
    told["channel"] = _who(post.chat)
    told["messages"] = [_message(one) for one in album]
    told["media"] = []
    Path("messages.json").write_text(json.dumps([_plain(one.to_dict()) for one in album], ensure_ascii=False))
    for at, message in enumerate(album, start=1):
        if medium := _medium(message):
            told["media"].append(medium)
            await _fetch(client, message, medium, Path(f"medium.{at}"), int(asked["limit_bytes"]))


async def _channel(client: TelegramClient, named: str) -> Any:
    if not named.isdecimal():
        resolved = await client(functions.contacts.ResolveUsernameRequest(named))
        if not resolved.chats:
            raise _Ends("removed")
        return utils.get_input_peer(resolved.chats[0])
    # A private channel is known by its number to its members alone, and to them by their list of dialogs.
    async for dialog in client.iter_dialogs(limit=_DIALOGS):
        if isinstance(dialog.entity, types.Channel) and dialog.entity.id == int(named):
            return dialog.input_entity
    raise _Ends("private")


def _message(message: Any) -> dict[str, Any]:
    forwarded = message.fwd_from
    return {
        "id": message.id,
        "published_at": message.date.isoformat(),
        "edited_at": message.edit_date.isoformat() if message.edit_date and not message.edit_hide else None,
        "text": message.message or "",
        "entities": [
            {"kind": type(entity).__name__.removeprefix("MessageEntity"), "text": text, "url": _link(entity)}
            for entity, text in message.get_entities_text()
        ],
        "sender": _who(message.sender),
        "signed": message.post_author,
        "views": message.views,
        "forwards": message.forwards,
        "grouped_id": message.grouped_id,
        "reply_to": message.reply_to_msg_id,
        "forwarded": forwarded and {
            "published_at": forwarded.date.isoformat(),
            "from": _who(message.forward.chat or message.forward.sender),
            "name": forwarded.from_name,
            "post": forwarded.channel_post,
        },
        "media": type(message.media).__name__ if message.media else None,
    }  # fmt: skip


def _who(one: Any) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"id": one.id, "name": utils.get_display_name(one), "username": getattr(one, "username", None)}


def _link(entity: Any) -> str | None:
    return getattr(entity, "url", None)


def _medium(message: Any) -> dict[str, Any] | None:
    """What a message carries as a file of its own; the picture of a linked page is not the post's."""
    media = message.media
    if isinstance(media, types.MessageMediaPhoto) and isinstance(media.photo, types.Photo):
        size = _largest(media.photo.sizes)
        if size is None:
            return None
        return {"post": message.id, "kind": "photo", "size_bytes": _bytes_of(size), "width": size.w, "height": size.h}
    if not isinstance(media, types.MessageMediaDocument) or not isinstance(media.document, types.Document):
        return None
    document = media.document
    told: dict[str, Any] = {"post": message.id, "kind": "file", "size_bytes": document.size}
    told["media_type"] = document.mime_type
    major = document.mime_type.partition("/")[0]
    told["kind"] = {"image": "photo", "video": "video", "audio": "audio"}.get(major, "file")
    for attribute in document.attributes:
        match attribute:
            case types.DocumentAttributeVideo():
                told |= {"kind": "video", "is_round": bool(attribute.round_message), "duration_s": attribute.duration}
                told |= {"width": attribute.w, "height": attribute.h}
            case types.DocumentAttributeAudio():
                told |= {"kind": "audio", "is_voice": bool(attribute.voice), "duration_s": attribute.duration}
            case types.DocumentAttributeFilename():
                told["name"] = attribute.file_name
    return told


def _largest(sizes: Sequence[Any]) -> Any:
    drawn = [size for size in sizes if isinstance(size, types.PhotoSize | types.PhotoSizeProgressive)]
    return max(drawn, key=lambda size: size.w * size.h, default=None)


def _bytes_of(size: Any) -> int:
    return int(max(size.sizes) if isinstance(size, types.PhotoSizeProgressive) else size.size)


async def _fetch(client: TelegramClient, message: Any, medium: dict[str, Any], path: Path, limit_bytes: int) -> None:
    """Bring one file. What asks to wait, or ends the session, ends the whole question; the rest ends this file."""
    medium |= {"file": path.name, "received_bytes": 0, "ending": "broken"}
    if medium["size_bytes"] > limit_bytes:
        medium |= {"file": None, "ending": "size"}
        return
    reported = 0.0
    try:
        with path.open("wb") as sink:
            async for chunk in _chunks(client, message):
                medium["received_bytes"] += len(chunk)
                if medium["received_bytes"] > limit_bytes:
                    medium["ending"] = "size"
                    return
                sink.write(chunk)
                if time.monotonic() - reported > _REPORT_S:
                    reported = time.monotonic()
                    _print({"received_bytes": medium["received_bytes"], "expected_bytes": medium["size_bytes"]})
    except (errors.BadRequestError, errors.ServerError, ConnectionError, EOFError) as error:
        medium["error"] = type(error).__name__
        return
    medium["ending"] = "complete" if medium["received_bytes"] == medium["size_bytes"] else "broken"


def _chunks(client: TelegramClient, message: Any) -> AsyncIterator[bytes]:
    """The bytes of a message's file, or of its picture in the largest size there is."""
    chunks: AsyncIterator[bytes]
    if isinstance(message.media, types.MessageMediaDocument):
        chunks = client.iter_download(message)
    else:
        photo = message.media.photo
        size = _largest(photo.sizes)
        where = types.InputPhotoFileLocation(photo.id, photo.access_hash, photo.file_reference, size.type)
        chunks = client.iter_download(where, dc_id=photo.dc_id, file_size=_bytes_of(size))
    return chunks


def _plain(value: Any) -> Any:
    """What Telegram says of a message, without what opens files in this account's name."""
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items() if name not in _NEVER_TOLD}
        case list() | tuple():
            return [_plain(one) for one in value]
        case bytes():
            return value.hex()
        case None | bool() | int() | float() | str():
            return value
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _print(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Exit code 0 when there is something to tell, whatever it is; 28 when the disk is full."""
    path = Path("asked.json")
    asked = json.loads(path.read_text())
    path.unlink()
    logging.disable(logging.CRITICAL)
    told: dict[str, Any] = {"ending": "failed"}
    try:
        asyncio.run(_ask(asked, told))
    except OSError:
        return errno.ENOSPC
    _print({"told": told})
    return 0


if __name__ == "__main__":
    sys.exit(main())
