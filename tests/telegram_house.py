"""What a Telegram of one channel answers: signing in with a code and a password, the posts of an album, their files."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from telethon import password
from telethon.tl import TLObject, functions, types

from tests import mtproto
from tests.mtproto import DC, PRIME, G, Refusal, Server

API_ID, API_HASH = 4321, "0123456789abcdef0123456789abcdef"
PHONE, CODE, CODE_HASH, PASSWORD = "380000000000", "54321", "hash-of-the-code", "correct horse"
CHANNEL, PRIVATE = 1_439_000, 1_440_000
_AT = datetime(2023, 2, 25, 8, 15, tzinfo=UTC)
_ME = types.User(7, is_self=True, access_hash=1, first_name="Archive")


@dataclass
class House:
    """`files` by the id under which a post names them; `refusals` are said once each, by the request's name."""

    files: Mapping[int, bytes]
    posts: Mapping[int, Sequence[types.Message]]
    signed_in: set[int] = field(default_factory=set)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    knows_password: bool = True
    server: Server = field(init=False)
    _b: int = field(default_factory=lambda: int.from_bytes(os.urandom(256), "big"))

    def account(self, session: str = "") -> dict[str, Any]:
        server = {
            "dc": DC,
            "address": "127.0.0.1",
            "port": self.server.port,
            "public_key": self.server.public_key,
        }
        return {"api_id": API_ID, "api_hash": API_HASH, "session": session, "server": server}

    def answer(self, key: int, asked: Any) -> bytes:
        if refusal := self.refusals.pop(type(asked).__name__, None):
            raise refusal
        match asked:
            case functions.help.GetConfigRequest():
                return bytes(self._config())
            case functions.auth.SendCodeRequest():
                if asked.phone_number != PHONE:
                    raise Refusal(400, "PHONE_NUMBER_INVALID")
                return bytes(types.auth.SentCode(types.auth.SentCodeTypeApp(len(CODE)), CODE_HASH))
            case functions.auth.SignInRequest():
                if (asked.phone_number, asked.phone_code, asked.phone_code_hash) != (PHONE, CODE, CODE_HASH):
                    raise Refusal(400, "PHONE_CODE_INVALID")
                if self.knows_password:
                    raise Refusal(401, "SESSION_PASSWORD_NEEDED")
                return self._let_in(key)
            case functions.account.GetPasswordRequest():
                return bytes(self._password())
            case functions.auth.CheckPasswordRequest():
                if not self._is_right(asked.password):
                    raise Refusal(400, "PASSWORD_HASH_INVALID")
                return self._let_in(key)
        if key not in self.signed_in:
            raise Refusal(401, "AUTH_KEY_UNREGISTERED")
        return self._answer_member(asked)

    def _answer_member(self, asked: Any) -> bytes:
        match asked:
            case functions.users.GetUsersRequest():
                return _vector([_ME])
            case functions.updates.GetStateRequest():
                return bytes(types.updates.State(1, 0, _AT, 1, 0))
            case functions.updates.GetDifferenceRequest():
                return bytes(types.updates.DifferenceEmpty(_AT, 1))
            case functions.account.GetAuthorizationsRequest():
                return bytes(types.account.Authorizations(183, []))
            case functions.contacts.ResolveUsernameRequest():
                if asked.username != "appeals":
                    raise Refusal(400, "USERNAME_NOT_OCCUPIED")
                return bytes(types.contacts.ResolvedPeer(types.PeerChannel(CHANNEL), [channel(CHANNEL)], []))
            case functions.messages.GetDialogsRequest():
                return bytes(self._dialogs())
            case functions.channels.GetMessagesRequest():
                return bytes(self._messages(asked.channel.channel_id, [one.id for one in asked.id]))
            case functions.upload.GetFileRequest():
                part = self.files[asked.location.id][asked.offset : asked.offset + asked.limit]
                return bytes(types.upload.File(types.storage.FileUnknown(), 0, part))
        raise AssertionError(f"nobody thought of {type(asked).__name__}")

    def _let_in(self, key: int) -> bytes:
        self.signed_in.add(key)
        return bytes(types.auth.Authorization(_ME))

    def _config(self) -> types.Config:
        numbers = dict.fromkeys(
            (
                *("chat_size_max", "megagroup_size_max", "forwarded_count_max", "online_update_period_ms"),
                *("offline_blur_timeout_ms", "offline_idle_timeout_ms", "online_cloud_timeout_ms"),
                *("notify_cloud_delay_ms", "notify_default_delay_ms", "push_chat_period_ms", "push_chat_limit"),
                *("edit_time_limit", "revoke_time_limit", "revoke_pm_time_limit", "rating_e_decay"),
                *("stickers_recent_limit", "channels_read_media_period", "call_receive_timeout_ms"),
                *("call_ring_timeout_ms", "call_connect_timeout_ms", "call_packet_timeout_ms"),
                *("caption_length_max", "message_length_max", "webfile_dc_id"),
            ),
            1,
        )
        options = [types.DcOption(DC, "127.0.0.1", self.server.port)]
        words = {"dc_txt_domain_name": "", "me_url_prefix": ""}
        return types.Config(date=_AT, expires=_AT, test_mode=False, this_dc=DC, dc_options=options, **numbers, **words)

    def _dialogs(self) -> types.messages.Dialogs:
        peer, notify = types.PeerChannel(PRIVATE), types.PeerNotifySettings()
        newest = types.Message(999, peer, _AT, "newest")
        dialog = types.Dialog(peer, 999, 0, 0, 0, 0, 0, 0, notify)
        return types.messages.Dialogs([dialog], [newest], [channel(PRIVATE)], [])

    def _messages(self, of: int, wanted: Sequence[int]) -> types.messages.ChannelMessages:
        known = {one.id: one for one in self.posts.get(of, ())}
        found = [known.get(number) or types.MessageEmpty(number, types.PeerChannel(of)) for number in wanted]
        return types.messages.ChannelMessages(1, len(found), found, [], [channel(of), channel(77, "Source")], [])

    def _algorithm(self) -> types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow:
        prime = PRIME.to_bytes(256, "big")
        return types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(b"one", b"two", G, prime)

    def _password(self) -> types.account.Password:
        unknown = types.PasswordKdfAlgoUnknown()
        return types.account.Password(
            unknown, types.SecurePasswordKdfAlgoUnknown(), b"", has_password=True,
            current_algo=self._algorithm(), srp_B=self._offered(), srp_id=1,
        )  # fmt: skip

    def _verifier(self) -> int:
        return int.from_bytes(password.compute_digest(self._algorithm(), PASSWORD), "big")

    def _offered(self) -> bytes:
        k = int.from_bytes(password.sha256(PRIME.to_bytes(256, "big"), G.to_bytes(256, "big")), "big")
        return ((k * self._verifier() + pow(G, self._b, PRIME)) % PRIME).to_bytes(256, "big")

    def _is_right(self, proof: types.InputCheckPasswordSRP) -> bool:
        """The server's half of SRP (https://core.telegram.org/api/srp)."""
        prime, g, offered = PRIME.to_bytes(256, "big"), G.to_bytes(256, "big"), self._offered()
        u = int.from_bytes(password.sha256(proof.A, offered), "big")
        shared = pow(int.from_bytes(proof.A, "big") * pow(self._verifier(), u, PRIME), self._b, PRIME)
        mixed = password.xor(password.sha256(prime), password.sha256(g))
        salts = password.sha256(b"one"), password.sha256(b"two")
        return bool(
            password.sha256(mixed, *salts, proof.A, offered, password.sha256(shared.to_bytes(256, "big"))) == proof.M1
        )


