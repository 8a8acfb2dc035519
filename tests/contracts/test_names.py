"""Our three plain package names stay ours, and what is not for others is not given to them."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PACKAGES = {"api", "workers", "storage"}


def _tracked() -> list[Path]:
    """Every file that is, or would be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=_ROOT,
        capture_output=True,
        check=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := _ROOT / name).is_file()]


def test_no_other_installed_distribution_claims_our_names() -> None:
    claims = importlib.metadata.packages_distributions()
    for name in (*_PACKAGES, "tests"):
        assert set(claims.get(name, [])) <= {"svidok"}, name


def test_the_wheel_holds_the_three_packages_and_nothing_else(tmp_path: Path) -> None:
    """Built from the tracked files; the built map weighs a hundred megabytes, and one page stands for all."""
    tree = tmp_path / "tree"
    for path in _tracked():
        (tree / path.relative_to(_ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, tree / path.relative_to(_ROOT))
    (tree / "frontend" / "dist").mkdir()
    (tree / "frontend" / "dist" / "index.html").write_text("the pages")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=tree,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == _PACKAGES | {"svidok-0.1.0.dist-info"}
    assert "workers/cli.py" in names
    assert "api/ui/index.html" in names
    assert "storage/db/migrations/versions/0001_foundation.py" in names


def test_no_folder_of_data_bears_the_name_of_the_code() -> None:
    assert not [
        path for path in _tracked() if path.is_relative_to(_ROOT / "storage") and path.suffix in {".db", ".mp4"}
    ]


@pytest.mark.parametrize("lock", ["bootstrap.txt", "run.txt", "dev.txt"])
def test_locks_carry_a_hash_for_every_pin_and_no_address(lock: str) -> None:
    text = (_ROOT / "requirements" / lock).read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|@ ", text)
    pins = re.split(r"\n(?=\S)", text.strip())
    assert pins
    for pin in pins:
        assert re.match(r"[\w.\[\],-]+==\S+( ; .+)? \\\n    --hash=sha256:[0-9a-f]{64}", pin), pin[:80]


def test_no_tracked_file_names_a_registry_to_install_from() -> None:
    registries = [b"index-url", b"find-links"]
    for path in _tracked():
        if path == Path(__file__):
            continue
        text = path.read_bytes().replace(b"--no-emit-index-url", b"")
        assert not [word for word in registries if word in text], path.relative_to(_ROOT)


def test_no_two_decisions_share_a_number_and_each_says_its_own() -> None:
    decisions = sorted((_ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name.partition("-")[0] for path in decisions]
    assert len(set(numbers)) == len(numbers)
    assert [path.read_text().split()[1] for path in decisions] == numbers
