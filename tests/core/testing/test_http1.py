"""Reading requests and framing responses, byte by byte, without sockets."""

from __future__ import annotations

import pytest

from twofold._core.testing.http1 import (
    Hangup,
    HttpRequest,
    HttpSyntaxError,
    Pause,
    RequestParser,
    Response,
    frame,
    keeps_alive,
)

PLAIN = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;ext=1\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"
)


def parse_all(*pieces: bytes) -> list[HttpRequest]:
    parser, requests = RequestParser(), []
    for piece in pieces:
        parser.feed(piece)
        while (request := parser.next_request()) is not None:
            requests.append(request)
    return requests


@pytest.mark.parametrize("data", [PLAIN, CHUNKED])
def test_a_request_is_the_same_whole_and_byte_by_byte(data):
    whole = parse_all(data)
    assert [request.body for request in whole] == [b"hello"]
    assert parse_all(*(data[i : i + 1] for i in range(len(data)))) == whole


def test_requests_that_arrive_together_are_told_apart():
    requests = parse_all(PLAIN + CHUNKED + PLAIN[:20], PLAIN[20:])
    assert [request.target for request in requests] == ["/x", "/y", "/x"]


def test_header_names_are_lower_case_and_repeated_ones_joined():
    (request,) = parse_all(b"GET / HTTP/1.1\r\nA: 1\r\na:2 \r\n\r\n")
    assert request.headers == {"a": "1, 2"}


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1_0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    ],
)
def test_what_is_no_request_is_refused(data):
    with pytest.raises(HttpSyntaxError) as caught:
        parse_all(data)
    assert caught.value.status == 400


def test_an_endless_head_and_an_endless_body_are_refused():
    with pytest.raises(HttpSyntaxError) as caught:
        parse_all(b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000)
    assert caught.value.status == 431
    with pytest.raises(HttpSyntaxError) as caught:
        parse_all(b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("HTTP/1.1", "", True),
        ("HTTP/1.1", "close", False),
        ("HTTP/1.0", "", False),
        ("HTTP/1.0", "Keep-Alive", True),
    ],
)
def test_who_keeps_a_connection_alive(version, connection, kept):
    request = HttpRequest("GET", "/", {"connection": connection}, version=version)
    assert keeps_alive(Response(200, {}, [b"x"], 1), request) is kept
    assert keeps_alive(Response(200, {"Connection": "close"}, [b"x"], 1), request) is False


def test_a_body_of_known_length():
    response = Response(200, {"A": "b"}, [b"hel", Pause(1), b"lo"], 5, before=[Pause(2)])
    before, head, *body = frame(response, HttpRequest("GET", "/", {}), keep_alive=True)
    assert before == Pause(2)
    assert head == b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n"
    assert body == [b"hel", Pause(1), b"lo"]


def test_a_body_in_chunks_and_for_a_client_that_knows_none():
    response = Response(529, {}, [b"hello" * 4, b"", Hangup()], None)
    head, *body = frame(response, HttpRequest("GET", "/", {}), keep_alive=False)
    assert head == b"HTTP/1.1 529 Unknown\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert body == [b"14\r\n" + b"hello" * 4 + b"\r\n", Hangup(), b"0\r\n\r\n"]

    old = HttpRequest("GET", "/", {"connection": "keep-alive"}, version="HTTP/1.0")
    assert keeps_alive(response, old) is False
    head, *body = frame(response, old, keep_alive=False)
    assert b"chunked" not in bytes(head)
    assert body == [b"hello" * 4, b"", Hangup()]
