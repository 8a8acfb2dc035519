"""One scene per deed of the archive: do it, and say which events must lie in the ledger afterwards."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import queue
from storage.blobs.base import BlobStore, Enforcement, Immutability
from storage.db import holdings, liveness, log
from storage.db.log_tables import SignedCheckpoint
from storage.db.tables import Event, Holding
from storage.deeds.copies import Mended
from storage.domain import batches, clock, jar
from storage.domain.assertions import parse_assertion
from storage.domain.audience import AudienceOrder
from storage.domain.cancelling import CancelOrder
from storage.domain.copies import CopyState
from storage.domain.erasure import ErasureOrder, ErasureReply
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.kept import Attempt, Kept, Lent, StepKey
from storage.domain.matches import MatchDecision
from storage.domain.permissions import OPERATOR, PUBLIC, SYSTEM, Actor, ActorKind
from storage.domain.places import PlaceDescription
from storage.domain.units import UnitDescription
from storage.domain.vocab import EventType, FileRole, Outcome, Role, Sensitivity, StampKind, Workflow
from storage.errors import Rejected, Unavailable
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.digest import Digest
from storage.integrity.note import Kind, Signer, joined
from storage.queue import Held, Verdict

URL = "https://example.org/watch"
PASSWORD = "correct horse battery staple"

# A door is `Archive`, or a copy of it with one event taken out.
Door = Callable[[Session, Actor], Any]
Expected = list[EventType]


class Scene:
    """A fresh transaction, and the door to try."""

    def __init__(self, door: Door, session: Session, blobs: BlobStore) -> None:
        self.door = door
        self.session = session
        self.blobs = blobs
        self.operator = door(session, OPERATOR)
        self.machine = door(session, SYSTEM)

    def submitted(self, url: str = URL) -> Any:
        return self.operator.submit(url, note="seen on a channel", sensitivity=Sensitivity.RESTRICTED)

    def held(self, queue_name: str = "fetch") -> Held:
        held = queue.claim(self.session, queue=queue_name, worker="test", lease_s=60)
        assert held is not None
        return held

    def kept(self, content: bytes = b"as served", kind: str = "original") -> Kept:
        blob = self.blobs.put(io.BytesIO(content))
        role = FileRole.ORIGINAL if kind == "original" else FileRole.PRODUCT
        return Kept(kind, role, "video/mp4", {}, False, blob.digest.hex, blob.sha512, blob.size_bytes)

    def captured(self, identity: Mapping[str, Any] | None = None) -> Any:
        entry = self.submitted()
        attempt = attempt_of(Outcome.CAPTURED, identity or {})
        self.machine.seal_capture(self.held(), attempt, StepKey("capture", "1", "key", ()), [self.kept()])
        return entry

    def owe_step(self, entry: Any) -> Held:
        queue.owe(
            self.session,
            key="probe",
            queue="media",
            step="probe",
            step_version="1",
            item_id=entry.item.id,
            capture_id=entry.submission.capture_id,
        )
        return self.held("media")

    def events(self) -> Expected:
        return [EventType(event.type) for event in self.session.scalars(select(Event).order_by(Event.seq))]


def attempt_of(outcome: Outcome, identity: Mapping[str, Any]) -> Attempt:
    now = clock.now()
    return Attempt(outcome, "", now, now, "yt-dlp", "1", identity, {"argv": ["yt-dlp"]})


PLACE = {
    "kind": "place",
    "body": {
        "role": "camera",
        "lat": 52.2869,
        "lon": 104.3050,
        "radius_m": 50,
        "heading_deg": 120,
        "method": "landmark_match",
        "reasoning": "The tower matches.",
        "confidence": "high",
        "status": "accepted",
    },
    "citations": [{"target": "https://example.org/map"}],
}


POST = {"platform": "Example", "post_id": "1", "addresses": ["https://example.org/post/1"]}


def submit(scene: Scene) -> Expected:
    scene.submitted()
    return [EventType.SUBMISSION]


def submit_again(scene: Scene) -> Expected:
    scene.submitted()
    scene.submitted(f"{URL}#t=3")
    return [EventType.SUBMISSION] * 2


def ask_to_seal_what_is_known(scene: Scene) -> Expected:
    scene.submitted()
    scene.operator.submit(URL, note=None, sensitivity=Sensitivity.SEALED)
    return [EventType.SUBMISSION, EventType.SENSITIVITY, EventType.SUBMISSION]


def seal_what_is_open(scene: Scene) -> Expected:
    item = scene.submitted().item
    for wanted in (Sensitivity.PUBLIC, Sensitivity.SEALED, Sensitivity.SEALED):
        order = AudienceOrder(sensitivity=wanted, reason="Its witness asks for it.")
        scene.operator.set_sensitivity(item.id, order, expected=str(item.version))
    return [EventType.SUBMISSION, *[EventType.SENSITIVITY] * 2]


def submit_a_list(scene: Scene) -> Expected:
    wanted = batches.read(f"url,note\n{URL}/b,seen\n{URL}/a,\n{URL}/a,again".encode()).distinct
    scene.operator.submit_batch(wanted, origin=f"{URL}/channel")
    return [EventType.SUBMISSION] * 3


def upload(scene: Scene) -> Expected:
    blob = scene.blobs.put(io.BytesIO(b"supplied"))
    scene.operator.submit_upload(blob, name="clip.mp4", note=None, sensitivity=Sensitivity.RESTRICTED)
    attempt = attempt_of(Outcome.CAPTURED, {})
    held = scene.held("media")
    scene.machine.seal_capture(held, attempt, StepKey("capture", "1", "key", ()), [scene.kept(b"supplied")])
    return [EventType.SUBMISSION, EventType.INGESTION]


def supply_what_could_not_be_captured(scene: Scene) -> Expected:
    scene.submitted()
    item = wall(scene)
    blob = scene.blobs.put(io.BytesIO(b"supplied"))
    scene.operator.submit_upload(blob, name="a.mp4", note=None, sensitivity=Sensitivity.RESTRICTED, item_id=item)
    attempt = attempt_of(Outcome.CAPTURED, {})
    held = scene.held("media")
    scene.machine.seal_capture(held, attempt, StepKey("capture", "1", "key", ()), [scene.kept(b"supplied")])
    return [
        *(EventType.SUBMISSION, EventType.STEP_FAILED, EventType.CAPTURE, EventType.SUBMISSION),
        EventType.INGESTION,
    ]


def try_again_what_waited_for_a_person(scene: Scene) -> Expected:
    scene.submitted()
    wall(scene)
    scene.operator.resume("example.org", [Outcome.LOGIN_REQUIRED])
    return [EventType.SUBMISSION, EventType.STEP_FAILED, EventType.CAPTURE, EventType.RETRY]


def keep_use_and_end_a_session(scene: Scene) -> Expected:
    cookies = jar.read(".example.org\tTRUE\t/\tTRUE\t0\tsid\tsecret-value", "example.org")
    scene.operator.keep_site_session("example.org", cookies, b"sealed")
    scene.submitted()
    held, error = scene.held(), Rejected("log in", code="login_required")
    verdict = queue.judge(held.job, error, retry_base_s=1)
    scene.machine.fail_step(held, error, verdict, attempt_of(Outcome.LOGIN_REQUIRED, {}), "1")
    scene.machine.note_site_session(held, Lent("example.org", 1, well=False), "login_required")
    scene.operator.end_site_session("example.org")
    return [
        *(EventType.SITE_SESSION_KEPT, EventType.SUBMISSION, EventType.STEP_FAILED, EventType.CAPTURE),
        *(EventType.SITE_SESSION_USED, EventType.SITE_SESSION_ENDED),
    ]


def look_again(scene: Scene) -> Expected:
    item = scene.captured().item.id
    scene.machine.owe_looks()
    liveness.looked_for(scene.machine.session, item, clock.now() - timedelta(days=2))
    scene.machine.owe_looks()
    scene.machine.seal_sighting(scene.held(), "captured", "It is still there.")
    liveness.looked_for(scene.machine.session, item, clock.now() - timedelta(days=2))
    scene.machine.owe_looks()
    scene.machine.seal_sighting(scene.held(), "removed", "It is gone.")
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.SIGHTING, EventType.SIGHTING]


def wall(scene: Scene) -> str:
    """The capture that was asked for ends at a log-in; the item's id."""
    held, error = scene.held(), Rejected("log in", code="login_required")
    verdict = queue.judge(held.job, error, retry_base_s=1)
    scene.machine.fail_step(held, error, verdict, attempt_of(Outcome.LOGIN_REQUIRED, {}), "1")
    return held.job.item_id


