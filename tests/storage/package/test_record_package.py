"""The package of a published record: proved by the one event that published it, and streamed like any other."""

import io
import shutil
import tracemalloc
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Sensitivity
from storage.errors import Altered, Unavailable
from storage.integrity.checkpoint import LogKey
from storage.integrity.findings import Verdict, exit_code
from storage.integrity.trust import Trust
from storage.integrity.verify import verify_at
from storage.log import placing
from storage.log.sequencer import Sequencer
from storage.package.building import gather, write
from storage.package.record import gather_record
from storage.package.sink import streamed
from tests.storage.package.damage import RECORD_FORGERY, files, forge
from tests.storage.package.packed import Packed, pack, pack_record

BIG_BYTES = 48 << 20
HELD_BYTES = 8 << 20


@pytest.fixture(scope="module")
def packed(module_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return pack(module_engine, tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def record(module_engine: Engine, packed: Packed, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return pack_record(module_engine, packed, tmp_path_factory.mktemp("record") / "package")


def test_it_is_proved_to_whoever_has_the_key_and_intact_to_others(record: Packed) -> None:
    assert exit_code(verify_at(record.folder, Trust([LogKey(record.signer.public)]))) == 0
    assert exit_code(verify_at(record.folder, Trust())) == 3


@pytest.mark.parametrize("what", list(RECORD_FORGERY))
def test_fault_D2_not_even_the_archive_publishes_something_else_later(
    record: Packed, tmp_path: Path, what: str
) -> None:
    copy = Packed(tmp_path / "copy", record.signer, record.item, record.workshop)
    shutil.copytree(record.folder, copy.folder)
    for path in files(copy.folder):
        path.chmod(0o600)
    forge(copy, what)
    verdicts = {one.name: one.verdict for one in verify_at(copy.folder, Trust([LogKey(record.signer.public)]))}
    assert verdicts["bytes"] is Verdict.PASS
    assert verdicts[RECORD_FORGERY[what][2]] is Verdict.FAIL, verdicts


def test_a_record_that_was_changed_in_the_database_is_not_given_out(engine: Engine, tmp_path: Path) -> None:
    packed = pack(engine, tmp_path)
    with transaction(engine) as session:
        row = Archive(session, OPERATOR).publish(packed.item, sensitivity=Sensitivity.PUBLIC, expected=None)
    row.body["contents"] = []
    with transaction(engine) as session, pytest.raises(Altered, match="not the one that was published"):
        gather_record(session, packed.workshop.shelf, packed.signer, row)


def test_a_package_never_lies_in_memory_as_a_whole(engine: Engine, tmp_path: Path) -> None:
    packed = pack(engine, tmp_path)
    blobs = packed.workshop.blobs
    assert isinstance(blobs, LocalBlobs)
    blob = blobs.put(io.BytesIO(bytes(BIG_BYTES)))
    with transaction(engine) as session:
        gathered = gather(session, packed.workshop, OPERATOR, packed.item)
    gathered.contents.paths[blob.digest.hex] = f"data/originals/{blob.digest.hex}.mp4"
    gathered.contents.sizes[blob.digest.hex] = BIG_BYTES
    tracemalloc.start()
    whole = largest = 0
    for piece in streamed(partial(write, packed.workshop, gathered)):
        whole, largest = whole + len(piece), max(largest, len(piece))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert whole > BIG_BYTES
    assert max(largest, peak) < HELD_BYTES, (largest, peak)


def test_a_place_in_the_ledger_is_waited_for_only_so_long(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that began earlier and goes on could still come before."""
    packed = pack(engine, tmp_path)
    monkeypatch.setattr(placing, "_PATIENCE_S", 0.3)
    log = Sequencer(packed.workshop.shelf, packed.signer)
    with transaction(engine) as older:
        older.execute(text("SELECT pg_current_xact_id()"))
        with transaction(engine) as session:
            event = Archive(session, OPERATOR).record_export(packed.item)
        assert log.advance(engine) == 0
        with pytest.raises(Unavailable, match="not signed any further"):
            placing.wait_until_placed(engine, event.id)
    assert log.advance(engine) == 1
    placing.wait_until_placed(engine, event.id)
    with transaction(engine) as session:
        assert gather(session, packed.workshop, OPERATOR, packed.item).proven.events[-1].id == event.id
