"""Runs cases in an internet in a box, each first without walls and then behind them, and prints what leaked.

Started by the tests inside fresh user, network and mount namespaces; arguments: a folder with media, a share "k/n".
"""

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from tests.attack.cases import Case, Wish, cases
from tests.attack.world import World
from workers.outgoing.ticket import Ticket
from workers.sandbox import Limits, Sandbox

_LIMITS = Limits(wall_s=30, memory_bytes=1536 << 20, processes=64, file_bytes=32 << 20, folder_bytes=64 << 20)
_PLAIN_S = 30
_ENDLESS_S = 6
_SECRET = b"root:x:0:"

_PROXY = """
import sys
from pathlib import Path
from workers.egress import run
from workers.outgoing.passage import Allowance
run(Path(sys.argv[1]), Path(sys.argv[2]), frozenset(), Allowance(resolve_s=4, connect_s=3, idle_s=5))
"""


def main() -> None:
    """For each of our cases print one line of JSON."""
    media, share = Path(sys.argv[1]), sys.argv[2]
    ours, all_ = map(int, share.split("/"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World((media / "v.mp4").read_bytes(), (media / "s.ts").read_bytes())
        world.start(folder)
        _warm_up()
        with _proxy(folder) as socket:
            for number, case in enumerate(cases()):
                if number % all_ == ours:
                    print(json.dumps(_try(case, world, folder, socket)), flush=True)


def _warm_up() -> None:
    """Load yt-dlp and all its sites, so that forks of ours start at once.

    Not before there is a network: it looks once, when it is loaded, whether this machine has IPv6.
    """
    importlib.import_module("yt_dlp.extractor").gen_extractor_classes()


def _try(case: Case, world: World, folder: Path, socket: Path) -> Mapping[str, Any]:
    report: dict[str, Any] = {"name": case.name, "wish": case.wish}
    if case.wish is not Wish.NOTHING:
        report["plain"] = _plain(case, world, folder)
    report["walled"] = _walled(case, world, folder, socket)
    return report


def _plain(case: Case, world: World, folder: Path) -> Mapping[str, Any]:
    """Without any wall, in a fork of ours: yt-dlp is loaded already, which saves a second."""
    place = _fresh(folder)
    world.look()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.chdir(place)
        silence = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        if case.program:
            os.execv(imageio_ffmpeg.get_ffmpeg_exe(), case.program)  # noqa: S606 - no shell is the point
        with contextlib.suppress(SystemExit):
            importlib.import_module("yt_dlp").main(_options(case.url))
        os._exit(0)
    deadline = time.monotonic() + (_ENDLESS_S if case.is_endless else _PLAIN_S)
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.02)
    return {**_found(place), "hits": world.look()}


def _walled(case: Case, world: World, folder: Path, socket: Path) -> Mapping[str, Any]:
    """The real tool in the real box with the real proxy, whose policy knows no exceptions."""
    place = _fresh(folder)
    ticket = Ticket.issue(socket, folder / "log")
    call = [sys.executable, "-I", "-m", "yt_dlp", *_options(case.url)]
    if case.program:
        call = [imageio_ffmpeg.get_ffmpeg_exe(), *case.program[1:]]
    world.look()
    limits = replace(_LIMITS, wall_s=_ENDLESS_S) if case.is_endless else _LIMITS
    ended = Sandbox(limits).run(call, folder=place, ticket=ticket)
    entries = ticket.connections()
    ticket.discard()
    return {
        **_found(place),
        "hits": world.look(),
        "denied": [entry["denied"] for entry in entries if "denied" in entry],
        "addresses": sorted({entry["address"] for entry in entries if entry["address"]}),
        "ended": ended.ending,
        "seconds": round(ended.wall_s, 1),
        "said": ended.stderr[-300:],
    }


def _options(url: str) -> Sequence[str]:
    """The options a capture needs, and none that would help the walls: thumbnails and subtitles are asked for.

    Only the readers of files and pages are tried, at which all these addresses end: the 1,800 for single sites take
    half of the time to say no.
    """
    return [
        *("--use-extractors", "generic,html5"),
        *(
            "--ignore-config",
            "--no-plugin-dirs",
            "--no-cache-dir",
            "--no-remote-components",
            "--no-exec",
            "--no-playlist",
        ),
        *("--max-downloads", "1", "--max-filesize", "4G", "--socket-timeout", "5", "--retries", "0"),
        *("--fragment-retries", "0", "--extractor-retries", "0", "--abort-on-unavailable-fragments"),
        *("--restrict-filenames", "--no-js-runtimes", "--quiet", "--no-warnings", "--write-info-json"),
        *("--write-thumbnail", "--write-subs", "--sub-langs", "all", "--output", "media.%(ext)s"),
        *("--ffmpeg-location", imageio_ffmpeg.get_ffmpeg_exe(), "--", url),
    ]


def _found(place: Path) -> Mapping[str, Any]:
    files = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    media = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if not name.endswith(".json")}
    shutil.rmtree(place)
    return {"files": media, "secret": any(_SECRET in body for body in files.values())}


def _fresh(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=folder, prefix="case-"))


@contextlib.contextmanager
def _proxy(folder: Path) -> Iterator[Path]:
    socket = folder / "egress.sock"
    (folder / "log").mkdir()
    with subprocess.Popen([sys.executable, "-c", _PROXY, str(socket), str(folder / "log")]) as process:
        try:
            deadline = time.monotonic() + 20
            while not socket.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            yield socket
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