def capture(scene: Scene) -> Expected:
    scene.captured()
    return [EventType.SUBMISSION, EventType.CAPTURE]


def capture_what_is_known_elsewhere(scene: Scene) -> Expected:
    scene.captured(POST)
    scene.submitted("https://example.org/other")
    attempt = attempt_of(Outcome.CAPTURED, POST)
    scene.machine.seal_capture(scene.held(), attempt, StepKey("capture", "1", "key", ()), [scene.kept()])
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.SUBMISSION, EventType.CAPTURE, EventType.SAME_SOURCE]


def ask_for_another_capture(scene: Scene) -> Expected:
    scene.operator.capture_again(scene.captured().item.id)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.RETRY]


def make_products(scene: Scene) -> Expected:
    held = scene.owe_step(scene.captured())
    scene.machine.seal_products(held, StepKey("probe", "1", "key of probe", ()), [scene.kept(b"{}", "probe")])
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.CREATION]


def find_gaps(scene: Scene) -> Expected:
    held = scene.owe_step(scene.captured())
    flaws = {"original": "a" * 64, "flaws": {"black": {"count": 1, "seconds": 2.5}}}
    found = replace(scene.kept(b"{}", "shots"), payload=flaws)
    scene.machine.seal_products(held, StepKey("analyse", "1", "key of analyse", ()), [found])
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.CREATION, EventType.FLAWS_FOUND]


