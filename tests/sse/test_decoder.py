import json
from base64 import b64decode
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inspector.sse.decoder as decoder_module
from inspector.sse import Decoder, Frame
from inspector.sse.decoder import MOST_SPLITS
from tests.support import bodies, chunkings, cut, frames_of

# Their sources: vectors/README.md. Whether the response is read as an event stream at all is decided by its headers.
_ABOUT_HEADERS = ("format-mime-bogus", "format-mime-valid-bogus")


def _cases() -> list[Any]:
    files = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "vectors").glob("*.json"))]
    return [case for file in files for case in file["cases"] if case["name"] not in _ABOUT_HEADERS]


def _events(frames: list[Frame]) -> list[dict[str, str]]:
    return [{"event": frame.event, "data": frame.data, "id": frame.id} for frame in frames if frame.dispatched]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["name"])
def test_parsing_cases_under_every_chunking(case: Any) -> None:
    body = b64decode(case["input_b64"])
    every = [(), *((offset,) for offset in range(1, len(body))), tuple(range(1, len(body)))]
    if len(body) < 40:
        every += combinations(range(1, len(body)), 2)
    for offsets in every:
        decoder = Decoder(last_event_id="…" if "reconnected" in case["name"] else "")
        frames = [frame for chunk in cut(body, offsets) for frame in decoder.feed(chunk, 0)]
        assert _events(frames) == case["expected"], offsets
        if "expected_retry_ms" in case:
            retries = [frame.retry for frame in frames if frame.retry is not None]
            assert retries[-1:] == [case["expected_retry_ms"]], offsets


@given(chunkings(bodies()))
def test_any_chunking_gives_the_same_frames(chunks: list[bytes]) -> None:
    body = b"".join(chunks)
    whole, _ = frames_of([body])
    frames, tail = frames_of(chunks)
    assert b"".join(frame.raw for frame in frames) + tail == body
    assert [(f.name, f.data, f.id, f.dispatched, f.retry, f.comments) for f in frames] == [
        (f.name, f.data, f.id, f.dispatched, f.retry, f.comments) for f in whole
    ]


@given(chunkings(bodies()))
def test_reads_and_splits_say_where_each_read_ended(chunks: list[bytes]) -> None:
    frames, _ = frames_of(chunks)
    numbered = [(at, chunk) for at, chunk in enumerate(chunks) if chunk]
    ends: list[tuple[int, int]] = []
    position = 0
    for frame in frames:
        ends += [(position + offset, t_ns or 0) for offset, t_ns in frame.splits]
        position += len(frame.raw)
        assert frame.read is not None
        assert frame.t_ns == 1000 * numbered[frame.read - 1][0]
    offset = 0
    for at, chunk in numbered:
        offset += len(chunk)
        assert (offset, 1000 * at) in ends or offset >= position or _starts_a_frame(frames, offset)


def _starts_a_frame(frames: list[Frame], offset: int) -> bool:
    position = 0
    for frame in frames:
        if position == offset:
            return True
        position += len(frame.raw)
    return False


def test_a_frame_that_ends_with_cr_does_not_wait_for_what_follows() -> None:
    decoder = Decoder()
    assert [frame.data for frame in decoder.feed(b"data: 1\r\r")] == ["1"]
    assert [frame.data for frame in decoder.feed(b"\ndata: 2\r\n\r")] == ["2"]
    assert decoder.close() == b""


def test_lf_of_a_split_crlf_is_no_blank_line() -> None:
    frames, tail = frames_of([b"data: 1\r\n\r", b"\ndata: 2\r\n\r\n"])
    assert [(frame.data, frame.dispatched) for frame in frames] == [("1", True), ("2", True)]
    assert [frame.raw for frame in frames] == [b"data: 1\r\n\r", b"\ndata: 2\r\n\r\n"]
    assert tail == b""


def test_lines_end_at_lf_cr_and_crlf_only() -> None:
    (frame,), _ = frames_of(["data: a\u2028b\u0085c\x0bd\x0ce\x1cf\n\n".encode()])
    assert frame.data == "a\u2028b\u0085c\x0bd\x0ce\x1cf"


def test_invalid_utf8_is_replaced_and_kept() -> None:
    (frame,), _ = frames_of([b"data: a\xe2\x82 \xff\n\n"])
    assert frame.data == "a\ufffd \ufffd"
    assert frame.raw == b"data: a\xe2\x82 \xff\n\n"


