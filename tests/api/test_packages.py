"""Packages by the API: they prove themselves, tell nobody more than they may know, and each of them is an event."""

import contextlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage.db.session import transaction
from storage.domain.vocab import FileRole
from storage.integrity.findings import Finding, Verdict, exit_code
from storage.integrity.trust import Trust, split_keys
from storage.integrity.verify import verify_at
from storage.log import placing
from storage.settings import Settings
from tests.api.house import API, Held, House, content, kept, place, recorded

BIG_BYTES = 24 << 20


pytestmark = pytest.mark.usefixtures("keeper")


def _trust(house: House) -> Trust:
    keys = house.visitor("nobody").get(f"{API}/ledger/keys").json()["keys"]
    return split_keys("".join(f"{one['key']} {one['first_size']}\n" for one in keys))


def _checked(house: House, answer: httpx.Response, folder: Path) -> list[Finding]:
    (folder / "package.zip").write_bytes(answer.content)
    return verify_at(folder / "package.zip", _trust(house))


def _within(answer: httpx.Response) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _taken(house: House, role: str, address: str) -> httpx.Response:
    answer = house.visitor(role).get(f"{API}{address}/package")
    assert answer.status_code == 200, answer.text
    return answer


def _published(house: House, item: str, sensitivity: str, settings: Settings) -> str:
    said = house.visitor("operator").post(f"{API}/items/{item}/publication", json={"sensitivity": sensitivity})
    assert said.status_code == 201, said.text
    house.sequence(settings)
    return str(said.json()["pid"])


def _handed_out(house: House, name: str) -> list[dict[str, Any]]:
    with transaction(house.engine) as session:
        told = session.scalars(text("SELECT body FROM event WHERE type = 'dissemination' ORDER BY seq"))
        return [json.loads(body) for body in told if name in body]


def test_an_items_package_is_proved_and_holds_that_it_was_taken(house: House, tmp_path: Path) -> None:
    held = house.captured()
    answer = _taken(house, "reviewer", f"/items/{held.item}")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{held.item}.zip"'
    assert answer.headers["cache-control"] == "private, no-store"
    findings = _checked(house, answer, tmp_path)
    assert exit_code(findings) == 0, findings
    last = json.loads(_within(answer)["data/events.jsonl"].splitlines()[-1])
    me = house.visitor("reviewer").get(f"{API}/me").json()["id"]
    assert (last["type"], last["agent"]["id"], last["item"]) == ("dissemination", me, held.item)


def test_sealed_files_stay_behind_for_reviewers_and_not_for_stewards(house: House) -> None:
    held = house.captured()
    theirs, stewards = (_within(_taken(house, role, f"/items/{held.item}")) for role in ("reviewer", "steward"))
    sealed = f"data/context/{held.sealed}.json"
    assert sealed not in theirs
    assert sealed in stewards
    assert f"data/originals/{held.original}.mp4" in theirs


def test_what_a_package_would_hold_is_told_before_and_is_no_event(house: House) -> None:
    held = house.captured()
    looked = {
        role: house.visitor(role).get(f"{API}/items/{held.item}/package/holds").json()
        for role in ("reviewer", "steward")
    }
    assert _handed_out(house, held.item) == []
    assert [looked[role]["files"] for role in looked] == [2, 3]
    assert [looked[role]["withheld"] for role in looked] == [1, 0]
    within = _within(_taken(house, "reviewer", f"/items/{held.item}"))
    folders = ("data/originals/", "data/products/", "data/context/")
    files = [whole for name, whole in within.items() if name.startswith(folders)]
    assert (len(files), sum(map(len, files))) == (looked["reviewer"]["files"], looked["reviewer"]["size_bytes"])
    # What is taken along says that it was: one event more than was looked at.
    assert len(within["data/events.jsonl"].splitlines()) == looked["reviewer"]["events"] + 1


