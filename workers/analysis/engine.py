"""The analysis of one file, from its bytes to its document: one probe, one decode pass, one visit for the keyframes."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from storage.domain.analysis_notes import note
from storage.errors import Rejected
from workers.analysis import audio, hearing, quality
from workers.analysis.choosing import Choice
from workers.analysis.decode import Decoding, Doubtful, Faults, Gap, Level, quick_level
from workers.analysis.documents import chosen, described, digest_of, faults_spoken, kept, lost, met_with
from workers.analysis.feeding import PASS_SHARE, Progress, feed
from workers.analysis.fingerprints import Fingerprints
from workers.analysis.holding import Held
from workers.analysis.keyframes import Candidates, Keyframe, written
from workers.analysis.probe import Probe, probe
from workers.analysis.settling import settled
from workers.analysis.shield import Shield
from workers.analysis.shots import Shots
from workers.analysis.sink import Sink
from workers.analysis.timeline import Timeline
from workers.analysis.track import Track, track_of
from workers.analysis.viewing import Viewing
from workers.copies.prints import FILE as FINGERPRINTS


def analyse(
    path: Path,
    out: Path | None = None,
    on_progress: Progress | None = None,
    *,
    for_viewing: bool = False,
    sound: Path | None = None,
) -> dict[str, Any]:
    """The analysis document of the file at `path`, as `svidok analyse --json` prints it.

    `sound` is the file that holds its sound, where that is another one. With `out`, the keyframes are written there as
    JPEG and named in the document with their digests; `for_viewing`, what a player needs is written there too.
    `on_progress` hears shares from 0 to 1. Peak memory does not grow with the length of the video, but by some 70
    bytes a frame, once the pictures that are held have taken their room.

    1. Digest of the bytes. 2. Probe. 3. Sound. 4. One decode pass that feeds the sinks. 5. Keyframes.
    Raises: Rejected, code `not_media`, `too_large` or `unreadable`.
    """
    started = time.perf_counter()
    report = on_progress or (lambda share: None)
    cv2.setNumThreads(1)  # files are worked on side by side, not split
    digest, size_bytes = digest_of(path)
    facts = probe(path)
    document = described(facts, digest, size_bytes)
    apart = probe(sound) if sound else None
    track = track_of(facts, apart)
    document["sound"] = track.spoken(digest_of(track.path)[0] if track.is_apart else digest) if track else None
    viewing = Viewing.of(facts, track) if for_viewing else None
    ear = _ear(facts, track)
    heard = audio.listen(track, viewing.peaks if viewing else None, ear) if track else audio.Heard()
    document["notes"] += _notes(track, apart)
    document["sinks"] = {
        "silence": {"version": audio.VERSION, "parameters": audio.PARAMETERS},
        "sound": {"version": hearing.VERSION, "parameters": hearing.PARAMETERS},
    }
    gaps: Sequence[Gap] = ()
    decode_s, frames, met = 0.0, 0, Faults()
    pictures: Sequence[Keyframe] = ()
    if facts.timeline:
        held = Held() if out else None
        looked = _look(facts, facts.timeline, report, viewing, held)
        document["sinks"] |= looked.made_by
        document |= looked.findings
        if out:
            document["fingerprint_file"] = kept(
                out / FINGERPRINTS, hearing.with_sound(looked.fingerprints.prints(digest), ear).encode()
            )
        document["file"] |= {
            "frames": looked.decoding.frames,
            "frames_decoded": looked.decoding.decoded,
            "decoded": looked.decoding.level.value,
        }
        gaps, decode_s = quality.gaps_of(facts, looked.decoding.gaps), looked.decoding.seconds
        frames, met = looked.decoding.frames, looked.decoding.faults
        document["notes"] += lost(looked.decoding)
        shields = tuple(Shield) if viewing else ()
        visits = max(1, len(looked.choices))
        pictures = (
            written(
                facts,
                looked.choices,
                out,
                lambda count: report(PASS_SHARE + (1 - PASS_SHARE) * min(1.0, count / visits)),
                level=looked.decoding.level,
                held=held.pictures if held else {},
                shields=shields,
            )
            if out
            else []
        )
        document["keyframes"] = chosen(looked.choices, pictures, is_written=out is not None)
    if viewing and out:
        viewing.write(out, digest, facts, frames, gaps, pictures)
    document["quality"] = {
        "gaps": [quality.spoken(gap) for gap in (*gaps, *heard.gaps)],
        "frozen": document.pop("frozen", []),
        "black": document.pop("black", []),
        "silent": [quality.span(start, end) for start, end in heard.silent],
    }
    document["errors"] = faults_spoken(met, heard.faults)
    document["notes"] += met_with(document["errors"]["count"])
    document["seconds"] = {"total": round(time.perf_counter() - started, 6), "decode": round(decode_s, 6)}
    report(1.0)
    return document


@dataclass(frozen=True, slots=True)
class _Looked:
    decoding: Decoding
    findings: Mapping[str, Any]
    made_by: Mapping[str, Any]
    choices: Sequence[Choice]
    fingerprints: Fingerprints


def _look(facts: Probe, timeline: Timeline, report: Progress, viewing: Viewing | None, held: Held | None) -> _Looked:
    """The one pass; where frames can be left out and damage is met all the same, it begins again with every frame.

    A player needs the time of every picture that can be shown, which only decoding it proves.
    """
    if viewing is None and (level := quick_level(facts)) is not Level.FULL:
        try:
            return _pass(facts, timeline, report, level)
        except Doubtful:
            pass
    return _pass(facts, timeline, report, Level.FULL, viewing, held)


def _pass(
    facts: Probe,
    timeline: Timeline,
    report: Progress,
    level: Level,
    viewing: Viewing | None = None,
    held: Held | None = None,
) -> _Looked:
    """The sinks fed with the frames of a level. A new kind of finding is a sink in its own file, and its line here.

    Only pictures that were decoded in full are fit to be `held`.

    Raises: Doubtful, where only every frame would tell the truth.
    """
    shots, candidates, fingerprints = Shots(timeline), Candidates(held), Fingerprints(facts, timeline)
    sinks: tuple[Sink, ...] = (
        shots,
        candidates,
        quality.Flaws(timeline),
        fingerprints,
        *((viewing.moments, viewing.tiles) if viewing and viewing.tiles else ()),
    )
    decoding = Decoding(facts, level)
    feed(decoding, timeline, sinks, report)
    if not decoding.decoded and facts.audio is None:
        raise Rejected("Not one picture of this file can be decoded.", code="unreadable")
    # What is missing though every frame was asked for, is lost, and no second look finds it.
    times = settled(facts, shots.doubts()) if level is not Level.FULL else {}
    shots.settle(times, decoding.frames)
    findings: dict[str, Any] = {}
    made_by: dict[str, Any] = {}
    for sink in sinks:
        findings |= sink.finish()
        about = sink.about
        made_by[about.name] = {"version": about.version, "parameters": dict(about.parameters)}
    return _Looked(decoding, findings, made_by, candidates.scored().choose(shots.shots), fingerprints)


def fingerprinted(path: Path, out: Path, on_progress: Progress | None = None) -> None:
    """Write only the fingerprints of the file at `path` into `out`, of its pictures and its sound.

    Raises: Rejected, code `not_media` where there is no picture, `too_large` or `unreadable`.
    """
    cv2.setNumThreads(1)
    digest, _ = digest_of(path)
    facts = probe(path)
    if facts.timeline is None:
        raise Rejected("There is no picture in this file to compare, only sound.", code="not_media")
    fingerprints, decoding = Fingerprints(facts, facts.timeline), Decoding(facts)
    feed(decoding, facts.timeline, (fingerprints,), on_progress or (lambda share: None))
    if not decoding.decoded:
        raise Rejected("Not one picture of this file can be decoded.", code="unreadable")
    fingerprints.finish()
    track = track_of(facts)
    ear = _ear(facts, track)
    if track:
        audio.listen(track, ear=ear)
    kept(out / FINGERPRINTS, hearing.with_sound(fingerprints.prints(digest), ear).encode())


def _ear(facts: Probe, track: Track | None) -> hearing.Ear | None:
    """What hears the sound beside the pictures; None where one of them is not there."""
    return hearing.Ear(facts.timeline.start.seconds) if track and facts.timeline else None


def _notes(track: Track | None, apart: Probe | None) -> list[str]:
    """Sentences on the sound and its file."""
    torn = [note("sound_not_whole", why=apart.torn)] if apart and apart.torn else []
    return [*(track.notes() if track else ()), *torn]
