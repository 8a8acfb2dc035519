"""Reads the Content Credentials (C2PA) of a file with the consortium's own library, and fetches nothing for it."""

import json
import multiprocessing
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import c2pa

from storage.domain.credentials import ACTIONS, CODES, INGREDIENTS, CredentialNote, CredentialState
from workers.analysis import manifest_store
from workers.analysis.container import media_type_of
from workers.analysis.tags import line, tags_of

STORE_LIMIT_BYTES = 64 << 20
TAGS_S = 60.0
_TRACE = b"jumb"
_TRACE_BYTES = 1 << 20
# Nothing leaves, also where somebody runs this without a box: neither for manifests that lie elsewhere nor for OCSP.
_CLOSED = {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}
_STATES = {"Invalid": CredentialState.INVALID, "Valid": CredentialState.VALID, "Trusted": CredentialState.TRUSTED}
_FROM = " from url "


def read(path: Path, out: Path, trust: Path | None) -> None:
    """Write into `out` what `path` says of its origin; see `domain.credentials` for the documents.

    1. `tags.json`, as far as they are read within `TAGS_S`. 2. `store.c2pa`, the manifest store's very bytes, where
    there is one of a bearable size. 3. `manifest.json`. In this order, because the third may end the program: the first
    two are there then.

    Raises: Rejected, code `not_media`, for what is neither media nor a picture.
    """
    form = media_type_of(path)
    _read_tags(path, out, form)
    spans = manifest_store.spans_of(path, form) if form else []
    size_bytes = manifest_store.size_of(spans)
    if size_bytes and size_bytes <= STORE_LIMIT_BYTES:
        manifest_store.copy(path, spans, out / "store.c2pa")
    _write(out / "manifest.json", _manifest(path, form, size_bytes, trust) | {"versions": _versions()})


def _read_tags(path: Path, out: Path, form: str | None) -> None:
    """Write the tags in a process of its own, which is ended when its time is up; what it had read is there then.

    Nothing else would end it: FFmpeg hears no signal of Python's while it gathers tags.
    """
    _write(out / "tags.json", next(tags_of(path, form)))
    reader = multiprocessing.get_context("fork").Process(target=_write_tags, args=(path, out, form))
    reader.start()
    reader.join(TAGS_S)
    reader.kill()
    reader.join()


def _write_tags(path: Path, out: Path, form: str | None) -> None:
    for told in tags_of(path, form):
        _write(out / "tags.part", told)
        (out / "tags.part").replace(out / "tags.json")


def _versions() -> dict[str, str]:
    return {"c2pa-python": version("c2pa-python"), "c2pa-rs": c2pa.sdk_version()}


def _manifest(path: Path, form: str | None, size_bytes: int, trust: Path | None) -> dict[str, Any]:
    """The document without its versions."""
    if form is None:
        return _nothing(CredentialState.ABSENT, CredentialNote.FORM)
    if size_bytes > STORE_LIMIT_BYTES:
        sentence = f"the manifest store has {size_bytes:,} bytes; at most {STORE_LIMIT_BYTES:,} are read"
        return _nothing(CredentialState.MALFORMED, CredentialNote.TOO_LARGE, sentence)
    try:
        with path.open("rb") as stream, _context(trust) as context, c2pa.Reader(form, stream, context=context) as seen:
            return _told(json.loads(seen.json()), has_list=trust is not None)
    except c2pa.C2paError as error:
        if isinstance(error, c2pa.C2paError.ManifestNotFound) and not size_bytes:
            return _nothing(CredentialState.ABSENT)
        return _refused(path, str(error), is_there=size_bytes > 0)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        # Words that are no JSON, nested without end, or of another shape than the library's documentation says.
        return _nothing(CredentialState.MALFORMED, CredentialNote.UNREADABLE, f"{type(error).__name__}: {error}")


def _context(trust: Path | None) -> c2pa.Context:
    chosen: dict[str, Any] = {"verify": _CLOSED}
    if trust is not None:
        chosen["trust"] = {"trust_anchors": trust.read_text("ascii")}
    return c2pa.Context(settings=c2pa.Settings.from_dict(chosen))


