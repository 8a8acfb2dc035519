"""An archive with a past: items of every kind, each deed in a transaction of its own, as in real life."""

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from storage import queue
from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.db import holdings, items
from storage.db.session import transaction
from storage.db.tables import Item
from storage.deeds.intake import Entry
from storage.domain import batches, clock
from storage.domain.assertions import parse_assertion
from storage.domain.audience import AudienceOrder
from storage.domain.erasure import ErasureOrder, ErasureReply
from storage.domain.holds import HoldEnd, HoldOrder
from storage.domain.ids import SightingId, new_id
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.matches import MatchDecision
from storage.domain.permissions import OPERATOR, SYSTEM, Actor, ActorKind
from storage.domain.places import PlaceDescription
from storage.domain.units import UnitDescription
from storage.domain.vocab import ErrorClass, FileRole, Outcome, Role, Sensitivity, Workflow
from storage.errors import Rejected, Unavailable
from storage.integrity.digest import Digest
from storage.queue import Held, Verdict

_NUMBERS = itertools.count(1)
WITH_MEDIA = (Outcome.CAPTURED, Outcome.PARTIAL)
ANN = Actor("usr_ann", ActorKind.USER, frozenset({Role.LEAD}), "Ann")
BEN = Actor("usr_ben", ActorKind.USER, frozenset({Role.STEWARD}), "Ben")
STEWARD = Actor("usr_eve", ActorKind.USER, frozenset({Role.STEWARD, Role.LEAD}), "Eve")
ERASER = Actor("usr_ron", ActorKind.USER, frozenset({Role.STEWARD}), "Ron")
STRANGER = Actor("usr_sam", ActorKind.USER, frozenset({Role.SUBMITTER}), "Sam")
_COMMON = {"reasoning": "It matches.", "confidence": "moderate", "status": "accepted"}
_MAP = [{"target": "https://example.org/map"}]


