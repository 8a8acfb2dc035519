"""Reading heads: whatever comes, it is read in one way or refused, and what is written anew reads the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.outgoing.head import BadHead, Form, read_answer, read_request

_PIECES = (
    *("GET", "CONNECT", " ", "\t", "http://", "a.example", ":80", "/", "HTTP/1.1", "\r\n", "\n", "\r", "\0", "X", ":"),
    *("Content-Length: 3", "Transfer-Encoding: chunked", "Connection: Content-Length"),
    *("é", "@", "\\", "%", "#", "?", "[::1]"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
@example("GET http://a.example/\r\nX: y HTTP/1.1")
@example("GET http://a.example/ HTTP/1.1\r\nConnection: Content-Length\r\nContent-Length: 3")
def test_a_head_is_refused_or_reads_the_same_when_written_anew(text: str) -> None:
    try:
        request = read_request(text.encode("latin-1") + b"\r\n\r\n")
    except BadHead:
        return
    if request.form is not Form.FORWARD:
        return
    anew = request.forwarded("a.example")
    assert anew.count(b"\r\n\r\n") == 1
    assert anew.endswith(b"\r\n\r\n")
    line, *fields = anew[:-4].split(b"\r\n")
    assert line == f"{request.method} {request.target} HTTP/1.1".encode("latin-1")
    assert not any(byte in b"\r\n\0" for field in fields for byte in field)
    names = [field.partition(b":")[0].lower() for field in fields]
    assert names.count(b"host") == 1
    assert fields[-1] == b"Connection: close"
    assert b"transfer-encoding" not in names
    announced = [int(field.partition(b":")[2]) for field in fields if field.lower().startswith(b"content-length")]
    assert announced in ([], [request.body_bytes])
    assert announced or not request.body_bytes


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    for read in (read_request, read_answer):
        try:
            read(raw + b"\r\n\r\n")
        except BadHead:
            continue


@pytest.mark.parametrize(
    ("target", "host", "port", "path"),
    [
        ("http://a.example", "a.example", 80, "/"),
        ("http://a.example?q=1", "a.example", 80, "/?q=1"),
        ("http://a.example:8080/p#f", "a.example", 8080, "/p"),
        ("HTTP://[2606:4700::1111]:443/", "[2606:4700::1111]", 443, "/"),
        ("http://a.example/@b.example:1/", "a.example", 80, "/@b.example:1/"),
    ],
)
def test_a_target_is_taken_apart_where_the_standard_says(target: str, host: str, port: int, path: str) -> None:
    request = read_request(f"GET {target} HTTP/1.1\r\n\r\n".encode())
    assert (request.form, request.host, request.port, request.target) == (Form.FORWARD, host, port, path)


def test_a_host_that_is_a_literal_of_six_keeps_its_brackets() -> None:
    request = read_request(b"GET http://[2606:4700::1111]:8080/ HTTP/1.0\r\n\r\n")
    assert b"\r\nHost: [2606:4700::1111]:8080\r\n" in request.forwarded("2606:4700::1111")


def test_a_head_without_its_end_is_refused() -> None:
    for head in (b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\n\n"):
        with pytest.raises(BadHead):
            read_request(head)
