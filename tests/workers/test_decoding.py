"""What comes out of the decoder's box is believed only as far as it was looked at."""

import dataclasses
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from storage.blobs.local import LocalBlobs
from storage.errors import DiskFull, Implausible, Rejected
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.workers.copies.test_prints import made as prints_of
from workers import brought, findings
from workers.sandbox import Ended, Ending, Limits, Sandbox
from workers.step import Context, Made, Product, Step
from workers.steps.analyse import Analyse
from workers.steps.arrival import Arrival
from workers.steps.probe import Probe
from workers.steps.review import Review

JPEG = b"\xff\xd8\xff\xe0 a picture"
ORIGINAL = b"evidence of another item"
FINGERPRINTS = prints_of([0, 500, 1000], original=Digest.of(ORIGINAL).hex).encode()
LIMITS = Limits(wall_s=5.0, memory_bytes=1 << 30, processes=16, file_bytes=1 << 20, folder_bytes=1 << 22)
Leave = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class TakenOver(Sandbox):
    """A box in which the decoder obeys its attacker: it leaves what `leave` puts into the folder, and ends as told."""

    leave: Leave = field(default=lambda folder: None)
    returncode: int = 0
    ending: Ending = Ending.EXITED
    stderr: str = ""

    def run(self, argv: Any, *, folder: Path, **more: Any) -> Ended:
        self.leave(folder)
        return Ended(self.ending, self.returncode, "", self.stderr, 0.1)


@dataclass(frozen=True)
class Vault:
    folder: Path
    blobs: LocalBlobs
    original: Digest
    secret: Path

    def analyse(self, leave: Leave, step: Step | None = None, **ended: Any) -> list[Product]:
        scratch = self.folder / "scratch"
        scratch.mkdir()
        said = {"original": self.original.hex, "streams": [{"kind": "video", "is_attached_picture": False}]}
        context = Context(
            inputs=[
                Made("original", self.original, "video/mp4", {}),
                Made("probe", None, "application/json", said),
            ],
            scratch=scratch,
            sandbox=TakenOver(LIMITS, leave=leave, **ended),
            open_local=lambda digest: self.blobs.local_copy(digest, scratch),
            report=lambda _: None,
        )
        return list((step or Analyse()).run(context))


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    secret = tmp_path / "operator.token"
    secret.write_text("svk_secret")
    blobs = LocalBlobs(tmp_path / "blobs")
    return Vault(tmp_path, blobs, blobs.put(io.BytesIO(ORIGINAL)).digest, secret)


SPAN = {"start_s": 1.0, "end_s": 2.5, "start_pts": 2, "end_pts": 5, "time_base": "1/2"}


def shot(number: int) -> dict[str, Any]:
    return {
        **{"start_s": float(number), "end_s": number + 1.0, "start_pts": number, "end_pts": number + 1},
        **{"time_base": "1/1", "start_frame": number, "end_frame": number + 1, "transition": "cut"},
        **{"transition_start_s": float(number), "transition_end_s": float(number)},
        **{"transition_start_pts": number, "transition_end_pts": number},
    }


def frame(number: int = 0, **other: Any) -> dict[str, Any]:
    told = {
        "time_s": 0.0,
        "pts": 0,
        "time_base": "1/1",
        "frame": 0,
        "shot": number,
        "number": number,
        "width": 4,
        "height": 4,
    }
    told |= {"file": f"keyframe-{number:04d}.jpg", "sha256": Digest.of(JPEG).hex, "size_bytes": len(JPEG)}
    return told | {"media_type": "image/jpeg"} | other


def document(*frames: Mapping[str, Any], **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"file": {"sha256": Digest.of(ORIGINAL).hex}, "streams": [], "notes": [], "versions": {}}
    told |= {"sound": None, "shots": [shot(number) for number in range(2)], "keyframes": list(frames)}
    told |= {"fingerprint_file": fingerprint_file(FINGERPRINTS)}
    return told | {"quality": {"gaps": [], "frozen": [], "black": [], "silent": []}} | other


