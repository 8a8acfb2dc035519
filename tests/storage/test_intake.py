"""Many people at once: one address becomes one item, and its ledger stays one chain."""

import io
import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from storage import queue
from storage.archive import Archive
from storage.blobs.base import Blob
from storage.blobs.local import LocalBlobs
from storage.db import events, holdings, items
from storage.db.positions import Job
from storage.db.session import transaction
from storage.db.tables import Event, Item, Submission
from storage.domain import clock
from storage.domain.assertions import parse_assertion
from storage.domain.kept import Kept, StepKey
from storage.domain.permissions import OPERATOR, SYSTEM, Actor, ActorKind
from storage.domain.vocab import EventType, FileRole, Outcome, Role, Sensitivity
from storage.errors import Conflict, InvalidUrl, InvalidValue, NotAllowed, NotFound, Rejected, Stale
from tests.storage.scenes import attempt_of

URL = "https://example.org/watch?v=1"


def all_at_once(count: int, deed: Callable[[int], object]) -> None:
    start = threading.Barrier(count)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        start.wait()
        try:
            deed(number)
        except BaseException as error:  # noqa: BLE001 - shown by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def submit(engine: Engine, url: str = URL, actor: Actor = OPERATOR) -> str:
    with transaction(engine) as session:
        return Archive(session, actor).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED).item.id


def test_fault_B15_an_address_submitted_a_hundred_times_at_once_is_one_item(engine: Engine) -> None:
    spellings = [URL, f"{URL}#t=5", "HTTPS://EXAMPLE.org:443/watch?v=1", f"{URL}&utm_source=post"]
    for batch in range(10):
        all_at_once(10, lambda number, batch=batch: submit(engine, spellings[(batch + number) % 4]))
    with transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(Item)) == 1
        assert session.scalar(select(func.count()).select_from(Submission)) == 100
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_fault_D21_the_chain_of_an_item_is_unbroken_under_twenty_reviewers_at_once(engine: Engine) -> None:
    item = submit(engine)
    note = parse_assertion({"kind": "note", "body": {"text": "seen"}})

    def say(_: int) -> None:
        with transaction(engine) as session:
            Archive(session, OPERATOR).say(item, note)

    for _ in range(2):
        all_at_once(10, say)
    with transaction(engine) as session:
        chain = events.of_item(session, item)
    assert len(chain) == 21
    assert [event.previous for event in chain] == [None, *(event.sha256 for event in chain[:-1])]


def test_the_database_refuses_a_second_event_after_the_same_one(session: Session) -> None:
    item = Archive(session, OPERATOR).submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    [first] = events.of_item(session, item.id)
    fork = {"item_id": item.id, "type": "x", "at": first.at, "body": "{}", "sha256": "x"}
    events.append(session, Event(id="evt_1", previous=first.sha256, **fork))
    with pytest.raises(Exception, match="uq_event_previous"):
        events.append(session, Event(id="evt_2", previous=first.sha256, **fork))


@pytest.mark.parametrize(
    "url", ["", "example.org", "ftp://example.org/a", "https://me:secret@example.org/", "http://\n"]
)
def test_what_is_no_address_is_refused_and_leaves_nothing(session: Session, url: str) -> None:
    with pytest.raises(InvalidUrl):
        Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED)
    assert session.scalar(select(func.count()).select_from(Item)) == 0


def test_an_unknown_project_is_refused(session: Session) -> None:
    with pytest.raises(InvalidValue, match="no project"):
        Archive(session, OPERATOR).submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED, project="other")


def test_whoever_has_no_role_may_not_submit(session: Session) -> None:
    nobody = Actor("key_1", ActorKind.KEY, frozenset({Role.RESEARCHER}))
    with pytest.raises(NotAllowed):
        Archive(session, nobody).submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED)


def test_a_sealed_item_is_as_absent_as_one_that_is_not_there(session: Session) -> None:
    item = Archive(session, OPERATOR).submit(URL, note=None, sensitivity=Sensitivity.SEALED).item
    reviewer = Archive(session, Actor("key_1", ActorKind.KEY, frozenset({Role.REVIEWER})))
    note = parse_assertion({"kind": "note", "body": {"text": "seen"}})
    sentences = set()
    for item_id in (item.id, "itm_00000000000000000000000000"):
        with pytest.raises(NotFound) as absent:
            reviewer.say(item_id, note)
        sentences.add(absent.value.sentence)
    assert len(sentences) == 1


