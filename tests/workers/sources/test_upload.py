"""Supplied files, looked at in a real box: what is a recording is an original, though nothing here can decode it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.domain.vocab import FileRole, Outcome
from storage.errors import Rejected
from storage.integrity.digest import Digest
from tests.capturing import Desk, Exit, egress
from tests.media import draw, hostile
from workers.sources.base import Fetched
from workers.sources.upload import Upload


@pytest.fixture(scope="module")
def way_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress")) as out:
        yield out


def bring(out: Exit, folder: Path, file: Path) -> Fetched:
    digest = Digest.of(file.read_bytes())
    told = {"sha256": digest.hex, "size_bytes": file.stat().st_size, "name": file.name}
    desk = Desk(out, folder, files={digest: file})
    return Upload().fetch(desk.context({"upload": told, "supplied_by": "person-1"}))


def test_a_recording_that_broke_off_is_an_original_in_part_and_says_why_it_was_not_analysed(
    way_out: Exit, tmp_path: Path
) -> None:
    film = draw.cuts(tmp_path / "film.mp4", lengths=(10,)).path
    file = hostile.unfinished(film, tmp_path / "broken.mp4")
    fetched = bring(way_out, tmp_path, file)
    assert fetched.outcome is Outcome.PARTIAL
    assert fetched.sentence.startswith("Nothing here can decode this file.")
    assert "cannot be opened" in fetched.sentence
    [original] = fetched.products
    assert (original.kind, original.role, original.media_type) == ("original", FileRole.ORIGINAL, "video/mp4")
    assert original.digest == Digest.of(file.read_bytes())


def test_sound_that_nothing_can_be_made_of_is_kept_as_sound(way_out: Exit, tmp_path: Path) -> None:
    (tmp_path / "broken.mp3").write_bytes(b"ID3" + bytes(3000))
    fetched = bring(way_out, tmp_path, tmp_path / "broken.mp3")
    assert (fetched.outcome, fetched.products[0].media_type) == (Outcome.PARTIAL, "audio/mpeg")


@pytest.mark.parametrize("kind", ["page", "still_picture", "archive", "nothing"])
def test_what_is_no_recording_is_said_to_be_none(way_out: Exit, tmp_path: Path, kind: str) -> None:
    (tmp_path / "film.mp4").write_bytes(hostile.NOT_MEDIA[kind])
    with pytest.raises(Rejected) as refused:
        bring(way_out, tmp_path, tmp_path / "film.mp4")
    assert refused.value.code == Outcome.NOT_MEDIA
