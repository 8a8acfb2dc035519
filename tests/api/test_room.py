"""Uploads side by side share the room there is."""

import pytest

from api.room import STEP_BYTES, Room
from storage.errors import DiskFull


@pytest.fixture
def disk() -> list[int]:
    return [3 * STEP_BYTES + 100]


def test_what_is_on_its_way_counts_as_taken() -> None:
    room = Room(lambda: 1000, reserve_bytes=100, owed_bytes=int)
    with room.promised(500):
        with pytest.raises(DiskFull, match="no room for this file"), room.promised(401):
            pass
        with room.promised(400):
            pass
    with room.promised(900):
        pass


def test_an_upload_that_breaks_off_gives_its_room_back() -> None:
    room = Room(lambda: 1000, reserve_bytes=0, owed_bytes=int)
    with pytest.raises(RuntimeError), room.promised(1000):
        raise RuntimeError
    with room.promised(1000):
        pass


def test_an_upload_of_unknown_length_needs_room_a_step_at_a_time(disk: list[int]) -> None:
    room = Room(lambda: disk[0], reserve_bytes=100, owed_bytes=int)
    with room.growing() as arrived:
        for _ in range(2):
            disk[0] -= STEP_BYTES
            arrived(STEP_BYTES // 2)
            arrived(STEP_BYTES // 2)
        disk[0] -= STEP_BYTES // 2
        arrived(STEP_BYTES // 2)
        with pytest.raises(DiskFull, match="no room for this file"):
            arrived(STEP_BYTES // 2)
    with pytest.raises(DiskFull), room.growing():
        pass
    disk[0] = STEP_BYTES + 100
    with room.growing():
        pass
