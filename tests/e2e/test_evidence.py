"""Evidence leaves the archive and is checked without it; the archive itself is looked through."""

import json
import shutil
from pathlib import Path

import pytest

from tests.site import Site
from tests.whole import House

pytestmark = pytest.mark.stack


def test_an_item_is_exported_from_a_running_stack_and_proved_without_it(
    house: House, site: Site, tmp_path: Path
) -> None:
    told = house.ingest(site.url("/direct.mp4"))
    package, keys = tmp_path / "package.zip", tmp_path / "keys.txt"
    house.svidok("export", told["item"], "-o", str(package))
    house.svidok("export", told["item"], "-o", str(tmp_path / "folder"))
    nowhere = {"SVIDOK_VAULT": str(tmp_path / "no vault at all")}
    unproved = json.loads(house.svidok("verify", str(package), "--json", expect=3, **nowhere))
    assert unproved["proved"] is False
    key = house.api.get("/ledger/keys").json()["keys"][0]["key"]
    keys.write_text(f"{key}\n")
    proved = json.loads(house.svidok("verify", str(package), "--key", str(keys), "--json", **nowhere))
    assert proved["proved"] is True
    assert [one["verdict"] for one in proved["findings"]][:7] == ["pass"] * 7
    whole = house.svidok("verify", str(tmp_path / "folder"), "--key", str(keys), **nowhere)
    assert "Everything this package claims is proved." in whole
    [original] = (tmp_path / "folder" / "data" / "originals").iterdir()
    assert original.read_bytes() == site.media.direct
    original.chmod(0o600)
    original.write_bytes(original.read_bytes()[:-1])
    altered = house.svidok("verify", str(tmp_path / "folder"), "--key", str(keys), expect=1, **nowhere)
    assert f"originals/{original.name}" in altered
    shutil.rmtree(tmp_path / "folder" / "data")
    house.svidok("verify", str(tmp_path / "folder"), expect=1, **nowhere)
    house.svidok("verify", str(keys), expect=2, **nowhere)


def test_a_vault_that_was_touched_is_found_out(house: House, site: Site) -> None:
    house.ingest(site.url("/faststart.mp4"))
    sound = json.loads(house.svidok("audit", "--json"))
    assert sound["sound"] is True
    assert sound["looked_at"]["events"] > 4
    kept = next(path for path in (house.stack.vault / "blobs" / "sha256").rglob("*") if path.is_file())
    whole = kept.read_bytes()
    kept.chmod(0o600)
    kept.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = json.loads(house.svidok("audit", "--json", expect=1))
    assert [flaw["subject"] for flaw in found["flaws"]] == [f"sha256:{kept.name}"]
    kept.write_bytes(whole)
    assert "as it was written" in house.svidok("audit")
