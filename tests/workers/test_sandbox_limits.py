"""The limits of the box: each bomb goes off without its limit, and is stopped by it, as ours and by name."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from tests.workers.boxes import LIMITS, eventually, needs_box, python, within
from workers import scratch
from workers.boxes import cgroup
from workers.boxes.usage import UNCOUNTABLE, folder_bytes, tree, tree_usage
from workers.boxes.watched import HEAD_BYTES, TAIL_BYTES, Lines, Printed
from workers.sandbox import Ended, Ending, Limits, Sandbox

pytestmark = [needs_box, pytest.mark.fault("F2")]

_MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def _burst(program: str | Sequence[str], folder: Path, limits: Limits, *, cgroups: bool = True) -> Ended:
    call = python(program) if isinstance(program, str) else program
    return Sandbox(LIMITS, cgroups=cgroups).run(call, folder=folder, limits=limits)


_ALLOCATE = """
    kept = []
    try:
        for _ in range(200): kept.append(bytearray(b"x") * (1 << 20))
    except MemoryError: print("refused at", len(kept))
    else: print("had", len(kept))
"""


def test_one_process_gets_no_more_memory_than_its_limit(folder: Path) -> None:
    assert _burst(_ALLOCATE, folder, within(memory_bytes=400 * _MIB)).stdout == "had 200\n"
    stopped = _burst(_ALLOCATE, folder, within(memory_bytes=100 * _MIB))
    # Two bounds stand at the same place: the kernel refuses the process, or the look at its tree comes first.
    assert stopped.stdout.startswith("refused at ") or stopped.ending is Ending.MEMORY_FULL
    assert "had" not in stopped.stdout


_MEMORY_BOMBS = {
    # Each stays within the bound of one process, and does its harm elsewhere.
    "many processes": """
        import os, time
        for _ in range(6):
            if os.fork() == 0: break
        kept = bytearray(b"x") * (50 << 20)
        time.sleep(3)
    """,
    "shared pages": """
        import mmap, time
        kept = mmap.mmap(-1, 300 << 20)
        for at in range(0, 300 << 20, 4096): kept[at] = 1
        time.sleep(3)
    """,
    "files in memory": """
        import os, time
        kept = [os.memfd_create("x") for _ in range(6)]
        for file in kept: os.write(file, bytes(50 << 20))
        time.sleep(3)
    """,
}


@pytest.mark.parametrize("bomb", _MEMORY_BOMBS)
def test_a_tree_gets_no_more_memory_than_its_limit(folder: Path, bomb: str) -> None:
    harmless = _MEMORY_BOMBS[bomb].replace("sleep(3)", "sleep(0.5)")
    assert _burst(harmless, folder, within(memory_bytes=600 * _MIB)).ending is Ending.EXITED
    stopped = _burst(_MEMORY_BOMBS[bomb], folder, within(memory_bytes=150 * _MIB))
    assert stopped.ending is Ending.MEMORY_FULL
    assert stopped.wall_s < 3


def test_the_temporary_folders_in_memory_are_small(folder: Path) -> None:
    program = """
        import os
        for path in ("/tmp/x", "/dev/shm/x"):
            size = 0
            try:
                with open(path, "wb") as file:
                    for _ in range(500): size += file.write(bytes(1 << 20))
            except OSError as error: print(error.errno, size >> 20 < 200)
            os.remove(path)
        for path in ("/x", "/dev/x", "/usr/x", "/egress"):
            try: open(path, "w")
            except OSError: print("refused")
    """
    ended = _burst(program, folder, within(file_bytes=1 << 30, memory_bytes=1 << 30))
    assert ended.stdout == f"{errno.ENOSPC} True\n" * 2 + "refused\n" * 4


_DISK_BOMBS = {
    "files": "for n in range(40): open(f'file {n}', 'wb').write(bytes(1 << 20)); time.sleep(0.02)",
    "files without a name": """
        kept = []
        for n in range(40):
            kept.append(open("file", "wb", 0))
            kept[-1].write(bytes(1 << 20))
            os.remove("file")
            time.sleep(0.02)
    """,
    "files without bytes": "os.makedirs('d', exist_ok=True)\nfor n in range(10000): open(f'd/{n}', 'w').close()\n",
}


@pytest.mark.parametrize("bomb", _DISK_BOMBS)
def test_a_folder_gets_no_more_disk_than_its_limit(folder: Path, bomb: str) -> None:
    program = "import os, time\n" + "\n".join(line.removeprefix("        ") for line in _DISK_BOMBS[bomb].split("\n"))
    assert _burst(program, folder, within(folder_bytes=100 * _MIB)).ending is Ending.EXITED
    stopped = _burst(program + "\ntime.sleep(5)", folder, within(folder_bytes=10 * _MIB))
    assert stopped.ending is Ending.FOLDER_FULL
    assert stopped.wall_s < 4


def test_a_file_gets_no_more_bytes_than_its_limit(folder: Path) -> None:
    call = ["/bin/sh", "-c", "head -c 20M /dev/zero > big; echo $?"]
    assert _burst(call, folder, LIMITS).stdout == "0\n"
    assert _burst(call, folder, within(file_bytes=5 * _MIB)).stdout != "0\n"
    assert (folder / "big").stat().st_size == 5 * _MIB
    killed = _burst(["head", "-c", "20M", "/dev/zero"], folder, LIMITS)
    assert killed.ending is Ending.EXITED
    sparse = "import os; os.truncate(os.open('sparse', os.O_CREAT | os.O_WRONLY), 1 << 40)"
    assert _burst(sparse, folder, LIMITS).returncode != 0


def test_a_file_limit_that_kills_is_told_as_ours(folder: Path) -> None:
    program = """
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        open("big", "wb").write(bytes(20 << 20))
    """
    ended = _burst(program, folder, within(file_bytes=_MIB))
    assert ended.ending is Ending.FOLDER_FULL


def test_a_busy_loop_ends_with_its_time(folder: Path) -> None:
    ended = _burst(["/bin/sh", "-c", "while :; do :; done"], folder, within(wall_s=0.5))
    assert ended.ending is Ending.TIMED_OUT
    assert 0.5 <= ended.wall_s < 2


_FORKS = """
    import os, time
    made = 0
    try:
        while made < 60:
            if os.fork() == 0:
                time.sleep(1)
                os._exit(0)
            made += 1
    except OSError: pass
    print(made, flush=True)
    time.sleep(1)
