"""Supplying files in parts: tus 1.0 as its own client speaks it, over broken lines, restarts and wrong parts."""

import base64
import hashlib
import http.client
import io
import os
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from tusclient import client as tus
from tusclient.exceptions import TusCommunicationError

from api.deps import Doors
from api.main import create_app
from api.room import Room
from storage.blobs.incoming import Incoming
from storage.blobs.local import LocalBlobs
from storage.db.session import transaction
from storage.db.tables import Item, Submission
from storage.domain.vocab import Sensitivity
from storage.errors import Unavailable
from storage.settings import Settings
from tests.api.conftest import UPLOAD_LIMIT_BYTES
from tests.api.house import API, House, served
from tests.workers.stack import eventually, patience

PATH = f"{API}/uploads"
V1 = {"Tus-Resumable": "1.0.0"}
SIZE = 2 << 20


def _metadata(**said: str) -> dict[str, str]:
    pairs = (f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in said.items())
    return {"Upload-Metadata": ",".join(pairs)} if said else {}


def _announce(client: httpx.Client, size_bytes: int = SIZE, **said: str) -> httpx.Response:
    return client.post(PATH, headers=V1 | {"Upload-Length": str(size_bytes)} | _metadata(**said))


def _begun(client: httpx.Client, size_bytes: int = SIZE, **said: str) -> str:
    answer = _announce(client, size_bytes, **said)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def _send(client: httpx.Client, address: str, offset: int, part: bytes, **headers: str) -> httpx.Response:
    said = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(address, content=part, headers=V1 | said | headers)


