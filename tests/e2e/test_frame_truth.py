"""In a real browser: seeking to the middle of frame n shows frame n, at the time that the frame times tell.

This decides which files are played as they are, and tries the review copies of all others.
"""

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from api.ranges import wanted_part
from tests.media import draw
from tests.media.draw import Film, Look
from workers.analysis.copying import copy
from workers.analysis.engine import analyse
from workers.analysis.steppable import Obstacle, can_be_rewrapped

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-background-networking"),
    *("--no-first-run", "--disable-component-update", "--disable-sync"),
    "--autoplay-policy=no-user-gesture-required",
)
SEEKS = 24
TYPES = {".webm": "video/webm", ".mp4": "video/mp4", ".html": "text/html"}

# Reads the number that tests/media/pictures.py writes: 16 cells of Gray code across the top.
PAGE = """<!doctype html><video id=video muted preload=auto></video><script>
const video = document.getElementById('video'), canvas = document.createElement('canvas')
const load = address => new Promise((done, fail) => {
  video.onerror = () => fail(new Error(video.error.message))
  video.onloadeddata = () => done([video.videoWidth, video.videoHeight])
  video.src = address
})
const number = () => {
  const width = canvas.width = video.videoWidth
  const height = canvas.height = Math.max(12, Math.floor(video.videoHeight / 15))
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(video, 0, 0)
  const points = context.getImageData(0, 0, width, height).data
  let code = 0
  for (let cell = 0; cell < 16; cell++) {
    const middle = Math.floor((cell + 0.5) * width / 16)
    const level = points[4 * (Math.floor(height / 2) * width + middle) + 1]
    if (level > 104 && level < 152) return -1
    code = code * 2 + (level > 128 ? 1 : 0)
  }
  let read = 0
  while (code) { read ^= code; code >>= 1 }
  return read
}
const stop = at => new Promise((done, fail) => {
  setTimeout(() => fail(new Error('no frame came')), 5000)
  video.requestVideoFrameCallback((now, frame) => done([frame.mediaTime, number()]))
  video.currentTime = at
})
</script>"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves one folder, in parts, as the archive does."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        path = Path(self.directory) / self.path.lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        part = wanted_part(self.headers.get("Range"), len(content))
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes {part.start}-{part.end - 1}/{len(content)}")
            content = content[part.start : part.end]
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Type", TYPES[path.suffix])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address it is served at."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "page.html").write_text(PAGE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def page(served: tuple[Path, str]) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed: frames are not tried in a real browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(f"{served[1]}/page.html")
        yield page
        browser.close()


def _film(name: str, folder: Path) -> Film:
    frames = (40, 35)
    match name:
        case "variable rate":
            return draw.variable_rate(folder / "film.mp4", Look(key_every=20), lengths=frames)
        case "variable rate, transport stream":
            return draw.variable_rate(folder / "film.ts", Look(key_every=20), lengths=frames)
        case "late start":
            return draw.cuts(folder / "film.mp4", Look(audio=True), lengths=frames, start=40)
        case _:
            look, suffix = LOOKS[name]
            return draw.cuts(folder / f"film{suffix}", look, lengths=frames)


FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
LOOKS = {
    "25 fps, no B-frames": (Look(b_frames=0, audio=True), ".mp4"),
    "29.97 fps": (Look(rate=Fraction(30000, 1001)), ".mp4"),
    "one key frame, B-frames": (Look(key_every=250, b_frames=4), ".mp4"),
    "rotated": (Look(size=(180, 320), rotation_deg=-90), ".mp4"),
    "upside down": (Look(rotation_deg=180), ".mp4"),
    "oblong points": (Look(sample_aspect=Fraction(4, 3)), ".mp4"),
    "VP9": (Look(codec="libvpx-vp9", audio=True), ".webm"),
    "VP8": (Look(codec="libvpx"), ".webm"),
    "AV1": (Look(codec="libsvtav1"), ".mp4"),
    "transport stream": (Look(audio=True), ".ts"),
    "fragments": (Look(container_options=FRAGMENTS), ".mp4"),
    "HEVC": (Look(codec="libx265"), ".mp4"),
    "Matroska": (Look(rate=Fraction(30000, 1001)), ".mkv"),
    "FLV": (Look(audio=True), ".flv"),
    "AVI": (Look(codec="mpeg4"), ".avi"),
    "GIF": (Look(codec="gif", pixel_format="rgb8"), ".gif"),
}
AS_THEY_ARE = (
    *("25 fps, no B-frames", "29.97 fps", "one key frame, B-frames", "rotated", "upside down", "oblong points"),
    *("VP9", "VP8", "AV1", "variable rate", "late start"),
)
COPIED = ("transport stream", "variable rate, transport stream", "fragments", "HEVC", "Matroska", "FLV", "AVI", "GIF")
ANEW = ("29.97 fps", "variable rate", "late start", "rotated", "fragments")


def _check(page: Page, address: str, times_us: list[int], first_us: int) -> None:
    """Stop at the first frames, the last, and some between, back and forth; each must be the one that was asked for."""
    page.evaluate("address => load(address)", address)
    last = len(times_us) - 1
    between = 4 + np.random.default_rng(last).permutation(last - 4)[:SEEKS]
    # Never one frame twice in a row: a browser that shows it already tells nothing more.
    chosen = [0, 1, 2, 3, last, *between.tolist()]
    ends_us = [*times_us[1:], 2 * times_us[-1] - times_us[-2]]
    missed = []
    for frame in chosen:
        middle_us = first_us + (times_us[frame] + ends_us[frame]) / 2
        media_time, shown = page.evaluate("at => stop(at)", middle_us / 1e6)
        told_us = round(media_time * 1e6) - first_us
        if shown != frame or abs(told_us - times_us[frame]) > 2:
            missed.append((frame, shown, told_us - times_us[frame]))
    assert missed == []


def _times(folder: Path) -> list[int]:
    return np.fromfile(folder / "frame-times.bin", "<u4").tolist()


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_originals_that_are_played_as_they_are_stop_at_every_frame(
    name: str, page: Page, served: tuple[Path, str], tmp_path: Path
) -> None:
    film = _film(name, tmp_path)
    analyse(film.path, tmp_path, for_viewing=True)
    told = json.loads((tmp_path / "viewing.json").read_text())["frame_times"]
    assert told["obstacles"] == []
    address = f"{tmp_path.name}{film.path.suffix}"
    shutil.copy(film.path, served[0] / address)
    _check(page, address, _times(tmp_path), told["first_us"])


@pytest.mark.parametrize(("name", "anew"), [*((name, False) for name in COPIED), *((name, True) for name in ANEW)])
def test_review_copies_stop_at_every_frame_of_their_originals(
    name: str, anew: bool, page: Page, served: tuple[Path, str], tmp_path: Path
) -> None:
    film = _film(name, tmp_path)
    analyse(film.path, tmp_path, for_viewing=True)
    times = json.loads((tmp_path / "viewing.json").read_text())["frame_times"]
    found = [Obstacle(one) for one in times["obstacles"]]
    assert anew or found
    copy(film.path, tmp_path, rewrap=can_be_rewrapped(found) and not anew, sound=None)
    told = json.loads((tmp_path / "copy.json").read_text())["copy"]
    address = f"{tmp_path.name}-copy.mp4"
    shutil.copy(tmp_path / "copy.mp4", served[0] / address)
    _check(page, address, _times(tmp_path), told["first_us"])
