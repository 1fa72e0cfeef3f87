"""Heads as they go through the proxy: what is read in them, what is passed on, what is refused, and the words for it."""

import pytest

from inspector.capture.proxy.body_framing import Chunked, FramingError, request_framing, response_framing
from inspector.capture.proxy.http_head import HeadError, RequestHead, UpstreamResponseHead, head_end


def request(*lines: bytes, start: bytes = b"POST /v1?a=b HTTP/1.1") -> RequestHead:
    return RequestHead.parse(b"\r\n".join([start, *lines, b"", b""]))


def response(*lines: bytes, start: bytes = b"HTTP/1.1 200 OK") -> UpstreamResponseHead:
    return UpstreamResponseHead.parse(b"\r\n".join([start, *lines, b"", b""]))


def test_what_a_request_s_head_says() -> None:
    head = request(b"Host: h", b"X-One:  1 ", b"x-one:2", b"Empty:")
    assert (head.method, head.target, head.authority, head.minor) == (b"POST", b"/v1?a=b", None, 1)
    assert head.pairs == [("Host", "h"), ("X-One", "1"), ("x-one", "2"), ("Empty", "")]
    assert head.values(b"x-one") == [b"1", b"2"]
    assert head.tokens(b"x-one") == [b"1", b"2"]
    assert (head.values(b"absent"), head.tokens(b"absent"), head.tokens(b"empty")) == ([], [], [])
    assert request(b"A: B, c ,,D").tokens(b"a") == [b"b", b"c", b"d"]
    assert RequestHead.parse(b"GET / HTTP/1.0\nA: b\n\n").pairs == [("A", "b")]
    assert request(b"A: \xff").pairs == [("A", "\udcff")]


@pytest.mark.parametrize(
    ("target", "authority", "path"),
    [
        (b"http://h:1/a", b"h:1", b"/a"), (b"HTTPS://h", b"h", b"/"), (b"http://h?x", b"h", b"/?x"), (b"*", None, b"*"),
        (b"http://h#x", b"h", b"/#x"), (b"/http://h", None, b"/http://h"),
    ],
)  # fmt: skip
def test_a_target_may_be_absolute(target: bytes, authority: bytes | None, path: bytes) -> None:
    head = request(start=b"GET " + target + b" HTTP/1.0")
    assert (head.authority, head.target, head.minor) == (authority, path, 0)


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        (b"1", [], True), (b"0", [], False), (b"1", [b"Connection: Close"], False), (b"0", [b"Connection: Keep-Alive"], True),
        (b"0", [b"Connection: keep-alive, close"], False), (b"1", [b"Connection: x"], True), (b"0", [b"Connection: x"], False),
    ],
)  # fmt: skip
def test_whether_a_connection_goes_on(version: bytes, connection: list[bytes], keeps: bool) -> None:
    assert request(*connection, start=b"GET / HTTP/1." + version).keeps_alive is keeps
    assert response(*connection, start=b"HTTP/1." + version + b" 200 OK").keeps_alive is keeps


def test_what_goes_to_the_upstream() -> None:
    head = request(
        b"A: 1", b"hOST: old", b"Connection: X-Hop, Host, Content-Length", b"X-Hop: 1", b"Keep-Alive: 5", b"TE: gzip",
        b"Proxy-Authorization: x", b"Content-Length: 2", b"Upgrade: x", b"B:2",
    )  # fmt: skip
    assert head.for_upstream("new:1", b"/base/v1?a=b", "us") == (
        b"POST /base/v1?a=b HTTP/1.1\r\nA: 1\r\nhOST: new:1\r\nContent-Length: 2\r\nB:2\r\nVia: 1.1 us\r\n\r\n"
    )
    assert request(b"A: 1", start=b"OPTIONS * HTTP/1.0").for_upstream("new", b"*", "us") == (
        b"OPTIONS * HTTP/1.1\r\nHost: new\r\nA: 1\r\nVia: 1.0 us\r\n\r\n"
    )
    assert request(b"Host: a", b"TE: deflate, Trailers", b"Via: 1.1 them").for_upstream("b", b"/x", "us") == (
        b"POST /x HTTP/1.1\r\nHost: b\r\nVia: 1.1 them\r\nVia: 1.1 us\r\nTE: trailers\r\nConnection: TE\r\n\r\n"
    )


def test_what_goes_to_the_client() -> None:
    lines = (b"Transfer-Encoding: chunked", b"Content-Length: 5", b"Connection: X-Hop", b"X-Hop: 1", b"A: 1")
    assert response(*lines).for_client() == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n"
    assert response(*lines).for_client(b"Own: 1", chunks=False) == (b"HTTP/1.1 200 OK\r\nA: 1\r\nOwn: 1\r\n\r\n")
    assert (
        response(b"Content-Length: 5", b"Content-Length: 5").for_client()
        == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    )
    assert response(start=b"HTTP/1.0 404").for_client() == b"HTTP/1.1 404 \r\n\r\n"