def decide_of_a_copy(scene: Scene) -> Expected:
    held = scene.owe_step(scene.captured())
    other = scene.operator.submit(f"{URL}/2", note=None, sensitivity=Sensitivity.RESTRICTED).item.id
    one, two = "a" * 64, "b" * 64
    told = {"original": one, "other_item": other, "other_original": two, "relation": "same_content"}
    found = Kept("match", FileRole.PRODUCT, "application/json", told)
    scene.machine.seal_products(held, StepKey("probe", "1", "key of probe", ()), [found])
    decision = {"original": one, "other_item": other, "other_original": two, "decision": "confirmed"}
    scene.operator.decide_match(held.job.item_id, MatchDecision.model_validate(decision))
    return [
        *(EventType.SUBMISSION, EventType.CAPTURE, EventType.SUBMISSION),
        *(EventType.CREATION, EventType.MATCH_DECIDED),
    ]


def cancel_and_begin_again(scene: Scene) -> Expected:
    item = scene.owe_step(scene.captured()).job.item_id
    scene.operator.cancel_analysis(item, CancelOrder(reason="It is a copy of what we have."))
    scene.operator.begin_analysis_again(item)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.CANCELLED, EventType.RETRY]


def analyse_anew(scene: Scene) -> Expected:
    held = scene.owe_step(scene.captured())
    scene.machine.seal_products(held, StepKey("probe", "1", "key of probe", ()), [scene.kept(b"{}", "probe")])
    scene.operator.analyse_anew(held.job.item_id)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.CREATION, EventType.RETRY]


def fail_for_now(scene: Scene) -> Expected:
    scene.submitted()
    held, error = scene.held(), Unavailable("the store is away")
    scene.machine.fail_step(held, error, queue.judge(held.job, error, retry_base_s=1), None, "1")
    return [EventType.SUBMISSION, EventType.STEP_FAILED]


def fail_for_good(scene: Scene) -> Expected:
    scene.submitted()
    held, error = scene.held(), Rejected("gone", code="removed")
    verdict = queue.judge(held.job, error, retry_base_s=1)
    scene.machine.fail_step(held, error, verdict, attempt_of(Outcome.REMOVED, {}), "1")
    return [EventType.SUBMISSION, EventType.STEP_FAILED, EventType.CAPTURE]