@pytest.mark.parametrize(
    ("value", "retry"),
    [(b"10", 10), (b" 5", None), (b"-5", None), (b"1_000", None), ("\u0661".encode(), None), (b"9" * 9999, None)],
)
def test_retry_takes_ascii_digits_only(value: bytes, retry: int | None) -> None:
    (frame,), _ = frames_of([b"retry:  " + value + b"\n\n" if value == b" 5" else b"retry: " + value + b"\n\n"])
    assert frame.retry == retry
    assert not frame.dispatched


def test_what_is_not_dispatched_is_kept() -> None:
    frames, tail = frames_of([b": keep-alive\n\n", b"id: 3\n\n", b"\n", b"event: named\n\n", b"data: 1\n\nevent: mess"])
    assert [(f.dispatched, f.name, f.id, f.comments) for f in frames] == [
        (False, None, "", ("keep-alive",)),
        (False, None, "3", ()),
        (False, None, "3", ()),
        (False, "named", "3", ()),
        (True, None, "3", ()),
    ]
    assert tail == b"event: mess"


def test_a_bom_is_stripped_at_the_start_only() -> None:
    frames, _ = frames_of([b"\xef", b"\xbb\xbfdata: 1\n\n\xef\xbb\xbfdata: 2\n\n"])
    assert [(frame.data, frame.dispatched) for frame in frames] == [("1", True), ("", False)]
    assert frames[0].raw == b"\xef\xbb\xbfdata: 1\n\n"


@pytest.mark.slow
def test_a_huge_frame_byte_by_byte_is_linear() -> None:
    body = b'event: x\ndata: "' + b"a" * 300_000 + b'"\n\n'
    frames, _ = frames_of(bytes([byte]) for byte in body)
    assert [len(frame.data) for frame in frames] == [300_002]
    offsets = [offset for offset, _ in frames[0].splits]
    assert MOST_SPLITS // 2 <= len(offsets) <= MOST_SPLITS
    # Spread evenly over the frame, and the last one is there.
    assert max(after - before for before, after in pairwise([0, *offsets])) < 2 * len(body) / len(offsets)
    assert offsets[-1] > len(body) - 2 * len(body) / len(offsets)


def test_an_id_with_nul_leaves_the_last_one() -> None:
    frames, _ = frames_of([b"id: 1\ndata: a\n\n", b"id: 2\0\ndata: b\n\n", b"data: c\n\n", b"id\ndata: d\n\n"])
    assert [frame.id for frame in frames] == ["1", "1", "1", ""]


def test_the_longest_retry_is_what_int_takes() -> None:
    frames, _ = frames_of([b"retry: " + b"9" * 4300 + b"\n\n", b"retry: " + b"9" * 4301 + b"\n\n"])
    assert [frame.retry for frame in frames] == [10**4300 - 1, None]


@pytest.mark.parametrize("before", [b"data: 1\n\n", b"\n", b": comment\n\n", b"event: x\ndata: {}\n\n"])
@pytest.mark.parametrize("whole", [True, False])
def test_a_bom_behind_the_first_frame_belongs_to_a_field_name(before: bytes, whole: bool) -> None:
    body = before + b"\xef\xbb\xbfdata: 2\n\n"
    frames, _ = frames_of([body] if whole else cut(body, range(len(body))))
    assert (frames[-1].data, frames[-1].dispatched) == ("", False)
    assert frames[-1].raw == b"\xef\xbb\xbfdata: 2\n\n"


def test_lines_behind_a_split_crlf_and_after_empty_ones_count() -> None:
    frames, _ = frames_of([b"data: 1\r\r", b"\nevent: x\r\ndata: 2\r\n\r\n"])
    assert [(frame.event, frame.data) for frame in frames] == [("message", "1"), ("x", "2")]


def test_what_is_no_utf8_is_replaced_in_every_field() -> None:
    (frame,), _ = frames_of([b"event: a\xff\nid: b\xff\n: c\xff\ndata: d\xff\n\n"])
    assert (frame.event, frame.name, frame.id, frame.data) == ("a\ufffd", "a\ufffd", "b\ufffd", "d\ufffd")
    assert frame.comments == ("c\ufffd",)
    (frame,), _ = frames_of([b"\xef\xbb\xbfdata: 1\n\n"])
    first, second = frames_of([b"\nevent: a\xff\ndata: d\xff\n\n"])[0]
    assert not first.dispatched
    assert (second.event, second.name, second.data) == ("a\ufffd", "a\ufffd", "d\ufffd")


