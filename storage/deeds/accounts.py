"""Who may come in: people, keys, and the one-time right to make the first person."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from storage.db import people
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
        """End a person's right to come in, and with it every key of theirs; what they said stays theirs.

        Raises: NotAllowed, NotFound.
        """
        self._require(permitted=permissions.may_manage_people(self.actor), deed="remove people")
        user = people.user(self.session, user_id)
        if user is None:
            raise NotFound("there is no such person")
        if user.active:
            user.active = False
            for key in people.keys(self.session, owner_id=user.id):
                key.revoked_at = key.revoked_at or clock.now()
            self._ledger.record(EventType.USER_ENDED, item_id=None, detail={"user": user.id})
        return user

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
        unused = people.setup_token(self.session, secret.fingerprint(token))
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
            id=new_id(UserId), email=email, name=name, password_hash=secret.hash_password(password), email_salt=salt
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
