"""What lies as ciphertext is served, in parts too, and taken along in a package, as if it lay there plain."""

from pathlib import Path

import pytest

from storage.integrity.digest import Digest
from storage.integrity.findings import exit_code
from storage.integrity.trust import split_keys
from storage.integrity.verify import verify_at
from storage.settings import Settings
from tests.api.house import API, PICTURE, Held, House
from workers.enciphering import Encipherer

pytestmark = pytest.mark.usefixtures("keeper")


@pytest.fixture(scope="module")
def sealed(house: House, api_settings: Settings) -> Held:
    """A sealed item none of whose files lies plain any more."""
    held = house.captured("sealed")
    encipherer, stores = Encipherer(house.engine, api_settings.item_keys), {"first": house.blobs}
    encipherer.encipher("first", stores)  # type: ignore[arg-type]
    encipherer.destroy_plain("first", stores)  # type: ignore[arg-type]
    assert [house.blobs.size_bytes(Digest.parse(one)) for one in (held.original, held.keyframe, held.sealed)] == [
        None
    ] * 3
    return held


def test_a_range_is_served_to_who_may_read_and_to_nobody_else(house: House, sealed: Held) -> None:
    address = f"{API}/items/{sealed.item}/files/{sealed.original}/content"
    whole = house.visitor("steward").get(address)
    assert (whole.status_code, whole.headers["etag"]) == (200, f'"{sealed.original}"')
    assert Digest.of(whole.content).hex == sealed.original
    part = house.visitor("steward").get(address, headers={"Range": "bytes=100-355"})
    assert (part.status_code, part.content) == (206, PICTURE[100:356])
    assert part.headers["content-range"] == f"bytes 100-355/{len(whole.content)}"
    assert house.visitor("reviewer").get(address).status_code == 404


def test_the_item_says_which_of_its_files_lie_as_ciphertext(house: House, sealed: Held) -> None:
    def lies_sealed(item: str) -> set[bool]:
        told = house.visitor("steward").get(f"{API}/items/{item}").json()
        return {file["is_enciphered"] for file in [*told["files"], *told["products"]] if file["sha256"]}

    assert lies_sealed(sealed.item) == {True}
    assert lies_sealed(house.captured().item) == {False}


def test_a_stewards_package_holds_the_plain_files_and_verifies(house: House, sealed: Held, tmp_path: Path) -> None:
    answer = house.visitor("steward").get(f"{API}/items/{sealed.item}/package")
    assert answer.status_code == 200, answer.text
    (tmp_path / "package.zip").write_bytes(answer.content)
    keys = house.visitor("nobody").get(f"{API}/ledger/keys").json()["keys"]
    trust = split_keys("".join(f"{one['key']} {one['first_size']}\n" for one in keys))
    findings = verify_at(tmp_path / "package.zip", trust)
    assert exit_code(findings) == 0, findings


def test_without_its_key_a_file_is_refused_with_the_name_of_what_is_missing(
    house: House, sealed: Held, api_settings: Settings
) -> None:
    path = api_settings.item_keys.path(sealed.item)
    key = path.read_bytes()
    path.unlink()
    answer = house.visitor("steward").get(f"{API}/items/{sealed.item}/files/{sealed.original}/content")
    path.write_bytes(key)
    assert answer.status_code == 503
    assert f"{sealed.item}.key is missing" in answer.json()["detail"]
