"""What the README tells people to type works as it stands."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.site import Site
from tests.whole import House
from workers.steps import STEPS

pytestmark = pytest.mark.stack
ROOT = Path(__file__).parents[2]


def test_the_tour_of_the_readme_leads_from_an_address_to_a_record_on_the_map(
    house: House, site: Site, tmp_path: Path
) -> None:
    [tour] = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "VIDEO": site.url("/faststart.mp4"),
        "API": str(house.api.base_url).rstrip("/"),
        "SVIDOK_VAULT": str(house.stack.vault),
    }
    walked = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", tour],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert "Found again: rec_" in walked.stdout
    published = json.loads((tmp_path / "tour" / "published.json").read_text())
    found = json.loads((tmp_path / "tour" / "found.json").read_text())
    assert published["pid"] in [record["pid"] for record in found["data"]]
    on_the_map = json.loads((tmp_path / "tour" / "found.geojson").read_text())
    assert [104.305, 52.2869] in [feature["geometry"]["coordinates"] for feature in on_the_map["features"]]
    told = [one["event"]["type"] for one in json.loads((tmp_path / "tour" / "events.json").read_text())["data"]]
    after_the_steps = ["local:assertion"] * 3 + ["local:publication"]
    assert told[-4:] == after_the_steps
    # A file that is fetched directly stands on no page, and a second opinion is owed only where its network is.
    owed = [step for step in STEPS if "post" not in step.needs and step.name != "opinion"]
    assert told[:-4].count("creation") == len(owed)
