"""The package as a research object: RO-Crate metadata over its payload."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.domain.clock import rfc3339

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_TYPES = {".html": "text/html", ".md": "text/markdown", ".json": "application/json", ".jsonld": "application/ld+json"}
_NAMES = {
    "data/events.jsonl": "Custody events, one canonical JSON statement a line",
    "data/files.json": "The files that are spoken of, and where they lie",
    "data/item.json": "The item: source, captures, submissions",
    "data/assertions.jsonld": "Everything said of the item, as W3C Web Annotations",
    "data/record.json": "The record as it was published, its canonical text",
    "data/report.html": "The report for people",
    "data/README.md": "How to read and check this package",
    "data/dictionary.md": "Data dictionary",
    "data/verifier.html": "Page that checks this package without a network",
    "data/ledger/checkpoint": "Signed checkpoint of the custody ledger",
    "data/ledger/keys.txt": "Keys the ledger says it is signed with",
}


@dataclass(frozen=True, slots=True)
class Described:
    """What a package is of; `types` are the media types of its files, as far as their names do not tell them."""

    name: str
    description: str
    identifier: str
    made_at: datetime
    types: Mapping[str, str]


def crate_of(described: Described, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The metadata document for files of these sizes. Source: RO-Crate 1.1, section "RO-Crate Metadata"."""
    named = [(path, size) for path, size in sorted(sizes.items()) if "/proofs/" not in path]
    files = [_file(path, size, described.types.get(path)) for path, size in named]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": described.name,
        "description": described.description,
        "datePublished": rfc3339(described.made_at),
        "license": "Rights in the material are its makers'; the archive grants none.",
        "identifier": described.identifier,
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