def fingerprint_file(content: bytes) -> dict[str, Any]:
    return {"file": "fingerprints.bin", "sha256": Digest.of(content).hex, "size_bytes": len(content)}


def viewing(**other: Any) -> dict[str, Any]:
    """What the engine says of a file that has nothing for the player."""
    told: dict[str, Any] = {"file": {"sha256": Digest.of(ORIGINAL).hex}, "frame_times": None, "waveform": None}
    return told | {"sprites": [], "shields": []} | other


def leaves(told: object, **files: bytes) -> Leave:
    def leave(folder: Path) -> None:
        (folder / "analysis.json").write_text(json.dumps(told))
        (folder / "fingerprints.bin").write_bytes(FINGERPRINTS)
        (folder / "viewing.json").write_text(json.dumps(viewing()))
        for name, content in files.items():
            (folder / f"{name.replace('_', '-')}.jpg").write_bytes(content)

    return leave


def test_an_honest_document_becomes_shots_and_keyframes_and_its_lists_stay_in_the_file(vault: Vault) -> None:
    told = document(frame(0), frame(1), quality={"gaps": [], "frozen": [SPAN], "black": [SPAN, SPAN], "silent": []})
    shots, prints, first, second = vault.analyse(leaves(told, keyframe_0000=JPEG, keyframe_0001=JPEG))
    assert shots.payload == {
        **{"original": vault.original.hex, "file": told["file"], "notes": [], "versions": {}},
        **{"sound": None, "shot_count": 2, "quality_count": 3},
        "flaws": {"frozen": {"count": 1, "seconds": 1.5}, "black": {"count": 2, "seconds": 3.0}},
    }
    assert shots.path is not None
    assert json.loads(shots.path.read_bytes())["shots"] == told["shots"]
    assert (prints.kind, prints.payload["hashes"]) == ("fingerprints", 3)
    assert (first.payload["shot"], second.payload["shot"]) == (0, 1)
    assert "file" not in first.payload


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../operator.token", "keyframe-1.jpg", "analysis.json", "keyframe-0000.jpg\n", "", "."]
)
def test_a_keyframe_by_any_name_but_its_own_is_not_believed(vault: Vault, name: str) -> None:
    with pytest.raises(Implausible):
        vault.analyse(leaves(document(frame(0, file=name)), keyframe_0000=JPEG))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        FINGERPRINTS[:-1],
        prints_of([0, 500], original="0" * 64).encode(),
        FINGERPRINTS[:-4] + b"what",
    ],
    ids=["none", "cut short", "of another file", "changed"],
)
def test_fingerprints_that_are_none_or_of_another_file_are_not_believed(vault: Vault, content: bytes) -> None:
    is_named = content != FINGERPRINTS[:-4] + b"what"

    def leave(folder: Path) -> None:
        told = document(**({"fingerprint_file": fingerprint_file(content)} if is_named else {}))
        leaves(told)(folder)
        (folder / "fingerprints.bin").write_bytes(content)

    with pytest.raises(Implausible):
        vault.analyse(leave)


def test_a_keyframe_that_is_a_file_of_the_vault_is_neither_read_nor_destroyed(vault: Vault) -> None:
    kept = vault.blobs.local_copy(vault.original, vault.folder)
    for number, target in enumerate((vault.secret, kept)):
        with pytest.raises(Implausible):
            vault.analyse(leaves(document(frame(number, file=str(target)))))
        (vault.folder / "scratch").rename(vault.folder / f"scratch-{number}")
    assert vault.secret.read_text() == "svk_secret"
    assert vault.blobs.size_bytes(vault.original) == len(ORIGINAL)


def _symlink(path: Path, vault: Vault) -> None:
    path.symlink_to(vault.secret)


def _pipe(path: Path, vault: Vault) -> None:
    os.mkfifo(path)


