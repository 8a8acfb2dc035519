"""The walls of the box, each with something alive behind it: reached without the wall, and not from inside."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workers.boxes import LIMITS, needs_box, python
from tests.workers.egress_stage import origin, stage
from workers.boxes import bubblewrap, layers, seccomp
from workers.boxes.box import Walls
from workers.boxes.bubblewrap import Engine
from workers.sandbox import Sandbox

pytestmark = needs_box


def _engines() -> list[Engine]:
    """The engine of this machine with all its walls, and with each of those two that stand for each other alone."""
    engine = bubblewrap.find()[0]
    if engine is None:
        return []
    walls = engine.walls
    alone = [Walls(walls.proc, True, False), Walls(walls.proc, False, True), Walls(False, True, True)]
    return [Engine(engine.path, engine.version, choice) for choice in dict.fromkeys([walls, *alone])]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def outside_and_inside(folder: Path) -> Callable[..., tuple[str, str]]:
    """Runs a program without the box, then in it; gives what each printed."""

    def run(program: str, *arguments: str) -> tuple[str, str]:
        call = python(program, *arguments)
        outside = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=True, timeout=30).stdout
        inside = Sandbox(LIMITS).run(call, folder=folder)
        assert inside.returncode == 0, inside.stderr
        return outside.strip(), inside.stdout.strip()

    return run


_TRY_TO_READ = """
    import sys
    for path in sys.argv[1:]:
        try: print(open(path, "rb").read(6))
        except OSError as error: print(type(error).__name__)
