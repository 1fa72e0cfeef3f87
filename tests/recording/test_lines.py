import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.recording import header_line
from inspector.recording.lines import (
    data_of,
    delta_lines,
    event_data,
    frame_line,
    is_event,
    is_message_stop,
    parse_raw,
    read_body,
    read_data,
    read_frame,
    read_header,
    read_tail,
    read_values,
    request_line,
    started_at,
    tail_line,
    wire_start,
)
from inspector.sse import Decoder, Frame
from tests.support import bodies, chunkings, exchange_of_body, frames_of

_CANONICAL = b'event: ping\ndata: {"type": "ping"}\n\n'


@given(chunkings(bodies()))
def test_every_byte_survives_in_any_chunking(chunks: list[bytes]) -> None:
    assert exchange_of_body(chunks).body() == b"".join(chunks)


@given(chunkings(bodies()))
def test_a_line_gives_back_its_frame(chunks: list[bytes]) -> None:
    frames, _ = frames_of(chunks)
    for n, frame in enumerate(frames, 1):
        line = frame_line(frame)
        again = read_frame(line, first=n == 1)
        assert (again.raw, again.t_ns, again.read, again.splits) == (frame.raw, frame.t_ns, frame.read, frame.splits)
        assert (again.name, again.data, again.dispatched) == (frame.name, frame.data, frame.dispatched)
        assert line.endswith(b"}\n")
        assert line.count(b"\n") == 1
        assert json.loads(line)["kind"] == ("event" if frame.dispatched else "frame")


def test_a_canonical_frame_is_spliced() -> None:
    ((frame,), _) = frames_of([b'event: e\ndata: {"a": 1.50, "b": 123456789012345678901234567890 }\n\n'])
    frame.t_ns, frame.read = 5, 2
    assert frame_line(frame) == (
        b'{"kind":"event","t_ns":5,"read":2,"event":"e","data":{"a": 1.50, "b": 123456789012345678901234567890 }}\n'
    )


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"type":"ping"}\n\n',
        b'event: ping\r\ndata: {"type":"ping"}\r\n\r\n',
        b'event:ping\ndata:{"type":"ping"}\n\n',
        b'event: ping\ndata: {"type":\ndata: "ping"}\n\n',
        b'event: ping\ndata:  {"type":"ping"}\n\n',
        b'event: ping\ndata: {"type":"ping"} \n\n',
        b'id: 1\nevent: ping\ndata: {"type":"ping"}\n\n',
        b'event: ping\ndata: "\\ud83d"\n\n',
        b"event: ping\ndata: NaN\n\n",
        b"event: ping\ndata: 1e400\n\n",
        b"event: ping\ndata: " + b"[" * 1025 + b"]" * 1025 + b"\n\n",
        b"event: ping\ndata: {cut\n\n",
        b"event: ping\ndata\n\n",
        b"\xef\xbb\xbfevent: ping\ndata: {}\n\n",
    ],
)
def test_any_other_frame_carries_its_bytes(body: bytes) -> None:
    ((frame,), tail) = frames_of([body])
    assert tail == b""
    values = orjson.loads(frame_line(frame))
    assert values["raw"].encode() == body
    assert list(values)[-1] in ("raw", "event", "data")


def test_bytes_that_are_no_utf8_are_base64() -> None:
    ((frame,), _) = frames_of([b"event: e\ndata: \xff\n\n"])
    values = orjson.loads(frame_line(frame))
    assert "raw" not in values
    assert read_frame(frame_line(frame), first=True).raw == b"event: e\ndata: \xff\n\n"


def test_data_beside_raw_is_only_there_where_orjson_accepts_it() -> None:
    for body, there in ((b'data: {"a":\ndata: 1}\n\n', True), (b"data: NaN\n\n", False)):
        ((frame,), _) = frames_of([body])
        assert ("data" in orjson.loads(frame_line(frame))) is there


