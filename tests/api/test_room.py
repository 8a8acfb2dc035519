"""Uploads side by side share the room there is."""

import pytest

from api.room import Room
from storage.errors import DiskFull


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
