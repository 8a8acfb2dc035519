"""The package as a research object: RO-Crate metadata over its payload."""

from collections.abc import Mapping
from typing import Any

from storage.domain.clock import rfc3339
from storage.package.report import Facts

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_TYPES = {".html": "text/html", ".md": "text/markdown", ".json": "application/json", ".jsonld": "application/ld+json"}
_NAMES = {
    "data/events.jsonl": "Custody events, one canonical JSON statement a line",
    "data/files.json": "Everything the item holds, and where it lies",
    "data/item.json": "The item: source, captures, submissions",
    "data/assertions.jsonld": "Everything said of the item, as W3C Web Annotations",
    "data/report.html": "Custody report",
    "data/README.md": "How to read and check this package",
    "data/dictionary.md": "Data dictionary",
    "data/verifier.html": "Page that checks this package without a network",
    "data/ledger/checkpoint": "Signed checkpoint of the custody ledger",
    "data/ledger/keys.txt": "Keys the ledger says it is signed with",
}


def crate_of(facts: Facts, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The metadata document for files of these sizes. Source: RO-Crate 1.1, section "RO-Crate Metadata"."""
    contents = facts.contents
    types = {path: one.media_type for one in contents.holdings if (path := contents.paths.get(one.sha256 or ""))}
    files = [_file(path, size, types.get(path)) for path, size in sorted(sizes.items()) if "/proofs/" not in path]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Evidence package of {contents.item.id}",
        "description": "One item of an archive of video testimony: files as they were collected, custody events with "
        "proofs, and what reviewers say of it. What is said of it is no part of what is proved of the files.",
        "datePublished": rfc3339(facts.made_at),
        "license": "Rights in the material are its makers'; the archive grants none.",
        "identifier": f"urn:svidok:{contents.item.id}",
        "hasPart": [{"@id": one["@id"]} for one in files] + [{"@id": "ledger/proofs/"}],
    }
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    proofs = {"@id": "ledger/proofs/", "@type": "Dataset", "name": "Proofs that each event is in the ledger"}
    return {"@context": CONTEXT, "@graph": [descriptor, root, *files, proofs]}


def _file(path: str, size: int, media_type: str | None) -> dict[str, Any]:
    name = path.removeprefix("data/")
    told: dict[str, Any] = {"@id": name, "@type": "File", "contentSize": str(size)}
    told["name"] = _NAMES.get(path, name)
    ending = name[name.rfind(".") :] if "." in name else ""
    told["encodingFormat"] = media_type or _TYPES.get(ending, "text/plain")
    return told
