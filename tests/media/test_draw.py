"""Drawing films leaves the process that draws as it was."""

import os
from pathlib import Path

from tests.media import draw


def test_drawing_av1_takes_no_real_time_priority(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", draw.Look(codec="libsvtav1"), (5, 5))
    assert film.path.stat().st_size > 0
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
    assert os.geteuid() == os.getuid()
