"""The keys of sealed items in a backup: apart from its files, and none of an item that was erased."""

from sqlalchemy.orm import Session

from storage import whole
from storage.db import events
from storage.errors import Conflict
from storage.item_keys import ItemKeys


def keep(session: Session, own: ItemKeys, apart: ItemKeys) -> list[str]:
    """Copy the keys, and the one that wraps them; what is wrong with them.

    What the vault has lost stays apart, and keys that do not open take the place of none, so that good ones are there
    to be put back.
    """
    erased = {str(event.item_id) for event in events.tombstones(session)}
    for item_id in erased:
        apart.destroy(item_id)
    if (problem := own.problem()) is not None:
        return [f"the keys of sealed items were not copied: {problem}"]
    for item_id in sorted(set(own.items()) - erased):
        whole.make_folder(apart.path(item_id).parent, apart.folder.parent)
        whole.replace(apart.path(item_id), own.path(item_id).read_bytes(), mode=0o600)
    if own.wrapping.is_file():
        whole.replace(apart.wrapping, own.wrapping.read_bytes(), mode=0o600)
    return []


def put_back(own: ItemKeys, apart: ItemKeys) -> None:
    """Put the keys back that are not there. Raises: Conflict where another key is to wrap them."""
    if not apart.wrapping.is_file():
        return
    wrapping = apart.wrapping.read_bytes()
    if own.wrapping.exists() and own.wrapping.read_bytes() != wrapping:
        raise Conflict(f"{own.wrapping} is another key than the one of this backup; move it aside first")
    own.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole.replace(own.wrapping, wrapping, mode=0o600)
    for item_id in apart.items():
        whole.make_folder(own.path(item_id).parent, own.folder.parent)
        if not own.path(item_id).exists():
            whole.write_once(own.path(item_id), apart.path(item_id).read_bytes(), mode=0o600)