def hear_no_answer(scene: Scene) -> Expected:
    scene.submitted()
    held, error = scene.held(), Unavailable("no answer", code="unreachable")
    verdict = Verdict(queue.judge(held.job, error, retry_base_s=1).error_class, final=True, pause_s=0)
    scene.machine.fail_step(held, error, verdict, attempt_of(Outcome.UNREACHABLE, {}), "1")
    return [EventType.SUBMISSION, EventType.STEP_FAILED, EventType.CAPTURE, EventType.RETRY]


def lose_a_worker(scene: Scene) -> Expected:
    scene.submitted()
    scene.machine.return_lost([scene.held().job])
    return [EventType.SUBMISSION, EventType.STEP_FAILED]


def lose_workers_again_and_again(scene: Scene) -> Expected:
    scene.submitted()
    for _ in range(queue.LOSSES_ALLOWED):
        scene.machine.return_lost([scene.held().job])
    return [EventType.SUBMISSION, *[EventType.STEP_FAILED] * queue.LOSSES_ALLOWED, EventType.CAPTURE]


def say(scene: Scene) -> Expected:
    scene.operator.say(scene.captured().item.id, parse_assertion(PLACE))
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.ASSERTION]


def take_on_and_give_back(scene: Scene) -> Expected:
    item = scene.submitted().item
    person = scene.operator.add_user("taker@example.org", PASSWORD, {Role.REVIEWER})
    scene.operator.assign(item.id, person.id)
    scene.operator.assign(item.id, person.id)
    scene.operator.assign(item.id, None)
    return [EventType.SUBMISSION, EventType.USER_ADDED, EventType.ASSIGNMENT, EventType.ASSIGNMENT]


def move_along(scene: Scene) -> Expected:
    scene.operator.move(scene.submitted().item.id, Workflow.TRIAGED, reason="", expected="1")
    return [EventType.SUBMISSION, EventType.WORKFLOW]


def move_aside_and_back(scene: Scene) -> Expected:
    item = scene.submitted().item
    scene.operator.move(item.id, Workflow.NEEDS_HELP, reason="Who knows this town?", expected="1")
    scene.operator.move(item.id, Workflow.INTAKE, reason="", expected="2")
    return [EventType.SUBMISSION, EventType.WORKFLOW, EventType.WORKFLOW]


def change_positions_only(scene: Scene) -> Expected:
    item = scene.submitted().item
    scene.operator.take_lease(item.id)
    draft = scene.operator.save_draft(item.id, "note", {"text": "typed"}, expected=None)
    scene.operator.save_draft(item.id, "note", {"text": "typed on"}, expected=draft.revision)
    scene.operator.throw_draft_away(item.id, "note")
    scene.operator.give_up_lease(item.id)
    return [EventType.SUBMISSION]


def publish(scene: Scene) -> Expected:
    scene.operator.publish(scene.captured().item.id, sensitivity=Sensitivity.RESEARCHER, expected=None)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.PUBLICATION]


def describe_a_unit_twice(scene: Scene) -> Expected:
    unit = scene.operator.add_unit(UnitDescription(name="64 бригада"))
    scene.operator.describe_unit(unit.unit_id, UnitDescription(name="64-та бригада"), expected=1)
    return [EventType.UNIT, EventType.UNIT]


def describe_a_place_twice(scene: Scene) -> Expected:
    barracks = PlaceDescription(name="Barracks", lat=48.5, lon=135.0, radius_m=400)
    place = scene.operator.add_place(barracks)
    scene.operator.describe_place(place.place_id, barracks.model_copy(update={"radius_m": 300.0}), expected=1)
    return [EventType.PLACE, EventType.PLACE]


def try_a_failed_step_again(scene: Scene) -> Expected:
    held, error = scene.owe_step(scene.captured()), Rejected("broken", code="broken")
    scene.machine.fail_step(held, error, queue.judge(held.job, error, retry_base_s=1), None, "1")
    scene.operator.try_again(held.job.id)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.STEP_FAILED, EventType.RETRY]


def keep_an_examination(scene: Scene) -> Expected:
    scene.machine.keep_examination("doctor", {"findings": []})
    return []


def copy_and_check(scene: Scene) -> Expected:
    scene.captured()
    digest = Digest.of(b"as served")
    scene.machine.note_copied("second", [digest], 9)
    scene.machine.note_checked("second", {digest: CopyState.WHOLE}, 9)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.REPLICATION, EventType.FIXITY_CHECK]