@dataclass(slots=True)
class Life:
    """What happens in an archive; every method is one transaction or several."""

    engine: Engine
    blobs: BlobStore
    urls: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def door(self, actor: Actor = OPERATOR) -> Iterator[Archive]:
        with transaction(self.engine) as session:
            yield Archive(session, actor)

    def submit(self, sensitivity: Sensitivity = Sensitivity.RESTRICTED, **more: Any) -> Entry:
        url = more.pop("url", None) or f"https://example.org/video/{next(self.urls)}"
        actor = more.pop("actor", OPERATOR)
        with self.door(actor) as archive:
            return archive.submit(url, sensitivity=sensitivity, **({"note": None} | more))

    def upload(self, content: bytes) -> Entry:
        blob = self.blobs.put(io.BytesIO(content))
        with self.door() as archive:
            return archive.submit_upload(blob, name="кліп.mp4", note=None, sensitivity=Sensitivity.RESTRICTED)

    def held(self, capture: str, step: str = "capture") -> Held:
        """The job of a capture in a worker's hands; others are left to workers that never come back."""
        for name in itertools.cycle(("fetch", "media")):
            with transaction(self.engine) as session:
                held = queue.claim(session, queue=name, worker="test", lease_s=600)
            if held is not None and (held.job.capture_id, held.job.step) == (capture, step):
                return held
        raise AssertionError

    def kept(self, kind: str, content: bytes, role: FileRole = FileRole.PRODUCT, **payload: Any) -> Kept:
        blob = self.blobs.put(io.BytesIO(content))
        sealed = role is FileRole.CONTEXT
        return Kept(kind, role, "video/mp4", payload, sealed, blob.digest.hex, blob.sha512, blob.size_bytes)

    def capture(self, capture: str, outcome: Outcome = Outcome.CAPTURED, **identity: Any) -> None:
        number = next(_NUMBERS)
        brought = [
            self.kept("original", b"served %d" % number, FileRole.ORIGINAL),
            self.kept("info_json", b'{"n": %d}' % number, FileRole.CONTEXT),
            Kept("shots", FileRole.PRODUCT, "application/json", {"shots": [{"start_s": 0.0}]}, False),
        ]
        attempt = _attempt(outcome, identity)
        with self.door(SYSTEM) as archive:
            step = StepKey("capture", "3", f"key of {capture}", ("a", "b"))
            archive.seal_capture(self.held(capture), attempt, step, brought if outcome in WITH_MEDIA else [])

    def owed(self, key: str, entry: Entry, step: str, capture: str, queue_name: str = "media") -> Held:
        """The job of a step, as soon as it is owed."""
        with transaction(self.engine) as session:
            queue.owe(
                session,
                key=key,
                queue=queue_name,
                step=step,
                step_version="1",
                item_id=entry.item.id,
                capture_id=capture,
            )
        return self.held(capture, step)

    def step(self, entry: Entry) -> None:
        capture = entry.submission.capture_id
        held = self.owed(f"probe:1:{capture}", entry, "probe", capture)
        made = [self.kept("probe", b"{}", duration_s=1.5), self.kept("keyframe", b"a frame", time_s=0.4, pts=4000)]
        with self.door(SYSTEM) as archive:
            archive.seal_products(held, StepKey("probe", "1", f"probe of {capture}", ("original sha256:…",)), made)

    def look(self, entry: Entry, *outcomes: str) -> None:
        """Looks at an entry's source again, and what they find."""
        for number, outcome in enumerate(outcomes):
            sighting = new_id(SightingId)
            held = self.owed(f"look:{entry.item.id}:{number}", entry, "look", sighting, "fetch")
            with self.door(SYSTEM) as archive:
                archive.seal_sighting(held, outcome, "The site says so.")

    def fail(self, capture: str, outcome: Outcome) -> None:
        held = self.held(capture)
        unanswered = outcome is Outcome.UNREACHABLE
        error = (Unavailable if unanswered else Rejected)("The site says so.", code=outcome.value)
        kind = ErrorClass.UNREACHABLE if unanswered else ErrorClass.PERMANENT
        with self.door(SYSTEM) as archive:
            archive.fail_step(held, error, Verdict(kind, final=True, pause_s=0.0), _attempt(outcome, {}), "3")

    def lose(self, capture: str, times: int) -> None:
        for _ in range(times):
            held = self.held(capture)
            with self.door(SYSTEM) as archive:
                archive.return_lost([held.job])

    def say(self, item: Item, kind: str, body: dict[str, Any], supersedes: str | None = None) -> str:
        said = {"kind": kind, "body": body, "citations": _MAP, "supersedes": supersedes}
        with self.door() as archive:
            return archive.say(item.id, parse_assertion(said)).id

    def say_everything(self, item: Item, unit: str) -> None:
        """One assertion of each kind, and a place that supersedes another."""
        place = _COMMON | {"role": "camera", "lat": 52.2869, "lon": 104.305, "radius_m": 50, "method": "landmark_match"}
        first = self.say(item, "place", place)
        self.say(item, "place", place | {"radius_m": 30.5}, supersedes=first)
        span = {"earliest": "2026-01-02T03:04:05Z", "latest": "2026-01-03T00:00:00Z"}
        self.say(item, "time", _COMMON | span | {"about": "capture", "method": "shadow"})
        self.say(item, "unit", _COMMON | {"unit": unit, "role": "speakers_belong_to", "basis": ["speech"]})
        self.say(item, "content", {"summary": "Тридцять людей.", "tags": ["line"], "status": "accepted"})
        self.say(item, "note", {"text": "Who knows this town?"})

    def decide(self, entry: Entry, other: Entry) -> None:
        """A copy that was found in another item, confirmed, and then doubted."""
        one, two = "1" * 64, "2" * 64
        told = {"original": one, "other_item": other.item.id, "other_original": two, "relation": "contains"}
        capture = entry.submission.capture_id
        held = self.owed(f"match:{capture}", entry, "match", capture)
        with self.door(SYSTEM) as archive:
            found = Kept("match", FileRole.PRODUCT, "application/json", told)
            archive.seal_products(held, StepKey("match", "1", f"match of {capture}", ("original sha256:…",)), [found])
        for word in ("confirmed", "rejected"):
            said = {"original": two, "other_item": entry.item.id, "other_original": one, "decision": word}
            with self.door() as archive:
                archive.decide_match(other.item.id, MatchDecision.model_validate(said | {"reason": "Not the same."}))

    def publish(self, item: Item, audience: Sensitivity | None = None) -> None:
        with self.door() as archive:
            archive.publish(item.id, sensitivity=audience, expected=None)

    def hold(self, item: Item, releases: int) -> None:
        order = HoldOrder(authority="District Court, 12/26", reason="Evidence.")
        with self.door(STEWARD) as archive:
            hold = archive.place_hold(item.id, order).hold.id
        for actor in (STEWARD, BEN)[:releases]:
            with self.door(actor) as archive:
                archive.release_hold(item.id, hold, HoldEnd(reason="It is over."))

    def encipher(self, entry: Entry) -> None:
        """The keeper's word for one file of a sealed item; the ciphertext is a file like any other."""
        with transaction(self.engine) as session:
            held = [one.sha256 for one in holdings.of_item(session, entry.item.id) if one.sha256]
        blob = self.blobs.put(io.BytesIO(b"ciphertext of %s" % held[0].encode()))
        with self.door(SYSTEM) as archive:
            assert archive.note_enciphered(entry.item.id, {Digest.parse(held[0]): blob})
            archive.note_plain_destroyed("first", [Digest.parse(held[0])])

    def erase(self, item: Item) -> None:
        """Refused once, then agreed to by two people and carried out on the one store there is."""
        for agree in (False, True):
            with self.door(STEWARD) as archive:
                order = ErasureOrder(basis="GDPR Art. 17", reason="The person asks for it.")
                erasure = archive.ask_erasure(item.id, order).erasure.id
            with self.door(ERASER) as archive:
                archive.answer_erasure(item.id, erasure, ErasureReply(agree=agree, reason="We looked into it."))
        with self.door(SYSTEM) as archive:
            archive.note_destroyed(erasure, "first", 3)


