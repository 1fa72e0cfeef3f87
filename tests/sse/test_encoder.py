import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.sse import Decoder, Frame, encode
from tests.support import bodies, frames_of

_LINE = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
_TEXT = st.lists(_LINE, max_size=4).map("\n".join)


@given(bodies())
def test_a_decoded_frame_encodes_to_its_bytes(body: bytes) -> None:
    frames, tail = frames_of([body])
    assert b"".join(map(encode, frames)) + tail == body


@given(name=_LINE.filter(bool), data=_TEXT, comment=_LINE, retry=st.none() | st.integers(0, 10**9))
def test_what_is_encoded_decodes_to_the_same(name: str, data: str, comment: str, retry: int | None) -> None:
    encoded = encode(Frame(event=name, data=data, name=name, comments=(comment,), retry=retry))
    decoder = Decoder()
    decoder.feed(b"\n")
    (frame,) = decoder.feed(encoded)
    assert (frame.name, frame.data, frame.comments, frame.retry) == (name, data, (comment,), retry)
    assert decoder.close() == b""


def test_the_canonical_frame() -> None:
    assert encode(Frame(event="ping", data="{}")) == b"event: ping\ndata: {}\n\n"
    assert encode(Frame(data="a\nb")) == b"data: a\ndata: b\n\n"
    assert encode(Frame(dispatched=False, comments=("keep-alive",))) == b": keep-alive\n\n"


@pytest.mark.parametrize("frame", [Frame(data="a\rb"), Frame(event="a\nb"), Frame(id="a\0b"), Frame(comments=("\r",))])
def test_what_no_stream_can_carry_is_refused(frame: Frame) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        encode(frame)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (Frame(data="a\rb"), "event data cannot hold CR"),
        (Frame(event="a\nb"), "an event name cannot hold a line end"),
        (Frame(name="a\rb"), "an event name cannot hold a line end"),
        (Frame(id="a\0b"), "an event id cannot hold NUL"),
        (Frame(id="a\nb"), "an event id cannot hold a line end"),
        (Frame(comments=("\r",)), "a comment cannot hold a line end"),
    ],
)
def test_a_refusal_says_which_value_it_is(frame: Frame, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        encode(frame)
    assert str(refused.value) == why


def test_every_field_is_encoded() -> None:
    frame = Frame(event="ignored", name="n", data="d", id="7", retry=0, comments=("c",))
    assert encode(frame) == b": c\nevent: n\nid: 7\nretry: 0\ndata: d\n\n"
    assert encode(Frame(event="message", name="message", data="")) == b"event: message\ndata: \n\n"
    assert encode(Frame(name="", data="d")) == b"event: \ndata: d\n\n"
