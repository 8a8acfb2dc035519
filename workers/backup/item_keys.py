"""The keys of sealed items in a backup: apart from its files, and none of an item that was erased."""

from sqlalchemy.orm import Session

from storage import whole
from storage.db import events
from storage.errors import Conflict, Unavailable
from storage.item_keys import NEXT, WRAPPING, ItemKeys


def keep(session: Session, own: ItemKeys, apart: ItemKeys) -> list[str]:
    """Copy the keys, and the one that wraps them; what is wrong with them.

    What the vault has lost stays apart, and keys that do not open take the place of none, so that good ones are there
    to be put back. Where another key wraps the vault's, it comes to wrap all that lie apart, as it did there: a kill at
    any moment leaves keys that can be opened.
    """
    erased = {str(event.item_id) for event in events.tombstones(session)}
    for item_id in erased:
        apart.destroy(item_id)
    if (problem := own.problem()) is not None:
        return [f"the keys of sealed items were not copied: {problem}"]
    if not own.wrapping.is_file():
        return []
    keys = {item_id: own.key(item_id) for item_id in own.items() if item_id not in erased}
    wrapping, wrong = own.wrapping.read_bytes(), list[str]()
    try:
        if not apart.wrapping.exists():
            whole.replace(apart.wrapping, wrapping, mode=0o600)
        elif apart.is_changing or apart.wrapping.read_bytes() != wrapping:
            apart.change_wrapping(wrapping, keys)
    except Unavailable as refused:
        # What lies apart goes on under the key that wraps it there.
        wrong = [f"the keys that lie apart were not wrapped by the vault's other key: {refused.sentence}"]
    for item_id, key in keys.items():
        if not _has(apart, item_id, key):
            apart.keep(item_id, key)
    return wrong


def put_back(own: ItemKeys, apart: ItemKeys) -> None:
    """Put the keys back that are not there. Raises: Conflict where another key is to wrap them."""
    if not apart.wrapping.is_file():
        return
    wrapping = apart.wrapping.read_bytes()
    if own.wrapping.exists() and own.wrapping.read_bytes() != wrapping:
        raise Conflict(f"{own.wrapping} is another key than the one of this backup; move it aside first")
    own.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (WRAPPING, NEXT):  # the next one where a backup was cut short that had another to follow
        if (apart.folder / name).is_file():
            whole.replace(own.folder / name, (apart.folder / name).read_bytes(), mode=0o600)
    for item_id in apart.items():
        whole.make_folder(own.path(item_id).parent, own.folder.parent)
        if not own.path(item_id).exists():
            whole.write_once(own.path(item_id), apart.path(item_id).read_bytes(), mode=0o600)


def _has(apart: ItemKeys, item_id: str, key: bytes) -> bool:
    try:
        return apart.key(item_id) == key
    except Unavailable:
        return False
