"""Which original is the sound of which picture: only what was collected with it, and never a guess."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.integrity.digest import Digest
from tests.capturing import LIMITS
from workers.sandbox import Sandbox
from workers.step import Context, Made
from workers.streams import sound_apart

PICTURE, OTHER, SOUND, FRENCH = (Digest.of(name) for name in (b"picture", b"other", b"sound", b"french"))


def context(*originals: tuple[Digest, Sequence[str], int | None]) -> Context:
    """A capture that brought these files: their digest, what is in them, and of which entry of the post they are."""
    made = []
    for digest, kinds, entry in originals:
        streams = [{"kind": kind.removeprefix("cover "), "is_attached_picture": "cover" in kind} for kind in kinds]
        about = {} if entry is None else {"entry": entry}
        made += [
            Made("original", digest, "video/mp4", about),
            Made("probe", None, "application/json", {"original": digest.hex, "streams": streams}),
        ]
    return Context(made, Path(), Sandbox(LIMITS), lambda _: Path(), lambda _: None)


@pytest.mark.parametrize(
    ("originals", "expected"),
    [
        ([(PICTURE, ["video"], 1), (SOUND, ["audio"], 1)], SOUND),
        ([(SOUND, ["audio"], None), (PICTURE, ["video"], None)], SOUND),
        ([(PICTURE, ["video"], 1), (SOUND, ["audio", "cover video"], 1)], SOUND),
        ([(PICTURE, ["video"], 1), (FRENCH, ["audio"], 1), (SOUND, ["audio"], 1)], FRENCH),
        ([(OTHER, ["video"], 2), (FRENCH, ["audio"], 2), (PICTURE, ["video"], 1), (SOUND, ["audio"], 1)], SOUND),
        ([(PICTURE, ["video"], 1), (SOUND, ["audio"], 2)], None),
        ([(PICTURE, ["video", "audio"], 1), (SOUND, ["audio"], 1)], None),
        ([(PICTURE, ["video"], 1), (OTHER, ["video"], 1), (SOUND, ["audio"], 1)], None),
        ([(PICTURE, ["video"], 1), (OTHER, ["video", "audio"], 1)], None),
        ([(PICTURE, ["video"], 1)], None),
        ([(SOUND, ["audio"], 1)], None),
    ],
)
def test_the_sound_of_a_picture_is_what_alone_sounds_in_the_same_entry_the_first_of_several(
    originals: list[tuple[Digest, list[str], int | None]], expected: Digest | None
) -> None:
    assert sound_apart(context(*originals), PICTURE) == expected
