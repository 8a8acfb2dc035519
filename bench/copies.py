"""Copies known to be copies, and videos known to be none: what `match` finds of them, beside other ways to tell."""

import argparse
import json as jsons
import multiprocessing
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from bench.material.transforms import CORE, HARD, TRANSFORMS, Stage, copied, staged, write_film
from bench.peers.hashing import peers
from storage.domain.matches import Relation
from workers.analysis.engine import fingerprinted
from workers.copies.matching import match
from workers.copies.prints import FILE, decode

UNSEEN = 7919
"""The seed that counts: no film of it may ever be looked at (1 and 7907 were), nor anything chosen by its figures."""

ORIGINALS = 18
OURS = "svidok"


@dataclass(frozen=True, slots=True)
class Video:
    """One file of the set: which originals it `holds` a part of, and of which it shows the scene at another moment."""

    name: str
    transform: str
    holds: frozenset[int] = frozenset()
    same_scene: frozenset[int] = frozenset()
    seen: dict[str, Any] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)


def run(*, json: bool = False, seed: int = UNSEEN, number: int = ORIGINALS) -> dict[str, Any]:
    """Make the set, let everybody look, print a table or one JSON document, and return that document."""
    jobs = [(seed, number, place, each) for place in range(number) for each in ("original", *TRANSFORMS)]
    jobs += [(seed, number, place, "distractor") for place in range(number)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        videos = [video for made in pool.imap(_made, jobs, chunksize=1) for video in made]
    originals = {min(video.holds): video for video in videos if video.transform == "original"}
    names = sorted({name for video in videos for name in video.seen}, key=lambda name: (name != OURS, name))
    results: dict[str, Any] = {"benchmark": "copies", "seed": seed, "originals": number, "methods": {}}
    for name in names:
        results["methods"][name] = _tally(name, videos, originals)
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    for name, told in results["methods"].items():
        print(
            f"{name}: core {told['core_recall']:.3f}, hard {told['hard_recall']:.3f}, false pairs {told['false_pairs']}"
            f" of {told['unrelated_pairs']}, same scene called a copy {told['scene_alarms']} of {told['scene_pairs']},"
            f" {told['cpu_ms_per_video']:.0f} ms a video"
        )
        print("  " + ", ".join(f"{each} {share:.2f}" for each, share in told["recall"].items()))
    return results


def _made(job: tuple[int, int, int, str]) -> list[Video]:
    """The files of one job, written, looked at by all, and thrown away."""
    seed, number, place, kind = job
    cv2.setNumThreads(1)
    stage = staged(seed, number)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        videos: list[Video] = []
        if kind == "original":
            write_film(path, stage.originals[place])
            videos.append(_looked(path, _holding(stage, f"original-{place}", kind, frozenset({place}))))
        elif kind == "distractor":
            if place < len(stage.strangers):
                write_film(path, stage.strangers[place])
                videos.append(_looked(path, Video(f"stranger-{place}", kind)))
            if place in stage.other_moments:
                write_film(path, stage.other_moments[place])
                scenes = stage.same_camera[place] | {place}
                videos.append(_looked(path, Video(f"moment-{place}", kind, same_scene=scenes)))
        else:
            made = copied(stage, place, kind, seed)
            made.write(path)
            videos.append(_looked(path, _holding(stage, f"{kind}-{place}", kind, made.holds)))
        return videos


def _holding(stage: Stage, name: str, kind: str, holds: frozenset[int]) -> Video:
    scenes = frozenset[int]().union(*(stage.same_camera.get(place, ()) for place in holds))
    return Video(name, kind, holds, scenes - holds)


def _looked(path: Path, video: Video) -> Video:
    started = time.process_time()
    fingerprinted(path, path.parent)
    video.seen[OURS] = decode((path.parent / FILE).read_bytes())
    video.cpu_s[OURS] = time.process_time() - started
    for peer in peers():
        started = time.process_time()
        video.seen[peer.name] = peer.seen(path)
        video.cpu_s[peer.name] = time.process_time() - started
    return video


def _tally(name: str, videos: list[Video], originals: dict[int, Video]) -> dict[str, Any]:
    """A copy is found where it is told to be one of its own original; a mixture holds two, and is asked for both."""
    by_name = {peer.name: peer for peer in peers()}
    hits: dict[str, list[bool]] = {each: [] for each in TRANSFORMS}
    false: list[str] = []
    alarms: list[str] = []
    unrelated, scenes, told_scene = 0, 0, 0
    started = time.process_time()
    for video in videos:
        for place, original in originals.items():
            if video is original or (video.transform == "original" and place <= min(video.holds)):
                continue
            relation = None
            if name == OURS:
                relation = match(original.seen[name], video.seen[name]).relation
                is_found = relation not in (Relation.SAME_SCENE, Relation.NONE)
            else:
                is_found = by_name[name].are_copies(video.seen[name], original.seen[name])
            if place in video.holds and video.transform in hits:
                hits[video.transform].append(is_found)
            elif place in video.same_scene:
                scenes += 1
                alarms += [f"{video.name} and {original.name}"] if is_found else []
                told_scene += relation is Relation.SAME_SCENE
            else:
                unrelated += 1
                false += [f"{video.name} and {original.name}"] if is_found else []
    core = [hit for each in CORE for hit in hits[each]]
    hard = [hit for each in HARD for hit in hits[each]]
    return {
        "core_recall": round(sum(core) / len(core), 4),
        "hard_recall": round(sum(hard) / len(hard), 4),
        "recall": {each: round(sum(one) / len(one), 3) for each, one in hits.items()},
        "false_pairs": len(false),
        "which_false": false,
        "unrelated_pairs": unrelated,
        "scene_pairs": scenes,
        "scene_alarms": len(alarms),
        "which_alarms": alarms,
        "scene_told": told_scene,
        "cpu_ms_per_video": round(1000 * sum(video.cpu_s[name] for video in videos) / len(videos), 1),
        "match_ms_per_pair": round(1000 * (time.process_time() - started) / (len(videos) * len(originals)), 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=UNSEEN)
    parser.add_argument("--originals", type=int, default=ORIGINALS)
    chosen = parser.parse_args()
    run(json=chosen.json, seed=chosen.seed, number=chosen.originals)