def mend(scene: Scene) -> Expected:
    scene.captured()
    digest = Digest.of(b"as served")
    scene.machine.note_checked("first", {digest: CopyState.MISSING}, 0)
    scene.machine.note_mended(Mended(digest, "first", "second", None))
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.FIXITY_CHECK, EventType.REPAIR]


def find_damage(scene: Scene) -> Expected:
    scene.captured()
    digest = Digest.of(b"as served")
    scene.machine.note_checked("first", {digest: CopyState.ALTERED}, 9)
    scene.machine.note_damaged(digest)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.FIXITY_CHECK, EventType.FIXITY_CHECK]


def renew_a_store(scene: Scene) -> Expected:
    scene.captured()
    scene.machine.note_copied("second", [Digest.of(b"as served")], 9)
    assert scene.machine.renew_store("second") == 1
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.REPLICATION, EventType.STORE_RENEWED]


def set_unused_bytes_aside(scene: Scene) -> Expected:
    scene.machine.note_unused("first", {Digest.of(b"of nobody"): "aside/of-nobody"})
    return [EventType.UNUSED_SET_ASIDE]


def try_immutability(scene: Scene) -> Expected:
    scene.machine.note_immutability({"first": Immutability(Enforcement.NOT_APPLICABLE, "a folder")})
    return [EventType.IMMUTABILITY]


def add_a_user(scene: Scene) -> Expected:
    scene.operator.add_user("one@example.org", PASSWORD, {Role.REVIEWER})
    return [EventType.USER_ADDED]


def end_a_user(scene: Scene) -> Expected:
    user = scene.operator.add_user("gone@example.org", PASSWORD, {Role.REVIEWER})
    scene.operator.end_user(user.id)
    return [EventType.USER_ADDED, EventType.USER_ENDED]


def end_a_user_who_works_on_items(scene: Scene) -> Expected:
    item = scene.submitted().item
    user = scene.operator.add_user("gone@example.org", PASSWORD, {Role.REVIEWER})
    scene.operator.assign(item.id, user.id)
    scene.operator.end_user(user.id)
    return [
        *(EventType.SUBMISSION, EventType.USER_ADDED, EventType.ASSIGNMENT),
        *(EventType.USER_ENDED, EventType.ASSIGNMENT),
    ]


def change_roles(scene: Scene) -> Expected:
    user = scene.operator.add_user("one@example.org", PASSWORD, {Role.REVIEWER})
    for _ in range(2):
        scene.operator.set_roles(user.id, {Role.LEAD})
    return [EventType.USER_ADDED, EventType.ROLES_CHANGED]


def change_a_password(scene: Scene) -> Expected:
    user = scene.operator.add_user("one@example.org", PASSWORD, {Role.REVIEWER})
    scene.door(scene.session, Actor(user.id, ActorKind.USER)).change_password("quite another sentence")
    return [EventType.USER_ADDED, EventType.PASSWORD_CHANGED]


def replace_a_password(scene: Scene) -> Expected:
    scene.operator.add_user("one@example.org", PASSWORD, {Role.REVIEWER})
    scene.operator.replace_password("one@example.org", "quite another sentence")
    return [EventType.USER_ADDED, EventType.PASSWORD_CHANGED]


def set_up(scene: Scene) -> Expected:
    token = scene.machine.issue_setup_token()
    scene.machine.set_up(token, email="first@example.org", password=PASSWORD, name="First")
    return [EventType.USER_ADDED]


def add_and_revoke_a_key(scene: Scene) -> Expected:
    key, _ = scene.operator.add_key("script", {Role.SUBMITTER})
    scene.operator.revoke_key(key.id)
    return [EventType.KEY_ADDED, EventType.KEY_REVOKED]


def take_a_package_along(scene: Scene) -> Expected:
    entry = scene.submitted()
    scene.operator.record_export(entry.item.id)
    return [EventType.SUBMISSION, EventType.DISSEMINATION]


