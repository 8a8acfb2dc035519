"""What the player is given: what to play, the time of every frame, small pictures, and why there is nothing yet."""

import io
import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage import queue
from storage.archive import Archive
from storage.blobs.base import Blob
from storage.db.session import transaction
from storage.domain.cancelling import CancelOrder
from storage.domain.kept import Kept
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import FileRole, Outcome
from tests.api.house import API, House

JPEG = b"\xff\xd8\xff"
VIDEO = {"kind": "video", "is_attached_picture": False}
AUDIO = {"kind": "audio", "is_attached_picture": False}
FILE = {
    "width": 720, "height": 1280, "rotation_deg": -90, "rate": "30000/1001", "variable_rate": False, "frames": 5,
    "start_s": 2.0, "duration_s": 0.2, "sample_aspect": "1",
}  # fmt: skip
TIMES_US = (0, 33367, 66733, 133467, 166833)
"""Of six frames the fourth is lost."""


@dataclass
class Shelf:
    """Fills one fresh item, kind by kind."""

    house: House
    item: str
    capture: str
    original: Blob
    kept: list[Kept]

    def keep(self, kind: str, content: bytes | None, media_type: str = "image/jpeg", **told: Any) -> str:
        payload: Mapping[str, Any] = {"original": self.original.digest.hex, **told}
        if content is None:
            self.kept.append(Kept(kind, FileRole.PRODUCT, "application/json", payload))
            return ""
        blob = self.house.blobs.put(io.BytesIO(content))
        digests = blob.digest.hex, blob.sha512, blob.size_bytes
        self.kept.append(Kept(kind, FileRole.PRODUCT, media_type, payload, False, *digests))
        return blob.digest.hex

    def probe(self, *streams: Mapping[str, Any], **file: Any) -> None:
        self.keep("probe", None, file=FILE | file, streams=list(streams), notes=[], versions={})

    def times(self, lost: int = 0, times_us: tuple[int, ...] = TIMES_US) -> str:
        told = {"count": len(times_us), "bytes_each": 4, "lost": lost, "first_pts": 180_000, "time_base": "1/90000"}
        return self.keep("frame_times", array("I", times_us).tobytes(), "application/octet-stream", **told)

    def analysed(self) -> str:
        shots = [
            {"start_s": 2.0, "end_s": 2.1334, "start_frame": 0, "end_frame": 4, "transition": "start"}
            | {"start_pts": 180_000, "end_pts": 192_012, "time_base": "1/90000"},
            {"start_s": 2.1334, "end_s": 2.2, "start_frame": 4, "end_frame": 6, "transition": "cut"}
            | {"start_pts": 192_012, "end_pts": 198_018, "time_base": "1/90000"},
        ]
        self.keep("shots", None, shots=shots)
        clear = self.keep(
            "keyframe",
            JPEG + self.original.digest.raw,
            time_s=2.1334,
            pts=192_012,
            time_base="1/90000",
            frame=4,
            shot=1,
        )
        for how in ("sketch", "blur"):
            self.keep(f"keyframe_{how}", JPEG + how.encode() + self.original.digest.raw, keyframe=clear, shot=1)
        grid = {"columns": 2, "rows": 1, "tile_width": 160, "tile_height": 284, "times_s": [2.0, 2.1], "count": 2}
        for name in ("", "_sketch", "_blur"):
            self.keep(f"sprite{name}", JPEG + name.encode() + b"sprite" + self.original.digest.raw, **grid)
        return clear

    def copied(self, **told: Any) -> str:
        told = {"is_needed": True, "first_us": 21_000, "has_sound": True, "sentence": "A copy is played."} | told
        return self.keep("review_copy", b"....ftyp" + self.original.digest.raw, "video/mp4", **told)

    def as_it_is(self) -> None:
        self.keep("review_copy", None, is_needed=False, first_us=2_000_000, has_sound=False, sentence="As it is.")

    def seal(self) -> None:
        self.house.seal(self.capture, *self.kept)

    def read(self, role: str = "reviewer", **query: str) -> dict[str, Any]:
        answer = self.ask(role, **query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def ask(self, role: str = "reviewer", **query: str) -> httpx.Response:
        return self.house.visitor(role).get(f"{API}/items/{self.item}/playback", params=query)

    def content(self, digest: str) -> str:
        return f"{API}/items/{self.item}/files/{digest}/content"


@pytest.fixture
def shelf(house: House) -> Shelf:
    item, _, capture = house.submitted()
    original = house.blobs.put(io.BytesIO(b"a video " + item.encode()))
    kept = Kept(
        "original", FileRole.ORIGINAL, "video/mp4", {}, False, original.digest.hex, original.sha512, original.size_bytes
    )
    return Shelf(house, item, capture, original, [kept])


@pytest.mark.parametrize("is_at_end", [True, False])
def test_fragments_that_were_not_served_are_told_of_and_stand_at_the_end_where_they_would_follow(
    house: House, is_at_end: bool
) -> None:
    item, _, capture = house.submitted()
    original = house.blobs.put(io.BytesIO(b"a part " + item.encode()))
    missing = {"missing": 2, "expected": 9, "is_at_end": is_at_end}
    told = {"fragments_missing": missing}
    digests = (original.digest.hex, original.sha512, original.size_bytes)
    shelf = Shelf(
        house, item, capture, original, [Kept("original", FileRole.ORIGINAL, "video/mp4", told, False, *digests)]
    )
    shot = {"start_s": 0.0, "end_s": 4.5, "start_pts": 0, "end_pts": 405_000, "time_base": "1/90000"}
    quality: dict[str, Any] = {"gaps": [], "black": [], "frozen": [], "silent": []}
    document = {"shots": [shot | {"transition": "start"}], "notes": [], "versions": {}, "quality": quality}
    shelf.probe(VIDEO)
    shelf.keep("shots", json.dumps(document).encode(), "application/json", shot_count=1)
    shelf.seal()
    flaws = shelf.read()["flaws"]
    assert flaws["fragments"] == missing
    placed = [(one["kind"], one["start_pts"], one["end_pts"]) for one in flaws["spans"]]
    assert placed == ([("fragments_missing", 405_000, 405_000)] if is_at_end else [])


def test_the_gaps_of_the_newest_analysis_are_told_in_the_order_of_time_and_with_its_words(shelf: Shelf) -> None:
    ticks = {"time_base": "1/90000"}
    gap = {"kind": "undecodable", "frames": 4, "start_s": 3.0, "end_s": 4.0, "start_pts": 270_000, "end_pts": 360_000}
    black = {"start_s": 2.0, "end_s": 2.5, "start_pts": 180_000, "end_pts": 225_000}
    notes = [
        "4 of 9 pictures cannot be decoded.",
        "The file is not whole. It ends at byte 1,234, where its structure goes on to 5,678.",
        "A sentence of an older engine.",
    ]
    told = {
        **{"shots": [], "notes": notes, "versions": {"engine": "1"}},
        "quality": {"gaps": [gap | ticks], "black": [black | ticks], "frozen": [], "silent": []},
    }
    shelf.probe(VIDEO)
    shelf.keep("shots", json.dumps(told).encode(), "application/json", shot_count=0)
    shelf.seal()
    flaws = shelf.read()["flaws"]
    assert [(one["kind"], one["start_s"], one["frames"]) for one in flaws["spans"]] == [
        ("black", 2.0, 0),
        ("undecodable", 3.0, 4),
    ]
    assert (flaws["count"], flaws["notes"], flaws["found_by"]) == (2, notes, "engine 1")
    assert flaws["remarks"] == [
        {"code": "undecodable", "values": {"pictures": 4, "all": 9}, "because": None, "sentence": notes[0]},
        {
            "code": "not_whole",
            "values": {},
            "because": {"code": "short", "values": {"size": 1234, "end": 5678}},
            "sentence": notes[1],
        },
        {"code": None, "values": {}, "because": None, "sentence": notes[2]},
    ]


def test_an_original_that_is_stepped_as_it_is_comes_with_its_times_and_pictures(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    times, clear = shelf.times(), shelf.analysed()
    shelf.as_it_is()
    shelf.seal()
    told = shelf.read()
    digest = shelf.original.digest.hex
    assert (told["original"], told["state"], told["sentence"]) == (digest, "ready", None)
    assert told["video"] == {
        "content": shelf.content(digest),
        "media_type": "video/mp4",
        "is_original": True,
        "is_tone_mapped": False,
    }
    assert (told["width"], told["height"], told["rotation_deg"]) == (720, 1280, -90)
    assert told["rate"] == pytest.approx(29.97, abs=0.001)
    assert (told["frames"], told["start_s"], told["duration_s"]) == (5, 2.0, 0.2)
    assert told["frame_times"] == {
        **{"content": shelf.content(times), "count": 5, "bytes_each": 4, "first_us": 2_000_000},
        **{"digest": f"sha256:{times}"},
    }
    assert [(shot["start_frame"], shot["end_frame"]) for shot in told["shots"]] == [(0, 4), (4, 6)]
    [keyframe] = told["keyframes"]
    assert (keyframe["sha256"], keyframe["frame"], keyframe["shot"]) == (clear, 4, 1)
    addresses = [*keyframe["content"].values(), *told["sprite"]["content"].values()]
    assert len(set(addresses)) == 6
    for address in addresses:
        answer = shelf.house.visitor("reviewer").get(address)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"].startswith("inline")
    assert told["sprite"]["times_s"] == [2.0, 2.1]
    assert (told["waveform"], told["has_sound"]) == (None, False)


def test_frame_times_come_as_the_bytes_they_are(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.times()
    shelf.as_it_is()
    shelf.seal()
    answer = shelf.house.visitor("reviewer").get(shelf.read()["frame_times"]["content"])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert tuple(array("I", answer.content)) == TIMES_US


def test_a_review_copy_takes_the_place_of_the_original_and_says_so(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.times()
    copy = shelf.copied(is_tone_mapped=True)
    heights = shelf.keep("waveform", bytes(50), "application/octet-stream", buckets=50)
    shelf.seal()
    told = shelf.read()
    video = {"content": shelf.content(copy), "media_type": "video/mp4"}
    assert told["video"] == video | {"is_original": False, "is_tone_mapped": True}
    assert told["frame_times"]["first_us"] == 21_000
    assert told["has_sound"]
    assert told["waveform"] == {"content": shelf.content(heights), "buckets": 50}
    part = shelf.house.visitor("reviewer").get(told["video"]["content"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")


def test_frame_numbers_of_shots_are_positions_among_the_frames_that_are_shown(shelf: Shelf) -> None:
    """The engine counts the lost frame too; a player cannot stop at it."""
    shelf.probe(VIDEO)
    shelf.times(lost=1)
    shelf.analysed()
    shelf.copied()
    shelf.seal()
    told = shelf.read()
    assert [(shot["start_frame"], shot["end_frame"]) for shot in told["shots"]] == [(0, 3), (3, 5)]
    assert [keyframe["frame"] for keyframe in told["keyframes"]] == [3]


def test_keyframes_of_an_earlier_analysis_do_not_stay_beside_the_newest_shots(shelf: Shelf) -> None:
    """A newer analysis that finds fewer shots has no keyframe for the last of the earlier ones."""
    shelf.probe(VIDEO)
    shelf.times()
    shelf.analysed()
    shelf.as_it_is()
    shelf.seal()
    client = shelf.house.visitor("reviewer")
    capture = client.post(f"{API}/items/{shelf.item}/captures").json()["capture"]
    again = Shelf(shelf.house, shelf.item, capture, shelf.original, [])
    whole = {"start_s": 2.0, "end_s": 2.2, "start_frame": 0, "end_frame": 6, "transition": "start"}
    again.keep("shots", None, shots=[whole | {"start_pts": 180_000, "end_pts": 198_018, "time_base": "1/90000"}])
    pts = {"time_s": 2.0, "pts": 180_000, "time_base": "1/90000", "frame": 0}
    clear = again.keep("keyframe", JPEG + b"anew" + shelf.original.digest.raw, shot=0, **pts)
    again.seal()
    told = again.read()
    assert len(told["shots"]) == 1
    assert [(keyframe["shot"], keyframe["sha256"]) for keyframe in told["keyframes"]] == [(0, clear)]


def test_before_the_copy_is_there_the_player_is_told_to_wait_and_sees_what_there_is(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.times()
    shelf.analysed()
    shelf.seal()
    told = shelf.read()
    assert (told["state"], told["video"], told["frame_times"]) == ("preparing", None, None)
    assert told["sprite"] is not None
    assert len(told["shots"]) == 2


def test_the_first_look_shows_stills_until_the_shots_are_known(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    told = {"looked": "seen", "key_frames": 3, "damaged": 1, "notes": [], "versions": {}}
    shelf.keep("arrival", b"{}" + shelf.original.digest.raw, "application/json", **told)
    grid = {"columns": 2, "rows": 1, "tile_width": 240, "tile_height": 135, "times_s": [2.0, 2.1], "count": 2}
    stills = {
        name: shelf.keep(f"first_stills{name}", JPEG + name.encode(), **grid) for name in ("", "_sketch", "_blur")
    }
    shelf.seal()
    told = shelf.read()
    assert (told["state"], told["sprite"]) == ("preparing", None)
    look = told["first_look"]
    assert (look["looked"], look["key_frames"], look["damaged"]) == ("seen", 3, 1)
    assert look["stills"]["content"] == {
        name: shelf.content(stills[kind]) for name, kind in (("clear", ""), ("sketch", "_sketch"), ("blur", "_blur"))
    }
    client = shelf.house.visitor("reviewer")
    capture = client.post(f"{API}/items/{shelf.item}/captures").json()["capture"]
    again = Shelf(shelf.house, shelf.item, capture, shelf.original, [])
    again.analysed()
    again.seal()
    assert again.read()["first_look"] is None


def test_a_first_look_that_saw_nothing_says_why_and_shows_nothing(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.keep("arrival", None, looked="no_times", key_frames=0, damaged=0, notes=[], versions={})
    shelf.seal()
    assert shelf.read()["first_look"] == {"looked": "no_times", "key_frames": 0, "damaged": 0, "stills": None}


def test_a_step_that_failed_for_good_says_why_and_a_fault_of_ours_keeps_its_words_to_itself(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.seal()
    with transaction(shelf.house.engine) as session:
        session.execute(
            text(
                "UPDATE job SET state = 'dead', error_class = 'permanent', error_code = 'too_large',"
                " error_sentence = 'Too large.'"
                " WHERE capture_id = :capture"
            ),
            {"capture": shelf.capture},
        )
    told = shelf.read()
    assert (told["state"], told["code"], told["sentence"]) == ("none", "too_large", "Too large.")
    with transaction(shelf.house.engine) as session:
        broken = text("UPDATE job SET error_class = 'fault', error_code = 'fault' WHERE capture_id = :c")
        session.execute(broken, {"c": shelf.capture})
    told = shelf.read()
    assert told["code"] == "fault"
    assert told["sentence"] == "Preparing this file for the player failed on our side."


def test_sound_alone_is_given_to_a_plain_player(house: House) -> None:
    item, _, capture = house.submitted()
    sound = house.blobs.put(io.BytesIO(b"a sound " + item.encode()))
    kept = [
        Kept("original", FileRole.ORIGINAL, "audio/mpeg", {}, False, sound.digest.hex, sound.sha512, sound.size_bytes)
    ]
    shelf = Shelf(house, item, capture, sound, kept)
    shelf.probe(AUDIO, {"kind": "video", "is_attached_picture": True}, rate=None, width=0, height=0)
    heights = shelf.keep("waveform", bytes(50), "application/octet-stream", buckets=50)
    shelf.seal()
    told = shelf.read()
    assert told["waveform"] == {"content": shelf.content(heights), "buckets": 50}
    assert (told["state"], told["video"], told["has_sound"]) == ("none", None, True)
    assert told["sound"]["content"] == shelf.content(sound.digest.hex)
    assert (told["code"], "only sound" in told["sentence"]) == ("no_picture", True)


def test_a_post_of_pictures_alone_is_shown_in_its_order_and_says_what_it_lacks(house: House) -> None:
    item, _, capture = house.submitted()
    blobs = [house.blobs.put(io.BytesIO(JPEG + bytes([number]) + item.encode())) for number in range(2)]
    kept = [
        Kept("photo", FileRole.ORIGINAL, "image/jpeg", {}, False, blob.digest.hex, blob.sha512, blob.size_bytes)
        for blob in blobs
    ]
    shelf = Shelf(house, item, capture, blobs[0], kept)
    shelf.seal()
    told = shelf.read()
    assert (told["original"], told["state"], told["video"]) == (None, "none", None)
    assert [one["content"] for one in told["pictures"]] == [shelf.content(blob.digest.hex) for blob in blobs]
    assert (told["code"], "no video" in told["sentence"]) == ("pictures_only", True)
    shown = house.visitor("reviewer").get(told["pictures"][0]["content"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")


def test_a_copy_whose_making_was_cancelled_is_not_waited_for(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.times()
    shelf.analysed()
    shelf.seal()
    with transaction(shelf.house.engine) as session:
        queue.owe(
            session, key=f"review of {shelf.item}", queue="media", step="review", step_version="1",
            item_id=shelf.item, capture_id=shelf.capture,
        )  # fmt: skip
    assert shelf.read()["state"] == "preparing"
    with transaction(shelf.house.engine) as session:
        Archive(session, OPERATOR).cancel_analysis(shelf.item, CancelOrder(reason="It is a copy."))
    told = shelf.read()
    assert (told["state"], told["is_cancelled"]) == ("none", True)
    assert told["code"] == "cancelled"
    assert told["sentence"] == "The analysis was cancelled before this file could be played."


def test_a_moment_that_shows_what_was_shown_before_has_its_picture_and_says_so(shelf: Shelf) -> None:
    ticks = {"time_base": "1/90000", "transition": "cut"}
    shots = [
        {"start_s": at, "end_s": at + 2, "start_pts": at * 90_000, "end_pts": (at + 2) * 90_000} | ticks
        for at in (2, 4, 6)
    ]
    moments = [{"time_s": at + 1.0, "pts": (at + 1) * 90_000, "frame": at, "shot": at // 2 - 1} for at in (2, 4, 6)]
    link = moments[2] | {"same_as": {"time_s": 3.0, "pts": 270_000, "frame": 2, "shot": 0}}
    lost = link | {"pts": 5, "same_as": {"time_s": 9.0, "pts": 810_000, "frame": 9, "shot": 0}}
    quality: dict[str, Any] = {"gaps": [], "black": [], "frozen": [], "silent": []}
    document = {"shots": shots, "notes": [], "versions": {}, "quality": quality}
    document["keyframes"] = [*moments[:2], link, lost]
    shelf.probe(VIDEO)
    shelf.keep("shots", json.dumps(document).encode(), "application/json", shot_count=3)
    first, second = (
        shelf.keep("keyframe", JPEG + bytes([number]) + shelf.original.digest.raw, time_base="1/90000", **told)
        for number, told in enumerate(moments[:2])
    )
    shelf.seal()
    told = shelf.read()["keyframes"]
    assert [(one["shot"], one["time_s"], one["sha256"], one["same_as_s"]) for one in told] == [
        (0, 3.0, first, None),
        (1, 5.0, second, None),
        (2, 7.0, first, 3.0),
    ]
    assert told[2]["content"] == told[0]["content"]


def test_oblong_points_are_counted_in_the_size(shelf: Shelf) -> None:
    shelf.probe(VIDEO, width=576, height=720, rotation_deg=0, sample_aspect="16/11")
    shelf.seal()
    assert (shelf.read()["width"], shelf.read()["height"]) == (838, 720)


def test_an_item_without_a_capture_waits_and_one_whose_capture_failed_has_nothing(house: House) -> None:
    item, _, capture = house.submitted()
    address = f"{API}/items/{item}/playback"
    waiting = house.visitor("reviewer").get(address).json()
    assert (waiting["original"], waiting["state"]) == (None, "preparing")
    house.fail(capture, Outcome.REMOVED, "It is gone.")
    failed = house.visitor("reviewer").get(address).json()
    assert (failed["code"], failed["sentence"]) == ("nothing_to_play", "There is no file to play.")


def test_one_of_several_originals_is_chosen_by_digest(shelf: Shelf) -> None:
    shelf.probe(VIDEO)
    shelf.times()
    shelf.as_it_is()
    other = shelf.house.blobs.put(io.BytesIO(b"another " + shelf.item.encode()))
    digests = other.digest.hex, other.sha512, other.size_bytes
    shelf.kept.append(Kept("original", FileRole.ORIGINAL, "audio/mp4", {}, False, *digests))
    shelf.seal()
    assert shelf.read()["original"] == shelf.original.digest.hex
    assert shelf.read(original=other.digest.hex)["original"] == other.digest.hex
    assert shelf.ask(original="0" * 64).status_code == 404
    assert shelf.ask(original="nothing").status_code == 400


def test_another_file_of_the_same_capture_is_not_said_to_be_on_its_way(shelf: Shelf) -> None:
    other = shelf.house.blobs.put(io.BytesIO(b"another " + shelf.item.encode()))
    digests = other.digest.hex, other.sha512, other.size_bytes
    shelf.kept.append(Kept("original", FileRole.ORIGINAL, "video/mp4", {}, False, *digests))
    shelf.probe(VIDEO)
    told = {"original": other.digest.hex, "file": {}, "streams": [VIDEO]}
    shelf.kept.append(Kept("probe", FileRole.PRODUCT, "application/json", told, False))
    shelf.times()
    shelf.analysed()
    shelf.as_it_is()
    shelf.seal()
    waiting = shelf.read(original=other.digest.hex)
    assert (waiting["original"], waiting["state"]) == (other.digest.hex, "none")
    assert (waiting["code"], "without being prepared" in waiting["sentence"]) == ("not_prepared", True)


def test_a_sealed_original_is_not_told_of_to_reviewers(shelf: Shelf) -> None:
    one = shelf.kept[0]
    shelf.kept[0] = Kept(one.kind, one.role, one.media_type, {}, True, one.sha256, one.sha512, one.size_bytes)
    shelf.seal()
    assert shelf.read()["original"] is None
    assert shelf.read("steward")["original"] == shelf.original.digest.hex