def _refused(path: Path, sentence: str, *, is_there: bool) -> dict[str, Any]:
    """What an error of the library means: credentials lie elsewhere, are broken, or the file itself is."""
    if sentence.startswith("Remote"):
        address = sentence.partition(_FROM)[2]
        return _nothing(CredentialState.ABSENT, CredentialNote.REMOTE) | {"remote": line(address)}
    if is_there or _has_trace(path):
        return _nothing(CredentialState.MALFORMED, CredentialNote.UNREADABLE, sentence)
    return _nothing(CredentialState.ABSENT, CredentialNote.DAMAGED)


def _has_trace(path: Path) -> bool:
    with path.open("rb") as stream:
        return _TRACE in stream.read(_TRACE_BYTES)


def _nothing(state: CredentialState, note: CredentialNote | None = None, sentence: str = "") -> dict[str, Any]:
    codes = [{"code": f"local:{note}", "kind": "failure", "explanation": line(sentence)}] if sentence else []
    return {"state": state, "note": note, "codes": codes}


def _told(whole: Mapping[str, Any], *, has_list: bool) -> dict[str, Any]:
    """The active manifest in our words. Without a list of ours nobody is trusted, whatever the library believes."""
    state = _STATES[whole["validation_state"]] if whole.get("validation_state") in _STATES else CredentialState.INVALID
    if state is CredentialState.TRUSTED and not has_list:
        state = CredentialState.VALID
    active = whole.get("manifests", {}).get(whole.get("active_manifest"), {})
    lists = {
        "codes": (list(_codes(whole.get("validation_results") or {})), CODES),
        "actions": (list(_actions(active)), ACTIONS),
        "ingredients": (list(_ingredients(active)), INGREDIENTS),
    }
    signature = active.get("signature_info") or {}
    return {
        "state": state,
        "note": None,
        "generator": _generator(active),
        "title": line(active.get("title")),
        "signer": {
            "name": line(signature.get("common_name")),
            "issuer": line(signature.get("issuer")),
            "serial": line(signature.get("cert_serial_number")),
            "algorithm": line(signature.get("alg")),
        },
        "signed_at": line(signature.get("time")),
        **{name: found[:most] for name, (found, most) in lists.items()},
        "cut": [name for name, (found, most) in lists.items() if len(found) > most],
    }


def _codes(results: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Failures first, so that what is cut is what went well; those of ingredients after the file's own."""
    own = results.get("activeManifest") or {}
    ingredients = [one.get("validationDeltas") or {} for one in results.get("ingredientDeltas") or ()]
    for kind in ("failure", "informational", "success"):
        for of_ingredient, part in ((False, own), *((True, one) for one in ingredients)):
            for said in part.get(kind) or ():
                if code := line(said.get("code")):
                    explanation = line(said.get("explanation"))
                    yield {"code": code, "kind": kind, "of_ingredient": of_ingredient, "explanation": explanation}


def _actions(active: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in active.get("assertions") or ():
        if str(assertion.get("label")).startswith("c2pa.actions"):
            for said in (assertion.get("data") or {}).get("actions") or ():
                if action := line(said.get("action")):
                    software = said.get("softwareAgent")
                    name = software.get("name") if isinstance(software, dict) else software
                    yield {
                        "action": action,
                        "when": line(said.get("when")),
                        "software": line(name),
                        "source_type": line(said.get("digitalSourceType")),
                    }


def _ingredients(active: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in active.get("ingredients") or ():
        yield {name: line(one.get(name)) for name in ("title", "format", "relationship")}


def _generator(active: Mapping[str, Any]) -> str | None:
    named = [f"{one.get('name') or ''} {one.get('version') or ''}" for one in active.get("claim_generator_info") or ()]
    return line(", ".join(" ".join(one.split()) for one in named)) or line(active.get("claim_generator"))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