"""


@pytest.mark.fault("F1")
def test_files_that_were_not_handed_in_cannot_be_read(
    tmp_path: Path, folder: Path, outside_and_inside: Callable[..., tuple[str, str]]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder / "link").symlink_to(secret)
    (folder / "folder link").symlink_to(tmp_path)
    (folder / "root link").symlink_to("/proc/1/root")
    paths = [str(secret), "/etc/passwd", "link", "folder link/secret", "../secret", f"/proc/self/root{secret}"]
    outside, inside = outside_and_inside(_TRY_TO_READ, *paths)
    assert "Error" not in outside
    assert inside.split("\n") == ["FileNotFoundError"] * len(paths)


@pytest.mark.fault("F1")
def test_a_descriptor_or_a_variable_of_the_worker_does_not_come_along(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    monkeypatch.setenv("SECRET", "secret")
    program = """
        import os
        for fd in range(3, 64):
            try: print("open", fd, os.pread(fd, 6, 0))
            except OSError: pass
        print(os.environ.get("SECRET"))
    """
    with secret.open() as file:
        os.set_inheritable(file.fileno(), True)
        outside = subprocess.run(python(program), close_fds=False, capture_output=True, text=True, check=True).stdout
        inside = Sandbox(LIMITS).run(python(program), folder=folder).stdout
    assert "secret" in outside
    assert inside == "None\n"


@pytest.mark.fault("F1")
def test_nothing_outside_the_folder_can_be_written(
    tmp_path: Path, folder: Path, outside_and_inside: Callable[..., tuple[str, str]]
) -> None:
    program = """
        import os, sys
        for path in sys.argv[1:]:
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
                print("written")
            except OSError: print("refused")
    """
    (folder / "link").symlink_to(tmp_path)
    mine = [str(tmp_path / "new"), "link/new", "../new"]
    if os.geteuid() == 0:
        mine += [str(Path(sys.prefix) / "pyvenv.cfg"), layers.__file__, "/proc/sys/kernel/core_pattern", "/usr/bin/env"]
    outside, inside = outside_and_inside(program, *mine)
    assert set(outside.split()) == {"written"}
    assert set(inside.split()) == {"refused"}


@pytest.mark.fault("F1b")
def test_live_sockets_of_the_machine_are_out_of_reach(
    tmp_path: Path, folder: Path, outside_and_inside: Callable[..., tuple[str, str]]
) -> None:
    program = """
        import json, socket, sys
        for family, address in json.loads(sys.argv[1]):
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(3)
                try:
                    client.connect(tuple(address) if isinstance(address, list) else address)
                    print("reached")
                except OSError: print("refused")
    """
    name = "\0svidok-wall-" + os.urandom(8).hex()
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
        socket.socket(socket.AF_UNIX) as by_path,
        socket.socket(socket.AF_UNIX) as by_name,
    ):
        by_path.bind(str(tmp_path / "database.sock"))
        by_name.bind(name)
        by_path.listen()
        by_name.listen()
        (folder / "link").symlink_to(tmp_path / "database.sock")
        targets: list[Any] = [
            (socket.AF_INET, ["127.0.0.1", four.getsockname()[1]]),
            (socket.AF_INET6, ["::1", six.getsockname()[1]]),
            (socket.AF_UNIX, str(tmp_path / "database.sock")),
            (socket.AF_UNIX, "link"),
            (socket.AF_UNIX, name),
        ]
        outside, inside = outside_and_inside(program, json.dumps(targets))
    assert set(outside.split()) == {"reached"}
    assert inside.split() == ["refused"] * len(targets)


@pytest.mark.fault("E11")
def test_a_program_that_ignores_the_proxy_has_no_way_out(tmp_path: Path, folder: Path) -> None:
    program = """
        import socket, sys, urllib.request
        url, host, port = sys.argv[1:]
        print(urllib.request.urlopen(url).read())
        straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try: print(straight.open(f"http://127.0.0.1:{port}/", timeout=3).read())
        except OSError as error: print("refused")
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try: print(datagram.sendto(b"x", (host, 53)))
        except OSError as error: print("refused")
    """
    with (
        origin() as site,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names,
        stage(tmp_path, names={"127.0.0.1": ["127.0.0.1"]}, exceptions=frozenset({("127.0.0.1", site.port)})) as proxy,
    ):
        names.bind(("127.0.0.1", 0))
        call = python(program, f"http://127.0.0.1:{site.port}/", "192.168.7.7", str(site.port))
        inside = Sandbox(LIMITS).run(call, folder=folder, ticket=proxy.ticket)
        assert inside.stdout.split("\n")[:3] == ["b'hi'", "refused", "refused"], inside.stderr
        unsafe = Sandbox(LIMITS, engine=None, unsafe=True).run(call, folder=folder, ticket=proxy.ticket)
        assert unsafe.stdout.split("\n")[:2] == ["b'hi'", "b'hi'"]
    assert len(site.heard) == 3


_NEW_NAMESPACES = """
    import ctypes, os, platform, signal
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    def clone3():
        arguments = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, signal.SIGCHLD)
        return libc.syscall(435, ctypes.byref(arguments), ctypes.sizeof(arguments))
    ways = {
        "unshare": lambda: libc.unshare(0x10000000),
        "clone": lambda: libc.syscall(number, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0),
        "clone3": clone3,
        "mount namespace": lambda: libc.unshare(0x00020000),
    }
    for name, way in ways.items():
        pid = os.fork()
        if pid == 0:
            made = way()
            os._exit(0 if made >= 0 else 1)
        print(name, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.fault("F1c")
@pytest.mark.parametrize("engine", _engines(), ids=lambda engine: str(engine.walls))
def test_no_new_namespace_by_any_call(folder: Path, engine: Engine) -> None:
    outside = subprocess.run(python(_NEW_NAMESPACES), capture_output=True, text=True, check=True).stdout
    for way in ("unshare", "clone", "clone3"):
        assert f"{way} 0" in outside
    inside = Sandbox(LIMITS, engine=engine).run(python(_NEW_NAMESPACES), folder=folder)
    assert inside.stdout == "unshare 1\nclone 1\nclone3 1\nmount namespace 1\n", inside.stderr


@pytest.mark.fault("F1")
def test_no_call_that_reaches_into_the_kernel_or_other_programs(
    outside_and_inside: Callable[..., tuple[str, str]],
) -> None:
    program = """
        import ctypes, errno, platform, socket
        libc = ctypes.CDLL(None, use_errno=True)
        numbers = {
            "x86_64": dict(ptrace=101, keyctl=250, io_uring=425, userfaultfd=323, perf=298, bpf=321, mount=165),
            "aarch64": dict(ptrace=117, keyctl=219, io_uring=425, userfaultfd=282, perf=241, bpf=280, mount=40),
        }[platform.machine()]
        for name, number in numbers.items():
            ctypes.set_errno(0)
            libc.syscall(number, 0, 0, 0, 0, 0)
            print(name, errno.errorcode.get(ctypes.get_errno(), "done"))
        print("no_new_privs", libc.prctl(39, 0, 0, 0, 0))
        for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 40, 38, 17):
            try: socket.socket(family, socket.SOCK_STREAM if family != 38 else socket.SOCK_SEQPACKET).close()
            except OSError as error: print(family.real, errno.errorcode[error.errno])
            else: print(family.real, "open")
    """
    outside, inside = (dict(line.split() for line in text.split("\n")) for text in outside_and_inside(program))
    assert outside["ptrace"] == "done"
    assert outside["no_new_privs"] == "0"
    assert inside["no_new_privs"] == "1"
    for name in ("ptrace", "keyctl", "userfaultfd", "perf", "bpf", "mount"):
        assert inside[name] == "EPERM"
    assert inside["io_uring"] == "ENOSYS"
    assert outside["17"] != inside["17"] or os.geteuid()
    assert [inside[family] for family in ("1", "2", "10", "40", "38", "17")] == ["open"] * 3 + ["EAFNOSUPPORT"] * 3


@pytest.mark.fault("F1")
def test_other_programs_are_neither_seen_nor_signalled(folder: Path) -> None:
    program = "import os; print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))"
    with subprocess.Popen(["sleep", "60"]) as victim:
        try:
            assert victim.pid in json.loads(subprocess.check_output(python(program)))
            inside = json.loads(Sandbox(LIMITS).run(python(program), folder=folder).stdout)
            assert inside == [1, 2, 3]
            Sandbox(LIMITS).run(["/bin/sh", "-c", "kill -9 -1"], folder=folder)
            assert victim.poll() is None
        finally:
            victim.kill()


def test_the_filter_kills_a_program_that_uses_the_numbers_of_another_machine() -> None:
    program = seccomp.program("x86_64")
    assert program is not None
    assert len(program) % 8 == 0
    assert len(program) // 8 < 4096
    assert seccomp.program("sparc64") is None
    assert seccomp.program("aarch64") != program


def test_the_numbers_of_the_filter_are_those_of_the_kernel_headers() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    generic = Path("/usr/include/asm-generic/unistd.h")
    if not header.exists() or not generic.exists():
        pytest.skip("no kernel headers on this machine")
    wanted = (
        *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
        *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "clone3"),
        *("open_tree", "move_mount", "fsopen", "fsmount", "mount_setattr"),
        *("syslog", "acct", "swapon", "swapoff", "reboot", "quotactl", "settimeofday", "clock_settime"),
        *("init_module", "finit_module", "delete_module", "kexec_load", "add_key", "request_key", "keyctl"),
        *("perf_event_open", "bpf", "userfaultfd", "fanotify_init", "open_by_handle_at", "io_uring_setup"),
    )
    for machine, text in (("x86_64", header.read_text()), ("aarch64", generic.read_text())):
        numbers = dict(
            line.split()[1:3]
            for line in text.splitlines()
            if line.startswith("#define __NR") and len(line.split()) == 3
        )
        denied = seccomp.denied(machine)
        for name in wanted:
            number = numbers.get(f"__NR_{name}") or numbers[f"__NR3264_{name}"]
            assert int(number) in denied, (machine, name)


