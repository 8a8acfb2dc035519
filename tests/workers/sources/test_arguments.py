"""How yt-dlp is called: nothing but fixed options, every one of them known to the yt-dlp we ship."""

import yt_dlp
from hypothesis import given, settings
from hypothesis import strategies as st
from yt_dlp.options import create_parser

from workers.sources.arguments import FORBIDDEN, arguments, command, listing_command, software, told

_HOSTILE = st.sampled_from(["--exec", "-o x", "--proxy=http://x", "-", "--", "a b", "$(id)", "http://x/ --exec y"])


@settings(deadline=None)
@given(_HOSTILE | st.text(min_size=1, max_size=40), st.integers(1, 2**60))
def test_no_address_adds_an_option_and_it_always_comes_last(url: str, limit_bytes: int) -> None:
    built = arguments(url, limit_bytes=limit_bytes)
    options = arguments("http://example.org/", limit_bytes=1)
    assert built[-2:] == ["--", url]
    assert len(built) == len(options)
    changed = {new for new, old in zip(built[:-1], options[:-1], strict=True) if new != old}
    assert changed <= {str(limit_bytes)}


def test_no_forbidden_option_is_among_the_arguments() -> None:
    listing = listing_command("http://example.org/")
    assert listing[-2:] == ["--", "http://example.org/"]
    options = [*arguments("http://example.org/", limit_bytes=1)[:-2], *listing[:-2]]
    assert not {option.partition("=")[0] for option in options} & FORBIDDEN


def test_a_jar_has_one_name_in_the_folder_of_the_run_and_changes_nothing_else() -> None:
    guest = arguments("http://example.org/", limit_bytes=1)
    account = arguments("http://example.org/", limit_bytes=1, cookies=True)
    assert [option for option in account if option not in guest] == ["--cookies", "cookies.txt"]
    assert [option for option in guest if option not in account] == ["--no-cookies"]


def test_every_forbidden_option_is_one_that_yt_dlp_has() -> None:
    parser = create_parser()
    assert all(parser.has_option(option) for option in FORBIDDEN), [o for o in FORBIDDEN if not parser.has_option(o)]


def test_yt_dlp_understands_the_arguments_as_meant() -> None:
    parsed = yt_dlp.parse_options(arguments("http://example.org/v", limit_bytes=12345))
    chosen = parsed.ydl_opts
    assert parsed.urls == ["http://example.org/v"]
    assert chosen["max_filesize"] == 12345
    assert chosen["retries"] == chosen["fragment_retries"] == 3
    assert not chosen["skip_unavailable_fragments"]
    assert chosen["keepvideo"]
    assert chosen["keep_fragments"]
    assert chosen["external_downloader"] == {"default": "native"}
    assert chosen["fixup"] == "never"
    assert not chosen["clean_infojson"]
    assert chosen["cachedir"] is False
    assert list(chosen["js_runtimes"]) == ["deno"]
    assert not chosen["enable_file_urls"]
    assert not chosen["nocheckcertificate"]
    assert not chosen.get("exec_cmd")
    assert not chosen["postprocessors"], "the tool must not work on what was served"
    for secret in ("cookiefile", "cookiesfrombrowser", "username", "password", "usenetrc", "netrc_cmd", "proxy"):
        assert not chosen.get(secret), secret


def test_the_program_is_isolated_and_the_record_names_no_folder_of_ours() -> None:
    called = command("https://example.org/a/b", limit_bytes=1)
    assert called[1:4] == ["-I", "-m", "yt_dlp"]
    shown = told(arguments("https://example.org/a/b", limit_bytes=1))
    assert shown[-1] == "https://example.org/a/b"
    assert "deno:deno" in shown
    assert not [word for word in shown[:-1] if "/" in word and "://" not in word and "+ba" not in word]


def test_the_versions_of_everything_that_takes_part_are_known_and_new_enough() -> None:
    versions = software()
    assert tuple(map(int, versions["yt-dlp"].split("."))) >= (2026, 7, 4)
    assert tuple(map(int, versions["deno"].split("."))) >= (2, 3, 0)
    libraries = {"yt-dlp", "yt-dlp-ejs", "curl_cffi", "deno", "httpx", "telethon"}
    assert set(versions) == libraries | {"python", "ffmpeg", "svidok"}