def channel(number: int, title: str = "Звернення") -> types.Channel:
    name = "appeals" if number == CHANNEL else None
    return types.Channel(
        number, title, types.ChatPhotoEmpty(), _AT, broadcast=True, access_hash=number + 1, username=name
    )


def post(number: int, of: int = CHANNEL, text: str = "", media: Any = None, **more: Any) -> types.Message:
    return types.Message(number, types.PeerChannel(of), _AT, text, post=True, media=media, **more)


def video(number: int, content: bytes, **more: Any) -> types.MessageMediaDocument:
    told = types.DocumentAttributeVideo(1.0, 64, 48, **more)
    return document(number, content, "video/mp4", told)


def document(number: int, content: bytes, mime: str, *attributes: TLObject) -> types.MessageMediaDocument:
    file = types.Document(number, 5, b"reference", _AT, mime, len(content), DC, list(attributes))
    return types.MessageMediaDocument(document=file)


def photo(number: int, content: bytes) -> types.MessageMediaPhoto:
    sizes = [types.PhotoSize("m", 8, 6, 10), types.PhotoSize("y", 64, 48, len(content)), types.PhotoSize("s", 2, 2, 3)]
    return types.MessageMediaPhoto(photo=types.Photo(number, 5, b"reference", _AT, sizes, DC))


def _vector(items: Sequence[TLObject]) -> bytes:
    return b"\x15\xc4\xb5\x1c" + len(items).to_bytes(4, "little") + b"".join(bytes(one) for one in items)


@contextmanager
def telegram(files: Mapping[int, bytes], posts: Mapping[int, Sequence[types.Message]]) -> Iterator[House]:
    """A house that listens, its server and all."""
    house = House(files, posts)
    with mtproto.serving(house.answer) as house.server:
        yield house
