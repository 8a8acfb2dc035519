"""Running programs in a box: what they see, what comes back, and that nothing of them stays."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from storage.errors import SandboxMissing, Unavailable
from tests.workers.boxes import LIMITS, eventually, needs_box, python, within
from tests.workers.egress_stage import origin, stage
from workers.boxes.box import Walls
from workers.boxes.bubblewrap import Engine
from workers.outgoing.ticket import Ticket
from workers.sandbox import Ending, Sandbox

pytestmark = needs_box

_HEARTBEAT = """
    import os, sys, time
    if os.fork(): sys.exit()
    os.setsid()
    if os.fork(): os._exit(0)
    while True:
        open("beat", "a").write("x")
        time.sleep(0.02)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def test_a_program_reads_what_it_is_given_and_writes_only_in_its_folder(tmp_path: Path, folder: Path) -> None:
    given = tmp_path / "given file"
    given.write_text("given")
    ended = Sandbox(LIMITS).run(
        ["/bin/sh", "-c", 'cat "$1"; cp "$1" out; (: >> "$1") 2>/dev/null || echo " read-only"', "sh", str(given)],
        folder=folder,
        read=[given],
    )
    assert (ended.ending, ended.returncode, ended.stderr) == (Ending.EXITED, 0, "")
    assert ended.stdout == "given read-only\n"
    assert (folder / "out").read_text() == "given"
    assert (folder / "out").stat().st_uid == os.geteuid()


def test_a_program_starts_in_its_folder_with_an_environment_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVIDOK_DATABASE_URL", "secret")
    ended = Sandbox(LIMITS).run(["/bin/sh", "-c", "pwd; env; id -u; ls /proc/self/fd; cat"], folder=folder)
    assert ended.returncode == 0
    assert ended.stdout.startswith("/box\n")
    assert "secret" not in ended.stdout
    assert "SVIDOK" not in ended.stdout
    assert "HOME=/tmp\n" in ended.stdout
    assert ended.stdout.endswith("1000\n0\n1\n2\n3\n")


def test_our_own_packages_and_tools_run_inside(folder: Path) -> None:
    program = "import numpy, av, cv2, storage.integrity.digest, workers.sandbox; print('ok')"
    ended = Sandbox(LIMITS).run([sys.executable, "-c", program], folder=folder, limits=within(memory_bytes=2 << 30))
    assert (ended.stdout, ended.stderr) == ("ok\n", "")
    ended = Sandbox(LIMITS).run(
        ["deno", "eval", "console.log(1 + 1)"], folder=folder, limits=within(memory_bytes=1 << 30)
    )
    assert (ended.stdout, ended.stderr) == ("2\n", "")


