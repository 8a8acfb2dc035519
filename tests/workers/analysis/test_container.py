"""Only the bytes decide what a file is, and only real containers are ever opened."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import Rejected
from tests.media import hostile
from tests.media.draw import Film
from workers.analysis.container import open_media, sniff


@pytest.mark.parametrize("kind", hostile.NOT_MEDIA)
def test_what_is_no_media_is_refused_under_the_name_of_a_video(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.mp4"
    path.write_bytes(hostile.NOT_MEDIA[kind])
    with pytest.raises(Rejected) as refusal, open_media(path):
        pass
    assert refusal.value.code == "not_media"


@pytest.mark.parametrize(
    ("name", "demuxer"),
    [
        ("plain", "mov"),
        ("fragmented", "mov"),
        ("ntsc", "matroska"),
        ("vp9", "matroska"),
        ("transport_stream", "mpegts"),
        ("live_segments", "mpegts"),
        ("bare", "h264"),
        ("palette", "gif"),
        ("old", "avi"),
    ],
)
def test_a_container_is_known_by_its_bytes_whatever_its_name(
    name: str, demuxer: str, film: Callable[[str], Film], tmp_path: Path
) -> None:
    misnamed = tmp_path / "notes.txt"
    misnamed.write_bytes(film(name).path.read_bytes())
    assert sniff(misnamed) == demuxer
    with open_media(misnamed) as container:
        assert container.format.name == demuxer


@given(content=st.text(min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_text_is_ever_taken_for_media(content: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "text.mp4"
    path.write_text(content, encoding="utf-8")
    if path.read_bytes().startswith((b"ID3", b"GIF8", b"OggS", b"DKIF", b"fLaC", b"caff", b"#!AMR", b".RMF")):
        return
    with pytest.raises(Rejected):
        sniff(path)


def test_a_refusal_does_not_stick_to_the_next_file(film: Callable[[str], Film], tmp_path: Path) -> None:
    for _ in range(3):
        with pytest.raises(Rejected), open_media(hostile.huge_gif(tmp_path / "huge.gif", 15_000)):
            pass
        with open_media(film("palette").path) as container:
            assert container.streams.video[0].width == 320
