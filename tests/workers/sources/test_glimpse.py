"""A look at a file runs what the file may have taken over; what it says is taken only in the form it must have."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from storage.errors import DiskFull, LeaseLost
from workers.sandbox import Ended, Ending, Limits, Sandbox
from workers.sources.glimpse import look

LIMITS = Limits(wall_s=5.0, memory_bytes=1 << 30, processes=16, file_bytes=1 << 20, folder_bytes=1 << 22)
SEEN = {"code": "", "sentence": "", "media_type": "video/mp4", "has_video": True, "has_audio": False}


@dataclass(frozen=True, slots=True)
class Saying(Sandbox):
    """A box in which the look was taken over, and ends and says what its attacker likes."""

    ended: Ended = field(default_factory=lambda: Ended(Ending.EXITED, 0, "", "", 0.1))

    def run(self, argv: Any, *, folder: Path, **more: Any) -> Ended:
        return self.ended


def saying(told: object) -> Saying:
    return Saying(LIMITS, ended=Ended(Ending.EXITED, 0, json.dumps(told), "", 0.1))


def test_what_was_seen_is_passed_on(tmp_path: Path) -> None:
    glimpse = look(tmp_path / "file", tmp_path, saying(SEEN))
    assert glimpse.decodes
    assert (glimpse.media_type, glimpse.has_video, glimpse.has_audio) == ("video/mp4", True, False)


@pytest.mark.parametrize(
    "lie",
    [
        {"media_type": "text/html"},
        {"media_type": "video/mp4\n"},
        {"media_type": "video/mp4;x=<script>"},
        {"code": "captured"},
        {"has_video": "yes"},
        {"sentence": "x" * 10_000},
        {"sentence": "\x00"},
        {"more": 1},
    ],
)
def test_a_look_that_says_what_it_never_says_has_seen_nothing(tmp_path: Path, lie: dict[str, Any]) -> None:
    glimpse = look(tmp_path / "file", tmp_path, saying(SEEN | lie))
    assert glimpse.code == "unreadable"
    assert glimpse.media_type == "application/octet-stream"


def test_a_look_that_we_stopped_or_had_no_room_for_says_nothing_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(LeaseLost):
        look(tmp_path / "file", tmp_path, Saying(LIMITS, ended=Ended(Ending.STOPPED, -9, "", "", 0.1)))
    full = Ended(Ending.EXITED, 1, "", "OSError: [Errno 28] No space left on device", 0.1)
    with pytest.raises(DiskFull):
        look(tmp_path / "file", tmp_path, Saying(LIMITS, ended=full))