def _folder(path: Path, vault: Vault) -> None:
    path.mkdir()


def _second_name(path: Path, vault: Vault) -> None:
    path.with_name("other").write_bytes(JPEG)
    os.link(path.with_name("other"), path)


def _nothing(path: Path, vault: Vault) -> None:
    return


@pytest.mark.parametrize("lay", [_symlink, _pipe, _folder, _second_name, _nothing])
@pytest.mark.parametrize("name", ["keyframe-0000.jpg", "analysis.json", "error.json", "probe.json"])
def test_what_is_no_plain_file_is_not_opened(vault: Vault, name: str, lay: Callable[[Path, Vault], None]) -> None:
    def leave(folder: Path) -> None:
        leaves(document(frame(0)), keyframe_0000=JPEG)(folder)
        (folder / name).unlink(missing_ok=True)
        lay(folder / name, vault)

    ended = {"returncode": 3} if name == "error.json" else {}
    with pytest.raises(Implausible):
        vault.analyse(leave, Probe() if name == "probe.json" else Analyse(), **ended)


SOUND = {"sha256": Digest.of(ORIGINAL).hex, "stream": 1, "tracks": 1, "laid": "by_time"}

LIES: dict[str, Any] = {
    "no object": [],
    "nothing": {},
    "another file": document(file={"sha256": Digest.of(b"other").hex}),
    "a file of things": document(file={"sha256": Digest.of(ORIGINAL).hex, "container": {"deep": []}}),
    "shots that are numbers": document(shots=[1, 2]),
    "a shot that ends in words": document(shots=[shot(0) | {"end_s": "late"}]),
    "a count that is no number": document(frame(0, shot="0")),
    "a shot that is not there": document(frame(2)),
    "a gap of no kind": document(quality={"gaps": [SPAN | {"kind": "rumour"}]}),
    "one keyframe twice": document(frame(0), frame(0)),
    "a keyframe of another number": document(frame(1, file="keyframe-0000.jpg")),
    "a link that leads nowhere": document({"shot": 0, "frame": 5}),
    "a link of a shot that is not there": document({"shot": 2, "frame": 5, "same_as": {"frame": 0}}),
    "another digest": document(frame(0, sha256=Digest.of(b"other").hex)),
    "another size": document(frame(0, size_bytes=1)),
    "another kind": document(frame(0, media_type="text/html")),
    "a time beyond counting": document(frame(0, pts=2**60)),
    "a time that is no number": document(frame(0, time_s=float("nan"))),
    "no word on the sound": {name: told for name, told in document().items() if name != "sound"},
    "the sound of another file": document(sound=SOUND | {"sha256": Digest.of(b"other").hex}),
    "a track of none": document(sound=SOUND | {"tracks": 0}),
    "a sound that lies somewhere": document(sound=SOUND | {"laid": "somewhere"}),
    "half a letter": document(notes=["\ud800"]),
    "an endless note": document(notes=["x" * 100_000]),
}


@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_document_that_says_what_the_engine_never_says_is_not_believed(vault: Vault, lie: str) -> None:
    with pytest.raises(Implausible):
        vault.analyse(leaves(LIES[lie], keyframe_0000=JPEG, keyframe_0002=JPEG))


@pytest.mark.parametrize("content", [b"", b"no JSON", b"[" * 100_000, b"\xff"])
def test_a_document_that_cannot_be_read_is_not_believed(vault: Vault, content: bytes) -> None:
    with pytest.raises(Implausible):
        vault.analyse(lambda folder: (folder / "analysis.json").write_bytes(content))


def test_a_keyframe_that_is_no_jpeg_is_not_believed(vault: Vault) -> None:
    page = b"<script>"
    told = document(frame(0, sha256=Digest.of(page).hex, size_bytes=len(page)))
    with pytest.raises(Implausible):
        vault.analyse(leaves(told, keyframe_0000=page))