def test_relative_paths_are_those_of_the_worker(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("given").write_text("given")
    call = ["/bin/sh", "-c", f"cat {tmp_path}/given > copy"]
    assert Sandbox(LIMITS).run(call, folder=Path("folder"), read=[Path("given")]).returncode == 0
    assert (folder / "copy").read_text() == "given"


def test_how_a_program_ended_is_told_exactly(folder: Path) -> None:
    sandbox = Sandbox(LIMITS)
    assert sandbox.run(["/bin/sh", "-c", "exit 137"], folder=folder).ending is Ending.EXITED
    assert sandbox.run(["/bin/sh", "-c", "exit 137"], folder=folder).returncode == 137
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
        ended = sandbox.run(["/bin/sh", "-c", f"kill -{int(number)} $$"], folder=folder)
        assert (ended.ending, ended.returncode) == (Ending.SIGNALLED, -number)
    ended = sandbox.run(["no-such-program"], folder=folder)
    assert (ended.ending, ended.returncode) == (Ending.EXITED, 127)
    assert "no-such-program" in ended.stderr


def test_a_program_that_kills_its_launcher_ends_with_it(folder: Path) -> None:
    ended = Sandbox(LIMITS).run(["/bin/sh", "-c", "kill -9 $PPID; sleep 60"], folder=folder)
    assert (ended.ending, ended.returncode) == (Ending.SIGNALLED, -signal.SIGKILL)
    assert ended.wall_s < 10


def test_each_line_is_told_while_the_program_runs(folder: Path) -> None:
    lines: list[tuple[str, float]] = []
    program = """
        import time
        for n in range(3):
            print("line", n, flush=True)
            time.sleep(0.2)
        print("rest\\r", end="")
    """
    ended = Sandbox(LIMITS).run(
        python(program), folder=folder, on_line=lambda line: lines.append((line, time.monotonic()))
    )
    assert [line for line, _ in lines] == ["line 0", "line 1", "line 2", "rest"]
    assert lines[2][1] - lines[0][1] > 0.2
    assert ended.stdout == "line 0\nline 1\nline 2\nrest\r"


def test_a_listener_that_fails_ends_the_program(folder: Path) -> None:
    def fail(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError):
        Sandbox(LIMITS).run(
            python(
                "import time\nopen('beat', 'w').close()\nprint('x', flush=True)\n"
                "while True: open('beat', 'a').write('x'); time.sleep(0.02)"
            ),
            folder=folder,
            on_line=fail,
        )
    assert _stands_still(folder / "beat")


@pytest.mark.fault("F9")
@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_program_that_prints_a_gigabyte_does_no_harm(folder: Path, stream: str) -> None:
    before = psutil.Process().memory_info().rss
    longest = 0

    def hear(line: str) -> None:
        nonlocal longest
        longest = max(longest, len(line))

    program = f"(echo first; head -c 1G /dev/zero; echo; echo last) >&{stream}"
    ended = Sandbox(LIMITS).run(["/bin/sh", "-c", program], folder=folder, on_line=hear)
    printed = ended.stdout if stream == "1" else ended.stderr
    assert (ended.ending, ended.returncode) == (Ending.EXITED, 0)
    assert printed.startswith("first\n")
    assert printed.endswith("\nlast\n")
    assert len(printed) < 300_000
    assert longest <= 65536
    assert psutil.Process().memory_info().rss - before < 64 << 20


@pytest.mark.fault("F5")
@pytest.mark.parametrize("unsafe", [False, True])
def test_a_program_that_hangs_is_ended_with_all_it_started(folder: Path, unsafe: bool) -> None:
    sandbox = Sandbox(LIMITS, engine=None, unsafe=True) if unsafe else Sandbox(LIMITS)
    beat = "trap '' TERM; while :; do echo x >> beat; sleep 0.02; done"
    program = f"trap '' TERM INT HUP; (setsid sh -c \"{beat}\" &) ; sleep 600"
    ended = sandbox.run(["/bin/sh", "-c", program], folder=folder, limits=within(wall_s=0.7))
    assert ended.ending is Ending.TIMED_OUT
    assert ended.wall_s < 3
    assert (folder / "beat").exists()
    assert _stands_still(folder / "beat")


@pytest.mark.parametrize("unsafe", [False, True])
def test_what_a_program_leaves_running_ends_with_it(folder: Path, unsafe: bool) -> None:
    sandbox = Sandbox(LIMITS, engine=None, unsafe=True) if unsafe else Sandbox(LIMITS)
    program = _HEARTBEAT.replace("sys.exit()", "time.sleep(0.3); sys.exit()")
    ended = sandbox.run(python(program), folder=folder)
    assert (ended.ending, ended.returncode) == (Ending.EXITED, 0)
    assert ended.wall_s < 3
    assert (folder / "beat").exists()
    assert _stands_still(folder / "beat")


@pytest.mark.fault("B16")
def test_a_wish_to_stop_is_heard_at_once(folder: Path) -> None:
    sandbox = Sandbox(LIMITS)
    timer = threading.Timer(0.3, sandbox.stop.set)
    timer.start()
    ended = sandbox.run(["sleep", "60"], folder=folder)
    timer.join()
    assert ended.ending is Ending.STOPPED
    assert ended.wall_s < 2
    assert sandbox.run(["sleep", "60"], folder=folder).ending is Ending.STOPPED


def test_a_child_is_given_up_when_whoever_waits_says_so(folder: Path) -> None:
    seen: list[int] = []

    def is_lost(size_bytes: int) -> bool:
        seen.append(size_bytes)
        return size_bytes > 1 << 20

    ended = Sandbox(LIMITS).run(
        ["/bin/sh", "-c", "sleep 0.3; head -c 2M /dev/zero > big; sleep 60"], folder=folder, is_lost=is_lost
    )
    assert ended.ending is Ending.GIVEN_UP
    assert seen[0] < 1 << 20 < seen[-1]
    assert ended.wall_s < 5


@pytest.mark.parametrize("arguments", ["", ", engine=None, unsafe=True"])
def test_a_box_does_not_outlive_the_worker(folder: Path, arguments: str) -> None:
    program = f"""
import sys
from pathlib import Path
from tests.workers.boxes import LIMITS
from workers.sandbox import Sandbox
call = ["/bin/sh", "-c", "while :; do echo x >> beat; sleep 0.02; done"]
Sandbox(LIMITS{arguments}).run(call, folder=Path(sys.argv[1]))
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], cwd=root) as worker:
        try:
            assert eventually((folder / "beat").exists, 20)
        finally:
            worker.kill()
    assert eventually(lambda: _stands_still(folder / "beat"))


def test_boxes_run_side_by_side_from_threads(tmp_path: Path) -> None:
    def run(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        return (
            Sandbox(LIMITS)
            .run(python("import sys, time; time.sleep(0.2); print(sys.argv[1])", str(number)), folder=folder)
            .stdout
        )

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(run, range(12))) == [f"{number}\n" for number in range(12)]


def test_nothing_stays_open_or_mounted_after_a_run(folder: Path) -> None:
    def open_now() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    mounts, before = Path("/proc/self/mounts").read_text(), open_now()
    for _ in range(3):
        Sandbox(LIMITS).run(["true"], folder=folder)
    assert open_now() == before
    assert Path("/proc/self/mounts").read_text() == mounts
    assert not list(folder.iterdir())
    assert not [child for child in psutil.Process().children() if "bwrap" in child.name()]


def test_the_token_stands_in_no_list_of_processes(tmp_path: Path, folder: Path) -> None:
    with stage(tmp_path) as proxy:
        seen: list[str] = []

        def look(_: str) -> None:
            for one in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):  # one that ends meanwhile; a zombie is one
                    seen.extend(one.cmdline())

        ended = Sandbox(LIMITS).run(
            ["/bin/sh", "-c", "echo $SVIDOK_PROXY; sleep 0.2"], folder=folder, ticket=proxy.ticket, on_line=look
        )
    assert proxy.ticket.token in ended.stdout
    assert any("boxed.py" in word for word in seen)
    assert not [word for word in seen if proxy.ticket.token in word]


@pytest.mark.parametrize("unsafe", [False, True])
def test_with_a_ticket_a_program_reaches_the_proxy_and_the_record_says_where_it_went(
    tmp_path: Path, folder: Path, unsafe: bool
) -> None:
    names, body = {"site.example": ["127.0.0.1"]}, b"x" * 3_000_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body
    with (
        origin(answer) as site,
        stage(tmp_path, names=names, exceptions=frozenset({("site.example", site.port)})) as proxy,
    ):
        sandbox = Sandbox(LIMITS, engine=None, unsafe=True) if unsafe else Sandbox(LIMITS)
        call = python(
            "import urllib.request, sys; print(len(urllib.request.urlopen(sys.argv[1]).read()))",
            f"http://site.example:{site.port}/",
        )
        ended = sandbox.run(call, folder=folder, ticket=proxy.ticket)
        assert (ended.stdout, ended.stderr) == ("3000000\n", "")
        assert [entry["host"] for entry in proxy.ticket.connections()] == ["site.example"]
        assert proxy.last()["bytes_down"] > 3_000_000


@pytest.mark.fault("E21")
def test_without_the_proxy_nothing_is_started(tmp_path: Path, folder: Path) -> None:
    ticket = Ticket.issue(tmp_path / "egress.sock", tmp_path / "log")
    with pytest.raises(Unavailable):
        Sandbox(LIMITS).run(["touch", "started"], folder=folder, ticket=ticket)
    with stage(tmp_path / "stage") as proxy:
        Sandbox(LIMITS).run(["touch", "ran"], folder=folder, ticket=proxy.ticket)
    with pytest.raises(Unavailable):
        Sandbox(LIMITS).run(["touch", "started"], folder=folder, ticket=proxy.ticket)
    assert [path.name for path in folder.iterdir()] == ["ran"]


@pytest.mark.fault("E21")
def test_a_proxy_that_dies_meanwhile_is_an_error_the_program_sees(tmp_path: Path, folder: Path) -> None:
    program = """
        import pathlib, time, urllib.request
        while not pathlib.Path("go").exists(): time.sleep(0.02)
        try: urllib.request.urlopen("http://site.example/")
        except OSError as error: print(error)
    """
    with ThreadPoolExecutor(1) as thread:
        with stage(tmp_path) as proxy:
            running = thread.submit(Sandbox(LIMITS).run, python(program), folder=folder, ticket=proxy.ticket)
            time.sleep(0.5)
        (folder / "go").touch()
        assert running.result().stdout == "HTTP Error 502: Egress-Unavailable\n"


@pytest.mark.fault("F7")
def test_without_a_box_nothing_is_started_unless_somebody_said_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SandboxMissing):
        Sandbox(LIMITS, engine=None).run(["touch", "started"], folder=folder)
    broken = Engine(Path("/bin/false"), "0.11.0", Walls())
    with pytest.raises(SandboxMissing):
        Sandbox(LIMITS, engine=broken).run(["touch", "started"], folder=folder)
    with pytest.raises(SandboxMissing):
        Sandbox(LIMITS, engine=broken, unsafe=True).run(["touch", "started"], folder=folder)
    with pytest.raises(FileNotFoundError):
        Sandbox(LIMITS).run(["touch", "started"], folder=folder, read=[tmp_path / "missing"])
    assert not list(folder.iterdir())
    ended = Sandbox(LIMITS, engine=None, unsafe=True).run(["touch", "started"], folder=folder)
    assert ended.returncode == 0
    assert (folder / "started").exists()


def _stands_still(beat: Path) -> bool:
    size = beat.stat().st_size
    time.sleep(0.15)
    return beat.stat().st_size == size
