"""The short way through runs of deltas must give exactly what the loop over single lines gives."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import LineBlock
from inspector.recording.lines import frame_line
from inspector.sse import Decoder
from inspector.timeline import Index
from tests.support import block, finish, input_json, sse, start, text


def _index(lines: list[bytes], size: int) -> Index:
    index = Index()
    position = 0
    for at in range(0, len(lines), size):
        part = lines[at : at + size]
        starts = []
        for line in part:
            starts.append(position)
            position += len(line)
        index.extend(LineBlock(starts, part))
    return index


def _columns(index: Index) -> dict[str, Any]:
    blocks = [
        (kind, bytes(buffer.text), list(buffer.events), list(buffer.ends))
        for message in index.messages
        for found in message.blocks
        for kind, buffer in found.buffers.items()
    ]
    columns = {name: list(getattr(index, name)) for name in ("offset", "size", "t_ns", "read", "code", "block", "odd")}
    arrivals = list(index.arrivals.t_ns), list(index.arrivals.brought), index.arrivals.numbered
    made = index.assembler
    return {**columns, "blocks": blocks, "arrivals": arrivals, "deltas": list(made.content_deltas),
            "first": made.first_content, "kinds": index.event_types.known, "notes": index.notes.texts(), "count": index.count}  # fmt: skip


_ODD_LINES = st.sampled_from([
    b'{"kind":"event","t_ns":5,"read":3,"event":"ping","data":{"type":"ping"}}\n',
    b'{"kind":"event","event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}}\n',
    b'{"kind":"event","t_ns":-1,"read":0,"event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}}\n',
    b'{"kind":"event","t_ns":7,"read":2,"event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":null}}}\n',
    b'{"kind":"event","t_ns":7,"read":2,"event":"other","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"y"}}}\n',
    b'{"kind":"event","t_ns":7,"read":2,"event":"content_block_delta","data": {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"y"}} }\n',
    b'{"kind":"event","t_ns":7,"read":2,"splits":[[3,6]],"event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"z"}}}\n',
    b'{"kind":"event","t_ns":99999999999999999999,"read":2,"event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"z"}}}\n',
    b'{"kind":"event","read":2,"t_ns":7,"event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"z"}}}\n',
    b'{"kind":"event","t_ns":7,"read":2,"event":"content_block_delta","data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"z"}},"data2":1}\n',
    b"damaged\n",
    b'{"kind":"sent","t_ns":1,"read":1}\n',
])  # fmt: skip


def _stream(times: list[int]) -> list[bytes]:
    deltas = [text(f"w{at} é") for at in range(120)]
    pieces = [input_json(str(at)) for at in range(60)]
    events = [
        start(),
        *block(0, *deltas, type="text", text=""),
        *block(1, *pieces, type="tool_use", input={}),
        *finish(),
    ]
    decoder = Decoder()
    lines = []
    for at, event in enumerate(events):
        t_ns = times[at % len(times)] + at * 1_000
        lines += map(frame_line, decoder.feed(sse(event), t_ns))
    return lines


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 180), _ODD_LINES), max_size=4),
    st.integers(2, 300),
)
def test_runs_are_taken_in_as_the_loop_would(times: list[int], odd: list[tuple[int, bytes]], size: int) -> None:
    lines = _stream(times)
    for at, line in odd:
        lines.insert(at, line)
    assert _columns(_index(lines, size)) == _columns(_index(lines, 1))


def _deltas(stamps: list[tuple[int, int]]) -> list[bytes]:
    """A block's start and a delta for each (t_ns, read)."""
    head = [
        b'{"kind":"event","t_ns":1,"read":1,"event":"content_block_start","data":{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}}\n'
    ]
    data = b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}'
    return head + [
        b'{"kind":"event","t_ns":%d,"read":%d,"event":"content_block_delta","data":%b}\n' % (*stamp, data)
        for stamp in stamps
    ]


def test_times_and_reads_that_do_not_rise_or_grow_longer_are_left_to_the_loop() -> None:
    rising = [(10 + at, 10 + at) for at in range(60)]
    for odd in ((30, 12), (12, 30), (30, 30), (300, 300), (9, 9), (30, 300), (300, 30), (40, -5), (-5, 40), (40, 12)):
        stamps = [*rising[:30], odd, *rising[30:]]
        assert _columns(_index(_deltas(stamps), 25)) == _columns(_index(_deltas(stamps), 1))
    growing = [(10 ** (at // 6), 10 ** (at // 6)) for at in range(54)]
    assert _columns(_index(_deltas(growing), 25)) == _columns(_index(_deltas(growing), 1))


def test_the_short_way_is_taken() -> None:
    lines = _stream([0])
    index = _index(lines, 64)
    assert index.count == len(lines)
    assert orjson.loads(lines[70])["data"]["delta"]["text"] == "w68 é"
    buffer = index.messages[0].blocks[0].buffers["text_delta"]
    assert bytes(buffer.text).decode() == "".join(f"w{at} é" for at in range(120))