def hand_a_record_out(scene: Scene) -> Expected:
    record = scene.operator.publish(scene.captured().item.id, sensitivity=Sensitivity.PUBLIC, expected=None)
    public = scene.door(scene.session, PUBLIC)
    assert [public.record_handing_out(record), public.record_handing_out(record)] == [True, False]
    assert [scene.operator.record_handing_out(record), scene.operator.record_handing_out(record)] == [True, True]
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.PUBLICATION, *[EventType.DISSEMINATION] * 3]


def hold_and_let_go(scene: Scene) -> Expected:
    entry = scene.submitted()
    held = scene.operator.place_hold(entry.item.id, HoldOrder(authority="A court", reason="It ordered so."))
    for name in ("one", "other"):
        lead = Actor(f"usr_{name}", ActorKind.USER, frozenset({Role.LEAD}))
        scene.door(scene.session, lead).release_hold(entry.item.id, held.hold.id, HoldEnd(reason="It ended it."))
    return [EventType.SUBMISSION, EventType.HOLD_PLACED, EventType.HOLD_RELEASE_ASKED, EventType.HOLD_RELEASED]


def two_people(scene: Scene) -> list[Any]:
    """The archive's door in the hands of two leads at their browsers."""
    leads = [Actor(f"usr_{name}", ActorKind.USER, frozenset({Role.LEAD})) for name in ("one", "other")]
    return [scene.door(scene.session, lead) for lead in leads]


def encipher(scene: Scene) -> Expected:
    item = scene.captured().item
    item.sensitivity = "sealed"
    scene.session.flush()
    plain = [Digest.parse(one.sha256) for one in holdings.of_item(scene.session, item.id) if one.sha256]
    blob = scene.blobs.put(io.BytesIO(b"ciphertext"))
    assert scene.machine.note_enciphered(item.id, {plain[0]: blob})
    scene.machine.note_plain_destroyed("first", [plain[0]])
    scene.machine.note_deciphered(plain[0], ["second"])
    return [
        *(EventType.SUBMISSION, EventType.CAPTURE),
        *(EventType.ENCRYPTION, EventType.PLAIN_DESTROYED, EventType.DECRYPTION),
    ]


def erase(scene: Scene) -> Expected:
    item, (one, other) = scene.captured().item.id, two_people(scene)
    asked = one.ask_erasure(item, ErasureOrder(basis="A law", reason="It must go."))
    other.answer_erasure(item, asked.erasure.id, ErasureReply(agree=True, reason="It must."))
    scene.machine.note_destroyed(asked.erasure.id, "first", 1)
    scene.machine.note_destroyed_again("first", ["00"])
    return [
        *(EventType.SUBMISSION, EventType.CAPTURE, EventType.ERASURE_ASKED),
        *(EventType.DEACCESSION, EventType.DELETION, EventType.DELETION),
    ]


def refuse_an_erasure(scene: Scene) -> Expected:
    item, (one, other) = scene.submitted().item.id, two_people(scene)
    asked = one.ask_erasure(item, ErasureOrder(basis="A law", reason="It must go."))
    other.answer_erasure(item, asked.erasure.id, ErasureReply(agree=False, reason="It is evidence."))
    return [EventType.SUBMISSION, EventType.ERASURE_ASKED, EventType.ERASURE_REFUSED]


def have_the_log_stamped_and_cosigned(scene: Scene) -> Expected:
    log = Signer("archive.example/custody", Kind.ED25519, Ed25519PrivateKey.generate())
    witness = Signer("witness.example/one", Kind.COSIGNATURE, Ed25519PrivateKey.generate())
    text = Checkpoint(log.name, 1, bytes(32)).text()
    scene.session.add(SignedCheckpoint(size=1, note=joined(text, [log.sign(text)]).decode()))
    scene.session.flush()
    scene.machine.keep_cosignature(1, witness.sign(text), witness.public)
    stamp = Digest.of(b"a token")
    for _ in range(2):
        scene.machine.keep_stamp(1, StampKind.RFC3161, "https://tsa.example", stamp, stamped_at=clock.now())
    return [EventType.TIME_STAMP]


def rebuild_a_database(scene: Scene) -> Expected:
    item = scene.submitted().item
    scene.machine.note_rebuilt({"size": 1, "root": "00", "unsigned": 0}, {item.id: "usr_gone"})
    return [EventType.SUBMISSION, EventType.REBUILT, EventType.ASSIGNMENT]


