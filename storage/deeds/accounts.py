"""Who may come in: people, keys, and the one-time right to make the first person."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from storage.db import desk, items, people, sessions
from storage.db.tables import Key, SetupToken, User, UserRole
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.ids import KeyId, UserId, new_id
from storage.domain.vocab import EventType, Role
from storage.errors import Conflict, InvalidValue, NotAllowed, NotFound
from storage.integrity import secret

OPERATOR_KEY = "operator"


class Accounts(Deed):
    """Making and ending the right to come in."""

    __slots__ = ()

    def add_user(self, email: str, password: str, roles: Collection[Role], *, name: str = "") -> User:
        """Make a user. Raises: NotAllowed, InvalidValue, Conflict when the address is taken."""
        granted = permissions.may_manage_people(self.actor) and permissions.grantable(self.actor.roles, roles)
        self._require(permitted=granted, deed="add people")
        return self._new_user(email, password, roles, name)

    def end_user(self, user_id: str) -> User:
        """End a person's right to come in, and with it every key and log-in of theirs; what they said stays theirs.

        What they had taken on or were editing is free for others.
        Raises: NotAllowed, NotFound, Conflict for the last admin.
        """
        self._require(permitted=permissions.may_manage_people(self.actor), deed="remove people")
        user = people.user(self.session, user_id)
        if user is None:
            raise NotFound("there is no such person")
        if user.active:
            self._keep_an_admin(user.id, frozenset())
            user.active = False
            sessions.end_all(self.session, user.id)
            for key in people.keys(self.session, owner_id=user.id):
                key.revoked_at = key.revoked_at or clock.now()
            self._ledger.record(EventType.USER_ENDED, item_id=None, detail={"user": user.id})
            self._free_items(user.id)
        return user

    def set_roles(self, user_id: str, roles: Collection[Role]) -> User:
        """Let a person be exactly `roles`, and log them out wherever they are but here.

        Raises: NotAllowed when the actor may not give what is new, NotFound, Conflict for the last admin.
        """
        self._require(permitted=permissions.may_manage_people(self.actor), deed="change roles")
        people.lock_roles(self.session)
        user = people.user(self.session, user_id)
        if user is None or not user.active:
            raise NotFound("there is no such person")
        before = frozenset(Role(role) for role in people.roles(self.session, user.id))
        wanted = frozenset(roles)
        granted = bool(wanted) and permissions.grantable(self.actor.roles, wanted - before)
        self._require(permitted=granted, deed="give these roles")
        if wanted != before:
            self._keep_an_admin(user.id, wanted)
            people.set_roles(self.session, user.id, wanted)
            sessions.end_all(self.session, user.id, but=self.actor.session)
            detail = {"user": user.id, "before": sorted(before), "roles": sorted(wanted)}
            self._ledger.record(EventType.ROLES_CHANGED, item_id=None, detail=detail)
        return user

    def change_password(self, new: str) -> None:
        """Give the actor another password, and log them out wherever they are but here.

        Whether they know the present one is for the caller to find out (`attempt_log_in`).
        Raises: NotAllowed for whoever is no person, InvalidValue for a weak one.
        """
        self._require(permitted=permissions.may_keep_account(self.actor), deed="change this password")
        user = people.user(self.session, self.actor.id)
        if user is None:
            raise NotFound("there is no such person")
        user.password_hash = _hash_for(user.email, new)
        sessions.end_all(self.session, user.id, but=self.actor.session)
        self._ledger.record(EventType.PASSWORD_CHANGED, item_id=None, detail={"user": user.id})

    def replace_password(self, email: str, new: str) -> User:
        """Give somebody who has forgotten theirs another password, and log them out everywhere.

        Raises: NotAllowed for all but the operator, NotFound also for whoever may come in no more, InvalidValue for a
        weak one.
        """
        self._require(permitted=permissions.may_replace_passwords(self.actor), deed="replace a password")
        user = people.user_with_email(self.session, email.strip())
        if user is None or not user.active:
            raise NotFound(f"nobody with the e-mail address {email!r} may come in here")
        user.password_hash = _hash_for(user.email, new)
        sessions.end_all(self.session, user.id)
        self._ledger.record(EventType.PASSWORD_CHANGED, item_id=None, detail={"user": user.id})
        return user

    def keep_preferences(self, body: Mapping[str, Any]) -> None:
        """Remember how the actor wants the workbench to be; no event. Raises: NotAllowed for whoever is no person."""
        self._require(permitted=permissions.may_keep_account(self.actor), deed="keep preferences")
        people.keep_preferences(self.session, self.actor.id, body)

    def issue_setup_token(self) -> str | None:
        """A fresh one-time right to make the first user, or None when there is one; earlier tokens are void."""
        if people.any_user(self.session):
            return None
        people.spend_setup_tokens(self.session)
        token = secret.new_key()
        self.session.add(SetupToken(secret_sha256=secret.fingerprint(token)))
        return token

    def set_up(self, token: str, *, email: str, password: str, name: str) -> User:
        """Make the first user, who holds every role, with the one-time token. Raises: NotAllowed, InvalidValue."""
        unused = people.setup_token(self.session, secret.fingerprint(token)) if secret.is_key(token) else None
        if unused is None or people.any_user(self.session):
            raise NotAllowed("this set-up link has been used or is out of date; start the archive again for a new one")
        people.spend_setup_tokens(self.session)
        return self._new_user(email, password, frozenset(Role), name)

    def add_key(
        self, name: str, roles: Collection[Role], *, owner_id: str | None = None, expires_at: datetime | None = None
    ) -> tuple[Key, str]:
        """Make a key that may do what `roles` may; the secret is told once and only its digest kept.

        Raises: NotAllowed when the actor is not all of that themselves, or is a key.
        """
        self._require(permitted=permissions.may_make_key(self.actor, roles), deed="make this key")
        if name == OPERATOR_KEY:
            raise InvalidValue(f"the name {OPERATOR_KEY!r} belongs to the vault's own key; choose another")
        return self._new_key(name, roles, secret.new_key(), owner_id=owner_id, expires_at=expires_at)

    def revoke_key(self, key_id: str) -> Key:
        """End a key at once. Raises: NotFound, also for a key that is not the actor's to end."""
        key = people.key(self.session, key_id)
        if key is None or not permissions.may_revoke_key(self.actor, key.owner_id or ""):
            raise NotFound("there is no such key")
        if key.revoked_at is None:
            self._revoke(key)
        return key

    def register_operator(self, token: str) -> None:
        """Let the holder of the vault's token file act as its operator; an earlier token ends."""
        fingerprint = secret.fingerprint(token)
        for key in people.keys_named(self.session, OPERATOR_KEY):
            if key.secret_sha256 == fingerprint:
                return
            self._revoke(key)
        self._new_key(OPERATOR_KEY, frozenset(Role), token, owner_id=None, expires_at=None)

    def _new_user(self, email: str, password: str, roles: Collection[Role], name: str) -> User:
        email = email.strip()
        local, at, domain = email.rpartition("@")
        if not (local and at and domain) or len(email) > 254 or not email.isprintable() or " " in email:
            raise InvalidValue(f"not an e-mail address: {email[:80]!r}")
        if not roles:
            raise InvalidValue("a person without a role could do nothing here; name at least one")
        if people.user_with_email(self.session, email) is not None:
            raise Conflict("somebody with this e-mail address is here already")
        salt = secret.new_salt()
        user = User(
            id=new_id(UserId), email=email, name=name, password_hash=_hash_for(email, password), email_salt=salt
        )
        try:
            with self.session.begin_nested():
                self.session.add(user)
        except IntegrityError:
            raise Conflict("somebody with this e-mail address is here already") from None
        self.session.add_all(UserRole(user_id=user.id, role=role.value) for role in sorted(roles))
        self._ledger.record(
            EventType.USER_ADDED,
            item_id=None,
            detail={
                "user": user.id,
                "email_commitment": secret.commitment(salt, email.lower()),
                "roles": sorted(role.value for role in roles),
            },
        )
        return user

    def _free_items(self, user_id: str) -> None:
        """Nobody waits for somebody who has left."""
        for item in items.held_by(self.session, user_id):
            desk.end_lease(self.session, item.id, holder=user_id)
            if item.assignee_id == user_id:
                item.assignee_id = None
                item.version += 1
                detail = {"from": user_id, "to": None, "by": self.actor.id}
                self._ledger.record(EventType.ASSIGNMENT, item_id=item.id, detail=detail)

    def _keep_an_admin(self, user_id: str, roles: Collection[Role]) -> None:
        """Raises: Conflict when nobody who manages people would be left."""
        people.lock_roles(self.session)
        if Role.ADMIN in roles or Role.ADMIN not in people.roles(self.session, user_id):
            return
        if not people.anybody_else_with(self.session, Role.ADMIN.value, but=user_id):
            raise Conflict("somebody must stay who manages people; make another admin first", code="last_admin")

    def _new_key(
        self,
        name: str,
        roles: Collection[Role],
        token: str,
        *,
        owner_id: str | None,
        expires_at: datetime | None,
    ) -> tuple[Key, str]:
        key = Key(
            id=new_id(KeyId),
            name=name,
            secret_sha256=secret.fingerprint(token),
            roles=sorted(role.value for role in roles),
            owner_id=owner_id,
            expires_at=expires_at,
        )
        self.session.add(key)
        self.session.flush()
        expires = clock.rfc3339(expires_at) if expires_at else None
        detail = {"key": key.id, "owner": owner_id, "roles": key.roles, "expires_at": expires}
        self._ledger.record(EventType.KEY_ADDED, item_id=None, detail=detail)
        return key, token

    def _revoke(self, key: Key) -> None:
        key.revoked_at = clock.now()
        self._ledger.record(EventType.KEY_REVOKED, item_id=None, detail={"key": key.id})


def _hash_for(email: str, password: str) -> str:
    """What is kept of somebody's password. Raises: InvalidValue for a weak one, or one that everybody knows."""
    if password.strip().casefold() == email.casefold():
        raise InvalidValue("the e-mail address is no password: everybody knows it")
    return secret.hash_password(password)
