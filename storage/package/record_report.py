"""The report of a published record: what it says, what it withholds, and what of it is proved."""

import html
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from storage.db.tables import Record
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.note import Note
from storage.package.sheet import sheet, time_of

_PARTS = {"contents": "What it shows", "places": "Where", "times": "When", "units": "Units"}


def record_report_of(record: Record, checkpoint: bytes, *, key: str, made_at: datetime, software: str) -> str:
    """The report as one HTML page; `key` is the public half of the key that seals the package."""
    ledger = Checkpoint.parse(Note.parse(checkpoint).text)
    return sheet(f"Record {record.pid}", _body(record, ledger, key, f"{time_of(made_at)} by svidok {software}"))


def _body(record: Record, ledger: Checkpoint, key: str, written: str) -> Iterator[str]:
    told, body = html.escape, record.body
    yield f"<h1>Published record</h1><p class=dim><code>{told(record.pid)}</code>, version {record.version}, published "
    yield f"{time_of(record.published_at)} by the archive <code>{told(ledger.origin)}</code>; written {written}</p>"
    yield "<h2>What this package proves</h2><div class=is><ul>"
    yield f"<li>These words: the archive published this record with the digest <code>{told(record.sha256)}</code>, and "
    yield f"the event that says so is in its ledger, whose state at size {ledger.size} was signed.</li>"
    yield "<li>Which files it speaks of: whoever has one of the originals below can compare its SHA-256.</li>"
    yield "</ul></div><h2>What it does not prove</h2><div class=not><ul>"
    yield "<li>That what is said is true: it is what reviewers concluded, under the policy "
    yield f"“{told(str(body['review']['label']))}”.</li>"
    yield "<li>That there was no more to say: what is withheld is listed below, with the reason.</li></ul></div>"
    source = body["source"]
    yield "<h2>Source</h2><table><tbody>"
    yield f"<tr><th>Address<td><code>{told(str(source['url'] or 'supplied as a file'))}</code></tr>"
    for one in body["captures"]:
        yield f"<tr><th>{told(str(one['outcome']))}<td>{told(str(one['ended_at']))[:19].replace('T', ' ')}</tr>"
    yield "</tbody></table>"
    for name, title in _PARTS.items():
        yield from _part(title, body[name])
    yield "<h2>Originals, none of which is in this package</h2><table><thead><tr><th>Type<th>Bytes<th>SHA-256</tr>"
    yield "</thead><tbody>"
    for one in body["originals"]:
        yield f"<tr><td>{told(one['media_type'])}<td>{one['size_bytes']:,}<td><code>{told(one['sha256'])}</code></tr>"
    yield "</tbody></table><h2>Withheld</h2><table><thead><tr><th>What<th>Why</tr></thead><tbody>"
    for one in body["withheld"]:
        yield f"<tr><td><code>{told(one['field'])}</code><td>{told(one['reason'])}</tr>"
    yield "</tbody></table><h2>How to check it</h2><p>As <code>README.md</code> says. The seal was made with "
    yield f"<code>{told(key)}</code>; believe it only if you have this key from somewhere else. Root of the ledger at "
    yield f"size {ledger.size}: <code>{ledger.root.hex()}</code></p>"


def _part(title: str, said: list[Mapping[str, Any]]) -> Iterator[str]:
    if not said:
        return
    yield f"<h2>{title}</h2><table><tbody>"
    for one in said:
        fields = [(name, value) for name, value in one.items() if name != "assertion" and value not in (None, "", [])]
        words = "<br>".join(f"{name.replace('_', ' ')}: {html.escape(_plain(value))}" for name, value in fields)
        yield f"<tr><td>{words}</tr>"
    yield "</tbody></table>"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_plain(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items() if one is not None)
    return str(value)
