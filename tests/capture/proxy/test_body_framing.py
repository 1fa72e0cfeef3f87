import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.proxy.body_framing import Chunked, FramingError, Length, request_framing, response_framing
from inspector.capture.proxy.http_head import HeadError, RequestHead, UpstreamResponseHead, head_end
from tests.support import cut

_EXTENSIONS = st.sampled_from([b"", b";a", b" ;a=b", b';q="\xff,"'])


@st.composite
def _chunked(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A chunked body as sent, and its content."""
    pieces = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
    sent = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), draw(_EXTENSIONS), piece) for piece in pieces)
    trailers = draw(st.sampled_from([b"", b"A: b\r\n", b"A: b\r\nC:\r\n"]))
    return sent + b"0" + draw(_EXTENSIONS) + b"\r\n" + trailers + b"\r\n", b"".join(pieces)


@given(_chunked(), st.binary(max_size=9), st.lists(st.integers(0, 300), max_size=12))
def test_a_chunked_body_is_found_whatever_its_pieces(
    body: tuple[bytes, bytes], after: bytes, offsets: list[int]
) -> None:
    sent, content = body
    framing = Chunked()
    found = b""
    taken = 0
    for piece in cut(sent + after, offsets):
        if not framing.done:
            count, part = framing.feed(piece)
            found += part
            taken += count
    assert (found, taken, framing.done) == (content, len(sent), True)


@pytest.mark.parametrize("sent", [b"x\r\n", b"-1\r\n", b"\r\n", b"2\r\nabc\r\n", b"0x2\r\nab\r\n", b"1" * 70_000])
def test_malformed_chunks_are_an_error(sent: bytes) -> None:
    with pytest.raises(FramingError):
        Chunked().feed(sent)


def test_what_came_before_malformed_chunks_is_kept() -> None:
    with pytest.raises(FramingError) as caught:
        Chunked().feed(b"2\r\nab\r\n2\r\ncd\r\nno\r\n")
    assert caught.value.content == b"abcd"


def test_a_length_leaves_what_follows() -> None:
    framing = Length(3)
    assert framing.feed(b"ab") == (2, b"ab")
    assert framing.feed(b"cd") == (1, b"c")
    assert framing.done


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (b"Content-Length: 5", "Length"), (b"Content-Length: 5, 5", "Length"), (b"X: y", "UntilClose"),
        (b"Transfer-Encoding: chunked", "Chunked"), (b"Transfer-Encoding: gzip, Chunked", "Chunked"),
        (b"Transfer-Encoding: gzip", "UntilClose"), (b"Content-Length: 5\r\nTransfer-Encoding: chunked", "Chunked"),
    ],
)  # fmt: skip
def test_the_head_says_how_a_response_ends(headers: bytes, kind: str) -> None:
    head = UpstreamResponseHead.parse(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\n")
    assert type(response_framing(head, b"POST")).__name__ == kind
    assert response_framing(head, b"HEAD").done


@pytest.mark.parametrize("status", [100, 103, 204, 304])
def test_some_responses_have_no_body(status: int) -> None:
    head = UpstreamResponseHead.parse(b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status)
    assert response_framing(head, b"GET").done


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, gzip",
        b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: +5", b"Content-Length: 5a",
    ],
)  # fmt: skip
def test_a_request_whose_end_is_ambiguous_is_refused(headers: bytes) -> None:
    with pytest.raises(HeadError):
        request_framing(RequestHead.parse(b"POST / HTTP/1.1\r\n" + headers + b"\r\n\r\n"))


_NAMES = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,9}", fullmatch=True).filter(
    lambda name: name.lower() not in (b"host", b"content-length", b"transfer-encoding", b"connection")
)
_VALUES = st.from_regex(rb"([!-~\x80-\xff]([ \t!-~\x80-\xff]{0,9}[!-~\x80-\xff])?)?", fullmatch=True)


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=6), st.sampled_from([b": ", b":", b":\t "]))
def test_heads_are_read_as_h11_reads_them(fields: list[tuple[bytes, bytes]], colon: bytes) -> None:
    lines = [b"Host: x", *(name + colon + value for name, value in fields)]
    text = b"\r\n".join([b"GET /a?b HTTP/1.1", *lines, b"", b""])
    peer = h11.Connection(h11.SERVER)
    peer.receive_data(text)
    theirs = peer.next_event()
    assert isinstance(theirs, h11.Request)
    ours = RequestHead.parse(text)
    assert (ours.method, ours.target) == (theirs.method, theirs.target)
    assert [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in ours.pairs] == list(
        theirs.headers.raw_items()
    )
    assert [field.line for field in ours.fields] == lines


@given(st.lists(st.integers(0, 60), max_size=5))
def test_the_end_of_a_head_is_found_however_it_is_cut(offsets: list[int]) -> None:
    text = b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\nbody\r\n\r\n"
    seen = b""
    searched = 0
    for piece in cut(text, offsets):
        seen += piece
        if (end := head_end(seen, searched)) is not None:
            assert seen[:end].endswith(b"A: b\r\n\r\n")
            return
        searched = len(seen)
    raise AssertionError("the end was not found")