def _offset(client: httpx.Client, address: str) -> int:
    answer = client.head(address, headers=V1)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def _submissions(house: House) -> int:
    with transaction(house.engine) as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def _left(vault: Path) -> set[str]:
    """Every file that is kept, staged or on its way."""
    folders = (vault / "blobs", vault / "incoming")
    return {str(path) for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def client(house: House) -> httpx.Client:
    """Somebody of their own, so that nobody's unfinished files count for another test."""
    return house.lasting(house.client(house.key("reviewer")[1]))


def test_the_peer_sends_a_file_in_parts_and_it_is_kept_as_supplied(
    house: House, client: httpx.Client, tmp_path: Path
) -> None:
    content = os.urandom(SIZE + 17)
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    peer = tus.TusClient(f"{house.address}{PATH}", headers={"Authorization": client.headers["authorization"]})
    said = {"filename": "clip.mp4", "note": "Від сусіда, 25 лютого", "sensitivity": "public"}
    with file.open("rb") as stream:
        sending = peer.uploader(file_stream=stream, chunk_size=500_000, metadata=said, upload_checksum=True)
        sending.upload(stop_at=1_000_000)
        # As after a restart of the peer: all it knows is the address.
        resumed = peer.uploader(file_stream=stream, url=sending.url, chunk_size=500_000)
        assert resumed.offset == 1_000_000
        resumed.upload()
    told = client.head(sending.url, headers=V1)
    assert told.headers["upload-digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    receipt = client.get(told.headers["upload-receipt"]).json()
    (line,) = client.get(f"{API}/items/{receipt['item']}/events").json()["data"]
    assert line["event"]["detail"]["supplied"] == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "sha512": hashlib.sha512(content).hexdigest(),
        "size_bytes": len(content),
        "name": "clip.mp4",
    }
    with transaction(house.engine) as session:
        row = session.get_one(Submission, receipt["submission"])
        assert (row.note, row.url, row.sensitivity) == (said["note"], None, "public")


def test_the_protocol_tells_what_it_takes(house: House) -> None:
    told = house.visitor("nobody").options(PATH)
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-max-size"] == str(UPLOAD_LIMIT_BYTES)
    assert set(told.headers["tus-extension"].split(",")) == {"creation", "expiration", "termination", "checksum"}


def test_what_arrived_before_the_line_broke_is_kept(house: House, client: httpx.Client, vault: Path) -> None:
    address = _begun(client)
    where = urlsplit(house.address)
    head = (
        f"PATCH {address} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: {client.headers['authorization']}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
    )
    content = os.urandom(SIZE)
    with socket.create_connection((where.hostname or "", where.port or 0)) as wire:
        wire.sendall(f"{head}Content-Length: {SIZE}\r\n\r\n".encode() + content[:1_300_000])
        arrived = vault / "incoming" / f"{address.rpartition('/')[2]}.part"
        eventually(lambda: arrived.stat().st_size == 1_300_000, patience(20))
    eventually(lambda: client.head(address, headers=V1).status_code == 200, patience(20))
    offset = _offset(client, address)
    assert offset == 1_300_000
    last = _send(client, address, offset, content[offset:])
    assert last.headers["upload-digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_an_upload_goes_on_after_a_restart_of_the_archive(house: House, api_settings: Settings) -> None:
    content = os.urandom(SIZE)
    bearer = {"Authorization": f"Bearer {house.key('submitter')[1]}"}
    with served(create_app(api_settings)) as first, httpx.Client(base_url=first, headers=bearer, timeout=20) as client:
        address = _begun(client)
        _send(client, address, 0, content[:1_000_000])
    with (
        served(create_app(api_settings)) as second,
        httpx.Client(base_url=second, headers=bearer, timeout=20) as client,
    ):
        assert _offset(client, address) == 1_000_000
        last = _send(client, address, 1_000_000, content[1_000_000:])
        assert last.headers["upload-digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.mark.parametrize("dies", ["before the store has it", "while it has both names", "after the store has it"])
def test_a_whole_file_is_handed_in_once_wherever_the_archive_was_stopped(
    house: House, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    content = os.urandom(1000)
    address = _begun(client, len(content))
    adopt = LocalBlobs.adopt

    def stopped(self: LocalBlobs, path: Path) -> None:
        if dies != "before the store has it":
            kept = adopt(self, path)
            if dies == "while it has both names":
                path.hardlink_to(self.local_copy(kept.digest, path.parent))
        raise Unavailable("stopped here")

    with monkeypatch.context() as patched:
        patched.setattr(LocalBlobs, "adopt", stopped)
        assert _send(client, address, 0, content).status_code == 503
    before = _submissions(house)
    first = client.head(address, headers=V1)
    assert first.headers["upload-digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert client.head(address, headers=V1).headers["upload-receipt"] == first.headers["upload-receipt"]
    # The client that lost our answer sends its last part again.
    assert _send(client, address, 0, content).headers["upload-receipt"] == first.headers["upload-receipt"]
    assert _submissions(house) == before + 1


def test_a_file_whose_item_was_sealed_while_it_arrived_is_kept_as_a_sealed_item(
    house: House, client: httpx.Client
) -> None:
    item = house.captured().item
    address = _begun(client, 1000, item=item)
    with transaction(house.engine) as session:
        session.execute(update(Item).where(Item.id == item).values(sensitivity=Sensitivity.SEALED.value))
    answer = _send(client, address, 0, os.urandom(1000))
    assert answer.status_code == 204, answer.text
    told = client.get(answer.headers["upload-receipt"]).json()
    assert (told["sensitivity"], "item" in told) == ("sealed", False)
    with transaction(house.engine) as session:
        kept = session.get_one(Item, session.get_one(Submission, told["submission"]).item_id)
        assert (kept.sensitivity, kept.id != item) == ("sealed", True)


def test_a_removal_that_was_cut_short_is_a_removal(client: httpx.Client, vault: Path) -> None:
    address = _begun(client)
    _send(client, address, 0, b"some of it")
    (vault / "incoming" / f"{address.rpartition('/')[2]}.part").unlink()
    assert client.head(address, headers=V1).status_code == 404
    assert _send(client, address, 10, b"more").status_code == 404
    assert client.delete(address, headers=V1).status_code in {204, 404}


def test_several_files_arrive_side_by_side(house: House, client: httpx.Client) -> None:
    contents = {_begun(client): os.urandom(SIZE) for _ in range(2)}
    wrong: list[str] = []

    def send(address: str, content: bytes) -> None:
        with house.client(client.headers["authorization"].removeprefix("Bearer ")) as own:
            for start in range(0, SIZE, 400_000):
                answer = _send(own, address, start, content[start : start + 400_000])
            if answer.headers.get("upload-digest") != f"sha256:{hashlib.sha256(content).hexdigest()}":
                wrong.append(answer.text)

    threads = [threading.Thread(target=send, args=pair) for pair in contents.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not wrong


def test_nobody_else_may_send_look_or_remove(house: House, client: httpx.Client) -> None:
    address = _begun(client)
    for role in ("submitter", "lead", "operator"):
        other = house.visitor(role)
        assert other.head(address, headers=V1).status_code == 404
        assert other.delete(address, headers=V1).status_code == 404
        assert _send(other, address, 0, b"x").status_code == 404
    assert _offset(client, address) == 0


def test_one_announcement_under_one_key_is_one_upload(client: httpx.Client, house: House) -> None:
    key = {"Idempotency-Key": house.url(), "Upload-Length": "5"} | V1
    first, again = (client.post(PATH, headers=key) for _ in range(2))
    assert first.headers["location"] == again.headers["location"]
    other = client.post(PATH, headers=key | {"Upload-Length": "6"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_whoever_begins_many_and_finishes_none_has_to_wait(client: httpx.Client) -> None:
    addresses = [_begun(client, 1) for _ in range(16)]
    refused = _announce(client, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_unfinished")
    assert client.delete(addresses[0], headers=V1).status_code == 204
    assert _announce(client, 1).status_code == 201


def test_what_was_begun_can_be_listed_by_whoever_began_it_and_removed(house: House, client: httpx.Client) -> None:
    first, second = _begun(client, 1000, filename="Звернення.mp4"), _begun(client, 2000)
    assert _send(client, first, 0, b"x" * 400).status_code == 204
    told = client.get(PATH).json()["data"]
    listed = {one["upload"]: (one["name"], one["size_bytes"], one["received_bytes"]) for one in told}
    names = [address.rsplit("/", 1)[1] for address in (first, second)]
    assert listed == {names[0]: ("Звернення.mp4", 1000, 400), names[1]: ("unnamed", 2000, 0)}
    assert house.visitor("lead").get(PATH).json()["data"] == []
    assert client.delete(first, headers=V1).status_code == 204
    assert [one["upload"] for one in client.get(PATH).json()["data"]] == [names[1]]
    assert _send(client, second, 0, b"y" * 2000).status_code == 204
    assert client.get(PATH).json()["data"] == []


def test_room_is_kept_for_three_of_the_largest_files_of_one_person_and_no_more(client: httpx.Client) -> None:
    first, *_ = [_begun(client, UPLOAD_LIMIT_BYTES) for _ in range(3)]
    refused = _announce(client, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_unfinished")
    assert _send(client, first, 0, b"a").status_code == 204
    assert _announce(client, 1).status_code == 201


def test_what_is_removed_or_out_of_date_leaves_nothing(client: httpx.Client, vault: Path) -> None:
    before = _left(vault)
    removed, stale, fresh = (_begun(client) for _ in range(3))
    for address in (removed, stale, fresh):
        _send(client, address, 0, b"some of it")
    assert client.delete(removed, headers=V1).status_code == 204
    assert client.head(removed, headers=V1).status_code == 404
    incoming = Incoming(vault / "incoming")
    name = stale.rpartition("/")[2]
    for path in incoming.root.glob(f"{name}.*"):
        os.utime(path, (time.time() - 4000,) * 2)
    (incoming.root / "upl_killed.part").touch()
    os.utime(incoming.root / "upl_killed.part", (1, 1))
    incoming.sweep(3600)
    assert client.head(stale, headers=V1).status_code == 404
    assert _offset(client, fresh) == 10
    client.delete(fresh, headers=V1)
    assert _left(vault) == before


def test_room_that_was_promised_is_promised_over_a_restart(
    house: House, api_settings: Settings, tmp_path: Path
) -> None:
    def app() -> FastAPI:
        made = create_app(api_settings)
        incoming = Incoming(tmp_path / "incoming")
        doors: Doors = made.state.doors
        made.state.doors = replace(doors, incoming=incoming, room=Room(lambda: 3 << 20, 0, incoming.missing_bytes))
        return made

    bearer = {"Authorization": f"Bearer {house.key('submitter')[1]}"}
    with served(app()) as first, httpx.Client(base_url=first, headers=bearer, timeout=20) as client:
        assert _announce(client).status_code == 201
    with served(app()) as second, httpx.Client(base_url=second, headers=bearer, timeout=20) as client:
        refused = _announce(client)
        assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")


def test_fault_C14_a_gap_or_a_repeated_part_is_refused_and_changes_nothing(client: httpx.Client) -> None:
    address = _begun(client, 300)
    assert _send(client, address, 0, b"a" * 100).status_code == 204
    for offset in (0, 50, 99, 101, 200, 300, 10**12):
        refused = _send(client, address, offset, b"b" * 100)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_offset")
        assert refused.headers["tus-resumable"] == "1.0.0"
    for offset in ("", "-1", "1e2", "０"):
        wrong = {"Upload-Offset": offset, "Content-Type": "application/offset+octet-stream"}
        encoded = {name: value.encode() for name, value in (V1 | wrong).items()}
        assert client.patch(address, content=b"b", headers=encoded).status_code == 422
    assert _offset(client, address) == 100


def test_fault_C14_a_part_whose_checksum_is_wrong_is_forgotten(client: httpx.Client) -> None:
    address = _begun(client, 300)
    for name in ("sha1", "sha256", "sha512"):
        wrong = base64.b64encode(hashlib.new(name, b"other bytes").digest()).decode()
        refused = _send(client, address, 0, b"a" * 300, **{"Upload-Checksum": f"{name} {wrong}"})
        assert (refused.status_code, refused.json()["code"]) == (460, "checksum_mismatch")
        assert _offset(client, address) == 0
    right = base64.b64encode(hashlib.sha1(b"a" * 100, usedforsecurity=False).digest()).decode()
    assert _send(client, address, 0, b"a" * 100, **{"Upload-Checksum": f"sha1 {right}"}).status_code == 204
    assert _send(client, address, 100, b"a", **{"Upload-Checksum": "crc32 AAAA"}).status_code == 422
    assert _offset(client, address) == 100


def test_fault_C14_a_file_that_is_not_what_its_sender_digested_is_refused_without_leftovers(
    house: House, client: httpx.Client, vault: Path
) -> None:
    before, handed_in = _left(vault), _submissions(house)
    address = _begun(client, 1000, sha256=hashlib.sha256(b"another file").hexdigest())
    refused = _send(client, address, 0, os.urandom(1000))
    assert (refused.status_code, refused.json()["code"]) == (460, "checksum_mismatch")
    assert client.head(address, headers=V1).status_code == 404
    assert (_left(vault), _submissions(house)) == (before, handed_in)


def test_fault_C14_more_than_was_announced_is_refused_and_forgotten(client: httpx.Client) -> None:
    address = _begun(client, 1000)
    assert _send(client, address, 0, b"a" * 400).status_code == 204
    refused = _send(client, address, 400, b"b" * 601)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert _offset(client, address) == 400


@pytest.mark.parametrize(
    ("size_bytes", "status", "code"),
    [("0", 422, "invalid_value"), (str(10 << 30), 413, "too_large"), ("-1", 422, "invalid_value"),
     ("", 422, "invalid_value"), ("1" * 40, 422, "invalid_value"), ("ten", 422, "invalid_value")],
)  # fmt: skip
def test_fault_C14_nothing_too_much_or_no_length_is_refused_when_it_is_announced(
    client: httpx.Client, vault: Path, size_bytes: str, status: int, code: str
) -> None:
    before = _left(vault)
    answer = client.post(PATH, headers=V1 | {"Upload-Length": size_bytes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert _left(vault) == before


@pytest.mark.parametrize(
    "metadata",
    ["filename", "filename %%", "filename YQ==,filename YQ==", "colour cmVk", "sensitivity Y29zbWlj",
     "project bm93aGVyZQ==", "sha256 YWJj", "filename AA==", "note /w=="],
)  # fmt: skip
def test_what_cannot_be_said_of_a_file_is_refused_when_it_is_announced(
    client: httpx.Client, vault: Path, metadata: str
) -> None:
    before = _left(vault)
    answer = client.post(PATH, headers=V1 | {"Upload-Length": "5", "Upload-Metadata": metadata})
    assert answer.status_code == 422, answer.text
    assert _left(vault) == before


def test_headers_that_are_no_ascii_are_refused_and_break_nothing(house: House) -> None:
    client = house.visitor("submitter")
    for said in (b"filename \xe9", b"\xe9 YQ==", b"filename YQ\xff="):
        answer = client.post(PATH, headers=[*V1.items(), ("Upload-Length", "5"), (b"Upload-Metadata", said)])
        assert answer.status_code == 422, answer.text
    address = _begun(client, 5)
    said = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"} | V1
    answer = client.patch(address, content=b"five!", headers=[*said.items(), (b"Upload-Checksum", b"sha1 \xe9")])
    assert answer.status_code == 422, answer.text
    assert _offset(client, address) == 0


def test_another_protocol_or_another_body_is_refused(client: httpx.Client) -> None:
    address = _begun(client)
    for asked in (client.head(address), client.delete(address), client.patch(address, content=b"x")):
        assert asked.status_code == 412
    assert client.post(PATH, headers={"Tus-Resumable": "0.2.2", "Upload-Length": "1"}).status_code == 412
    assert client.patch(address, content=b"x", headers=V1 | {"Upload-Offset": "0"}).status_code == 415
    assert client.post(f"{PATH}?name=a", headers=V1 | {"Upload-Length": "1"}).status_code == 400


def test_two_parts_of_one_file_never_arrive_at_once(house: House, client: httpx.Client) -> None:
    address = _begun(client)
    where = urlsplit(house.address)
    slow = http.client.HTTPConnection(where.hostname or "", where.port)
    slow.putrequest("PATCH", address)
    for name, value in (V1 | {"Authorization": client.headers["authorization"], "Upload-Offset": "0"}).items():
        slow.putheader(name, value)
    slow.putheader("Content-Type", "application/offset+octet-stream")
    slow.putheader("Content-Length", "10")
    slow.endheaders(b"12345")
    eventually(lambda: client.head(address, headers=V1).status_code == 423, patience(20))
    assert _send(client, address, 0, b"x").status_code == 423
    slow.send(b"67890")
    assert slow.getresponse().status == 204
    slow.close()
    assert _offset(client, address) == 10


def test_the_peer_is_told_when_the_archive_refuses(house: House) -> None:
    bearer = {"Authorization": f"Bearer {house.key('researcher')[1]}"}
    peer = tus.TusClient(f"{house.address}{PATH}", headers=bearer)
    with pytest.raises(TusCommunicationError):
        peer.uploader(file_stream=io.BytesIO(b"x"), chunk_size=1).upload()
