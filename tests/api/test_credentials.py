"""What originals say of their own origin: for reviewers all of it, in a record nothing but the state."""

import io
from typing import Any

import pytest

from storage.domain.credentials import CredentialsDocument, CredentialState, Manifest, Signer, Tag, Tags
from storage.domain.kept import Kept
from storage.domain.vocab import FileRole
from tests.api.house import API, House, kept, place

SECRETS = ("Olena", "+48.0160", "Maker")


def _read(house: House, original: str, state: str, **tags: str) -> Kept:
    """A reading of an original, kept as the step keeps it."""
    located = Tag(where="container", name="location", value="+48.0160+037.8020/")
    document = CredentialsDocument(
        original=original,
        manifest=Manifest(state=CredentialState(state), signer=Signer(name="Olena Camera")),
        tags=Tags(make="Maker", location=located.value, all=[located], **tags),
    )
    blob = house.blobs.put(io.BytesIO(document.model_dump_json().encode()))
    return kept("credentials", FileRole.PRODUCT, "application/json", blob, {"original": original, "state": state})


def _item(house: House, sensitivity: str, *states: str) -> tuple[str, str]:
    """An item with an original that was read as often as there are states; and the original's digest."""
    item, _, capture = house.submitted(sensitivity)
    original = house.blobs.put(io.BytesIO(b"signed " + item.encode()))
    readings = [_read(house, original.digest.hex, state, software=str(n)) for n, state in enumerate(states)]
    house.seal(capture, kept("original", FileRole.ORIGINAL, "video/mp4", original), *readings)
    return item, original.digest.hex


def _asked(house: House, item: str, role: str = "reviewer") -> Any:
    return house.visitor(role).get(f"{API}/items/{item}/credentials")


def test_a_reviewer_reads_who_signed_and_what_the_tags_say_in_the_newest_reading(house: House) -> None:
    item, original = _item(house, "restricted", "absent", "valid")
    [told] = _asked(house, item).json()
    assert (told["original"], told["manifest"]["state"]) == (original, "valid")
    assert told["manifest"]["signer"]["name"] == "Olena Camera"
    assert (told["tags"]["location"], told["tags"]["software"]) == ("+48.0160+037.8020/", "1")


def test_an_item_that_was_read_before_there_was_such_a_step_has_no_reading(house: House) -> None:
    assert _asked(house, _item(house, "restricted")[0]).json() == []


@pytest.mark.parametrize("sensitivity", ["public", "researcher"])
def test_places_names_and_devices_never_reach_those_who_read_records(house: House, sensitivity: str) -> None:
    item, original = _item(house, sensitivity, "trusted")
    house.visitor("reviewer").post(f"{API}/items/{item}/assertions", json=place())
    published = house.visitor("lead").post(f"{API}/items/{item}/publication", json={})
    assert published.status_code == 201, published.text
    researcher = house.visitor("researcher")
    record = f"{API}/records/{published.json()['pid']}"
    [told] = researcher.get(record).json()["originals"]
    assert (told["sha256"], told["content_credentials"]) == (original, "trusted")
    for address in (record, f"{record}/v/1", f"{record}?format=geojson", f"{record}?format=csv"):
        text = researcher.get(address).text
        assert not [secret for secret in SECRETS if secret in text]
    assert _asked(house, item, "researcher").status_code == 403
    events = house.visitor("reviewer").get(f"{API}/items/{item}/events").text
    assert not [secret for secret in SECRETS if secret in events]


def test_a_record_of_a_file_that_was_not_read_says_nothing_of_credentials(house: House) -> None:
    item, _ = _item(house, "researcher")
    told = house.visitor("lead").post(f"{API}/items/{item}/publication", json={}).json()
    assert "content_credentials" not in told["originals"][0]
