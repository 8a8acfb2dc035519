"""A house with something of everything in it: items said much and little about, records, registers, failures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.media import draw
from tests.whole import settled


@dataclass
class Furnished:
    """What stands in the house, by id; `receipts` by what became of them."""

    full: str = ""
    bare: str = ""
    held: str = ""
    failed: str = ""
    original: str = ""
    unit: str = ""
    place: str = ""
    records: list[str] = field(default_factory=list)
    receipts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Furnisher:
    """Brings things into a house through its API."""

    api: httpx.Client

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.api.post(path, json=body, headers=headers)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    def settled(self, submission: str) -> Any:
        """The receipt once nothing more is done for it."""
        return settled(self.api, submission)

    def upload(self, clip: Path, name: str) -> Any:
        answer = self.api.post("/uploads", params={"name": name}, content=clip.read_bytes())
        assert answer.is_success, answer.text
        return answer.json()

    def say(self, item: str, kind: str, body: dict[str, Any], *citations: dict[str, str]) -> None:
        self.post(f"/items/{item}/assertions", {"kind": kind, "body": body, "citations": list(citations)})


def furnish(api: httpx.Client, folder: Path, address: Callable[[str], str]) -> Furnished:
    """Bring something of everything in; `address` names the pages of a site that may be fetched."""
    house, found = Furnisher(api), Furnished()
    clips = [draw.cuts(folder / f"{n}.mp4", lengths=(20, 25, 15), seed=60 + n).path for n in range(3)]
    running = house.post("/submissions", {"url": address("/slow.mp4?rate=300")})
    lost = house.post("/submissions", {"url": address("/gone-post"), "note": "Seen this morning."})
    uploads = [house.upload(clip, name) for clip, name in zip(clips, ("Звернення.mp4", "b.mp4", "c.mp4"), strict=True)]
    found.full, found.bare, found.held = (str(house.settled(one["submission"])["item"]) for one in uploads)
    found.failed = house.settled(lost["submission"])["item"]
    found.receipts = {
        "running": running["submission"],
        "done": uploads[0]["submission"],
        "failed": lost["submission"],
    }
    found.original = api.get(f"/items/{found.full}/playback").json()["original"]
    _fill_registers(house, found)
    _say_everything(house, found)
    for item, audience in ((found.full, "public"), (found.bare, "public")):
        found.records.append(house.post(f"/items/{item}/publication", {"sensitivity": audience})["pid"])
    return found


def _fill_registers(house: Furnisher, found: Furnished) -> None:
    army = house.post("/units", {"name": "4-та армія", "country": "RU", "sidc": "10061000231210000000"})["unit"]
    found.unit = house.post(
        "/units",
        {
            "name": "71 окрема бригада", "country": "RU", "parent": army, "sidc": "10061000181211040000",
            "names": [{"name": "71-я отдельная бригада", "language": "ru", "from": "2009", "until": "2018-03"}],
            "echelon": "brigade", "military_number": "95383", "garrison": "Саратов",
            "sources": ["https://example.org/orbat"], "note": "Drawn.",
        },
    )["unit"]  # fmt: skip
    spot = {"name": "Школа № 3", "lat": 48.12345, "lon": 37.7654, "radius_m": 40, "kind": "school"}
    found.place = house.post("/places", spot | {"names": [{"name": "School 3", "until": "2016"}]})["place"]


def _say_everything(house: Furnisher, found: Furnished) -> None:
    here = {"target": found.original, "selector": "t=0.4,1.2&xywh=percent:14,8,16,40"}
    out = {"target": "https://example.org/map"}

    def say(kind: str, status: str = "accepted", *citations: dict[str, str], **body: Any) -> None:
        house.say(found.full, kind, body if kind == "note" else {"status": status} | body, *citations)

    spot = {"method": "landmark_match", "reasoning": "The tower and the bend of the road.", "confidence": "moderate"}
    say("place", "accepted", here, out, role="camera", lat=52.2869, lon=104.305, radius_m=60, heading_deg=135,
        hfov_deg=60, **spot)  # fmt: skip
    say("place", "candidate", here, role="subject", lat=52.285, lon=104.3085, radius_m=120, **spot)
    for earliest, latest, method in (("24T06", "25T18", "shadow"), ("20T00", "25T09", "platform")):
        say("time", "accepted", here, about="capture", earliest=f"2023-02-{earliest}:00:00Z",
            latest=f"2023-02-{latest}:00:00Z", method=method, reasoning="Shadow.", confidence="low")  # fmt: skip
    named = {"role": "speakers_belong_to", "basis": ["speech"], "reasoning": "They say so.", "confidence": "moderate"}
    say("unit", "accepted", here, unit=found.unit, **named)
    say("unit", "candidate", here, name_as_written="1439-й полк", **named)
    say("content", "accepted", here, summary="Men in uniform read an appeal.", tags=["plea"], language="uk")
    say("note", "", here, text="Compare the badge with the register.")
    say("note", "", text="Ask somebody from the region.")