def test_readers_accept_any_json_white_space() -> None:
    spaced = b' { "kind" : "event" , "read" : 1 , "event" : "e" , "data" : {"a":  1} } \n'
    assert read_frame(spaced).raw == b'event: e\ndata: {"a":  1}\n\n'
    reordered = b'{"data":{"a":1},"event":"e","kind":"event","note":"x"}\n'
    assert read_frame(reordered).raw == b'event: e\ndata: {"a":1}\n\n'
    more = b'{"kind":"event","event":"e","data":{"a":1},"note":"x}"}\n'
    assert read_frame(more).raw == b'event: e\ndata: {"a":1}\n\n'


@given(st.text(min_size=1).filter(lambda name: not set(name) & {"\r", "\n"}))
@example('","data":{"')
@example("\u2028")
def test_any_event_name_comes_back(name: str) -> None:
    try:
        raw = b"event: %b\ndata: {}\n\n" % name.encode()
    except UnicodeEncodeError:
        return
    frame = parse_raw(raw)
    assert read_frame(frame_line(frame)).raw == raw


@given(st.binary(min_size=1, max_size=60))
def test_any_tail_comes_back(tail: bytes) -> None:
    assert read_tail(tail_line(tail, 1, 2, [(3, 4)])).raw == tail


@given(
    st.one_of(
        st.binary(max_size=60), st.sampled_from([b'{"n": 12345678901234567890123, "x":"\\ud83d"}', b' {"a":1}\n'])
    )
)
def test_any_request_body_comes_back(body: bytes) -> None:
    line = request_line("POST", "http://x/", [("a", "b")], body)
    json.loads(line)
    again = read_body(line)
    assert again == (body or None) or again == body.strip()


def test_a_damaged_line_is_an_error() -> None:
    for line in (b'{"kind":"event","event":"e"}\n', b'{"kind":"event","data":1}\n', b"[1]\n", b'{"kind":"eve'):
        with pytest.raises(ValueError):
            read_frame(line)


def test_a_frame_that_was_built_has_no_raw_bytes_to_write() -> None:
    assert Frame(event="ping", data="{}").raw == b""


_DELTA_PARTS = st.sampled_from(
    [
        b"a",
        b" ",
        b'"',
        b"\\",
        b"\\n",
        b'\\"',
        b"\\u00e9",
        b"\\ud83d",
        b"\x01",
        b"\xc3\xa9",
        b"\xff",
        b"\r",
        b"\n",
        b"}}",
    ]
)


@given(
    st.lists(_DELTA_PARTS, max_size=6).map(b"".join),
    st.sampled_from([b"0", b"17", b"01", b"-1", b"9" * 12]),
    st.sampled_from([b"", b" ", b"   "]),
    st.sampled_from([b"\n\n", b"\n", b"\r\n\r\n", b"\n\nx"]),
)
def test_the_short_way_for_deltas_writes_what_the_long_one_writes(
    piece: bytes, index: bytes, padding: bytes, end: bytes
) -> None:
    data = b'{"type":"content_block_delta","index":%b,"delta":{"type":"text_delta","text":"%b"}%b}' % (
        index, piece, padding,
    )  # fmt: skip
    raw = b"event: content_block_delta\ndata: " + data + end
    for body, start in ((raw, 0), (b"before" + raw, 6), (raw * 3, 0), (raw * 2 + b"event: ping\n", 0)):
        lines, stop = delta_lines(body, 5, 7, start)
        if lines:
            decoder = Decoder()
            frames = decoder.feed(body[start:stop], 5)
            for frame in frames:
                frame.read = 7
            assert decoder.close() == b""
            assert lines == b"".join(map(frame_line, frames))
            assert end != b"\n\n" or len(frames) == body.count(raw)
            orjson.loads(data)
        else:
            assert stop == start


@pytest.mark.parametrize(
    ("piece", "short"), [("a", True), ('\\n\\"', True), ("é漢", True), ("\\u00e9", False), ("\t", False), ('"', False)]
)
def test_the_short_way_is_for_plain_text(piece: str, short: bool) -> None:
    for space in ("", " "):
        data = (
            f'{{"type":{space}"content_block_delta",{space}"index":0,"delta":{{"type":"text_delta","text":"{piece}"}}}}'
        )
        raw = f"event: content_block_delta\ndata: {data}\n\n".encode()
        assert (delta_lines(raw, 1, 2) != (b"", 0)) == short


