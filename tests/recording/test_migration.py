"""A recording with spill lines, written again in version 1, is what it would have been without them."""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.recorder import Recorder
from inspector.recording import Writer
from inspector.recording.lines import spill_line
from inspector.recording.migration import migrated
from tests.support import bodies, chunkings

HEADER = b'{"kind":"recording","version":2,"id":"a","source":{"kind":"live","version":2}}\n'


def recorded(path: Path, chunks: Sequence[bytes], spills: Sequence[bool] = (), end: bool = True) -> list[bytes]:
    """The lines behind the header. After which reads what is held is spilled, comes in turn."""
    recorder = Recorder(Writer.create(path, {"kind": "live"}))
    recorder.request("POST", "http://h/v1/messages", [], b'{"stream":true}')
    recorder.response(0, 200, [("content-type", "text/event-stream")])
    for number, chunk in enumerate(chunks):
        recorder.reads([chunk], [1000 * number])
        recorder.taken(1000 * number)
        if spills and spills[number % len(spills)]:
            recorder.spill(1000 * number)
    if end:
        recorder.end(1000 * len(chunks))
    else:
        recorder.close()
    return path.read_bytes().splitlines(keepends=True)[1:]


@given(chunkings(bodies()), st.lists(st.booleans(), min_size=1, max_size=6))
def test_as_if_nothing_had_been_spilled(chunks: list[bytes], spills: list[bool]) -> None:
    with TemporaryDirectory() as folder:
        spilled = recorded(Path(folder, "a"), chunks, spills)
        plain = recorded(Path(folder, "b"), chunks)
    assert list(migrated([HEADER, *spilled], 2)) == [HEADER, *spilled]
    first = HEADER.replace(b'"version":2', b'"version":1', 1)
    assert list(migrated([HEADER, *spilled], 1)) == [first, *plain]
    # And back: version 2 has all that version 1 has.
    assert list(migrated([first, *plain], 2)) == [HEADER, *plain]


def test_what_nothing_has_followed_is_the_tail(tmp_path: Path) -> None:
    lines = recorded(tmp_path / "a", [b"data: 1\n\ndata: \xc3", b"\xa9"], [False, True], end=False)
    assert [re.match(rb'\{"kind":"(\w+)"', line)[1] for line in migrated([HEADER, *lines], 1)][-2:] == [
        b"sent",
        b"tail",
    ]  # type: ignore[index]
    (*_, tail) = migrated([HEADER, *lines], 1)
    assert tail.decode() == '{"kind":"tail","t_ns":1000,"read":2,"splits":[[7,0]],"raw":"data: é"}\n'


@pytest.mark.parametrize(
    "lines",
    [
        [spill_line(b"data", 1, 1), b'{"kind":"frame","t_ns":2,"read":2,"spilled":2,"raw":": 1\\n\\n"}\n'],
        [b'{"kind":"spill","raw_b64":"abc"}\n', b'{"kind":"tail","spilled":1,"raw":""}\n'],
        [b'{"kind":"spill","raw_b64":"abc"}\n'],
        [b'{"kind":"new","spill":1}\n', b"spill\n", b"\n", b'{"kind":"end'],
    ],
    ids=range(4),
)
def test_what_is_damaged_or_unknown_stays(lines: list[bytes]) -> None:
    assert list(migrated([HEADER, *lines], 1))[1:] == lines