def restore_a_backup(scene: Scene) -> Expected:
    item = scene.captured().item.id
    told = {"erasure": "ers_of_later", "basis": "A law", "reason": "It must go.", "asked_by": "usr_one"}
    told |= {"asked_at": "2026-01-01T00:00:00.000000Z", "answered_by": "usr_other", "answer": "It must."}
    assert scene.machine.erase_again(item, told | {"answered_at": "2026-01-02T00:00:00.000000Z"})
    assert not scene.machine.erase_again(item, told)
    scene.machine.note_restored({"size": 1, "root": "00", "lost": 0})
    return [
        *(EventType.SUBMISSION, EventType.CAPTURE, EventType.ERASURE_ASKED),
        *(EventType.DEACCESSION, EventType.RESTORED),
    ]


def change_the_ledgers_key(scene: Scene) -> Expected:
    old, new = (Signer("archive.example", Kind.ED25519, Ed25519PrivateKey.generate()) for _ in range(2))
    text = Checkpoint("archive.example", 1, bytes(32)).text()
    log.head_locked(scene.session, "archive.example")
    log.add_key(scene.session, str(old.public), 1)
    log.add_checkpoint(scene.session, 1, joined(text, [old.sign(text)]).decode())
    scene.operator.change_ledger_key(old, new)
    return [EventType.LEDGER_KEY_CHANGED]


def change_the_key_of_sealed_items(scene: Scene) -> Expected:
    scene.operator.note_item_key_changed()
    return [EventType.ITEM_KEY_CHANGED]


def register_an_operator(scene: Scene) -> Expected:
    scene.machine.register_operator("svk_" + "a" * 43)
    return [EventType.KEY_ADDED]


def replace_an_operator(scene: Scene) -> Expected:
    scene.machine.register_operator("svk_" + "a" * 43)
    scene.machine.register_operator("svk_" + "b" * 43)
    return [EventType.KEY_ADDED, EventType.KEY_REVOKED, EventType.KEY_ADDED]


def read_an_original_twice(scene: Scene) -> Expected:
    item = scene.captured().item
    holding = scene.session.scalars(select(Holding).where(Holding.item_id == item.id)).one()
    assert scene.operator.record_read(item, holding)
    assert not scene.operator.record_read(item, holding)
    return [EventType.SUBMISSION, EventType.CAPTURE, EventType.READ]


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


SCENES: tuple[Callable[[Scene], Expected], ...] = (
    have_the_log_stamped_and_cosigned,
    submit,
    submit_again,
    submit_a_list,
    ask_to_seal_what_is_known,
    seal_what_is_open,
    upload,
    capture,
    capture_what_is_known_elsewhere,
    ask_for_another_capture,
    supply_what_could_not_be_captured,
    try_again_what_waited_for_a_person,
    keep_use_and_end_a_session,
    look_again,
    make_products,
    decide_of_a_copy,
    find_gaps,
    cancel_and_begin_again,
    analyse_anew,
    fail_for_now,
    fail_for_good,
    hear_no_answer,
    lose_a_worker,
    lose_workers_again_and_again,
    say,
    take_on_and_give_back,
    move_along,
    move_aside_and_back,
    change_positions_only,
    publish,
    take_a_package_along,
    hand_a_record_out,
    describe_a_unit_twice,
    describe_a_place_twice,
    try_a_failed_step_again,
    keep_an_examination,
    copy_and_check,
    mend,
    find_damage,
    renew_a_store,
    set_unused_bytes_aside,
    try_immutability,
    add_a_user,
    end_a_user,
    end_a_user_who_works_on_items,
    change_roles,
    change_a_password,
    replace_a_password,
    set_up,
    add_and_revoke_a_key,
    hold_and_let_go,
    encipher,
    encipher,
    erase,
    refuse_an_erasure,
    rebuild_a_database,
    restore_a_backup,
    change_the_ledgers_key,
    change_the_key_of_sealed_items,
    register_an_operator,
    replace_an_operator,
    read_an_original_twice,
    start_twice_and_change_a_setting,
    fail_to_log_in,
    fail_to_log_in_and_go_away,
)
