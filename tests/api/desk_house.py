"""People with keys of their own, and captures that tell what a platform calls them, for the tests of the desk."""

from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import text

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.permissions import OPERATOR, SYSTEM, Actor, ActorKind
from storage.domain.vocab import Outcome, Role
from tests.api.house import API, House

PASSWORD = "correct horse battery staple"


def person(house: House, name: str, *roles: str) -> tuple[str, httpx.Client]:
    """Somebody new of this name: their id, and a client with a key of theirs."""
    with transaction(house.engine) as session:
        granted = {Role(role) for role in roles}
        email = f"{house.url().rpartition('/')[2]}@example.org"
        user = Archive(session, OPERATOR).add_user(email, PASSWORD, granted, name=name)
        actor = Actor(user.id, ActorKind.USER, frozenset(granted), name)
        _, token = Archive(session, actor).add_key("window", granted, owner_id=user.id)
        return user.id, house.client(token)


def second_window(house: House, user: str, *roles: str) -> httpx.Client:
    """A client with another key of the same person."""
    granted = {Role(role) for role in roles}
    with transaction(house.engine) as session:
        _, token = Archive(session, Actor(user, ActorKind.USER, frozenset(granted))).add_key(
            "second", granted, owner_id=user
        )
        return house.client(token)


def seal(
    house: House, capture: str, *kept: Kept, identity: Mapping[str, Any], outcome: Outcome = Outcome.CAPTURED
) -> None:
    """End a capture as a worker would that learned what the platform calls the post."""
    now = clock.now()
    attempt = Attempt(outcome, "", now, now, "yt-dlp", "1", identity, {})
    held = house.claimed(capture)
    with transaction(house.engine) as session:
        Archive(session, SYSTEM).seal_capture(held, attempt, StepKey("capture", "1", f"key of {capture}", ()), kept)


def run_out(house: House, item: str) -> None:
    """Let the time of a lease pass."""
    with transaction(house.engine) as session:
        session.execute(
            text("UPDATE lease SET until = now() - interval '1 second' WHERE item_id = :item"), {"item": item}
        )


def etag(client: httpx.Client, item: str) -> dict[str, str]:
    """The header that says which state of the item was seen."""
    return {"If-Match": client.get(f"{API}/items/{item}").headers["etag"]}
