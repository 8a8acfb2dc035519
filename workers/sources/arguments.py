"""The one way in which yt-dlp is called: fixed options, and the address last, where it cannot be read as an option."""

import functools
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import deno
import imageio_ffmpeg

from workers.loan import FILE as COOKIES

ENTRIES = 8
"""A post may carry this many videos; a longer list is a channel, and nobody meant to submit it whole."""

LISTED = 200
"""So many entries of a channel or playlist are told; they are chosen from by hand."""

ENTRY = "svidok-entry "
"""What an entry of a list begins with on standard output; JSON follows."""

_FOLDER = re.compile(r"/(?:[^/]*/)*")

PROGRESS = "svidok-progress "
"""What a line of progress begins with on standard output; JSON follows."""

# Options that would run programs, read the operator's files, widen the network, hide what was served, or write where
# they please. No builder of arguments may emit one; a test holds it to that.
FORBIDDEN = frozenset(
    {
        *("--exec", "--exec-before-download", "--netrc", "--netrc-cmd", "--netrc-location", "--use-postprocessor"),
        *("--cookies-from-browser", "--username", "--password", "--twofactor", "--video-password"),
        *("--enable-file-urls", "--load-info-json", "--load-pages", "--batch-file", "--config-locations", "--alias"),
        *("--write-link", "--write-url-link", "--write-webloc-link", "--write-desktop-link", "--print-to-file"),
        *("--no-check-certificates", "--prefer-insecure", "--legacy-server-connect", "--client-certificate"),
        *("--plugin-dirs", "--remote-components", "--external-downloader", "--downloader-args", "--update-to"),
        *("--skip-unavailable-fragments", "--no-abort-on-unavailable-fragments", "--allow-unplayable-formats"),
        *("--paths", "--download-archive", "--cache-dir", "--source-address", "--geo-verification-proxy", "--proxy"),
        *("--recode-video", "--remux-video", "--extract-audio", "--embed-metadata", "--embed-thumbnail", "--xattrs"),
        *("--sponsorblock-remove", "--sponsorblock-mark", "--write-thumbnail", "--yes-playlist", "-u"),
        *("-p", "-n", "-a"),
    }
)  # fmt: skip

# Nothing but these options: no configuration, no plug-in, no cache, no code from elsewhere, nothing run afterwards.
_ALONE = (
    "--ignore-config", "--no-plugin-dirs", "--no-cache-dir", "--no-remote-components", "--no-exec", "--no-update",
    "--no-cookies-from-browser", "--no-mark-watched", "--no-sponsorblock", "--no-mtime",
)  # fmt: skip

# What is taken: this one post, its best picture and sound as served; a merge only beside them, and reproducible.
_TAKEN = (
    "--no-playlist", "--playlist-items", f"1:{ENTRIES + 1}", "--max-downloads", str(ENTRIES),
    "--match-filters", f"playlist_count<=?{ENTRIES} & n_entries<=?{ENTRIES}",
    "--format", "bv*+ba/b", "--no-live-from-start", "--no-wait-for-video", "--xff", "never",
    "--downloader", "native", "--fixup", "never", "--concat-playlist", "never", "--keep-video", "--keep-fragments",
    "--postprocessor-args", "Merger+ffmpeg_o:-bitexact", "--write-info-json", "--no-clean-info-json", "--write-pages",
    "--no-write-playlist-metafiles", "--no-write-comments", "--no-write-subs", "--no-write-auto-subs",
    "--extractor-args", "youtube:raise_incomplete_data=1",
)  # fmt: skip

# Whole or not at all: the tool's own defaults skip what they cannot get and call the rest finished.
_WHOLE = (
    "--abort-on-unavailable-fragments", "--socket-timeout", "20", "--retries", "3", "--fragment-retries", "3",
    "--extractor-retries", "2", "--file-access-retries", "1", "--no-continue",
    "--retry-sleep", "http:exp=0.5:4", "--retry-sleep", "fragment:exp=0.5:4", "--retry-sleep", "extractor:exp=0.5:4",
)  # fmt: skip

# Names of ours only: nothing that a site says becomes part of a path but the format's label, which yt-dlp restricts.
_NAMES = ("--output", "media.%(autonumber)d.%(ext)s", "--restrict-filenames", "--trim-filenames", "100")

