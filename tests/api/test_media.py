"""The bytes of files: whole, in parts, or not at all."""

import io
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.copies import CopyState
from storage.domain.kept import Kept
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import FileRole
from storage.integrity.digest import Digest
from tests.api.house import API, PICTURE, Held, House


@pytest.fixture(scope="module")
def held(house: House) -> Held:
    return house.captured()


def _content(one: Held, digest: str) -> str:
    return f"{API}/items/{one.item}/files/{digest}/content"


def _get(house: House, one: Held, digest: str, **headers: str) -> httpx.Response:
    return house.visitor("reviewer").get(_content(one, digest), headers=headers)


def test_the_whole_file_comes_with_its_digest_as_etag(house: House, held: Held) -> None:
    answer = _get(house, held, held.original)
    assert answer.status_code == 200
    assert answer.content.startswith(PICTURE)
    assert answer.headers["etag"] == f'"{held.original}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_part_is_exactly_that_part(house: House, held: Held) -> None:
    answer = _get(house, held, held.original, Range="bytes=100-355")
    assert answer.status_code == 206
    assert answer.content == PICTURE[100:356]
    total = int(_get(house, held, held.original).headers["content-length"])
    assert answer.headers["content-range"] == f"bytes 100-355/{total}"
    assert answer.headers["content-length"] == "256"


def test_a_part_beyond_the_end_is_refused_with_the_length(house: House, held: Held) -> None:
    answer = _get(house, held, held.original, Range="bytes=99999999-")
    assert answer.status_code == 416
    assert answer.headers["content-range"].startswith("bytes */")
    assert answer.json()["code"] == "range_not_satisfiable"


def test_if_range_with_another_etag_gives_the_whole(house: House, held: Held) -> None:
    ours = {"Range": "bytes=0-9", "If-Range": f'"{held.original}"'}
    assert _get(house, held, held.original, **ours).status_code == 206
    assert _get(house, held, held.original, **(ours | {"If-Range": '"other"'})).status_code == 200
    assert _get(house, held, held.original, **(ours | {"If-Range": f'W/"{held.original}"'})).status_code == 200


def test_what_one_has_already_is_not_sent_again(house: House, held: Held) -> None:
    for etag in (f'"{held.original}"', f'"other", W/"{held.original}"', "*"):
        answer = _get(house, held, held.original, **{"If-None-Match": etag})
        assert (answer.status_code, answer.content) == (304, b"")
    assert _get(house, held, held.original, **{"If-None-Match": '"other"'}).status_code == 200


def test_head_tells_everything_but_the_bytes(house: House, held: Held) -> None:
    told = house.visitor("reviewer").head(_content(held, held.original))
    whole = _get(house, held, held.original)
    assert told.content == b""
    for name in ("etag", "content-length", "content-type", "content-disposition", "accept-ranges"):
        assert told.headers[name] == whole.headers[name]


def test_originals_are_saved_and_pictures_made_of_them_are_shown(house: House, held: Held) -> None:
    original, frame = _get(house, held, held.original), _get(house, held, held.keyframe)
    assert original.headers["content-disposition"].startswith("attachment;")
    assert frame.headers["content-disposition"].startswith("inline;")
    assert frame.headers["content-type"] == "image/jpeg"


def test_nothing_is_ever_served_as_something_a_browser_runs(house: House, held: Held) -> None:
    answer = house.visitor("steward").get(_content(held, held.sealed))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-cache"


def test_the_digest_may_name_its_algorithm(house: House, held: Held) -> None:
    assert _get(house, held, f"sha256:{held.keyframe}").status_code == 200


def test_knowing_a_digest_opens_nothing(house: House, held: Held) -> None:
    other = house.captured()
    assert _get(house, other, held.original).status_code == 404
    assert house.visitor("submitter").get(_content(held, held.original)).status_code == 403
    assert house.visitor("nobody").get(_content(held, held.original)).status_code == 401


def test_permission_is_asked_for_at_each_request(house: House, held: Held) -> None:
    key, token = house.key("reviewer")
    with house.client(token) as client:
        assert client.get(_content(held, held.keyframe)).status_code == 200
        assert house.visitor("operator").delete(f"{API}/keys/{key}").status_code == 200
        cached = {"If-None-Match": f'"{held.keyframe}"'}
        assert client.get(_content(held, held.keyframe), headers=cached).status_code == 401


def test_bytes_held_both_sealed_and_open_are_open(house: House) -> None:
    item, _, capture = house.submitted()
    blob = house.blobs.put(io.BytesIO(house.url().encode()))
    kept = [
        Kept(kind, FileRole.CONTEXT, "application/json", {}, sealed, blob.digest.hex, blob.sha512, blob.size_bytes)
        for kind, sealed in (("info", True), ("page", False))
    ]
    house.seal(capture, *kept)
    address = f"{API}/items/{item}/files/{blob.digest.hex}/content"
    assert house.visitor("reviewer").get(address).status_code == 200


def _reads(house: House, item: str) -> list[str]:
    """Who has read what of an item, as the ledger tells it."""
    told = text(
        "SELECT body::jsonb #>> '{objects,0}' FROM event WHERE type = 'local:read'"
        " AND body::jsonb #>> '{detail,item}' = :item ORDER BY seq"
    )
    with transaction(house.engine) as session:
        return [str(row[0]) for row in session.execute(told, {"item": item})]


def test_whoever_reads_restricted_material_is_written_down_once_an_hour(house: House) -> None:
    restricted, public = house.captured("restricted"), house.captured("public")
    for start in range(0, 500, 100):
        _get(house, restricted, restricted.original, Range=f"bytes={start}-{start + 99}")
        _get(house, public, public.original, Range=f"bytes={start}-{start + 99}")
        _get(house, restricted, restricted.keyframe)
    assert _reads(house, restricted.item) == [f"sha256:{restricted.original}"]
    assert _reads(house, public.item) == []
    house.visitor("lead").get(_content(restricted, restricted.original))
    assert len(_reads(house, restricted.item)) == 2
    with house.client("svk_" + "x" * 43) as stranger:
        stranger.get(_content(restricted, restricted.original))
    assert len(_reads(house, restricted.item)) == 2


def _bad(house: House, one: Held, state: str) -> None:
    with transaction(house.engine) as session:
        digest = Digest.parse(one.original)
        Archive(session, SYSTEM).note_checked("first", {digest: CopyState(state)}, 0)


@pytest.mark.parametrize("state", ["altered", "missing"])
def test_fault_C9_a_file_that_was_found_bad_is_not_served_until_it_is_whole(house: House, state: str) -> None:
    own = house.captured()
    assert _get(house, own, own.original).status_code == 200
    _bad(house, own, state)
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": f'"{own.original}"'}):
        answer = _get(house, own, own.original, **headers)
        assert (answer.status_code, answer.json()["code"]) == (500, "altered")
    _bad(house, own, "whole")
    assert _get(house, own, own.original).status_code == 200


def test_fault_C9_bytes_that_are_fewer_than_were_sealed_are_not_served(house: House) -> None:
    own = house.captured()
    path = house.blobs.local_copy(Digest.parse(own.original), Path("unused"))
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(whole[:-1])
    answer = _get(house, own, own.original)
    path.write_bytes(whole)
    assert (answer.status_code, answer.json()["code"]) == (500, "altered")