def test_an_item_that_changed_since_it_was_read_is_not_published(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    item = archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    with pytest.raises(Stale):
        archive.publish(item.id, sensitivity=None, expected="sha256:other")


def test_nothing_captured_is_nothing_to_publish(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    item = archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    with pytest.raises(Conflict):
        archive.publish(item.id, sensitivity=None, expected=None)


def test_an_assertion_is_superseded_once_and_only_by_its_own_kind_and_item(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    item = archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    other = archive.submit("https://example.org/other", note=None, sensitivity=Sensitivity.RESTRICTED).item
    first = archive.say(item.id, parse_assertion({"kind": "note", "body": {"text": "one"}}))
    after = {"kind": "note", "body": {"text": "two"}, "supersedes": first.id}
    with pytest.raises(InvalidValue):
        archive.say(other.id, parse_assertion(after))
    with pytest.raises(InvalidValue):
        archive.say(item.id, parse_assertion({**after, "kind": "content", "body": {"summary": "two"}}))
    archive.say(item.id, parse_assertion(after))
    with pytest.raises(Stale):
        archive.say(item.id, parse_assertion(after))


def test_a_cited_file_must_be_the_items_own(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    item = archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    said = {"kind": "note", "body": {"text": "one"}, "citations": [{"target": "0" * 64, "selector": "t=1"}]}
    with pytest.raises(InvalidValue, match="does not belong"):
        archive.say(item.id, parse_assertion(said))


def test_the_item_of_a_source_is_found_by_every_address_learned(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    item = archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    assert item.source_id is not None
    assert items.learn_address(session, "https://example.org/short", item.source_id) == item.source_id
    joined = archive.submit("https://example.org/short", note=None, sensitivity=Sensitivity.RESTRICTED)
    assert joined.item.id == item.id
    assert joined.submission.joined


SUBMITTER = Actor("key_submitter", ActorKind.KEY, frozenset({Role.SUBMITTER}))


def test_a_submitters_wish_to_seal_what_is_known_is_written_down(session: Session) -> None:
    Archive(session, OPERATOR).submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED)
    joined = Archive(session, SUBMITTER).submit(URL, note=None, sensitivity=Sensitivity.SEALED)
    assert joined.item.sensitivity == Sensitivity.RESTRICTED
    assert joined.submission.sensitivity == Sensitivity.SEALED
    told = json.loads(events.of_item(session, joined.item.id)[-1].body)["detail"]
    assert told["asked"] == {"project": "main", "sensitivity": "sealed"}


def sealed(session: Session, url: str, identity: dict[str, object]) -> Item:
    item = Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED).item
    held = queue.claim(session, queue="fetch", worker="test", lease_s=60)
    assert held is not None
    Archive(session, SYSTEM).seal_capture(
        held, attempt_of(Outcome.CAPTURED, identity), StepKey("capture", "1", held.job.id, ()), []
    )
    return item


def test_an_address_that_leads_elsewhere_does_not_own_what_lies_there(session: Session) -> None:
    """Somebody's redirect to a post must not make the post's own submitters join somebody's item."""
    for identity in (
        {"addresses": ["https://evil.example/flip", "https://example.org/post/1"]},
        {"addresses": ["https://example.org/post/1"], "platform": "Example", "post_id": "1"},
    ):
        savepoint = session.begin_nested()
        theirs = sealed(session, "https://evil.example/flip", identity)
        own = Archive(session, SUBMITTER).submit(
            "https://example.org/post/1", note=None, sensitivity=Sensitivity.RESTRICTED
        )
        assert own.item.id != theirs.id
        assert not own.submission.joined
        savepoint.rollback()


def test_a_platforms_own_address_of_the_same_post_joins_it(session: Session) -> None:
    identity = {"addresses": ["https://example.org/post/1"], "platform": "Example", "post_id": "1"}
    item = sealed(session, "https://example.org/short", identity)
    joined = Archive(session, SUBMITTER).submit(
        "https://example.org/post/1", note=None, sensitivity=Sensitivity.RESTRICTED
    )
    assert joined.item.id == item.id


def test_a_sealed_item_is_not_named_on_the_ledger_of_an_open_one(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    hidden = archive.submit("https://example.org/post/1", note=None, sensitivity=Sensitivity.SEALED).item
    queue.claim(session, queue="fetch", worker="other", lease_s=60)
    item = sealed(session, "https://example.org/other", {"addresses": ["https://example.org/post/1"]})
    assert hidden.source_id is not None
    assert hidden.source_id not in "".join(event.body for event in events.of_item(session, item.id))
    assert EventType.SAME_SOURCE in list(session.scalars(select(Event.type).where(Event.item_id.is_(None))))


def test_a_file_that_is_to_be_sealed_seals_the_item_it_is_put_to(session: Session, blobs: LocalBlobs) -> None:
    archive = Archive(session, OPERATOR)
    item = archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED).item
    blob = blobs.put(io.BytesIO(b"names of witnesses"))
    archive.submit_upload(blob, name="a", note=None, sensitivity=Sensitivity.SEALED, item_id=item.id)
    assert item.sensitivity == Sensitivity.SEALED
    assert EventType.SENSITIVITY in [event.type for event in events.of_item(session, item.id)]


def test_an_uploads_event_tells_both_digests_and_the_size(session: Session, blobs: LocalBlobs) -> None:
    blob = blobs.put(io.BytesIO(b"supplied"))
    entry = Archive(session, OPERATOR).submit_upload(blob, name="a", note=None, sensitivity=Sensitivity.RESTRICTED)
    held = queue.claim(session, queue="media", worker="test", lease_s=60)
    assert held is not None
    kept = Kept("original", FileRole.ORIGINAL, "video/mp4", {}, sha256=blob.digest.hex)
    Archive(session, SYSTEM).seal_capture(
        held, attempt_of(Outcome.CAPTURED, {}), StepKey("capture", "1", "key", ()), [kept]
    )
    for event in events.of_item(session, entry.item.id):
        detail = json.loads(event.body)["detail"]
        [told] = detail.get("products") or [detail["supplied"]]
        assert (told["sha512"], told["size_bytes"]) == (blob.sha512, blob.size_bytes)


@pytest.mark.parametrize("outcome", [Outcome.NOT_MEDIA, Outcome.TOO_LARGE, Outcome.TOOL_FAILED])
def test_what_somebody_supplied_is_an_original_of_its_item_whatever_was_found_in_it(
    session: Session, blobs: LocalBlobs, outcome: Outcome
) -> None:
    blob = blobs.put(io.BytesIO(b"bytes nobody here can read"))
    entry = Archive(session, OPERATOR).submit_upload(blob, name="a", note=None, sensitivity=Sensitivity.RESTRICTED)
    held = queue.claim(session, queue="media", worker="test", lease_s=60)
    assert held is not None
    error = Rejected("Nothing is in it.", code=outcome.value)
    verdict = queue.judge(held.job, error, retry_base_s=1)
    Archive(session, SYSTEM).fail_step(held, error, verdict, attempt_of(outcome, {}), "1")
    _is_kept(session, entry.item.id, blob)


def test_what_somebody_supplied_is_an_original_also_where_no_worker_survives_it(
    session: Session, blobs: LocalBlobs
) -> None:
    blob = blobs.put(io.BytesIO(b"bytes that end every program"))
    entry = Archive(session, OPERATOR).submit_upload(blob, name="a", note=None, sensitivity=Sensitivity.RESTRICTED)
    for _ in range(queue.LOSSES_ALLOWED):
        held = queue.claim(session, queue="media", worker="test", lease_s=60)
        assert held is not None
        Archive(session, SYSTEM).return_lost([held.job])
        held.job.run_after = clock.now() - timedelta(hours=1)
        session.flush()
    _is_kept(session, entry.item.id, blob)


def _is_kept(session: Session, item_id: str, blob: Blob) -> None:
    [held] = holdings.of_item(session, item_id)
    assert (held.role, held.kind, held.sha256) == (FileRole.ORIGINAL, "supplied", blob.digest.hex)
    [ingestion] = [one for one in events.of_item(session, item_id) if one.type == EventType.INGESTION]
    [told] = json.loads(ingestion.body)["detail"]["products"]
    assert (told["sha512"], told["size_bytes"]) == (blob.sha512, blob.size_bytes)


def test_a_product_that_says_more_than_an_event_can_carry_is_refused(session: Session) -> None:
    archive = Archive(session, OPERATOR)
    archive.submit(URL, note=None, sensitivity=Sensitivity.RESTRICTED)
    held = queue.claim(session, queue="fetch", worker="test", lease_s=60)
    assert held is not None
    kept = Kept("original", FileRole.ORIGINAL, "video/mp4", {"words": "x" * (65 << 10)})
    with pytest.raises(InvalidValue, match="more than an event can carry"):
        Archive(session, SYSTEM).seal_capture(
            held, attempt_of(Outcome.CAPTURED, {}), StepKey("capture", "1", "key", ()), [kept]
        )
