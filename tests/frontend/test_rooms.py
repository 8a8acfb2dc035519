"""Which room of the front end may know which: features never each other, shared rooms no feature, nobody the app."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "frontend" / "src"
_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*['"]([^'"]+)['"]""")


def imports() -> list[tuple[str, str]]:
    """Every import from one file of ours to another, as paths below `src`."""
    found = []
    for file in [*SOURCE.rglob("*.ts"), *SOURCE.rglob("*.tsx")]:
        here = file.relative_to(SOURCE)
        for name in _IMPORT.findall(file.read_text()):
            if name.startswith("@/"):
                found.append((here.as_posix(), name[2:]))
            elif name.startswith("."):
                there = (file.parent / name).resolve()
                found.append((here.as_posix(), there.relative_to(SOURCE.resolve()).as_posix()))
    return found


def room(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("features", "shared") else parts[0]


def test_there_are_imports_to_look_at() -> None:
    assert len(imports()) > 200


def test_features_never_import_features() -> None:
    crossing = [
        (here, there)
        for here, there in imports()
        if here.startswith("features/") and there.startswith("features/") and room(here) != room(there)
    ]
    assert crossing == []


def test_only_the_app_knows_the_features() -> None:
    knowing = [
        (here, there)
        for here, there in imports()
        if there.startswith(("features/", "app/")) and room(here) not in ("app", "main.tsx", room(there))
    ]
    assert knowing == []


def test_the_way_to_the_server_knows_no_component() -> None:
    knowing = [(here, there) for here, there in imports() if room(here) == "api" and room(there).startswith("shared")]
    assert knowing == []