def test_what_a_response_s_head_says() -> None:
    head = response(b"A: 1\r\n  2", start=b"HTTP/1.0 599 N\xf6 way")
    assert (head.status, head.reason, head.minor, head.pairs) == (599, b"N\xf6 way", 0, [("A", "1 2")])
    assert (response(start=b"HTTP/1.1 204 ").reason, response(start=b"HTTP/1.1 204").reason) == (b"", b"")


@pytest.mark.parametrize(
    "start", [b"GET  / HTTP/1.1", b"GET / HTTP/2", b"GET / HTTP/1.1 ", b"G@T / HTTP/1.1", b"GET /\x7f HTTP/1.1"]
)
def test_what_is_no_request_says_so(start: bytes) -> None:
    with pytest.raises(HeadError) as refused:
        request(start=start)
    assert str(refused.value) == "it does not begin with a request line of HTTP/1.1"


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 099 X", b"HTTP/2 200 OK", b"HTTP/1.1 20 X", b"HTTP/1.1  200", b"HTTP/1.1 200 \0"]
)
def test_what_is_no_response_says_so(start: bytes) -> None:
    with pytest.raises(HeadError) as refused:
        response(start=start)
    assert str(refused.value) == "it does not begin with a status line of HTTP/1.1"


@pytest.mark.parametrize(
    "line", [b"no colon", b": x", b"A : x", b"A: \0", b" A: x", b"A: x\ry", b"Transfer-Encoding: \x0bchunked"]
)
def test_a_malformed_line_says_so(line: bytes) -> None:
    with pytest.raises(HeadError) as refused:
        request(b"Host: h", line)
    assert str(refused.value) == "one of its header lines is malformed"


def test_where_a_head_ends() -> None:
    assert head_end(b"a\r\n\r\nb") == 5
    assert head_end(b"a\n\nb") == 3
    assert head_end(b"a\r\n\rb") is None
    assert head_end(b"a\r\n\r\n", 4) == 5
    assert head_end(b"a\n\n", 2) == 3
    # What was searched is not searched again.
    assert head_end(b"\n\nabc", 5) is None


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([b"Content-Length: 5, 6"], "it has more than one Content-Length"),
        ([b"Content-Length: 5", b"Content-Length: 5"], "it has more than one Content-Length"),
        ([b"Content-Length: +5"], "its Content-Length is malformed"),
        ([b"Content-Length: " + b"1" * 19], "its Content-Length is malformed"),
        ([b"Transfer-Encoding: chunked", b"Content-Length: 1"], "where its body ends is ambiguous"),
    ],
)
def test_a_body_without_a_sure_end_says_so(lines: list[bytes], why: str) -> None:
    with pytest.raises(HeadError) as refused:
        request_framing(request(*lines))
    assert str(refused.value) == why


def test_an_old_client_cannot_send_chunks() -> None:
    with pytest.raises(HeadError, match="ambiguous"):
        request_framing(request(b"Transfer-Encoding: chunked", start=b"POST / HTTP/1.0"))


def test_the_largest_length() -> None:
    framing = response_framing(response(b"Content-Length: " + b"9" * 18), b"GET")
    assert framing.feed(b"abc") == (3, b"abc")
    assert not framing.done
    assert response_framing(response(b"Content-Length: 0"), b"GET").done
    assert request_framing(request()).done
    assert not request_framing(request(b"Transfer-Encoding: chunked")).done
    assert not response_framing(response(), b"GET").done
    assert response_framing(response(), b"GET").feed(b"ab") == (2, b"ab")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"x\r\n", "a chunk does not begin with its size"),
        (b"1\r\nab\r\n", "a chunk is longer than its size"),
        (b"1;" + b"a" * 99_999, "a line between the chunks does not end"),
    ],
)
def test_chunks_that_are_none_say_so(sent: bytes, why: str) -> None:
    with pytest.raises(FramingError) as broken:
        Chunked().feed(sent)
    assert str(broken.value) == why


def test_chunks_and_trailers() -> None:
    framing = Chunked()
    assert framing.feed(b"A\r\n0123456789\r\n0\r\nX: y\r\n") == (24, b"0123456789")
    assert not framing.done
    assert framing.feed(b"\r\nmore") == (2, b"")
    assert framing.done


def test_a_bare_line_feed_between_chunks_is_refused() -> None:
    with pytest.raises(FramingError) as broken:
        Chunked().feed(b"A\n0123456789\n0\n\n")
    assert str(broken.value) == "a line between the chunks does not end with CR LF"