"""


def test_a_program_forks_only_so_often(folder: Path) -> None:
    assert _burst(_FORKS, folder, within(processes=100)).stdout == "60\n"
    ended = _burst(_FORKS, folder, within(processes=20))
    if ended.ending is Ending.TOO_MANY_PROCESSES:  # no bound in the kernel: a root worker without control groups
        return
    assert ended.ending is Ending.EXITED
    assert int(ended.stdout) < 20


def test_without_a_control_group_a_burst_of_forks_is_seen_and_ended(folder: Path) -> None:
    burst = """
        import os, time
        for _ in range(8):
            try: os.fork()
            except OSError: pass
        time.sleep(2)
    """
    ended = _burst(burst, folder, within(processes=20), cgroups=False)
    if os.geteuid() == 0:
        assert ended.ending is Ending.TOO_MANY_PROCESSES
        assert ended.wall_s < 2
    else:
        assert ended.ending is Ending.EXITED  # RLIMIT_NPROC held it below the bound to its end

    def is_over() -> bool:
        lines = (" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"]))
        return not any("os.fork()" in line for line in lines)

    assert eventually(is_over, 0.5)  # killed, and perhaps not taken away yet; left alone, they would sleep on


def test_threads_count_as_processes(folder: Path) -> None:
    program = """
        import threading, time
        started = 0
        try:
            for _ in range(60):
                threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
                started += 1
        except RuntimeError: pass
        print(started, flush=True)
        time.sleep(1)
    """
    assert _burst(program, folder, within(processes=100)).stdout == "60\n"
    ended = _burst(program, folder, within(processes=20))
    assert ended.ending is Ending.TOO_MANY_PROCESSES or int(ended.stdout) < 20


def test_a_control_group_goes_with_its_box_and_one_left_behind_is_swept(folder: Path) -> None:
    group = cgroup.make(processes=10, memory_bytes=1 << 30)
    if group is None:
        pytest.skip("this user may make no control group on this machine")
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    left = group.folder.with_name(f"svidok-box-{ended.pid}-0")
    left.mkdir()
    group.remove()
    assert not group.folder.exists()
    Sandbox(LIMITS).run(["true"], folder=folder)
    assert not left.exists()
    assert not list(group.folder.parent.glob(f"svidok-box-{os.getpid()}-*"))


def test_unboxed_programs_have_limits_too(folder: Path) -> None:
    unsafe = Sandbox(LIMITS, engine=None, unsafe=True)
    assert unsafe.run(python(_ALLOCATE), folder=folder, limits=within(memory_bytes=100 * _MIB)).stdout.startswith(
        "refused"
    )
    bomb = python(_MEMORY_BOMBS["many processes"])
    assert unsafe.run(bomb, folder=folder, limits=within(memory_bytes=150 * _MIB)).ending is Ending.MEMORY_FULL
    forks = unsafe.run(python(_FORKS), folder=folder, limits=within(processes=10))
    assert forks.ending is Ending.TOO_MANY_PROCESSES or int(forks.stdout) < 13


def test_usage_counts_what_is_there_and_survives_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100_000))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "b").write_bytes(bytes(50_000))
    (tmp_path / "loop").symlink_to(tmp_path)
    assert 150_000 <= folder_bytes(tmp_path) < 250_000
    assert folder_bytes(tmp_path / "missing") == 0
    with subprocess.Popen(python("kept = bytearray(b'x') * (50 << 20); import time; time.sleep(30)")) as process:
        try:
            assert eventually(lambda: 50 << 20 < tree_usage(tree(process.pid)).memory_bytes < 80 << 20)
            assert tree_usage(tree(process.pid)).processes == 1
        finally:
            process.kill()
    assert tree_usage(tree(process.pid)).processes == 0


def test_what_is_printed_is_kept_from_both_ends() -> None:
    printed = Printed()
    for number in range(100_000):
        printed.add(f"{number:08d}".encode())
    text = printed.text()
    assert text.startswith("0000000000000001")
    assert text.endswith("0009999800099999")
    assert f"[... {800_000 - HEAD_BYTES - TAIL_BYTES} bytes left out ...]" in text


def test_lines_are_cut_where_they_end_however_they_arrive() -> None:
    heard: list[str] = []
    lines = Lines(heard.append)
    for chunk in (b"on", b"e\ntwo\r\n\n", "три".encode()[:3], "три".encode()[3:], b"\xff\n", b"rest"):
        lines.add(chunk)
    lines.end()
    assert heard == ["one", "two", "", "три\ufffd", "rest"]
    began = time.monotonic()
    for _ in range(2000):
        lines.add(b"x" * 65536)
    assert time.monotonic() - began < 5
    assert max(map(len, heard)) <= 65536


def test_a_folder_too_deep_to_be_looked_through_counts_as_too_large(tmp_path: Path) -> None:
    """What a hostile program nests beyond the length of a path must not stop the look, nor hide behind it."""
    nest = "import os\nfor _ in range(1500):\n    os.mkdir('deep'); os.chdir('deep')\n"
    subprocess.run([sys.executable, "-c", nest], cwd=tmp_path, check=True)
    try:
        assert folder_bytes(tmp_path) == UNCOUNTABLE
    finally:
        scratch.remove(tmp_path / "deep")
