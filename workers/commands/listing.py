"""Hands a list of addresses to a running stack, as its operator, and tells what became of each line."""

import hashlib
import io
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from storage.domain.vocab import Outcome
from storage.settings import Settings
from workers.commands.ingestion import WITH_MEDIA, WITHOUT_MEDIA, WRONG_USAGE, ask, operators_client

_GOOD = {Outcome.CAPTURED.value, Outcome.PARTIAL.value}
_LOOK_EVERY_S = 1.0


def run(settings: Settings, table: Path, *, wait: bool, as_json: bool) -> int:
    """Hand it in whole or not at all; the same exit codes as for one address, of the worst of its lines.

    The table's own digest is the key: handed in once more within a week, it is the same list.
    """
    content = table.read_bytes()
    screen = Console(stderr=True)
    with operators_client(settings) as client:
        if wrong := _wrong(client, content):
            for one in wrong:
                where = f"line {one['line']}" + (f", {one['column']}" if one["column"] else "")
                screen.print(f"{where}: {one['sentence']}", markup=False, highlight=False)
            return WRONG_USAGE
        key = {"Idempotency-Key": hashlib.sha256(content).hexdigest(), "Content-Type": "text/csv"}
        taken = _send(client, "/batches", content, key)
        receipt = ask(client, "GET", f"/batches/{taken['batch']}")
        with screen.status("Handed in …") as status:
            while wait and receipt["settled"] < len(receipt["lines"]):
                status.update(f"{receipt['settled']} of {len(receipt['lines'])} are over")
                time.sleep(_LOOK_EVERY_S)
                receipt = ask(client, "GET", f"/batches/{taken['batch']}")
    sys.stdout.write((json.dumps(receipt, indent=1, ensure_ascii=False) if as_json else _told(receipt)) + "\n")
    outcomes = [line["receipt"]["outcome"] for line in receipt["lines"]]
    return WITH_MEDIA if not wait or all(outcome in _GOOD for outcome in outcomes) else WITHOUT_MEDIA


def _wrong(client: httpx.Client, content: bytes) -> list[dict[str, Any]]:
    """What is wrong with the list, by line and column."""
    told = _send(client, "/batches/preview", content, {"Content-Type": "text/csv"})
    wrong: list[dict[str, Any]] = told["wrong"]
    return wrong


def _send(client: httpx.Client, path: str, content: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    return ask(client, "POST", path, content=io.BytesIO(content), headers=headers)


def _told(receipt: Mapping[str, Any]) -> str:
    lines = [
        f"{line['line']:6}  {line['receipt']['outcome'] or 'going on':14}  {line['receipt']['url']}"
        for line in receipt["lines"]
    ]
    return "\n".join([*lines, f"{receipt['captured']} of {len(lines)} preserved  {receipt['batch']}"])
