"""Looks whether every kept file still has the bytes it was sealed with, and every item its unbroken chain of events."""

import json
from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Engine

from storage.blobs.base import BlobStore
from storage.blobs.places import FIRST
from storage.db import copies, enciphered, erasures, events, holdings
from storage.db.session import transaction
from storage.domain.vocab import EventType
from storage.errors import Altered, NotFound, Unavailable
from storage.integrity.cipher import deciphered
from storage.integrity.digest import Digest, Digester, chunks
from storage.integrity.statement import is_stub, stated_digest
from storage.item_keys import ItemKeys
from storage.log.inspection import Flaw

_PAGE = 1000


def check_files(engine: Engine, blobs: BlobStore, name: str, progress: Callable[[int], None]) -> Iterator[Flaw]:
    """Every file whose bytes are missing or others in a store of this name; each is read whole.

    `progress` is told of bytes as they pass. What is still owed to a second store is not missing there.
    """
    after = ""
    while True:
        with transaction(engine) as session:
            page = holdings.files_after(session, after, limit=_PAGE)
            digests = [row.sha256 for row in page]
            kept = copies.kept_of(session, name, digests) if name != FIRST else None
            replaced = enciphered.replaced_of(session, name, digests)
        for row in page:
            if row.sha256 in replaced or (kept is not None and row.sha256 not in kept):
                continue
            digester = Digester()
            try:
                with blobs.open(Digest.parse(row.sha256)) as stream:
                    for chunk in chunks(stream):
                        digester.update(chunk)
                        progress(len(chunk))
            except NotFound:
                yield Flaw(f"sha256:{row.sha256}", f"the file is missing from the {name} store")
                continue
            except (OSError, Unavailable) as wrong:
                why = wrong.sentence if isinstance(wrong, Unavailable) else wrong.strerror
                yield Flaw(f"sha256:{row.sha256}", f"the file cannot be read on the {name} store: {why}")
                continue
            found = (digester.digest.hex, digester.sha512, digester.size_bytes)
            if found != (row.sha256, row.sha512, row.size_bytes):
                yield Flaw(
                    f"sha256:{row.sha256}",
                    f"{row.size_bytes} bytes were sealed; on the {name} store are {found[2]}, {found[0]}",
                )
        if len(page) < _PAGE:
            return
        after = page[-1].sha256


def check_enciphered(
    engine: Engine, blobs: BlobStore, keys: ItemKeys, progress: Callable[[int], None]
) -> Iterator[Flaw]:
    """Every ciphertext that the key of its item does not open as the file it is of; each is read whole."""
    after = ("", "")
    while True:
        with transaction(engine) as session:
            page = enciphered.page_after(session, after, _PAGE)
        for item_id, sha256, sealed in page:
            after, digester = (item_id, sha256), Digester()
            digest, cipher = Digest.parse(sha256), Digest.parse(sealed)
            size_bytes = blobs.size_bytes(cipher)
            if size_bytes is None:
                continue  # missing: told by who looks at the store
            try:
                key = keys.key(item_id)
                with deciphered(blobs.open(cipher), size_bytes, key, digest) as stream:
                    for chunk in chunks(stream):
                        digester.update(chunk)
                        progress(len(chunk))
            except (Altered, NotFound, Unavailable) as wrong:
                yield Flaw(f"sha256:{sha256}", f"its ciphertext {cipher} cannot be opened: {wrong.sentence}")
                continue
            if digester.digest != digest:
                yield Flaw(f"sha256:{sha256}", f"its ciphertext {cipher} holds bytes with the digest {digester.digest}")
        if len(page) < _PAGE:
            return


def check_chains(engine: Engine) -> Iterator[Flaw]:
    """Every event that does not follow the one before it in its item's chain, or whose text has another digest.

    A text may be gone only where a later event says that its item was erased; that event's text must be whole.
    """
    previous: dict[str, str] = {}
    stubs: dict[tuple[str, str | None], str] = {}
    erased: set[tuple[str, str | None]] = set()
    after = 0
    while True:
        with transaction(engine) as session:
            page = events.all_after(session, after, limit=_PAGE)
        for row in page:
            if (found := stated_digest(row.body)) != row.sha256:
                yield Flaw(row.id, f"the event's text has the digest {found}, not {row.sha256}")
            elif is_stub(row.body):
                stubs.setdefault((str(json.loads(row.body).get("erasure")), row.item_id or row.id), row.id)
            elif row.type == EventType.DEACCESSION:
                told = json.loads(row.body)["detail"]
                erased |= {(told["erasure"], one) for one in (row.item_id, *told["elsewhere"])}
            if row.item_id is not None:
                if row.previous != previous.get(row.item_id):
                    yield Flaw(row.id, f"it follows {row.previous}, and {previous.get(row.item_id)} stands before it")
                previous[row.item_id] = row.sha256
        if len(page) < _PAGE:
            break
        after = page[-1].seq
    for of_what, event in stubs.items():
        if of_what not in erased:
            yield Flaw(event, f"its text is gone, and nothing says that {of_what[1]} was erased by {of_what[0]}")


def check_erased(engine: Engine, stores: Mapping[str, BlobStore]) -> Iterator[Flaw]:
    """Every digest that was erased and is there again: as a file of the archive, or as bytes on a store."""
    with transaction(engine) as session:
        for sha256, item in erasures.came_back(session):
            yield Flaw(f"sha256:{sha256}", f"it was erased with {item}, and is kept again")
    after = ""
    while True:
        with transaction(engine) as session:
            page = erasures.gone_after(session, after, _PAGE)
            owed = {name: erasures.owed_digests(session, name) for name in stores}
        for sha256 in page:
            for name, store in stores.items():
                if sha256 not in owed[name] and store.size_bytes(Digest.parse(sha256)) is not None:
                    yield Flaw(f"sha256:{sha256}", f"it was erased, and its bytes lie on the {name} store again")
        if len(page) < _PAGE:
            return
        after = page[-1]
