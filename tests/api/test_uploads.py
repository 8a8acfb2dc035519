"""Supplying files: streamed, bounded, and without a trace when they do not arrive whole."""

import hashlib
import http.client
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import select

from api.main import create_app
from storage.db.session import transaction
from storage.db.tables import Submission
from storage.settings import Settings
from tests.api.conftest import UPLOAD_LIMIT_BYTES
from tests.api.house import API, House, served

PATH = f"{API}/uploads"


def _kept(vault: Path) -> set[str]:
    """Every file of the store, staged or kept."""
    return {str(path) for path in (vault / "blobs").rglob("*") if path.is_file()}


def test_a_file_is_kept_byte_for_byte_and_said_to_be_supplied(house: House) -> None:
    content = os.urandom(2 << 20)
    note = "Від сусіда, 25 лютого"
    answer = house.visitor("reviewer").post(
        f"{PATH}?name=clip.mp4", content=content, headers={"X-Note": quote(note), "Content-Type": "video/mp4"}
    )
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    (line,) = house.visitor("reviewer").get(f"{API}/items/{receipt['item']}/events").json()["data"]
    supplied = line["event"]["detail"]["supplied"]
    assert supplied == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "sha512": hashlib.sha512(content).hexdigest(),
        "size_bytes": 2 << 20,
        "name": "clip.mp4",
    }
    with transaction(house.engine) as session:
        row = session.scalars(select(Submission).where(Submission.id == receipt["submission"])).one()
        assert (row.note, row.url) == (note, None)


def test_an_upload_streams_without_saying_its_length(house: House) -> None:
    pieces = [os.urandom(100_000) for _ in range(10)]
    answer = house.visitor("submitter").post(PATH, content=iter(pieces))
    assert answer.status_code == 202


def test_nothing_at_all_is_taken_and_judged_by_the_capture(house: House) -> None:
    assert house.visitor("submitter").post(PATH, content=b"").status_code == 202


def _too_much() -> Iterator[bytes]:
    for _ in range(UPLOAD_LIMIT_BYTES // 65536 + 2):
        yield os.urandom(65536)


@pytest.mark.parametrize("length_told", [True, False])
def test_more_than_the_limit_is_too_large_and_leaves_nothing(house: House, vault: Path, length_told: bool) -> None:
    before = _kept(vault)
    content = b"".join(_too_much()) if length_told else _too_much()
    answer = house.visitor("submitter").post(PATH, content=content)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert _kept(vault) == before


def test_a_form_around_the_file_is_refused(house: House, vault: Path) -> None:
    before = _kept(vault)
    answer = house.visitor("submitter").post(PATH, files={"file": b"the bytes"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert _kept(vault) == before


@pytest.mark.parametrize("question", ["project=nowhere", "sensitivity=cosmic", "name=", "name=%00", "colour=red"])
def test_what_cannot_be_said_of_a_file_is_refused_before_it_is_read(house: House, vault: Path, question: str) -> None:
    before = _kept(vault)
    answer = house.visitor("submitter").post(f"{PATH}?{question}", content=os.urandom(1000))
    assert answer.status_code in (400, 422)
    assert _kept(vault) == before


def test_what_the_disk_has_no_room_for_is_refused_before_it_is_read(
    house: House, api_settings: Settings, tmp_path: Path
) -> None:
    free_bytes = shutil.disk_usage(api_settings.vault).free
    _, token = house.key("submitter")
    for reserve_bytes, status in ((free_bytes + (64 << 30), 507), (0, 202)):
        change = {"vault": tmp_path, "disk_reserve_bytes": reserve_bytes}
        with served(create_app(api_settings.model_copy(update=change))) as address:
            where = urlsplit(address)
            head = f"POST {PATH} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
            with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as wire:
                wire.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
                if status == 202:
                    wire.sendall(os.urandom(1000))
                told, body = _answer(wire)
            assert told == status
            assert (b'"code":"disk_full"' in body) is (status == 507)


def test_what_does_not_say_its_length_needs_room_for_what_comes_next_and_not_for_as_much_as_it_may_be(
    house: House, api_settings: Settings, tmp_path: Path
) -> None:
    _, token = house.key("submitter")
    free_bytes = shutil.disk_usage(api_settings.vault).free
    for reserve_bytes, status in ((free_bytes + (64 << 30), 507), (0, 202)):
        change = {"vault": tmp_path, "disk_reserve_bytes": reserve_bytes, "upload_limit_bytes": free_bytes + (64 << 30)}
        with served(create_app(api_settings.model_copy(update=change))) as address:
            where = urlsplit(address)
            head = f"POST {PATH} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
            with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as wire:
                wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".encode())
                told, body = _answer(wire)
        assert told == status, body


def _answer(wire: socket.socket) -> tuple[int, bytes]:
    """Status and body of one answer, which may come in any number of pieces."""
    answer = http.client.HTTPResponse(wire)
    answer.begin()
    return answer.status, answer.read()


def test_an_upload_that_breaks_off_leaves_nothing_behind(house: House, vault: Path) -> None:
    before = _kept(vault)
    where = urlsplit(house.address)
    _, token = house.key("submitter")
    head = f"POST {PATH} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0)) as wire:
        wire.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + os.urandom(300_000))
        _until(lambda: len(_kept(vault)) > len(before))
    _until(lambda: _kept(vault) == before)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in ten seconds"
        time.sleep(0.02)


def test_a_repeated_upload_under_one_key_is_one_submission(house: House) -> None:
    content, headers = os.urandom(1000), {"Idempotency-Key": f"key-{house.url()}"}
    first = house.visitor("submitter").post(PATH, content=content, headers=headers)
    again = house.visitor("submitter").post(PATH, content=content, headers=headers)
    assert first.json() == again.json()
    other = house.visitor("submitter").post(PATH, content=os.urandom(1000), headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_a_supplied_file_has_no_source_to_capture_again(house: House) -> None:
    item = house.visitor("reviewer").post(PATH, content=os.urandom(10)).json()["item"]
    answer = house.visitor("reviewer").post(f"{API}/items/{item}/captures")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")
