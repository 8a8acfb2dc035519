"""The tools captures are made with: present, new enough, and fitting each other."""

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import deno
import imageio_ffmpeg

from storage.settings import Settings
from workers import instruments
from workers.analysis.tesseract import LANGUAGES
from workers.doctor.finding import Condition, Finding
from workers.pages import chromium, firefox

_YTDLP_AT_LEAST = (2026, 7, 4)  # the security fixes of summer 2026: CVE-2026-50019, -50023, -50574, -55404
_DENO_AT_LEAST = (2, 3)


def versions(_settings: Settings) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    names = ("svidok", "celery", "fastapi", "sqlalchemy", "psycopg", "av", "opencv-python-headless")
    found = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    yield Finding("versions", Condition.OK, f"Python {python}, {found}")


def ytdlp(_settings: Settings) -> Iterator[Finding]:
    found = importlib.metadata.version("yt-dlp")
    good = _numbers(found) >= _YTDLP_AT_LEAST
    wanted = ".".join(f"{number:02}" for number in _YTDLP_AT_LEAST)
    yield Finding(
        "yt-dlp",
        Condition.OK if good else Condition.UNSAFE,
        f"{found}; versions before {wanted} have known holes",
    )
    pins = [re.search(r"yt-dlp-ejs==([\w.]+)", line) for line in importlib.metadata.requires("yt-dlp") or []]
    pin = next((match[1] for match in pins if match), None)
    try:
        solver = importlib.metadata.version("yt-dlp-ejs")
    except importlib.metadata.PackageNotFoundError:
        solver = None
    yield Finding(
        "solver",
        Condition.OK if solver is not None and solver == pin else Condition.UNSAFE,
        f"the script solver is {solver or 'missing'}, this yt-dlp is made for {pin}",
    )


def javascript(_settings: Settings) -> Iterator[Finding]:
    try:
        said = _first_line([deno.find_deno_bin(), "--version"])
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding("javascript", Condition.UNSAFE, f"deno does not run, so formats go missing unseen: {error}")
        return
    good = _numbers(said.split()[1]) >= _DENO_AT_LEAST
    yield Finding("javascript", Condition.OK if good else Condition.UNSAFE, f"{said}; 2.3 or newer is needed")


def impersonation(_settings: Settings) -> Iterator[Finding]:
    from yt_dlp import YoutubeDL

    with YoutubeDL({"quiet": True, "no_warnings": True}) as downloader:
        # The command line's own --list-impersonate-targets asks the same question.
        count = len(downloader._get_available_impersonate_targets())
    state = Condition.OK if count else Condition.UNSAFE
    yield Finding("impersonation", state, f"{count} browsers can be resembled; some sites answer to nothing else")


def ffmpeg(_settings: Settings) -> Iterator[Finding]:
    try:
        yield Finding("ffmpeg", Condition.OK, _first_line([imageio_ffmpeg.get_ffmpeg_exe(), "-version"]))
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        yield Finding("ffmpeg", Condition.UNSAFE, f"ffmpeg does not run: {error}")


def browser(_settings: Settings) -> Iterator[Finding]:
    yield _runs(
        "browser", chromium.find(), "it captures pages", "no Chromium here: videos are captured, their pages are not"
    )
    yield _runs(
        "second browser",
        firefox.find(),
        "it looks at kept pages, which Chromium captured",
        "no Firefox here that plays H.264 (Debian: firefox-esr and libavcodec-extra): kept pages are looked at by the "
        "same kind of browser that captured them, and say so",
    )


def _runs(name: str, program: Path | None, work: str, without: str) -> Finding:
    if program is None:
        return Finding(name, Condition.WARN, without)
    try:
        return Finding(name, Condition.OK, f"{_first_line([str(program), '--version']).strip()}; {work}")
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(name, Condition.WARN, f"{program} does not run: {error}")


def tesseract(_settings: Settings) -> Iterator[Finding]:
    found = instruments.find().tesseract
    missing = [name for name in LANGUAGES if found is None or name not in found.languages]
    packages = " ".join(["tesseract-ocr", *(f"tesseract-ocr-{name}" for name in missing)])
    if found is None:
        yield Finding("tesseract", Condition.WARN, f"not here: text in pictures is not read; apt install {packages}")
    elif missing:
        sentence = f"{found.version}, without {' and '.join(missing)}; apt install {packages}"
        yield Finding("tesseract", Condition.WARN, sentence)
    else:
        sentence = f"{found.version} with {', '.join(found.languages)}; it reads text in pictures"
        yield Finding("tesseract", Condition.OK, sentence)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _first_line(argv: Sequence[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=20).stdout.partition("\n")[0]
