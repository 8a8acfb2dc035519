"""The custody report: what is proved of an item and what is not, in plain words, on paper if wanted."""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.db.tables import Capture, Event
from storage.domain.clock import rfc3339
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.note import Note
from storage.package.contents import Contents
from storage.package.sheet import sheet, time_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report is written from; `key` is the public half of the key that seals the package."""

    contents: Contents
    checkpoint: str
    key: str
    made_at: datetime
    software: str

    def item(self) -> dict[str, Any]:
        """The item without its files and events: where it comes from and how it came."""
        contents = self.contents
        source = contents.source
        return {
            "item": contents.item.id,
            "project": contents.item.project_id,
            "sensitivity": contents.item.sensitivity,
            "workflow": contents.item.workflow,
            "created_at": rfc3339(contents.item.created_at),
            "source": {
                "canonical_url": source.canonical_url,
                "platform": source.platform,
                "post_id": source.post_id,
                "account": source.account,
            }
            if source
            else None,
            "submissions": [
                {
                    "submission": one.id,
                    "url": one.url,
                    "supplied_name": one.supplied_name,
                    "received_at": rfc3339(one.received_at),
                }
                for one in contents.submissions
            ],
            "captures": [_capture(one) for one in contents.captures],
            "exported_at": rfc3339(self.made_at),
            "software": f"svidok {self.software}",
        }


def _capture(one: Capture) -> dict[str, Any]:
    return {
        "capture": one.id,
        "outcome": one.outcome,
        "sentence": one.sentence,
        "tool": one.tool,
        "tool_version": one.tool_version,
        "started_at": rfc3339(one.started_at),
        "ended_at": rfc3339(one.ended_at),
        "identity": one.identity,
        "collection": one.collection,
    }


def report_of(facts: Facts) -> str:
    """The report as one HTML page without script; it prints to A4."""
    return sheet(f"Custody report {facts.contents.item.id}", _body(facts))


def _body(facts: Facts) -> Iterator[str]:
    contents, told = facts.contents, html.escape
    checkpoint = Checkpoint.parse(Note.parse(facts.checkpoint.encode()).text)
    yield f"<h1>Custody report</h1><p class=dim>Item <code>{told(contents.item.id)}</code>, written "
    yield f"{time_of(facts.made_at)} by svidok {told(facts.software)} of the archive "
    yield f"<code>{told(checkpoint.origin)}</code></p>"
    yield "<h2>What this package proves</h2><div class=is><ul>"
    yield "<li>These bytes: every file listed below has the digest under which the archive sealed it.</li>"
    yield "<li>Unchanged since: each event of this item is in the archive's ledger, whose state at size "
    yield f"{checkpoint.size} was signed. Whoever has noted that state, or a later one, can tell if anything was "
    yield "changed before it.</li>"
    yield f"<li>How they came: {_came(contents)}</li></ul></div>"
    yield "<h2>What it does not prove</h2><div class=not><ul>"
    yield "<li>That what the video shows is true, or that what is said about it is: those are assertions, and each "
    yield "names who made it, why and how sure they were.</li>"
    yield "<li>That the platform showed the same to others, or that it was shown before it was collected.</li>"
    yield "<li>When it was filmed, where and by whom. A caption may be wrong over a true testimony, and a true "
    yield "testimony may carry a wrong caption.</li>"
    yield "<li>That the times below are right beyond this archive's own clock, unless an independent time stamp is "
    yield "among the checks that passed.</li></ul></div>"
    yield from _sources(contents)
    yield from _files(contents)
    yield from _assertions(contents)
    yield "<h2>Chain of custody</h2><table><thead><tr><th>When (UTC)<th>What<th>By</tr></thead><tbody>"
    for event in contents.events:
        yield _event(event)
    yield "</tbody></table>"
    yield "<h2>How to check it</h2><p>With <code>svidok verify</code>, or by hand as <code>README.md</code> says. "
    yield f"The seal was made with <code>{told(facts.key)}</code>; believe it only if you have this key from somewhere "
    yield f"else. Root of the ledger at size {checkpoint.size}: <code>{checkpoint.root.hex()}</code></p>"


def _came(contents: Contents) -> str:
    if contents.source is None:
        return "a person supplied the file; it was not collected from the web by this archive."
    return "collected from the address below, by the software and over the network connections that the events name."


def _sources(contents: Contents) -> Iterator[str]:
    yield "<h2>Source and captures</h2><table><tbody>"
    if contents.source:
        yield f"<tr><th>Address<td><code>{html.escape(contents.source.canonical_url)}</code></tr>"
    for sent in contents.submissions:
        what = sent.supplied_name or sent.url or ""
        yield f"<tr><th>Handed in<td>{time_of(sent.received_at)}, <code>{html.escape(what)}</code></tr>"
    for one in contents.captures:
        tool = html.escape(f"{one.tool or ''} {one.tool_version or ''}".strip())
        yield f"<tr><th>{html.escape(one.outcome)}<td>{time_of(one.started_at)} – {time_of(one.ended_at)}"
        yield f" {tool}<br>{html.escape(one.sentence)}</tr>"
    yield "</tbody></table>"


def _files(contents: Contents) -> Iterator[str]:
    yield "<h2>Originals</h2><table><thead><tr><th>Type<th>Bytes<th>SHA-256</tr></thead><tbody>"
    for one in contents.originals():
        size = contents.sizes.get(one.sha256 or "", 0)
        yield f"<tr><td>{html.escape(one.media_type)}<td>{size:,}<td><code>{one.sha256}</code></tr>"
    yield "</tbody></table>"


def _assertions(contents: Contents) -> Iterator[str]:
    superseded = {one.supersedes for one in contents.assertions}
    standing = [one for one in contents.assertions if one.id not in superseded]
    if not standing:
        return
    yield "<h2>What reviewers say</h2><table><thead><tr><th>Kind<th>What<th>By</tr></thead><tbody>"
    for one in standing:
        said = one.body["body"]
        words = said.get("text") or said.get("summary") or said.get("name_as_written") or said.get("reasoning") or ""
        sure = ", ".join(str(said[name]) for name in ("status", "confidence") if said.get(name))
        yield f"<tr><td>{html.escape(one.kind)}<td>{html.escape(str(words))}"
        author = html.escape(contents.names.get(one.author_id, ""))
        yield f" <span class=dim>{html.escape(sure)}</span><td>{author}</tr>"
    yield "</tbody></table>"


def _event(event: Event) -> str:
    told = json.loads(event.body)
    agent = f"{told['agent']['kind']} {told['agent']['id']}"
    digests = "".join(f"<br><code>{html.escape(one)}</code>" for one in told["objects"][:8])
    more = f"<br>and {len(told['objects']) - 8} more" if len(told["objects"]) > 8 else ""
    failed = "" if told["outcome"] == "success" else " (failed)"
    return (
        f"<tr><td>{time_of(event.at)}<td>{html.escape(event.type.removeprefix('local:'))}{failed}{digests}{more}"
        f"<td><code>{html.escape(agent)}</code></tr>"
    )
