"""What each original says of its own origin: its Content Credentials and its tags, before anything is rewritten."""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.domain.credentials import CredentialNote, CredentialsDocument, CredentialState, Manifest, Tags
from storage.domain.steps import VERSIONS
from storage.domain.vocab import FileRole
from storage.errors import Implausible
from storage.integrity.digest import Digest
from workers import brought, findings
from workers.decoding import DecoderDied, decode
from workers.sandbox import Ending
from workers.step import Context, Product

_STORE = "store.c2pa"
_STORE_LIMIT_BYTES = 64 << 20
# Ends that the file itself has brought about, and would again: a limit of the box, or a fault of the reader.
_LIMITS = frozenset({Ending.MEMORY_FULL, Ending.TOO_MANY_PROCESSES})
_FAULTS = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP})


@dataclass(frozen=True, slots=True)
class Credentials:
    """Reads without a network; who is trusted is for the operator's list alone to say."""

    name: str = "credentials"
    version: str = VERSIONS["credentials"]
    needs: frozenset[str] = frozenset({"original"})
    makes: frozenset[str] = frozenset({"credentials", "credential_store"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `credentials` product per original, and a `credential_store` with the manifest store's bytes if there.

        Names, places and devices are in the file alone: the payload goes into the ledger, which forgets nothing. The
        payload tells the state, the codes that failed, and by which versions and which list it was judged.

        Raises: Rejected for what is no media, or takes too long.
        """
        products: list[Product] = []
        for original in context.needed("original"):
            if original.digest is not None:
                products += _read(context, original.digest)
        return products


def _read(context: Context, original: Digest) -> Iterator[Product]:
    folder, manifest = _looked(context, context.open_local(original))
    tags = findings.read(folder, "tags.json", Tags)
    listed = context.trust_list.digest.hex if context.trust_list else None
    if manifest.state is CredentialState.TRUSTED and listed is None:
        raise Implausible("the document trusts a signer, and there is no list of whom to trust")
    store = _store(folder)
    document = CredentialsDocument(
        original=original.hex,
        manifest=manifest,
        tags=tags,
        store_bytes=len(store) if store else None,
        trust_list=listed,
    )
    path = folder / "credentials.json"
    path.write_text(json.dumps(document.model_dump(), ensure_ascii=False, indent=1), encoding="utf-8")
    told = {
        "state": manifest.state.value,
        "note": manifest.note.value if manifest.note else None,
        "failures": sorted({code.code for code in manifest.codes if code.kind == "failure"}),
        "versions": manifest.versions,
        "trust_list": listed,
    }
    yield Product("credentials", path=path, payload=findings.payload(original, told))
    if store:
        whole = {"state": manifest.state.value}
        yield Product(
            "credential_store",
            media_type="application/c2pa",
            path=folder / _STORE,
            payload=findings.payload(original, whole),
            role=FileRole.CONTEXT,
        )


def _looked(context: Context, original: Path) -> tuple[Path, Manifest]:
    """The folder of the reader, and what it made of the manifest; what kills the reader is malformed."""
    arguments, also = ["--credentials"], []
    if context.trust_list is not None:
        path = context.scratch / "trust.pem"
        path.write_bytes(context.trust_list.pem)
        arguments, also = [*arguments, "--trust", str(path)], [path]
    try:
        folder = decode(context, original, *arguments, also=also)
    except DecoderDied as death:
        if not _is_of_the_file(death):
            raise
        return death.folder, Manifest(state=CredentialState.MALFORMED, note=CredentialNote.BROKE_READER)
    return folder, findings.read(folder, "manifest.json", Manifest)


def _is_of_the_file(death: DecoderDied) -> bool:
    """Whether reading the manifest has ended the program: what is written before it is there."""
    by_fault = death.ended.ending is Ending.SIGNALLED and -death.ended.returncode in _FAULTS
    return (by_fault or death.ended.ending in _LIMITS) and brought.is_plain_file(death.folder / "tags.json")


def _store(folder: Path) -> bytes | None:
    """The bytes of the manifest store that the box left. Raises: Implausible for what is no plain file of its size."""
    if not os.path.lexists(folder / _STORE):
        return None
    return brought.content(folder, _STORE, limit_bytes=_STORE_LIMIT_BYTES)