def test_a_frame_that_was_read_has_no_id() -> None:
    for line in (b'{"kind":"event","event":"","data":1}\n', b'{"kind":"event","data":1,"event":""}\n'):
        frame = read_frame(line)
        assert (frame.id, frame.event, frame.name, frame.data, frame.dispatched) == ("", "message", "", "1", True)
        assert frame.raw == b"event: \ndata: 1\n\n"


def test_what_a_tail_holds_never_became_an_event() -> None:
    frame = read_tail(tail_line(b"data: \xff", 7, 3, [(2, 5)]))
    assert (frame.raw, frame.dispatched, frame.t_ns, frame.read, frame.splits) == (
        b"data: \xff",
        False,
        7,
        3,
        ((2, 5),),
    )
    assert read_tail(b'{"kind":"tail"}').raw == b""


@pytest.mark.parametrize("raw", [b"data: 1", b"data: 1\n", b"data: 1\n\ndata: 2", b""])
def test_bytes_that_are_no_whole_frame_are_dispatched_to_nobody(raw: bytes) -> None:
    for first in (True, False):
        frame = parse_raw(raw, first)
        assert (frame.raw, frame.dispatched, frame.data) == (raw, False, "")


@pytest.mark.parametrize(
    ("line", "why"),
    [(b"[1]", "not an object"), (b'{"event":1,"data":1}', "neither raw bytes nor an event with data"),
     (b'{"event":"e","x":{"data":1}}', "neither raw bytes nor an event with data")],
)  # fmt: skip
def test_damage_is_told(line: bytes, why: str) -> None:
    with pytest.raises(ValueError) as damaged:
        read_frame(line)
    assert str(damaged.value) == why


@pytest.mark.parametrize(
    ("body", "line_end"),
    [
        (b' {"a":1} \n', b',"body":{"a":1}}\n'),
        (b'{"a":\n1}', b',"body_raw":"{\\"a\\":\\n1}"}\n'),
        (b'{"a":\r1}', b',"body_raw":"{\\"a\\":\\r1}"}\n'),
        (b"a=1", b',"body_raw":"a=1"}\n'),
        (b"\xff", b',"body_b64":"/w=="}\n'),
        (b"", b"}\n"),
        (None, b"}\n"),
    ],
)
def test_a_request_line(body: bytes | None, line_end: bytes) -> None:
    start = b'{"kind":"request","t_ns":0,"method":"POST","url":"http://h/","headers":[["A","b"]]'
    assert request_line("POST", "http://h/", [("A", "b")], body) == start + line_end


def test_stamps_of_odd_types_are_left_out() -> None:
    frame = read_frame(b'{"kind":"event","t_ns":"1","read":1.5,"splits":[[1,2],[3],"x"],"raw":"data: 1\\n\\n"}')
    assert (frame.t_ns, frame.read, frame.splits) == (None, None, ((1, 2),))
    assert read_frame(b'{"kind":"event","splits":5,"event":"e","data":1}').splits == ()


def test_a_line_with_raw_bytes_names_its_event() -> None:
    (frame,), _ = frames_of([b"event: a b\r\ndata: {\ndata: }\n\n"])
    assert json.loads(frame_line(frame)) == {
        "kind": "event", "t_ns": 0, "read": 1, "raw": "event: a b\r\ndata: {\ndata: }\n\n", "event": "a b", "data": {},
    }  # fmt: skip


@given(chunkings(bodies()))
def test_the_data_of_a_canonical_event_are_the_wires_own_bytes(chunks: list[bytes]) -> None:
    for frame in frames_of(chunks)[0]:
        line = frame_line(frame)
        (values,) = read_values([line])
        found = event_data(line, values)
        assert (found is not None) == (frame.dispatched and "raw" not in values and "raw_b64" not in values)
        if found:
            data, size = found
            assert data == frame.data.encode()
            assert size == len(frame.raw)