def test_a_document_and_a_picture_beyond_their_sizes_are_not_read(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(folder: Path) -> None:
        with (folder / "analysis.json").open("wb") as file:
            file.truncate(findings.DOCUMENT_LIMIT_BYTES + 1)

    with pytest.raises(Implausible):
        vault.analyse(leave)
    (vault.folder / "scratch").rename(vault.folder / "scratch-0")
    monkeypatch.setattr(findings, "PICTURE_LIMIT_BYTES", len(JPEG) - 1)
    with pytest.raises(Implausible):
        vault.analyse(leaves(document(frame(0)), keyframe_0000=JPEG))


@pytest.mark.parametrize(("ending", "code"), [(Ending.TIMED_OUT, "took_too_long"), (Ending.FOLDER_FULL, "too_large")])
def test_what_takes_too_long_is_not_called_too_large(vault: Vault, ending: Ending, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        vault.analyse(lambda folder: None, ending=ending)
    assert refused.value.code == code


def test_more_shots_than_can_be_kept_are_refused_for_good(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "SHOTS", 1)
    with pytest.raises(Rejected) as refused:
        vault.analyse(leaves(document()))
    assert refused.value.code == "too_many"


def test_a_payload_stays_small_however_long_the_video(vault: Vault) -> None:
    shots, _ = vault.analyse(leaves(document(shots=[shot(number) for number in range(5000)])))
    assert len(canonical(shots.payload)) < 4 << 10


@pytest.mark.parametrize(
    "refusal",
    [
        {"code": "captured", "sentence": "It is fine."},
        {"code": "not_media"},
        {"code": "not_media", "sentence": ["no"]},
        {"code": "not_media", "sentence": "x" * 10_000},
        {"code": "not_media", "sentence": "\x00"},
    ],
)
def test_a_refusal_in_words_the_engine_does_not_use_is_not_believed(vault: Vault, refusal: object) -> None:
    with pytest.raises(Implausible):
        vault.analyse(lambda folder: (folder / "error.json").write_text(json.dumps(refusal)), returncode=3)


def test_a_refusal_is_passed_on(vault: Vault) -> None:
    refusal = {"code": "not_media", "sentence": "It is a list of songs."}
    with pytest.raises(Rejected, match="a list of songs"):
        vault.analyse(lambda folder: (folder / "error.json").write_text(json.dumps(refusal)), returncode=3)


def test_a_disk_that_fills_while_decoding_pauses_the_work(vault: Vault) -> None:
    said = "OSError: [Errno 28] No space left on device"
    with pytest.raises(DiskFull):
        vault.analyse(lambda folder: None, returncode=1, stderr=said)


def test_a_probe_keeps_its_own_words_only(vault: Vault) -> None:
    told = {"file": {"sha256": vault.original.hex}, "streams": [], "notes": [], "versions": {"engine": "1"}, "pts": [0]}
    [product] = vault.analyse(lambda folder: (folder / "probe.json").write_text(json.dumps(told)), Probe())
    assert product.payload == {
        **{"original": vault.original.hex, "file": told["file"]},
        **{"streams": [], "notes": [], "versions": {"engine": "1"}},
    }


def test_a_read_stops_at_its_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert brought.content(tmp_path, "file", limit_bytes=5) == b"12345"
    with pytest.raises(Implausible):
        brought.content(tmp_path, "file", limit_bytes=4)
    with pytest.raises(Implausible):
        brought.content(tmp_path, "../file", limit_bytes=5)


def test_the_box_of_these_tests_is_a_box_like_others() -> None:
    assert {one.name for one in dataclasses.fields(Sandbox)} < {one.name for one in dataclasses.fields(TakenOver)}


TIMES = bytes(8)
HEIGHTS = bytes([7])


def kept(name: str, content: bytes, **told: Any) -> dict[str, Any]:
    return {"file": name, "sha256": Digest.of(content).hex, "size_bytes": len(content)} | told


def times(**other: Any) -> dict[str, Any]:
    told = {"count": 2, "bytes_each": 4, "lost": 0, "first_pts": 0, "time_base": "1/1", "first_us": 0}
    told |= {"has_sound": True, "obstacles": [], "can_be_rewrapped": True}
    return kept("frame-times.bin", TIMES, **told) | other


def sprite(**other: Any) -> dict[str, Any]:
    told = {"shield": None, "width": 8, "height": 4, "columns": 2, "rows": 1, "tile_width": 4, "tile_height": 4}
    return kept("sprite-clear.jpg", JPEG, **told, count=2, every_s=0.2, times_s=[0.0, 0.2]) | other


def shield(**other: Any) -> dict[str, Any]:
    told = {"keyframe": Digest.of(JPEG).hex, "number": 0, "shot": 0, "shield": "sketch", "width": 4, "height": 4}
    return kept("keyframe-0000-sketch.jpg", JPEG, **told) | other


def views(told: object, **other: Any) -> Leave:
    """An honest analysis with one keyframe, and `told` for the player."""

    def leave(folder: Path) -> None:
        leaves(document(frame(0), **other), keyframe_0000=JPEG)(folder)
        (folder / "viewing.json").write_text(json.dumps(told))
        (folder / "frame-times.bin").write_bytes(TIMES)
        (folder / "waveform.bin").write_bytes(HEIGHTS)
        for name in ("sprite-clear.jpg", "keyframe-0000-sketch.jpg"):
            (folder / name).write_bytes(JPEG)

    return leave


def test_an_honest_word_for_the_player_becomes_products(vault: Vault) -> None:
    wave = kept("waveform.bin", HEIGHTS, buckets=1)
    told = viewing(frame_times=times(), sprites=[sprite()], shields=[shield()], waveform=wave)
    made = {product.kind: product for product in vault.analyse(views(told, sound=SOUND))}
    assert made.keys() == {"shots", "fingerprints", "keyframe", "frame_times", "sprite", "keyframe_sketch", "waveform"}
    assert made["sprite"].payload["times_s"] == [0.0, 0.2]
    assert made["keyframe_sketch"].payload["keyframe"] == Digest.of(JPEG).hex
    assert not {"file", "sha256"} & made["frame_times"].payload.keys()
    assert {made[kind].payload["sound"]["stream"] for kind in ("shots", "fingerprints", "waveform")} == {1}


@pytest.mark.parametrize(
    "told",
    [
        {},
        viewing(file={"sha256": Digest.of(b"other").hex}),
        viewing(frame_times=times(count=3)),
        viewing(frame_times=times(bytes_each=2)),
        viewing(frame_times=times(file="../frame-times.bin")),
        viewing(frame_times=times(sha256=Digest.of(b"other").hex)),
        viewing(frame_times=times(time_base="1/x")),
        viewing(waveform=kept("waveform.bin", HEIGHTS, buckets=2)),
        viewing(waveform=kept("waveform.bin", HEIGHTS, buckets=2001)),
        viewing(sprites=[sprite(columns=3)]),
        viewing(sprites=[sprite(count=3, times_s=[0.0, 0.1, 0.2])]),
        viewing(sprites=[sprite(times_s=[0.0])]),
        viewing(sprites=[sprite(), sprite()]),
        viewing(sprites=[sprite(shield="sketch")]),
        viewing(sprites=[sprite(file="analysis.json")]),
        viewing(shields=[shield(keyframe=Digest.of(b"other").hex)]),
        viewing(shields=[shield(), shield()]),
        viewing(shields=[shield(shot=1)]),
        viewing(shields=[shield(shield="clear")]),
    ],
)
def test_a_lie_for_the_player_is_not_believed(vault: Vault, told: object) -> None:
    with pytest.raises(Implausible):
        vault.analyse(views(told))


def test_a_picture_for_the_player_that_is_no_picture_is_not_believed(vault: Vault) -> None:
    page = b"<html></html>"
    told = viewing(sprites=[sprite(sha256=Digest.of(page).hex, size_bytes=len(page))])

    def leave(folder: Path) -> None:
        views(told)(folder)
        (folder / "sprite-clear.jpg").write_bytes(page)

    with pytest.raises(Implausible):
        vault.analyse(leave)


MP4 = b"\0\0\0\x08ftyp"


def review(vault: Vault, content: bytes, **other: Any) -> list[Product]:
    """What the review step makes of a box that left `content` as a copy, and its word with `other` said."""
    told = {"width": 4, "height": 4, "frames": 2, "first_us": 0, "times_sha256": Digest.of(TIMES).hex}
    said = kept("copy.mp4", MP4, **told, has_sound=False, is_rewrapped=False, is_tone_mapped=False) | other

    def leave(folder: Path) -> None:
        (folder / "copy.mp4").write_bytes(content)
        word = {"file": {"sha256": Digest.of(ORIGINAL).hex}, "copy": said}
        (folder / "copy.json").write_text(json.dumps(word))

    scratch = vault.folder / "scratch"
    scratch.mkdir()
    asked = times(obstacles=["codec"], can_be_rewrapped=False) | {"original": vault.original.hex}
    context = Context(
        inputs=[
            Made("original", vault.original, "video/mp4", {}),
            Made("frame_times", Digest.of(TIMES), "application/octet-stream", asked),
        ],
        scratch=scratch,
        sandbox=TakenOver(LIMITS, leave=leave),
        open_local=lambda digest: vault.blobs.local_copy(digest, scratch),
        report=lambda _: None,
    )
    return list(Review().run(context))


def test_an_honest_copy_is_taken(vault: Vault) -> None:
    [made] = review(vault, MP4)
    assert made.path is not None
    assert (made.payload["is_needed"], made.payload["frames"]) == (True, 2)


@pytest.mark.parametrize(
    ("content", "lie"),
    [
        (b"<html></html>", {}),
        (MP4, {"frames": 3}),
        (MP4, {"times_sha256": Digest.of(b"other").hex}),
        (MP4, {"file": "analysis.json"}),
        (MP4, {"width": 0}),
    ],
)
def test_a_copy_of_other_frames_or_of_another_kind_is_not_taken(
    vault: Vault, content: bytes, lie: Mapping[str, Any]
) -> None:
    with pytest.raises(Implausible):
        review(vault, content, **lie)


def arrives(**other: Any) -> Leave:
    """What a first look leaves: two key frames in one still, and their fingerprints."""
    told = {"file": {"sha256": Digest.of(ORIGINAL).hex}, "streams": [], "notes": [], "versions": {}}
    told |= {"looked": "seen", "key_frames": 2, "damaged": 0, "sprites": [sprite()]} | other

    def leave(folder: Path) -> None:
        (folder / "arrival.json").write_text(json.dumps(told))
        (folder / "fingerprints.bin").write_bytes(FINGERPRINTS)
        (folder / "sprite-clear.jpg").write_bytes(JPEG)

    return leave


def test_an_honest_first_look_becomes_stills_and_nothing_that_lasts(vault: Vault) -> None:
    arrived, stills = vault.analyse(arrives(), Arrival())
    assert (arrived.kind, arrived.payload["looked"], arrived.payload["key_frames"]) == ("arrival", "seen", 2)
    assert (stills.kind, stills.payload["times_s"]) == ("first_stills", [0.0, 0.2])


@pytest.mark.parametrize(
    "lie",
    [
        {"looked": "surely"},
        {"file": {"sha256": "0" * 64}},
        {"sprites": [sprite(), sprite()]},
        {"sprites": [sprite(sha256="0" * 64)]},
        {"key_frames": -1},
    ],
)
def test_a_first_look_that_lies_is_believed_in_nothing(vault: Vault, lie: dict[str, Any]) -> None:
    with pytest.raises(Implausible):
        vault.analyse(arrives(**lie), Arrival())