def test_a_records_package_is_proved_and_holds_what_was_published(
    house: House, api_settings: Settings, tmp_path: Path
) -> None:
    held = house.captured()
    record = _published(house, held.item, "public", api_settings)
    answer = _taken(house, "nobody", f"/records/{record}")
    findings = _checked(house, answer, tmp_path)
    assert exit_code(findings) == 0, findings
    told = {one.name: one.sentence for one in findings}
    assert told["events"].startswith("1 events of the record")
    assert told["files"] == "1 files, each named by an event of the item; 1 withheld"
    within = _within(answer)
    shown = house.visitor("nobody").get(f"{API}/records/{record}").json()
    assert json.loads(within["data/files.json"])["files"][0]["sha256"] == shown["sha256"]
    published = json.loads(within["data/record.json"])
    assert {name: shown[name] for name in published} == published
    assert [one for one in within if one.startswith(("data/originals/", "data/products/", "data/context/"))] == []


def test_a_records_package_of_another_record_is_found_out(house: House, api_settings: Settings, tmp_path: Path) -> None:
    """The seal names the record: an event about another one is not taken for it, whoever signed."""
    one, other = (_published(house, house.captured().item, "public", api_settings) for _ in range(2))
    answer = _taken(house, "nobody", f"/records/{one}")
    within = _within(answer) | {"manifest.sig": _within(_taken(house, "nobody", f"/records/{other}"))["manifest.sig"]}
    with zipfile.ZipFile(tmp_path / "mixed.zip", "w") as archive:
        for name, content_ in within.items():
            archive.writestr(name, content_)
    findings = verify_at(tmp_path / "mixed.zip", _trust(house))
    failed = {finding.name for finding in findings if finding.verdict is Verdict.FAIL}
    assert {"seal", "events"} <= failed


SECRET_NOTE, SECRET_WORDS = "from my cousin Mykola", "the blue gate of the school in Verkhnia"
SECRET_TITLE, SECRET_RAW = "uploader-lives-at-Soborna-14", b'{"uploader_address": "Soborna 14"}'
SECRET_SOURCE = "https://maps.example.org/@48.1234567,37.7654321"