def live(life: Life) -> int:
    """Fifty items and more, of every kind; how many."""
    before = next(_NUMBERS)
    people, unit = _people_and_registers(life)
    entries = [_captures_of_every_end(life), _what_is_captured_again(life), _sealed(life)]
    entries.append(_looked_into(life, people, unit))
    entries.append([life.submit(sensitivity) for sensitivity in Sensitivity for _ in range(3)])
    entries.append(_erased(life, unit))
    with life.door() as archive:
        archive.add_key(f"script {before}", {Role.SUBMITTER})
    return len({entry.item.id for part in entries for entry in part})


def _erased(life: Life, unit: str) -> list[Entry]:
    """One of which all there can be was said and published, one that was never captured, one that shares its bytes."""
    asked = life.submit()
    life.erase(asked.item)  # before a worker that never comes back takes its job
    shared = life.upload(b"one")
    life.erase(shared.item)
    told = life.submit(note="told in private")
    life.capture(told.submission.capture_id)
    life.step(told)
    life.look(told, "captured", "removed")
    life.say_everything(told.item, unit)
    life.publish(told.item)
    life.publish(told.item, Sensitivity.PUBLIC)
    life.hold(told.item, releases=2)
    life.erase(told.item)
    return [told, asked, shared]


def _attempt(outcome: Outcome, identity: dict[str, Any]) -> Attempt:
    now = clock.now()
    collection = {"argv": ["yt-dlp", "--no-cache"], "seconds": 1.0, "redirects": []}
    return Attempt(outcome, "A sentence.", now, now, "yt-dlp", "2026.1", identity, collection)


def _people_and_registers(life: Life) -> tuple[str, str]:
    with life.door() as archive:
        person = archive.add_user("ada@example.org", "correct horse battery staple", {Role.REVIEWER}, name="Ada").id
        gone = archive.add_user("gone@example.org", "correct horse battery staple", {Role.REVIEWER}).id
    with life.door() as archive:
        unit = archive.add_unit(UnitDescription(name="64 бригада")).unit_id
        archive.end_user(gone)
    with life.door() as archive:
        archive.describe_unit(unit, UnitDescription(name="64-та бригада"), expected=1)
        place = archive.add_place(PlaceDescription(name="Barracks", lat=48.5, lon=135.0, radius_m=400))
    with life.door() as archive:
        said = PlaceDescription(name="Barracks", lat=48.5, lon=135.25, radius_m=300)
        archive.describe_place(place.place_id, said, expected=1)
    return person, unit


def _captures_of_every_end(life: Life) -> list[Entry]:
    entries = []
    for outcome in Outcome:
        entry = life.submit()
        if outcome in WITH_MEDIA:
            life.capture(entry.submission.capture_id, outcome)
        else:
            life.fail(entry.submission.capture_id, outcome)
        entries.append(entry)
    for content in (b"one", b"other", b"one"):  # the same bytes twice are two items and one file
        entry = life.upload(content)
        life.capture(entry.submission.capture_id)
        entries.append(entry)
    no_media, given_up = life.upload(b"a letter"), life.upload(b"what no worker survives")
    life.fail(no_media.submission.capture_id, Outcome.NOT_MEDIA)
    life.lose(given_up.submission.capture_id, queue.LOSSES_ALLOWED)
    entries += [no_media, given_up]
    entries += [life.upload(b"not looked at yet"), life.submit(note="seen on a channel")]
    lost = life.submit()
    life.lose(lost.submission.capture_id, queue.LOSSES_ALLOWED)
    lost_once = life.submit()
    life.lose(lost_once.submission.capture_id, 1)
    return [*entries, lost, lost_once]


