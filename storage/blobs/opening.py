"""Opens the stores of an archive: the one place that knows which kinds there are."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from storage.blobs.base import TendedStore
from storage.blobs.local import LocalBlobs
from storage.blobs.places import FIRST, SECOND, FolderPlace, Place, Places


@dataclass(frozen=True, slots=True)
class Workplace:
    """What an S3 store needs here: a folder to stage in, room for what was fetched, and the archive's name."""

    scratch: Path
    cache_bytes: int
    archive: Callable[[], str]


def open_first(places: Places, workplace: Workplace) -> TendedStore:
    """The store that everything is put into and served from; connects to nothing yet."""
    return _open(places.first, workplace)


def open_all(places: Places, workplace: Workplace) -> dict[str, TendedStore]:
    """Every store by its name."""
    stores = {FIRST: open_first(places, workplace)}
    if places.second is not None:
        stores[SECOND] = _open(places.second, workplace)
    return stores


def _open(place: Place, workplace: Workplace) -> TendedStore:
    if isinstance(place, FolderPlace):
        return LocalBlobs(place.root)
    # Only where it is used: the client takes a second to import and some 30 MB in each process.
    from storage.blobs.bucket import Bucket
    from storage.blobs.s3 import S3Blobs

    return S3Blobs(
        Bucket.at(place),
        place.prefix,
        workplace.scratch,
        workplace.archive,
        cache_limit_bytes=workplace.cache_bytes,
    )
