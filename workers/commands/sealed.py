"""What an operator does to the keys of sealed items by hand: let another key wrap them."""

from collections.abc import Callable

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.errors import Conflict, NotFound
from storage.settings import Settings
from workers.commands.people import engine_of


def change_key(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Let another key wrap those of all sealed items; nothing stops meanwhile, and a change cut short is gone on with.

    1. See that each can be opened; where one cannot, nothing is changed. 2. Write the event: it is told before it is
    done, and once for a change that takes several tries. 3. Change it.
    Raises: NotFound before the first key, Conflict, Unavailable.
    """
    keys = settings.item_keys
    if not keys.wrapping.is_file() and not keys.items():
        raise NotFound("no sealed item has a key yet: there is nothing to wrap anew")
    if (problem := keys.problem()) is not None:
        raise Conflict(f"nothing was changed: {problem}")
    if not keys.is_changing:
        with engine_of(settings) as engine, transaction(engine) as session:
            Archive(session, OPERATOR).note_item_key_changed()
    say(f"{keys.change_wrapping():,} keys of sealed items are wrapped by another key now, and the former one is gone.")
    say("Run `svidok backup` now: the copy that it keeps apart follows. Destroy every other copy of `keys/` there is.")
