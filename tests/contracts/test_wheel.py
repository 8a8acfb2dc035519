"""What is installed from a wheel: the program, and the pages where they have been built."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a wheel is built from, with little in it."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(_ROOT / name, tmp_path / name)
    for room in ("api", "workers", "storage"):
        (tmp_path / room).mkdir()
        shutil.copy(_ROOT / room / "__init__.py", tmp_path / room)
    (tmp_path / ".gitignore").write_text("dist/\nbuild/\n")
    return tmp_path


def _built(checkout: Path) -> set[str]:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(checkout / "wheels")]
    subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    [wheel] = (checkout / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_built_pages_are_in_the_wheel_where_the_api_looks_for_them(checkout: Path) -> None:
    for name in ("index.html", "assets/a-1.js"):
        page = checkout / "frontend" / "dist" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("words")
    assert {"api/__init__.py", "api/ui/index.html", "api/ui/assets/a-1.js"} <= _built(checkout)


def test_without_pages_there_is_a_wheel_all_the_same(checkout: Path) -> None:
    names = _built(checkout)
    assert "storage/__init__.py" in names
    assert not any(name.startswith("api/ui/") for name in names)