@pytest.mark.fault("F7")
@pytest.mark.parametrize("engine", _engines(), ids=lambda engine: str(engine.walls))
def test_every_wall_holds_when_it_is_tried(engine: Engine) -> None:
    found = layers.examine(engine)
    missing = {"unfiltered_calls"} if not engine.walls.filter else set()
    assert {wall.name for wall in found.walls if not wall.holds} == missing
    assert found.safe
    assert not found.reason


@pytest.mark.fault("F7")
def test_a_wall_that_is_taken_away_is_missed(tmp_path: Path) -> None:
    engine = bubblewrap.find()[0]
    assert engine is not None
    fallen = {}
    for flag, instead in {
        "--unshare-all": ["--unshare-all", "--share-net"],
        "--cap-drop": ["--cap-add"],
        "--disable-userns": [],
    }.items():
        weaker = tmp_path / f"bwrap{flag}"
        weaker.write_text(_WITHOUT.format(python=sys.executable, bwrap=str(engine.path), flag=flag, instead=instead))
        weaker.chmod(0o755)
        walls = Walls(engine.walls.proc, flag == "--disable-userns", flag != "--disable-userns")
        fallen[flag] = set(layers.examine(Engine(weaker, engine.version, walls)).fallen)
    assert {"loopback", "abstract_socket"} <= fallen["--unshare-all"]
    assert "capabilities" in fallen["--cap-drop"]
    assert {"unshare", "clone"} <= fallen["--disable-userns"]


_WITHOUT = """#!{python}
import os, sys
os.execv({bwrap!r}, ["bwrap", *(new for word in sys.argv[1:] for new in ({instead!r} if word == {flag!r} else [word]))])
"""


@pytest.mark.fault("F7")
def test_a_machine_without_walls_is_not_called_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    none = layers.examine(None, "nothing is installed")
    assert not none.safe
    assert none.reason == "nothing is installed"
    monkeypatch.setattr(layers, "layers", lambda: none)
    with pytest.raises(layers.SandboxMissing):
        layers.require_walls(unsafe=False)
    assert layers.require_walls(unsafe=True) is none