def _what_is_captured_again(life: Life) -> list[Entry]:
    first = life.submit()
    post = {"platform": "Example", "post_id": "1", "account": "channel", "addresses": ["https://example.org/post/1"]}
    life.capture(first.submission.capture_id, **post)
    other = life.submit()
    life.capture(other.submission.capture_id, **post)  # leads to what has a source of its own
    joined = life.submit(url="https://example.org/post/1", note="the same post", actor=STRANGER)
    assert joined.item.id == first.item.id
    again = life.submit(url="https://example.org/post/1", again=True)
    life.capture(again.submission.capture_id)
    with life.door() as archive:
        archive.capture_again(first.item.id)
    dead = life.submit()
    held = life.held(dead.submission.capture_id)
    life_error = Rejected("It is gone.", code=Outcome.REMOVED.value)
    with life.door(SYSTEM) as archive:
        verdict = Verdict(ErrorClass.PERMANENT, final=True, pause_s=0.0)
        archive.fail_step(held, life_error, verdict, _attempt(Outcome.REMOVED, {}), "3")
    with life.door() as archive:
        archive.try_again(held.job.id)
    wanted = batches.read(b"url,note\nhttps://example.org/post/1,again\nhttps://example.org/listed/1,").wanted
    with life.door() as archive:
        archive.submit_batch(wanted, origin="https://example.org/channel")
    return [first, other, joined, again, dead]


def _sealed(life: Life) -> list[Entry]:
    sealed = life.submit(Sensitivity.SEALED, url="https://example.org/sealed", actor=OPERATOR)
    life.capture(sealed.submission.capture_id)
    life.encipher(sealed)
    apart = life.submit(url="https://example.org/sealed", actor=STRANGER)
    assert apart.item.id != sealed.item.id
    later = life.submit(url="https://example.org/later")
    life.capture(later.submission.capture_id)
    life.publish(later.item, Sensitivity.PUBLIC)
    life.publish(later.item, Sensitivity.RESEARCHER)
    life.submit(Sensitivity.SEALED, url="https://example.org/later")
    life.publish(later.item, Sensitivity.SEALED)
    moved = life.submit(url="https://example.org/moved")
    life.capture(moved.submission.capture_id)
    life.publish(moved.item, Sensitivity.PUBLIC)
    for wanted in (Sensitivity.PUBLIC, Sensitivity.RESEARCHER, Sensitivity.SEALED):
        with life.door() as archive:
            order = AudienceOrder(sensitivity=wanted, reason="Its witness asks.")
            seen = items.item(archive.session, moved.item.id)
            archive.set_sensitivity(moved.item.id, order, expected=str(seen.version if seen else None))
    return [sealed, apart, later, moved]


def _looked_into(life: Life, person: str, unit: str) -> list[Entry]:
    entries = []
    for number in range(14):
        entry = life.submit(list(Sensitivity)[number % 4])
        life.capture(entry.submission.capture_id)
        life.step(entry)
        life.look(entry, "captured", "removed")
        life.say_everything(entry.item, unit)
        with life.door() as archive:
            archive.move(entry.item.id, Workflow.TRIAGED, reason="", expected="1")
        if number % 2:
            life.publish(entry.item)
        if number % 3 == 0:
            life.hold(entry.item, releases=number // 3 % 3)
        if number % 5 == 0:
            with life.door() as archive:
                archive.move(entry.item.id, Workflow.NEEDS_HELP, reason="Who knows?", expected=_version(archive, entry))
            with life.door() as archive:
                archive.record_export(entry.item.id)
        entries.append(entry)
    life.decide(entries[0], entries[1])
    with life.door() as archive:
        archive.assign(entries[0].item.id, person)
    with life.door() as archive:
        archive.assign(entries[0].item.id, None)
        archive.assign(entries[4].item.id, person)
    return entries


def _version(archive: Archive, entry: Entry) -> str:
    return str(archive.session.get_one(Item, entry.item.id).version)