def test_reads_that_are_skipped_are_counted() -> None:
    decoder = Decoder()
    assert not decoder.at_frame_start
    decoder.feed(b"data: 1\n\n")
    assert decoder.at_frame_start
    assert (decoder.skip(), decoder.skip(), decoder.reads) == (2, 3, 3)
    (frame,) = decoder.feed(b"data: 2\n\n")
    assert frame.read == 4
    assert decoder.feed(b"") == []
    assert decoder.reads == 4
    decoder.feed(b"data", 7)
    decoder.feed(b": 3", 9)
    assert not decoder.at_frame_start
    assert (decoder.pending, decoder.splits) == (7, ((4, 7), (7, 9)))
    (frame,) = decoder.feed(b"\r\r", 11)
    assert frame.splits == ((4, 7), (7, 9))
    assert not decoder.at_frame_start
    assert (decoder.pending, decoder.splits) == (0, ())


def test_canonical_frames_behind_the_first_are_as_whole_as_any() -> None:
    ping = b"event: ping\ndata: {}\n\n"
    frames, _ = frames_of([ping * 2, ping[:9], ping[9:] + ping])
    assert [frame.raw for frame in frames] == [ping] * 4
    assert [frame.splits for frame in frames] == [(), (), ((9, 1000),), ()]
    assert [frame.read for frame in frames] == [1, 1, 3, 3]


def test_only_the_byte_behind_a_cr_is_the_rest_of_a_line_end() -> None:
    frames, tail = frames_of([b"data: 1\r\r", b"event: ping\ndata: {}\n\n\ndata: 2\n\n"])
    assert [frame.raw for frame in frames] == [b"data: 1\r\r", b"event: ping\ndata: {}\n\n", b"\n", b"data: 2\n\n"]
    assert tail == b""


@given(
    chunkings(bodies()),
    st.lists(st.booleans(), min_size=1, max_size=8),
    st.lists(st.booleans(), min_size=1, max_size=8),
    st.sampled_from([8, 20, 64 << 10]),
)
def test_what_was_handed_over_and_what_follows_is_the_frame(
    chunks: list[bytes], spills: list[bool], goes_on: list[bool], longest: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(decoder_module, "_LONGEST_KEPT", longest)
        plain, spilling = Decoder(), Decoder()
        head, splits = b"", ()
        for number, chunk in enumerate(chunks):
            same = number > 0 and b"".join(chunks[:number]) != b"" and goes_on[number % len(goes_on)]
            expected = list(plain.frames(chunk, number, same))
            for frame, whole in zip(spilling.frames(chunk, number, same), expected, strict=True):
                assert (head + frame.raw, splits + frame.splits) == (whole.raw, whole.splits)
                assert (frame.dispatched, frame.name, frame.read) == (whole.dispatched, whole.name, whole.read)
                assert frame.data == whole.data or (frame.spilled and len(whole.raw) > longest)
                head, splits = b"", ()
            if spills[number % len(spills)]:
                piece, ends = spilling.spill()
                head, splits = head + piece, splits + ends
        assert (head + spilling.close(), splits + spilling.splits) == (plain.close(), plain.splits)
        assert spilling.reads == plain.reads


def test_a_character_that_is_not_whole_is_not_handed_over() -> None:
    for character in ("é", "漢", "😀"):
        whole = character.encode()
        for size in range(1, len(whole)):
            decoder = Decoder()
            decoder.feed(b": " + whole + whole[:size], 1)
            assert decoder.spill() == (b": " + whole, ())
            assert decoder.spill() == (b"", ())
            assert decoder.spilled == 1
            (frame,) = decoder.feed(whole[size:] + b"\n\n", 2)
            assert (frame.raw, frame.spilled, frame.read) == (whole + b"\n\n", 1, 2)
            assert frame.comments == (character * 2,)


def test_a_frame_without_end_is_not_held() -> None:
    decoder = Decoder()
    piece = b"x\n" + b" data: y" * 10_000 + "é\r\n".encode()
    for number in range(100):
        assert decoder.feed(piece, number) == []
        decoder.spill()
        assert decoder.pending <= 3
        assert len(decoder.splits) == 1
    (frame,) = decoder.feed(b"event: e\r\r", 100)
    assert (frame.spilled, frame.dispatched, frame.name, frame.data) == (100, False, "e", "")
    decoder.feed(piece[3:])
    assert decoder.spill()[0] == piece[3:]
    (frame,) = decoder.feed(b"\r\n")
    assert frame.dispatched