def _told_in_confidence(house: House) -> tuple[str, list[bytes]]:
    """An item in which much stands that a public record must not tell, and each of those things."""
    key_id, token = house.key("submitter", name="Oksana Hidden")
    with house.client(token) as submitter:
        said = submitter.post(
            f"{API}/submissions", json={"url": house.url(), "note": SECRET_NOTE, "sensitivity": "restricted"}
        )
    assert said.status_code == 202, said.text
    with transaction(house.engine) as session:
        told = text("SELECT item_id, capture_id FROM submission WHERE id = :submission")
        item, capture = session.execute(told, {"submission": said.json()["submission"]}).one()
    original = house.blobs.put(io.BytesIO(b"original with GPS 48.1234567"))
    raw = house.blobs.put(io.BytesIO(SECRET_RAW))
    house.seal(
        capture,
        kept("original", FileRole.ORIGINAL, "video/mp4", original, {"title": SECRET_TITLE}),
        kept("info", FileRole.CONTEXT, "application/json", raw, {"uploader": SECRET_TITLE}, sealed=True),
    )
    operator = house.visitor("operator")
    exact = place(reasoning=SECRET_WORDS, name_as_written=SECRET_WORDS)
    exact["citations"] = [{"target": SECRET_SOURCE}]
    remark = {"kind": "note", "body": {"text": SECRET_WORDS}}
    for said_of_it in (
        exact,
        remark,
        recorded("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
        content("Men in two rows."),
    ):
        answer = operator.post(f"{API}/items/{item}/assertions", json=said_of_it)
        assert answer.status_code == 201, answer.text
    secrets = [
        key_id, said.json()["submission"], "Oksana", SECRET_NOTE, SECRET_WORDS, SECRET_TITLE, SECRET_SOURCE,
        "48.12345", "37.76543", "Soborna", raw.digest.hex, "The shadows.",
    ]  # fmt: skip
    return item, [one.encode() for one in secrets]


def _found(within: dict[str, bytes], secret: bytes) -> list[str]:
    escaped = json.dumps(secret.decode())[1:-1].encode()
    return [name for name, whole in within.items() if secret in whole or escaped in whole or secret in name.encode()]


def test_nothing_that_a_record_withholds_is_in_its_package(house: House, api_settings: Settings) -> None:
    item, secrets = _told_in_confidence(house)
    record = _published(house, item, "public", api_settings)
    for role in ("nobody", "researcher", "steward"):
        within = _within(_taken(house, role, f"/records/{record}"))
        assert b"Men in two rows." in within["data/record.json"]
        assert {secret: _found(within, secret) for secret in secrets if _found(within, secret)} == {}
    # The same search finds all that was hidden where it may be: a search that finds nothing proves nothing.
    whole = _within(_taken(house, "steward", f"/items/{item}"))
    untold = {secret for secret in secrets if not _found(whole, secret)}
    assert untold == {b"Oksana", SECRET_NOTE.encode()}


def test_a_reviewers_package_names_no_submitter_and_no_note(house: House) -> None:
    item, _ = _told_in_confidence(house)
    within = _within(_taken(house, "reviewer", f"/items/{item}"))
    assert _found(within, b"Oksana") == _found(within, SECRET_NOTE.encode()) == []
    assert _found(within, b"uploader_address") == []


def test_handing_a_record_out_is_an_event_that_leaves_the_item_alone(house: House, api_settings: Settings) -> None:
    held = house.captured()
    record = _published(house, held.item, "public", api_settings)
    before = house.visitor("reviewer").get(f"{API}/items/{held.item}").headers["etag"]
    for role in ("researcher", "researcher", "nobody", "nobody"):
        _taken(house, role, f"/records/{record}")
    told = _handed_out(house, record)
    researcher = house.visitor("researcher").get(f"{API}/me").json()["id"]
    assert [one["agent"]["id"] for one in told] == [researcher, researcher, "public"]
    assert {(one["item"], one["detail"]["version"]) for one in told} == {(None, 1)}
    assert house.visitor("reviewer").get(f"{API}/items/{held.item}").headers["etag"] == before


def test_whom_a_record_is_closed_to_takes_nothing_and_leaves_no_event(house: House, api_settings: Settings) -> None:
    record = _published(house, house.captured().item, "researcher", api_settings)
    assert house.visitor("nobody").get(f"{API}/records/{record}/package").status_code == 404
    assert house.visitor("submitter").get(f"{API}/records/{record}/package").status_code == 404
    assert _handed_out(house, record) == []


@pytest.fixture
def halted(keeper: threading.Event, house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A keeper who adds nothing to the log, as when a witness knows another history."""
    monkeypatch.setattr(placing, "_PATIENCE_S", 0.4)
    keeper.set()
    # A turn that has begun is over when another one's lock on the log is.
    time.sleep(0.5)
    yield keeper
    keeper.clear()


def test_a_record_that_is_not_signed_yet_comes_in_a_moment(
    house: House, api_settings: Settings, halted: threading.Event
) -> None:
    record = house.visitor("operator").post(f"{API}/items/{house.captured().item}/publication", json={}).json()["pid"]
    early = house.visitor("operator").get(f"{API}/records/{record}/package")
    assert (early.status_code, early.json()["code"]) == (503, "unavailable")
    halted.clear()
    house.sequence(api_settings)
    _taken(house, "operator", f"/records/{record}")


def test_a_record_is_waited_for_while_an_open_transaction_holds_the_log_back(
    house: House, api_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.engine.connect() as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))
        record = _published(house, house.captured().item, "public", api_settings)

        def sleep(pause_s: float) -> None:
            """The transaction ends when somebody waits for it, and not before."""
            connection.rollback()
            time.sleep(pause_s)

        monkeypatch.setattr(placing, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
        _taken(house, "nobody", f"/records/{record}")


def test_fault_D9_the_server_adds_nothing_to_a_log_that_its_keeper_has_halted(
    house: House, api_settings: Settings, halted: threading.Event
) -> None:
    held = house.captured()
    before = house.visitor("nobody").get(f"{API}/ledger/checkpoint").content
    early = house.visitor("reviewer").get(f"{API}/items/{held.item}/package")
    assert (early.status_code, early.json()["code"]) == (503, "unavailable")
    assert "doctor" in early.json()["detail"]
    assert house.visitor("nobody").get(f"{API}/ledger/checkpoint").content == before
    halted.clear()
    house.sequence(api_settings)  # the keeper, who found nothing to do, looks again within a second
    _taken(house, "reviewer", f"/items/{held.item}")


def test_a_file_that_is_missing_is_told_before_anything_goes(house: House, vault: Path) -> None:
    held = house.captured()
    with _harmed(vault, held.original) as missing:
        missing.unlink()
        for address in ("package", "package/holds"):
            answer = house.visitor("reviewer").get(f"{API}/items/{held.item}/{address}")
            assert (answer.status_code, answer.json()["code"]) == (500, "altered")
            assert held.original in answer.json()["detail"]
    assert _handed_out(house, held.item) == []


def test_altered_bytes_never_arrive_as_a_package(house: House, vault: Path, tmp_path: Path) -> None:
    held = house.captured()
    arrived = bytearray()

    def take() -> None:
        with house.visitor("reviewer").stream("GET", f"{API}/items/{held.item}/package") as answer:
            for piece in answer.iter_raw():
                arrived.extend(piece)

    with _harmed(vault, held.original) as altered:
        altered.write_bytes(bytes(altered.stat().st_size))
        with pytest.raises(httpx.RemoteProtocolError):
            take()
    (tmp_path / "cut.zip").write_bytes(arrived)
    assert exit_code(verify_at(tmp_path / "cut.zip", _trust(house))) == 2


@contextlib.contextmanager
def _harmed(vault: Path, sha256: str) -> Iterator[Path]:
    """A kept file that may be harmed; it is whole again for whoever comes after."""
    [path] = [path for path in vault.rglob(sha256) if path.is_file()]
    whole = path.read_bytes()
    path.chmod(0o600)
    yield path
    path.write_bytes(whole)
    path.chmod(0o444)


@pytest.fixture(scope="module")
def big(house: House) -> Held:
    """An item with more bytes than any buffer on the way."""
    item, submission, capture = house.submitted()
    original = house.blobs.put(io.BytesIO(bytes(BIG_BYTES)))
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original))
    return Held(item, submission, capture, original.digest.hex, "", "")


def _begun(client: httpx.Client, item: str) -> Iterator[int]:
    """Begins to take a package along, and holds it until it is closed."""
    with client.stream("GET", f"{API}/items/{item}/package") as answer:
        pieces = answer.iter_raw()
        next(pieces, b"")
        yield answer.status_code
        del pieces


def test_nobody_takes_many_along_at_once_and_who_goes_away_makes_room(house: House, big: Held) -> None:
    client = house.visitor("reviewer")
    for _ in range(2):
        going = [_begun(client, big.item) for _ in range(5)]
        assert [next(one) for one in going] == [200] * 4 + [503]
        for one in going:
            one.close()  # type: ignore[attr-defined]
        _wait_until_free(client, big.item)


def _wait_until_free(client: httpx.Client, item: str) -> None:
    for _ in range(200):
        going = [_begun(client, item) for _ in range(4)]
        found = [next(one) for one in going]
        for one in going:
            one.close()  # type: ignore[attr-defined]
        if found == [200] * 4:
            return
    pytest.fail("a place is still taken by somebody who has gone")


def test_another_site_takes_nothing_along_in_somebodys_name(house: House) -> None:
    held = house.captured()
    answer = house.visitor("reviewer").get(f"{API}/items/{held.item}/package", headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert _handed_out(house, held.item) == []


def test_another_site_takes_no_record_along_in_somebodys_name(house: House, api_settings: Settings) -> None:
    record = _published(house, house.captured().item, "public", api_settings)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = house.visitor("researcher").get(f"{API}/records/{record}/package", headers=elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert house.visitor("nobody").get(f"{API}/records/{record}/package", headers=elsewhere).status_code == 200
    assert [one["agent"]["id"] for one in _handed_out(house, record)] == ["public"]


def test_whoever_may_not_see_an_item_makes_no_event_of_it_either(house: House) -> None:
    held = house.captured("sealed")
    assert house.visitor("reviewer").get(f"{API}/items/{held.item}/package").status_code == 404
    assert _handed_out(house, held.item) == []
