"""What takes two people takes two: not one person with two accounts, as far as the archive can tell them apart."""

from datetime import datetime, timedelta

from storage.db import people
from storage.deeds.base import Deed
from storage.errors import Conflict

APART = timedelta(days=30)


def require_another(deed: Deed, asked_by: str, asked_at: datetime, *, asked_for: str) -> None:
    """Let the actor answer what somebody else has asked for.

    Raises: Conflict for whoever asked (`same_person`), and (`not_independent`) where the actor's account came only
    after the asking, or where one of the two made the other's account, or gave it its roles, in the 30 days before.
    """
    actor = deed.actor
    if actor.id == asked_by:
        raise Conflict(f"you have asked for this {asked_for}; another person must agree to it", code="same_person")
    account = people.user(deed.session, actor.id)
    if account is not None and account.created_at > asked_at:
        raise Conflict(
            f"your account is younger than this asking; who agrees to the {asked_for} must have been here before",
            code="not_independent",
        )
    if people.has_empowered(deed.session, {actor.id, asked_by}, since=asked_at - APART):
        raise Conflict(
            f"one of you two gave the other an account or roles less than {APART.days} days before this was asked for; "
            f"a third person must agree to the {asked_for}",
            code="not_independent",
        )
