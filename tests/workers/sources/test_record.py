"""What is written down of an attempt: always storable, never a secret."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.integrity.canonical import canonical
from workers.sources.gathered import fragment_list, gather
from workers.sources.heard import Heard
from workers.sources.identity import identity_of
from workers.sources.record import clock_check, headers_told, plain, summary
from workers.sources.scrub import scrubbed

_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(_values)
def test_whatever_a_site_says_can_be_stored_and_digested(value: Any) -> None:
    written = canonical({"value": plain(value)})
    assert b"\\u0000" not in written


def test_numbers_that_a_double_would_bend_travel_as_text() -> None:
    assert plain({"id": 2**60, "views": 12, "rate": math.inf}) == {"id": str(2**60), "views": 12, "rate": None}


def test_headers_that_open_a_session_are_withheld() -> None:
    assert headers_told([["Set-Cookie", "session=1"], ["Date", "today"]]) == {"Set-Cookie": "withheld", "Date": "today"}


def test_the_clock_check_tells_how_far_we_are_from_the_server() -> None:
    check = clock_check("Sun, 22 Nov 2026 14:21:17 GMT")
    assert isinstance(check["ours_ahead_s"], float)
    assert "server" not in clock_check("yesterday")
    assert "server" not in clock_check(None)


def test_connections_are_summed_up_by_where_they_led() -> None:
    way = {"host": "a", "port": 443, "address": "1.1.1.1", "at": "t1", "bytes_up": 1, "bytes_down": 10}
    summed = summary([way, {**way, "at": "t2"}, {**way, "host": "b"}])
    assert [(one["host"], one["connections"], one["bytes_down"], one["first_at"]) for one in summed] == [
        ("a", 2, 20, "t1"),
        ("b", 1, 10, "t1"),
    ]


@pytest.mark.fault
def test_e17_metadata_for_people_holds_no_cookie_token_signature_or_path_of_ours() -> None:
    written = {
        "id": "abc",
        "title": "A strike; see https://example.org/page?id=1",
        "description": "Filmed at /home on the 5th. https://t.me/channel/1?token=public",
        "webpage_url": "https://Example.org/watch?v=abc&utm_source=x",
        "url": "https://r1.media.example/videoplayback/sig/SECRET1/file?signature=SECRET2",
        "manifest_url": "https://manifest.example/sig/SECRET3/index.m3u8",
        "thumbnail": "https://img.example/a.jpg?token=SECRET4",
        "http_headers": {"Cookie": "SECRET5"},
        "cookies": "SECRET6",
        "_filename": "/box/media.1.mp4",
        "filepath": "/srv/vault/scratch/SECRET7",
        "__real_download": True,
        "formats": [
            {
                "format_id": "1",
                "url": "https://r1.media.example/SECRET8",
                "fragments": [{"url": "https://x.example/SECRET9"}],
                "cookies": "SECRET10",
                "http_headers": {"Authorization": "SECRET11"},
                "format_note": "see /home/operator/SECRET12 and token=SECRET13",
                "nested": [{"deep": "wss://x.example/SECRET14"}],
            }
        ],
        "requested_downloads": [{"filepath": "/box/SECRET15"}],
    }
    shown = scrubbed(written)
    text = json.dumps(shown)
    assert "SECRET" not in text
    assert "/box" not in text
    assert "/work" not in text
    assert shown["title"] == written["title"]
    assert shown["description"] == written["description"]
    assert shown["webpage_url"] == "https://example.org/watch?v=abc"
    assert shown["formats"][0]["format_id"] == "1"
    assert shown["formats"][0]["url"] == "https://r1.media.example/…"


def test_files_are_sorted_by_our_names_and_links_are_never_followed(tmp_path: Path) -> None:
    for name in (
        "media.1.mp4",
        "media.1.f137.mp4",
        "media.1.f140-drc.m4a",
        "media.1.temp.mp4",
        "media.2.flv.part",
        "media.1.info.json",
        "media.1.f137.mp4.part-Frag2",
        "media.1.f137.mp4.part-Frag10",
        "media.1.f137.mp4.part-Frag1",
        "media.2.flv.ytdl",
        "page.dump",
        "evil.sh",
        "media.3.mp4.part-Frag1.part",
    ):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "media.4.mp4").symlink_to("/etc/passwd")
    (tmp_path / "media.5.mp4").mkdir()
    (tmp_path / "media.6.mp4").touch()
    found = gather(tmp_path)
    assert {(one.path.name, one.entry, one.format_id, one.is_whole) for one in found.originals} == {
        ("media.1.f137.mp4", 1, "137", True),
        ("media.1.f140-drc.m4a", 1, "140-drc", True),
        ("media.2.flv.part", 2, None, False),
    }
    assert [one.path.name for one in found.merged] == ["media.1.mp4"]
    assert [page.name for page in found.pages] == ["page.dump"]
    picture = next(one for one in found.originals if one.format_id == "137")
    assert [path.name[-2:] for path in picture.fragments] == ["g1", "g2", "10"]


def test_the_fragment_list_says_whether_the_file_is_its_fragments_joined(tmp_path: Path) -> None:
    for name, content in (
        ("media.1.ts", b"onetwo"),
        ("media.1.ts.part-Frag1", b"one"),
        ("media.1.ts.part-Frag2", b"two"),
    ):
        (tmp_path / name).write_bytes(content)
    [stream] = gather(tmp_path).originals
    listed = fragment_list(stream)
    assert listed["is_concatenation"]
    assert [piece["size_bytes"] for piece in listed["fragments"]] == [3, 3]
    stream.path.write_bytes(b"onetw0")
    assert not fragment_list(stream)["is_concatenation"]


def test_what_the_tool_says_becomes_answers_progress_and_errors() -> None:
    reports: list[Any] = []
    heard = Heard(reports.append)
    for line in (
        "send: b'CONNECT example.org:443 HTTP/1.1\\r\\nProxy-Authorization: Basic c2VjcmV0\\r\\n\\r\\n'",
        "reply: 'HTTP/1.1 200 OK\\r\\n'",
        "send: b'GET /a?token=1 HTTP/1.1\\r\\nHost: example.org\\r\\nCookie: secret\\r\\n\\r\\n'",
        "reply: 'HTTP/1.1 302 Found\\r\\n'",
        "header: Location: /b?v=1&token=2",
        "header: Set-Cookie: secret",
        "header: Date: Sun, 22 Nov 2026 14:21:17 GMT",
        'send: b"GET /b HTTP/1.1\\r\\nhost: example.org\\r\\nX: it\'s\\r\\n\\r\\n"',
        "reply: 'HTTP/1.1 200 OK\\r\\n'",
        'svidok-progress {"received_bytes": 5, "expected_bytes": null}',
        "svidok-progress nonsense",
        'director: Sending request via "curl_cffi"',
        "\r[download] File is larger than max-filesize (3 bytes > 2 bytes). Aborting.",
    ):
        heard.out(line)
    heard.err(
        "[debug] x\nERROR: [generic] no\n[debug] ffmpeg command line: /a/b/ffmpeg -i file:media.1.f1.mp4\nWARNING: w\n"
    )
    assert [(one["url"], one["status"]) for one in heard.answers] == [
        ("https://example.org/a?…", 302),
        ("https://example.org/b", 200),
    ]
    assert heard.led_to == ["https://example.org/b?v=1&token=2"]
    assert heard.redirects == ["https://example.org/b?…"]
    assert heard.final_url == "https://example.org/b"
    assert heard.clock["server"] == "2026-11-22T14:21:17.000000Z"
    assert reports == [{"received_bytes": 5}]
    assert heard.errors == ["[generic] no"]
    assert heard.merges == ["ffmpeg -i file:media.1.f1.mp4"]
    assert heard.clients == {"curl_cffi"}
    assert heard.says("File is larger than max-filesize")
    assert "secret" not in str(heard.answers)


def test_only_whole_addresses_lead_to_a_post() -> None:
    heard = Heard(lambda _: None)
    for line in (
        "send: b'GET /a HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n'",
        "reply: 'HTTP/1.1 302 Found\\r\\n'",
        "header: Location: https://example.net/watch?v=1",
        "header: Location: https://example.net/second",
        "send: b'GET /watch?v=1 HTTP/1.1\\r\\nHost: example.net\\r\\n\\r\\n'",
        "reply: 'HTTP/1.1 200 OK\\r\\n'",
        "send: b'GET /media HTTP/1.1\\r\\nHost: example.net\\r\\n\\r\\n'",
        "reply: 'HTTP/1.1 302 Found\\r\\n'",
        "header: Location: https://media.example/1",
    ):
        heard.out(line)
    told = identity_of({"id": "1", "extractor_key": "Generic"}, "https://example.org/a", heard.led_to)
    assert told["addresses"] == ["https://example.org/a", "https://example.net/watch?v=1"]
    shown = identity_of({"id": "1", "extractor_key": "Generic"}, "https://example.org/a", heard.redirects)
    assert shown["addresses"] == ["https://example.org/a"]


def test_a_post_is_named_by_its_platform_only_where_it_is_the_address_asked_for() -> None:
    about = {
        "id": "dQw4w9WgXcQ",
        "extractor_key": "Youtube",
        "uploader_id": "@a",
        "webpage_url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    }
    own = identity_of(about, "https://youtu.be/dQw4w9WgXcQ?si=x", [])
    assert (own["platform"], own["post_id"], own["account"]) == ("Youtube", "dQw4w9WgXcQ", "@a")
    assert own["addresses"] == ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]
    embedded = identity_of(about, "https://news.example.com.ua/article", [])
    assert "platform" not in embedded
    assert embedded["addresses"] == ["https://news.example.com.ua/article"]
    page = identity_of(
        {"id": "v", "extractor_key": "Generic", "webpage_url": "https://a.example/v"}, "https://a.example/v", []
    )
    assert "platform" not in page
