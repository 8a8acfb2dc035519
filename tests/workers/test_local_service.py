"""One supervised part: how deaths, pauses and stubbornness look from outside."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.workers.stack import eventually, lives
from workers.stack import service
from workers.stack.children import Birth
from workers.stack.service import Part, Service, State, rotate


def _part(folder: Path, program: str) -> Part:
    birth = Birth((sys.executable, "-c", program), {"PATH": "/usr/bin:/bin"}, folder)
    return Part("part", birth, folder / "part.log", stop_within_s=0.3)


async def _until(reached: State, kept: Service) -> None:
    async with asyncio.timeout(10):
        while kept.state is not reached:
            await asyncio.sleep(0.005)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(service, "_LONGEST_PAUSE_S", 0.02)
    monkeypatch.setattr(service, "_GOOD_LIFE_S", 0.5)


@pytest.mark.usefixtures("hurried")
def test_five_quick_deaths_are_failing_until_a_life_is_long_enough(tmp_path: Path) -> None:
    cured = tmp_path / "cured"
    heard: list[str] = []
    program = f"import os, time; time.sleep(60) if os.path.exists({str(cured)!r}) else print('no', flush=True)"

    async def scenario() -> None:
        kept = Service(_part(tmp_path, program), lambda name, sentence: heard.append(f"{name} {sentence}"))
        kept.start()
        await _until(State.FAILING, kept)
        assert kept.restarts == 5
        cured.touch()
        await _until(State.READY, kept)
        await kept.stop()
        assert kept.state is State.STOPPED

    asyncio.run(scenario())
    assert len([sentence for sentence in heard if sentence.startswith("part ended with 0")]) >= 5
    assert (tmp_path / "part.log").read_text().count("no") >= 5


def test_a_part_that_ignores_its_stop_signal_is_killed_with_all_it_began(tmp_path: Path) -> None:
    program = (
        "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    )

    async def scenario() -> list[int]:
        kept = Service(_part(tmp_path, program), lambda name, sentence: None)
        kept.start()
        log = tmp_path / "part.log"
        async with asyncio.timeout(10):
            while not log.exists() or not log.read_text():
                await asyncio.sleep(0.01)
        pids = [kept.pid or 0, int(log.read_text())]
        await kept.stop()
        return pids

    part, begun = asyncio.run(scenario())
    assert not lives(part)
    eventually(lambda: not lives(begun), 2)  # only the kernel waits for what its parent left behind


def test_a_part_that_dies_leaves_no_orphan_working(tmp_path: Path) -> None:
    program = "import os, subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); os.kill(os.getpid(), 9)"

    async def scenario() -> int:
        kept = Service(_part(tmp_path, program), lambda name, sentence: None)
        kept.start()
        await _until(State.PAUSING, kept)
        orphan = int((tmp_path / "part.log").read_text().split()[0])
        await kept.stop()
        return orphan

    orphan = asyncio.run(scenario())
    eventually(lambda: not lives(orphan), 2)


def test_a_part_whose_program_is_missing_is_an_error_and_not_a_silent_loop(tmp_path: Path) -> None:
    async def scenario() -> None:
        missing = Part("part", Birth(("/nowhere/program",), {}, tmp_path), tmp_path / "part.log")
        kept = Service(missing, lambda name, sentence: None)
        kept.start()
        assert kept.keeping is not None
        with pytest.raises(FileNotFoundError):
            await kept.keeping

    asyncio.run(scenario())


def test_logs_are_put_aside_when_they_grow_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_LOG_BYTES", 3)
    log = tmp_path / "part.log"
    for age in range(6):
        log.write_text(f"{age:03}")
        rotate(log)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "part.log.1": "005",
        "part.log.2": "004",
        "part.log.3": "003",
    }
    log.write_text("no")
    rotate(log)
    assert log.read_text() == "no"


def test_a_child_is_told_when_its_parent_dies(tmp_path: Path) -> None:
    program = (
        "import os, signal, subprocess, sys\n"
        "from pathlib import Path\n"
        "from workers.stack.children import Birth, spawn\n"
        "child = spawn(Birth(('sleep', '60'), {'PATH': '/usr/bin:/bin'}, Path('/'), orphan_signal=signal.SIGKILL))\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    async def scenario() -> int:
        parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
        said, _ = await parent.communicate()
        assert parent.returncode == -signal.SIGKILL
        return int(said)

    child = asyncio.run(scenario())
    eventually(lambda: not lives(child), 2)
