"""Asks Telegram one question as an account, in a box, and believes of the answer only what has its form."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage.domain.telegram_account import TelegramAccount
from storage.errors import Implausible
from workers.brought import check_ours, content
from workers.loan import HIDDEN
from workers.outgoing.ticket import Ticket
from workers.sandbox import Ending, Sandbox

_PROGRAM = Path(__file__).with_name("telegram_asked.py")
_ASKED = "asked.json"
_MADE = "session.json"
_MADE_BYTES = 16 << 10
_MARGIN_S = 5.0

_Name = Annotated[str, Field(max_length=500)]
_Text = Annotated[str, Field(max_length=20_000)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Who(_Said):
    """A channel, a group or a person, by Telegram's number."""

    id: int
    name: _Name
    username: _Name | None


class Entity(_Said):
    """A part of the words that is more than words: its kind, the part itself, and where it leads."""

    kind: _Name
    text: _Text
    url: _Text | None


class Forwarded(_Said):
    """Where a message was forwarded from; `name` where its author hides behind one."""

    published_at: _Name
    source: Who | None = Field(alias="from")
    name: _Name | None
    post: int | None


class Message(_Said):
    """One message of a post as Telegram tells it; counts are as of the moment of asking."""

    id: int
    published_at: _Name
    edited_at: _Name | None
    text: _Text
    entities: list[Entity] = Field(max_length=1000)
    sender: Who | None
    signed: _Name | None
    views: int | None
    forwards: int | None
    grouped_id: int | None
    reply_to: int | None
    forwarded: Forwarded | None
    media: _Name | None


class Medium(_Said):
    """One file of a post, and how far it came."""

    post: int
    kind: Literal["video", "audio", "photo", "file"]
    size_bytes: int
    media_type: _Name | None = None
    name: _Name | None = None
    is_round: bool = False
    is_voice: bool = False
    duration_s: float | int | None = None
    width: int | None = None
    height: int | None = None
    file: Annotated[str, Field(pattern=r"^medium\.\d{1,2}\z")] | None = None
    received_bytes: int = 0
    ending: Literal["complete", "broken", "size"] = "broken"
    error: _Name | None = None


class Told(_Said):
    """How a question ended. `wait_s` is for how long Telegram wants to be left alone."""

    ending: Literal[
        "complete", "wait", "wrong", "password", "refused", "private", "removed", "unreachable", "failed",
    ]  # fmt: skip
    error: _Name | None = None
    wait_s: int | None = None
    channel: Who | None = None
    messages: list[Message] = Field(default_factory=list, max_length=20)
    media: list[Medium] = Field(default_factory=list, max_length=20)


@dataclass(frozen=True, slots=True)
class Line:
    """A way to Telegram: the box, its ticket, and where it may write."""

    sandbox: Sandbox
    ticket: Ticket
    folder: Path
    report: Callable[[Mapping[str, Any]], None] = lambda _: None

    def ask(self, account: TelegramAccount, **question: Any) -> Told:
        """Ask; the account goes in by a file that is gone before the box is looked at, and is never among arguments.

        Raises: LeaseLost, DiskFull, and what `Sandbox.run` raises. A box that does not end well has `failed`.
        """
        self.folder.mkdir(exist_ok=True)
        asked = self.folder / _ASKED
        asked.touch(mode=0o600)
        limits = self.sandbox.limits
        whole = {**question, "account": json.loads(account.text), "wall_s": max(1.0, limits.wall_s - _MARGIN_S)}
        told: dict[str, Any] = {}

        def hear(line: str) -> None:
            for secret in account.secrets:
                line = line.replace(secret, HIDDEN)
            said = _object(line)
            if isinstance(said.get("told"), dict):
                told.update(said["told"])
            elif "received_bytes" in said:
                self.report({"received_bytes": said["received_bytes"], "expected_bytes": said.get("expected_bytes")})

        try:
            asked.write_text(json.dumps(whole))
            argv = [sys.executable, "-I", str(_PROGRAM)]
            ended = self.sandbox.run(argv, folder=self.folder, ticket=self.ticket, on_line=hear)
        finally:
            asked.unlink(missing_ok=True)
        check_ours(ended)
        if ended.ending in (Ending.TIMED_OUT, Ending.GIVEN_UP):
            return Told(ending="unreachable")
        try:
            return Told.model_validate_json(json.dumps(told))
        except ValidationError:
            return Told(ending="failed", error=ended.ending.value)

    def made(self) -> Mapping[str, Any]:
        """The session that signing in has left; the file goes with being read. Raises: Implausible."""
        try:
            said = _object(content(self.folder, _MADE, limit_bytes=_MADE_BYTES).decode("utf-8", "replace"))
        except OSError:
            said = {}
        finally:
            (self.folder / _MADE).unlink(missing_ok=True)
        if not isinstance(said.get("session"), str):
            raise Implausible("signing in has left no session")
        return said


def _object(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
