"""What a box leaves behind is a stranger's word, also where it says that our disk is full."""

from pathlib import Path

import pytest

from storage.errors import DiskFull
from workers import brought
from workers.brought import check_ours
from workers.sandbox import Ended, Ending

# As a tool repeats what a site has sent as its status line.
_SAID = "ERROR: unable to download video data: HTTP Error 404: No space left on device"


def _ended(folder: Path | None) -> Ended:
    return Ended(Ending.EXITED, 1, "", _SAID, 0.1, folder)


def test_a_site_that_says_that_the_disk_is_full_does_not_hold_the_job(tmp_path: Path) -> None:
    check_ours(_ended(tmp_path))


def test_a_disk_that_is_full_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brought, "_ROOMY_BYTES", 1 << 60)
    with pytest.raises(DiskFull):
        check_ours(_ended(tmp_path))


@pytest.mark.parametrize("folder", [None, Path("/nowhere/at/all")])
def test_where_nobody_can_look_the_words_are_believed(folder: Path | None) -> None:
    with pytest.raises(DiskFull):
        check_ours(_ended(folder))
