"""Hands one address or file to a running stack, as its operator, and tells what became of it."""

import contextlib
import json
import re
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from storage.domain.vocab import Outcome
from storage.errors import ArchiveError, Unavailable
from storage.settings import Settings
from workers.stack.running import running_stack
from workers.stack.vault import Vault

WITH_MEDIA, OUR_FAULT, WRONG_USAGE, WITHOUT_MEDIA = 0, 1, 2, 4
_GOOD = {Outcome.CAPTURED.value, Outcome.PARTIAL.value}
_AWAY_S = 60.0
_LOOK_EVERY_S = 0.25
_LOOK_AT_LEAST_EVERY_S = 2.0


class Refused(ArchiveError):
    """The archive understood us and said no."""

    code = "refused"

    def __init__(self, sentence: str, *, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Wish:
    """How to hand in: wait for the end of every step, capture what is known once more, answer in JSON."""

    wait: bool
    again: bool
    as_json: bool


def run(settings: Settings, url_or_file: str, wish: Wish) -> int:
    """Hand it in; prints the document and returns the exit code of the contract."""
    path = _file(url_or_file)
    screen = Console(stderr=True)
    with operators_client(settings) as client:
        receipt = _hand_in(client, url_or_file, path, again=wish.again)
        if wish.wait:
            receipt = _follow(client, receipt, screen)
        document = _document(client, receipt)
    sys.stdout.write((json.dumps(document, indent=1) if wish.as_json else _sentence(document, receipt)) + "\n")
    outcome = document["capture"]["outcome"]
    return WITH_MEDIA if outcome in _GOOD or not wish.wait else WITHOUT_MEDIA


@contextlib.contextmanager
def operators_client(settings: Settings) -> Iterator[httpx.Client]:
    """Speaks as the operator to the vault's running stack, or to one that is started for as long as the block lasts.

    What is handed in may be the first of an archive; that one was made is said, for whoever meant another.
    """
    if not Vault(settings.vault).is_begun:
        sys.stderr.write(f"There is no vault at {settings.vault} yet: a new archive is made there.\n")
    with (
        running_stack(settings) as url,
        httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {Vault(settings.vault).operator_key()}"},
            timeout=httpx.Timeout(60.0),
            trust_env=False,
        ) as client,
    ):
        yield client


def _file(url_or_file: str) -> Path | None:
    """The file that is meant, or None for an address. Raises: Refused where it is neither."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url_or_file):
        return None
    path = Path(url_or_file)
    if not path.is_file():
        raise Refused(f"{url_or_file} is neither a file nor an address", exit_code=WRONG_USAGE)
    return path


def _hand_in(client: httpx.Client, url: str, path: Path | None, *, again: bool) -> dict[str, Any]:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    if path is None:
        return ask(client, "POST", "/submissions", json={"url": url, "again": again}, headers=key)
    with path.open("rb") as body:
        return ask(client, "POST", "/uploads", params={"name": path.name}, content=body, headers=key)


def _follow(client: httpx.Client, receipt: Mapping[str, Any], screen: Console) -> dict[str, Any]:
    """Look at the receipt until nothing more will happen by itself; what takes long is looked at less often."""
    began = time.monotonic()
    with screen.status("Handed in …") as status:
        while True:
            seen = ask(client, "GET", f"/submissions/{receipt['submission']}")
            if seen["settled"]:
                return seen
            going_on = [step["sentence"] for step in seen["steps"] if step["state"] in {"running", "held"}]
            status.update(" ".join(going_on) or seen["sentence"])
            time.sleep(min(max(_LOOK_EVERY_S, (time.monotonic() - began) / 10), _LOOK_AT_LEAST_EVERY_S))


def _document(client: httpx.Client, receipt: Mapping[str, Any]) -> dict[str, Any]:
    """What the contract prints: the capture the receipt stands on, and what was made of it."""
    item = ask(client, "GET", f"/items/{receipt['item']}")
    capture: dict[str, Any] = next((one for one in item["captures"] if one["capture"] == receipt["capture"]), {})
    originals = [
        {name: file[name] for name in ("sha256", "size_bytes", "media_type")}
        for file in item["files"]
        if file["role"] == "original" and file["capture"] == receipt["capture"]
    ]
    ours = {original["sha256"] for original in originals}
    shots = _every(client, f"/items/{item['item']}/shots")
    keyframes = _every(client, f"/items/{item['item']}/keyframes")
    matches = _every(client, f"/items/{item['item']}/matches")
    return {
        "item": item["item"],
        "submission": receipt["submission"],
        "capture": {
            "capture": receipt["capture"],
            "outcome": capture.get("outcome"),
            "sentence": capture.get("sentence", ""),
            "tool": capture.get("tool"),
            "tool_version": capture.get("tool_version"),
        },
        "originals": originals,
        "steps": [step for step in item["steps"] if step["capture"] == receipt["capture"]],
        "shots": [shot for shot in shots if shot["original"] in ours],
        "keyframes": [keyframe for keyframe in keyframes if keyframe["original"] in ours],
        "matches": [match for match in matches if match["original"] in ours],
        "events": ask(client, "GET", f"/items/{item['item']}/events", params={"limit": 1})["count"]["value"],
    }


def _every(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    entries: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 500}
    while True:
        page = ask(client, "GET", path, params=asked)
        entries += page["data"]
        if page["page"]["next"] is None:
            return entries
        asked["cursor"] = page["page"]["next"]


def ask(client: httpx.Client, method: str, path: str, **more: Any) -> dict[str, Any]:
    """One answer of the API; while it is born again we try again, which its idempotency keys make safe.

    Raises: Refused with the API's own sentence; Unavailable when it stays away.
    """
    deadline = time.monotonic() + _AWAY_S
    while True:
        try:
            if "content" in more:
                more["content"].seek(0)
            answer = client.request(method, path, **more)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
        except httpx.TransportError as error:
            if "content" in more:  # a body that was half sent cannot be sent again
                raise Unavailable(f"the archive went away while it was taking the file: {error}") from error
        if time.monotonic() > deadline:
            raise Unavailable("the archive does not answer; its logs are in the vault")
        time.sleep(_LOOK_EVERY_S)
    if answer.is_success:
        return dict(answer.json())
    usage = answer.status_code in {400, 404, 413, 415, 422}
    raise Refused(_problem(answer), exit_code=WRONG_USAGE if usage else OUR_FAULT)


def _problem(answer: httpx.Response) -> str:
    """The sentence of an RFC 9457 problem document."""
    if "json" not in answer.headers.get("content-type", ""):
        return f"the archive answered {answer.status_code}"
    problem = answer.json()
    return f"{problem.get('detail') or problem.get('title')} ({problem.get('code')})"


def _sentence(document: Mapping[str, Any], receipt: Mapping[str, Any]) -> str:
    counts = [f"{len(document[name])} {name}" for name in ("originals", "shots", "keyframes")]
    return "\n".join([document["item"], receipt["sentence"], *([", ".join(counts)] if document["originals"] else [])])
