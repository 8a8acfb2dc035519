"""One scene per deed of the ledger's own: its keys and stamps, and what it says of readers, exports and log-ins."""

import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from storage.db.tables import Holding
from storage.domain import clock
from storage.domain.permissions import PUBLIC
from storage.domain.vocab import EventType, Role, StampKind
from storage.integrity.note import Signer
from tests.storage.scenes import PASSWORD, Expected, Scene

_ELSEWHERE = "UPDATE ledger_head SET cluster = 'another', epoch = epoch + 1"


def _signer(seed: str) -> Signer:
    return Signer("archive.example", Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest()))


def have_a_key(scene: Scene) -> Expected:
    scene.machine.begin_key(_signer("first"))
    return [EventType.LEDGER_KEY]


def wake_up_in_another_cluster_and_change_the_key(scene: Scene) -> Expected:
    scene.machine.begin_key(_signer("first"))
    scene.session.execute(text(_ELSEWHERE))
    scene.machine.resume()
    scene.machine.sign_checkpoint(_signer("first"))
    scene.operator.change_key(_signer("first"), _signer("second"))
    return [EventType.LEDGER_KEY, EventType.LEDGER_EPOCH, EventType.LEDGER_KEY]


def keep_a_stamp_twice(scene: Scene) -> Expected:
    scene.machine.begin_key(_signer("first"))
    scene.session.execute(text(_ELSEWHERE))
    scene.machine.resume()
    made = scene.machine.sign_checkpoint(_signer("first"))
    for _ in range(2):
        scene.machine.keep_stamp(made.size, StampKind.RFC3161, "tsa", b"token", stamped_at=clock.now())
    return [EventType.LEDGER_KEY, EventType.LEDGER_EPOCH, EventType.TIME_STAMP]


def read_an_original_twice(scene: Scene) -> Expected:
    item = scene.captured().item
    holding = scene.session.scalars(select(Holding).where(Holding.item_id == item.id)).one()
    assert scene.operator.record_read(item, holding)
    assert not scene.operator.record_read(item, holding)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.READ]


def export(scene: Scene) -> Expected:
    item = scene.captured().item
    scene.operator.record_export(item.id, form="bagit", sha256="0" * 64, size_bytes=1)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.EXPORT]


def start_twice_and_change_a_setting(scene: Scene) -> Expected:
    scene.machine.record_settings({"port": "1", "host": "a"})
    assert scene.machine.record_settings({"port": "1", "host": "a"}) == []
    assert scene.machine.record_settings({"port": "2", "host": "a"}) == ["port"]
    return [EventType.SETTINGS_CHANGED] * 2


def fail_to_log_in(scene: Scene) -> Expected:
    """Three times within the minute, then the right password: one line at once, one when it is over."""
    user = scene.operator.add_user("guess@example.org", PASSWORD, {Role.REVIEWER})
    public = scene.door(scene.session, PUBLIC)
    attempt = None
    for address in ("one", "two", "three"):
        attempt = public.attempt_log_in("guess@example.org", address)
        public.record_failed_log_in(attempt)
    assert public.admit(attempt).id == user.id
    return [EventType.USER_ADDED, EventType.LOG_IN_FAILED, EventType.LOG_IN_FAILED]


def fail_to_log_in_and_go_away(scene: Scene) -> Expected:
    public = scene.door(scene.session, PUBLIC)
    for address in ("one", "two"):
        public.record_failed_log_in(public.attempt_log_in("nobody@example.org", address))
    scene.machine.tell_failed_log_ins()
    scene.machine.tell_failed_log_ins()
    return [EventType.LOG_IN_FAILED, EventType.LOG_IN_FAILED]


LEDGER_SCENES: tuple[Callable[[Scene], Expected], ...] = (
    have_a_key,
    wake_up_in_another_cluster_and_change_the_key,
    keep_a_stamp_twice,
    read_an_original_twice,
    export,
    start_twice_and_change_a_setting,
    fail_to_log_in,
    fail_to_log_in_and_go_away,
)
