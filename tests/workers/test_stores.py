"""The stores that the settings name: opened, renewed, and looked through from the command line."""

import io
import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.blobs.places import FolderPlace, S3Place
from storage.blobs.s3 import S3Blobs
from storage.db import copies, holdings
from storage.db.session import transaction
from storage.domain.copies import CopyState
from storage.domain.permissions import SYSTEM
from storage.errors import InvalidValue, WrongStore
from storage.settings import Settings
from tests.object_stores import ObjectStore
from workers import stores
from workers.commands import auditing, renewing


def chosen(folder: Path, url: str = "", **more: object) -> Settings:
    return Settings(vault=folder / "vault", database_url=SecretStr(url), **more)  # type: ignore[arg-type]


def in_s3(which: str, server: ObjectStore, prefix: str) -> dict[str, object]:
    place = server.place("ready")
    return {
        f"{which}_endpoint": place.endpoint,
        f"{which}_bucket": place.bucket,
        f"{which}_prefix": prefix,
        f"{which}_access_key": place.access_key,
        f"{which}_secret_key": place.secret_key,
    }


def test_without_a_word_the_first_store_is_the_vaults_folder_and_there_is_no_second(tmp_path: Path) -> None:
    places = chosen(tmp_path).stores
    assert (places.first, places.second) == (FolderPlace(tmp_path / "vault" / "blobs"), None)


@pytest.mark.parametrize(
    "half",
    [
        {"s3_endpoint": "https://s3.example.org"},
        {"s3_bucket": "evidence"},
        {"second_s3_endpoint": "s3.example.org", "second_s3_bucket": "evidence"},
        {"second_folder": "/elsewhere", "second_s3_endpoint": "https://s3.example.org", "second_s3_bucket": "evidence"},
    ],
)
def test_half_a_store_or_two_seconds_are_refused(tmp_path: Path, half: dict[str, object]) -> None:
    with pytest.raises(InvalidValue, match="SVIDOK_"):
        _ = chosen(tmp_path, **half).stores


def test_the_first_store_is_no_second_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="the first one again"):
        _ = chosen(tmp_path, second_folder=tmp_path / "vault" / "blobs").stores


def test_no_secret_of_a_store_is_shown_by_its_place(tmp_path: Path) -> None:
    place = S3Place("https://s3.example.org", "evidence", "x", "one", SecretStr("who"), SecretStr("hush"))
    assert "hush" not in f"{place} {place!r}"
    assert str(place) == "https://s3.example.org/evidence/one"


def test_fault_H5_two_archives_cannot_share_a_bucket_and_can_have_a_prefix_each(
    tmp_path: Path, engine: Engine, rclone: ObjectStore
) -> None:
    shared = f"shared/{tmp_path.name}"
    first = stores.first_store(chosen(tmp_path, **in_s3("s3", rclone, shared)), engine)
    assert isinstance(first, S3Blobs)
    first.put(io.BytesIO(b"ours"))
    with transaction(engine) as session:
        assert first.mark() == copies.archive_name(session)
    other = S3Blobs(first._bucket, shared, tmp_path / "other", lambda: "another archive")
    with pytest.raises(WrongStore, match="another archive"):
        other.put(io.BytesIO(b"theirs"))
    listed = rclone.client.list_objects_v2(Bucket="ready", Prefix=shared)["Contents"]
    assert len(listed) == 2
    S3Blobs(first._bucket, f"{shared}-apart", tmp_path / "other", lambda: "another archive").put(io.BytesIO(b"theirs"))


def test_a_renewed_store_is_owed_every_file(tmp_path: Path, engine: Engine, database_url: str) -> None:
    settings = chosen(tmp_path, database_url, second_folder=tmp_path / "second")
    blob = stores.first_store(settings, engine).put(io.BytesIO(b"kept"))
    with transaction(engine) as session:
        holdings.add_file(session, sha256=blob.digest.hex, sha512=blob.sha512, size_bytes=blob.size_bytes)
        Archive(session, SYSTEM).note_copied("second", [blob.digest], blob.size_bytes)
    assert renewing.renew(settings, "second") == 1
    with transaction(engine) as session:
        assert copies.states_of(session, blob.digest.hex) == {"second": CopyState.OWED}
        assert LocalBlobs(tmp_path / "second").mark() == copies.archive_name(session)
    with pytest.raises(InvalidValue, match="third"):
        renewing.renew(settings, "third")


@pytest.mark.parametrize("second", ["folder", "bucket"])
def test_an_audit_reads_every_store_and_forgives_what_is_owed(
    tmp_path: Path,
    engine: Engine,
    database_url: str,
    rclone: ObjectStore,
    capsys: pytest.CaptureFixture[str],
    second: str,
) -> None:
    more: dict[str, object] = {"second_folder": tmp_path / "second"}
    if second == "bucket":
        more = in_s3("second_s3", rclone, f"audit/{tmp_path.name}")
    settings = chosen(tmp_path, database_url, **more)
    both = stores.every_store(settings, engine)
    copied, owed = (both["first"].put(io.BytesIO(content)) for content in (b"copied", b"owed"))
    both["second"].put(io.BytesIO(b"copied"))
    with transaction(engine) as session:
        for blob in (copied, owed):
            holdings.add_file(session, sha256=blob.digest.hex, sha512=blob.sha512, size_bytes=blob.size_bytes)
        Archive(session, SYSTEM).note_copied("second", [copied.digest], copied.size_bytes)

    def subjects() -> list[tuple[str, str]]:
        auditing.audit(settings, as_json=True)
        told = json.loads(capsys.readouterr().out)
        return [(flaw["subject"], flaw["sentence"]) for flaw in told["flaws"] if flaw["subject"].startswith("sha256:")]

    assert subjects() == []
    both["second"].set_aside(copied.digest)
    assert subjects() == [(str(copied.digest), "the file is missing from the second store")]
