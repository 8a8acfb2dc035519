"""Checks 1 to 4: a bag of plain files, sealed by a known key, which lists each of its files as it is."""

import hashlib
from collections.abc import Sequence

from storage.errors import ArchiveError
from storage.integrity import bag
from storage.integrity.checkpoint import LogKey
from storage.integrity.checks.package import CLAIMED_KEYS, SUCCESSIONS, Ended, Fault, Package, Progress, Unknown
from storage.integrity.digest import Digester, chunks
from storage.integrity.succession import Succession, chain_of, extended, joined_keys, open_succession
from storage.integrity.trust import Trust, read_keys


def form(package: Package, _: Progress) -> Ended:
    """It is a bag of plain files with safe names."""
    if package.read(bag.DECLARATION) != bag.DECLARED:
        raise Fault(bag.DECLARATION, "this is no bag of BagIt 1.0 in UTF-8, as this archive writes them")
    for name in (*bag.MANIFESTS, *bag.TAG_MANIFESTS, bag.INFO, bag.SEAL):
        if name not in package.tree.sizes():
            yield Fault(name, f"{name} is missing")
    yield f"a bag of {len(package.tree.sizes()):,} files"


def seal(package: Package, _: Progress) -> Ended:
    """The manifests are the ones that were signed, and by whom."""
    try:
        package.claimed_keys = read_keys(package.read(CLAIMED_KEYS).decode())
    except (ArchiveError, ValueError) as wrong:
        raise Fault(CLAIMED_KEYS, "the package does not say which key signed it") from wrong
    chain = _successions(package)
    try:
        seal, _nobody = bag.open_seal(package.read(bag.SEAL), [])
        package.keys = _joined(package.trust, seal.origin, chain)
        seal, signer = bag.open_seal(package.read(bag.SEAL), [one.key for one in package.keys])
        claimed = bag.open_seal(package.read(bag.SEAL), [one.key for one in package.claimed_keys])[1]
    except ArchiveError as wrong:
        raise Fault(bag.SEAL, wrong.sentence) from wrong
    for name, file in zip(bag.ALGORITHMS, bag.TAG_MANIFESTS, strict=True):
        found = hashlib.new(name, package.read(file)).hexdigest()
        if found != seal.tag_manifests[name]:
            yield Fault(file, f"signed was a file with the digest {seal.tag_manifests[name]}, this one has {found}")
    package.seal, package.signer = seal, signer
    named = [one.key for one in package.trust.keys]
    if signer is None and (claimed is None or seal.origin in {key.name for key in named}):
        raise Fault(bag.SEAL, f"no key of {seal.origin} that you trust has signed it")
    if signer is None:
        raise Unknown(f"signed by the key that the package itself names as {seal.origin}'s; name one you trust")
    if signer in named:
        yield f"signed by {signer.name}, with a key you trust"
    else:
        yield f"signed by {signer.name}, with the key {signer.id.hex()}: successions of keys join it to one you trust"


def _successions(package: Package) -> tuple[Succession, ...]:
    """How the archive says its keys followed one another."""
    names = sorted(name for name in package.tree.sizes() if name.startswith(SUCCESSIONS))
    chain: tuple[Succession, ...] = ()
    for ordinal, name in enumerate(names, 1):
        if name != f"{SUCCESSIONS}{ordinal:04}":
            raise Fault(name, f"{name} is no succession of keys in its place")
        try:
            chain = extended(chain, open_succession(package.read(name)))
        except ArchiveError as wrong:
            raise Fault(name, wrong.sentence) from wrong
    return chain


def _joined(trust: Trust, origin: str, chain: Sequence[Succession]) -> list[LogKey]:
    """The keys that are trusted, and those which the successions of this archive, from here or there, join to them."""
    known = [one for one in trust.successions if one.last.origin == origin]
    return joined_keys(trust.keys, chain_of([*chain, *known]))


def listing(package: Package, _: Progress) -> Ended:
    """Every file is listed, and no other is there."""
    for algorithm, manifest, tags in zip(bag.ALGORITHMS, bag.MANIFESTS, bag.TAG_MANIFESTS, strict=True):
        try:
            payload = bag.read_manifest(package.read(manifest), algorithm)
        except ArchiveError as wrong:
            raise Fault(manifest, wrong.sentence) from wrong
        try:
            beside = bag.read_manifest(package.read(tags), algorithm)
        except ArchiveError as wrong:
            raise Fault(tags, wrong.sentence) from wrong
        if any(not name.startswith(bag.PAYLOAD) for name in payload) or any(
            name.startswith(bag.PAYLOAD) for name in beside
        ):
            raise Fault(manifest, "a file is listed where it does not belong")
        package.listed[algorithm] = payload | beside
    there = set(package.tree.sizes()) - {*bag.TAG_MANIFESTS, bag.SEAL}
    for algorithm in bag.ALGORITHMS:
        listed = set(package.listed[algorithm])
        for name in sorted(listed - there):
            yield Fault(name, f"{name} is listed and missing")
        for name in sorted(there - listed):
            yield Fault(name, f"{name} is there and not listed: it is none of this package's")
    yield f"{len(there):,} files, each listed twice"


def digests(package: Package, progress: Progress) -> Ended:
    """Each file has the bytes that were listed, by SHA-256 and SHA-512."""
    read_bytes = 0
    for name in sorted(package.listed["sha256"]):
        digester = Digester()
        try:
            with package.tree.open(name) as stream:
                for chunk in chunks(stream):
                    digester.update(chunk)
                    read_bytes += len(chunk)
                    progress(len(chunk))
        except Exception:  # noqa: BLE001 - a damaged archive fails in as many ways as its library has
            yield Fault(name, f"{name} cannot be read")
            continue
        for algorithm, found in (("sha256", digester.digest.hex), ("sha512", digester.sha512)):
            wanted = package.listed[algorithm][name]
            if found != wanted:
                yield Fault(name, f"{name}: {algorithm} {wanted} was signed, the bytes here have {found}")
                break
    yield f"{read_bytes:,} bytes are the ones that were listed"