def test_sizes_are_bytes() -> None:
    ((frame,), _) = frames_of(['event: é\ndata: {"a":"日"}\n\n'.encode()])
    line = frame_line(frame)
    assert event_data(line, json.loads(line)) == ('{"a":"日"}'.encode(), len(frame.raw))


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind":"event","event":"e","data": {}}\n',
        b'{"kind":"event","event":"e","data":{} }\n',
        b'{"kind":"event","event":"e","data":{}}',
        b'{"kind":"event","data":{},"event":"e"}\n',
        b'{"kind":"event","event":1,"data":{}}\n',
        b'{"kind":"event","event":"e"}\n',
        b'{"kind":"event","raw":"event: e\\ndata: 1\\n\\n","event":"e","data":1}\n',
        b'{"kind":"frame","event":"e","data":{}}\n',
    ],
)
def test_what_may_not_be_canonical_is_left_to_a_closer_look(line: bytes) -> None:
    assert event_data(line, json.loads(line)) is None


@given(chunkings(bodies()), st.binary(max_size=8))
def test_what_the_recording_added_ends_where_the_frame_begins(chunks: list[bytes], before: bytes) -> None:
    for frame in frames_of(chunks)[0]:
        line = frame_line(frame)
        begin = wire_start(before + line, len(before)) - len(before)
        assert line[:begin].endswith((b'"event":', b'"raw":', b'"raw_b64":'))
        assert line[begin : begin + 1] == b'"'
        assert json.loads(line[:begin] + b"0}").keys() - {"kind", "t_ns", "read", "splits"} <= {
            "event",
            "raw",
            "raw_b64",
        }


def test_a_line_in_another_hand_has_no_envelope() -> None:
    assert wire_start(b'xx{ "kind": "event" }', 2) == 2


@pytest.mark.parametrize(
    ("line", "data"),
    [
        (b'{"kind":"event","event":"e","data":{"a":1}}\n', {"a": 1}),
        (b'{"kind":"event","raw":"event: e\\ndata: [1,\\ndata: 2]\\n\\n","event":"e"}\n', [1, 2]),
        (b'{"kind":"event","raw":"event: e\\ndata: {\\n\\n","event":"e"}\n', "{"),
        (b'{"kind":"event","event":"e","data":null}\n', None),
    ],
)
def test_the_data_at_a_glance(line: bytes, data: object) -> None:
    assert read_data(line) == data


def test_the_data_of_a_frame_are_exact() -> None:
    assert data_of(Frame(data='{"n":123456789012345678901234567890}')) == {"n": 123456789012345678901234567890}
    assert data_of(Frame(data="[DONE]")) == "[DONE]"
    assert data_of(Frame(data="null")) is None


def test_damaged_lines_hold_nothing() -> None:
    lines = [b'{"kind":"sent"}\n', b'{"kind":"se\n', b"\n", b"null\n"]
    assert read_values(lines) == [{"kind": "sent"}, None, None, None]
    assert read_values(lines[:1]) == [{"kind": "sent"}]


def test_a_recordings_first_line() -> None:
    line = header_line({"kind": "tap"}, id="x")
    header = read_header(line)
    assert header
    assert header["id"] == "x"
    assert started_at(line[:512]) == header["started_at"]
    for other in (b'{"kind":"event"}\n', b"[]\n", b"", b'{"kind":"recor'):
        assert read_header(other) is None
        assert started_at(other) is None


@pytest.mark.parametrize(
    ("frame", "event", "stop"),
    [
        (b'event: message_stop\ndata: {"type":"message_stop"}\n\n', True, True),
        (b"event: message_stop\ndata: {\n\n", True, True),
        (b'data: {"type":"message_stop"}\n\n', True, True),
        (b'data: {"type":"ping","text":"message_stop"}\n\n', True, False),
        (b'data: "message_stop"\n\n', True, False),
        (b": message_stop\n\n", False, False),
    ],
)
def test_which_line_ends_a_message(frame: bytes, event: bool, stop: bool) -> None:
    ((parsed,), _) = frames_of([frame])
    line = frame_line(parsed)
    assert is_event(line) is event
    assert is_message_stop(line) is stop