_TOLD = (
    "--verbose", "--print-traffic", "--newline", "--progress", "--progress-delta", "0.5", "--color", "no_color",
    "--output-na-placeholder", "null",
    "--progress-template",
    f"download:{PROGRESS}" '{"received_bytes": %(progress.downloaded_bytes)j, '
    '"expected_bytes": %(progress.total_bytes)j, "estimated_bytes": %(progress.total_bytes_estimate)j, '
    '"fragment": %(progress.fragment_index)j, "fragments": %(progress.fragment_count)j, '
    '"file": %(progress.filename)j}',
)  # fmt: skip


def arguments(url: str, *, limit_bytes: int, cookies: bool = False) -> list[str]:
    """The argument list for one attempt; the way out stands in the environment, so no secret is ever among them.

    With `cookies` the tool reads and writes a jar of one name in its own folder; without, it has none.
    """
    return [
        *(("--cookies", COOKIES) if cookies else ("--no-cookies",)),
        *(*_ALONE, *_TAKEN, *_WHOLE, *_NAMES, *_TOLD),
        *("--no-js-runtimes", "--js-runtimes", f"deno:{deno.find_deno_bin()}"),
        *("--ffmpeg-location", imageio_ffmpeg.get_ffmpeg_exe(), "--max-filesize", str(limit_bytes)),
        *("--", url),
    ]


def listing_command(url: str) -> Sequence[str]:
    """The command that tells what a channel or playlist lists; nothing of it is fetched."""
    entry = "%(.{_type,url,webpage_url,title,timestamp,upload_date,duration,playlist_title,playlist_count})j"
    return [
        *(sys.executable, "-I", "-m", "yt_dlp", *_ALONE, "--no-cookies"),
        *("--flat-playlist", "--playlist-items", f"1:{LISTED + 1}"),
        *("--xff", "never", "--socket-timeout", "20", "--retries", "3", "--extractor-retries", "2", "--skip-download"),
        *("--color", "no_color", "--no-js-runtimes", "--js-runtimes", f"deno:{deno.find_deno_bin()}"),
        *("--print", f"{ENTRY}{entry}", "--", url),
    ]


def looking_command(url: str) -> Sequence[str]:
    """The command that asks for a post as a guest and fetches nothing of it."""
    return [
        *(sys.executable, "-I", "-m", "yt_dlp", *_ALONE, "--no-cookies", "--simulate", "--write-pages"),
        *("--no-playlist", "--playlist-items", "1", "--ignore-no-formats-error", "--verbose", "--print-traffic"),
        *("--xff", "never", "--socket-timeout", "20", "--retries", "2", "--extractor-retries", "1"),
        *("--color", "no_color", "--no-js-runtimes", "--js-runtimes", f"deno:{deno.find_deno_bin()}", "--", url),
    ]


def surrounding_arguments(url: str) -> list[str]:
    """What yt-dlp is told when a post is asked, as a guest, for what stands around its video; no media are fetched."""
    return [
        *(*_ALONE, "--no-cookies", "--skip-download", "--write-subs", "--write-auto-subs", "--sub-langs", "all"),
        *(
            "--write-comments",
            "--no-playlist",
            "--playlist-items",
            "1",
            "--ignore-no-formats-error",
            "--abort-on-error",
        ),
        "--no-part",
        *("--downloader", "native", "--abort-on-unavailable-fragments", "--no-continue", "--xff", "never"),
        *("--socket-timeout", "15", "--retries", "2", "--fragment-retries", "2", "--extractor-retries", "1"),
        *("--color", "no_color", "--no-js-runtimes", "--js-runtimes", f"deno:{deno.find_deno_bin()}", "--", url),
    ]


def command(url: str, *, limit_bytes: int, cookies: bool = False) -> Sequence[str]:
    """The whole command: this Python, isolated from folder and environment, running the yt-dlp beside it."""
    return [sys.executable, "-I", "-m", "yt_dlp", *arguments(url, limit_bytes=limit_bytes, cookies=cookies)]


def told(argv: Sequence[str]) -> list[str]:
    """Arguments as a record may show them: without the folders of this machine."""
    return [_FOLDER.sub("", word) if word.startswith(("/", "deno:/")) else word for word in argv]


@functools.cache
def software() -> Mapping[str, str]:
    """Every program and library that takes part in a fetch, with its version."""
    distributions = ("yt-dlp", "yt-dlp-ejs", "curl_cffi", "deno", "httpx", "telethon")
    ffmpeg = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True, timeout=20
    )
    return {
        **{name: version(name) for name in distributions},
        "python": sys.version.split()[0],
        "ffmpeg": ffmpeg.stdout.split()[2],
        "svidok": version("svidok"),
    }
