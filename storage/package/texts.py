"""What a package says about itself to somebody who has never seen one."""

from collections.abc import Callable

# Tells of a package, given the digest of the verifier in it, or None where there is none.
Readme = Callable[[str | None], str]

KEYS = """# The keys with which the archive says it signs its ledger: key, first size it signs for, last size if any.
# A package cannot vouch for itself. Compare these with keys that you have from somewhere else: a letter, a web page
# of another organisation, a colleague.
"""

_README = """# An evidence package

This folder holds one item of an archive of video testimony: its files as they were collected, every event of their
custody, what reviewers say of them, and proofs of all this that need no server.

## What lies where

| file | what it is |
|---|---|
| `report.html` | custody report for people; prints to A4 |
| `originals/` | the bytes as they were served or supplied, named by their SHA-256 |
| `products/`, `context/` | what was computed from them, and what came with them |
| `events.jsonl` | the custody ledger's statements about this item, one canonical JSON document (RFC 8785) a line |
| `ledger/` | the ledger's signed checkpoint, a proof for each event, and the keys it says it uses |
| `assertions.jsonld` | everything said of the item, as W3C Web Annotations, with what was superseded |
| `item.json`, `files.json` | where the item comes from, and everything it holds |
| `dictionary.md` | what each field means |
| `ro-crate-metadata.json` | the same for programs (RO-Crate 1.1) |
{row}
Around it lie the manifests of BagIt 1.0 (RFC 8493) and `manifest.sig`, a signed note over them.

{check}"""

_RECORD_README = """# The package of a published record

This folder holds one record as an archive of video testimony published it, and the proof that it did. The files that
the record speaks of are not in it, nor is anything that the record withholds.

## What lies where

| file | what it is |
|---|---|
| `report.html` | the record for people; prints to A4 |
| `record.json` | the record, in the one spelling (RFC 8785) that its digest is of |
| `events.jsonl` | the ledger's event that published it; who did is told by an id, never by a name |
| `ledger/` | the ledger's signed checkpoint, a proof for the event, and the keys the archive says it uses |
| `files.json` | the record, and the originals it speaks of by their SHA-256 |
| `ro-crate-metadata.json` | the same for programs (RO-Crate 1.1) |
{row}
Around it lie the manifests of BagIt 1.0 (RFC 8493) and `manifest.sig`, a signed note over them.

{check}"""

_CHECK = """## How to check it

{page}`svidok verify PACKAGE --key KEYFILE` makes nine checks. `KEYFILE` holds keys you trust, one a line as in
`ledger/keys.txt`. Without it a package can be found intact, and not proved: anybody can sign with a key of their own.

By hand, with common tools: `sha256sum -c manifest-sha256.txt` and `sha512sum -c manifest-sha512.txt` in the folder
above; `sha256sum tagmanifest-sha256.txt` is in `manifest.sig`, whose signature is Ed25519 over the text before the
empty line. Each line of `events.jsonl` has the digest that the next line names as `previous`; that text, `sha256:`
included, is the entry of the ledger, and `ledger/proofs/` leads from it to the root in `ledger/checkpoint` (RFC 9162,
section 2.1.3).
"""

_ROW = "| `verifier.html` | makes the checks in a browser, without a network |\n"
_PAGE = """Open `verifier.html` in a browser: it makes nine checks of this folder, and sends nothing anywhere. Look
first whether it is the page that this archive's software ships: `sha256sum verifier.html` must give

    {digest}

and the same must stand somewhere that whoever gave you this package could not have changed: `svidok verify` of your own
installation names the digest of the page it ships. Whoever altered a package could have altered its page and this line.

Or, without a browser: """


def readme(verifier: str | None) -> str:
    """What an item's package says of itself; `verifier` is the digest of the page that lies in it, or None."""
    return _filled(_README, verifier)


def record_readme(verifier: str | None) -> str:
    """The same of a record's package."""
    return _filled(_RECORD_README, verifier)


def _filled(text: str, verifier: str | None) -> str:
    page = _PAGE.format(digest=verifier) if verifier else ""
    return text.format(row=_ROW if verifier else "", check=_CHECK.format(page=page))


DICTIONARY = """# Data dictionary

Times are UTC, RFC 3339. Digests are `sha256:` and 64 hexadecimal digits. Positions are WGS 84, in degrees.

## A line of `events.jsonl`

`id` names the event; `type` is a PREMIS event type of the Library of Congress, or one of this archive's own after
`local:`; `at` when it was written; `agent` who or what acted, by id; `item` the item; `outcome` `success` or `failure`;
`detail` what was done, by type; `objects` the digests of files it is about; `previous` the digest of the item's event
before it, null for the first.

## `files.json`

`role` is `original` (as served or supplied), `product` (computed) or `context` (what came with it); `kind` says which;
`step` which part of the software made it; `payload` what it found; `path` where it lies here, null where it may not
leave the archive with whoever asked for this package. Of kind `credentials` is what an original says of its own origin,
Content Credentials and tags; of kind `credential_store` their manifest store as it lies in the original, for tools of
the C2PA. Of kinds `subtitles_human` and `subtitles_automatic` are tracks as served, made by people and by machines,
with `language` and `format`; of kind `comments` what people wrote below the post, with `state` (complete, ceiling,
failed), how many are `kept` and how many the site `announced`; of kind `surroundings` what was offered of these, what
came, and why the rest did not.

## `item.json`

`captures` are attempts to collect the source, each with its `outcome` (`captured` and `partial` brought media), the
`sentence` people were told, the `tool`, and under `collection` how it was done: options, redirects, connections, clock.
`source` is null for a file that somebody supplied.

## `assertions.jsonld`

Each annotation's `body` holds the words, and beside them the whole assertion as JSON: `kind` (place, time, unit,
content, note), `status` (candidate, accepted, rejected), `confidence` (low, moderate, high), `reasoning`, and the
fields of its kind. `target` is what it rests on: a file here and a part of it (`t=` seconds, `xywh=percent:`), or an
address.
`svidok:supersedes` names the assertion it took the place of.
"""
