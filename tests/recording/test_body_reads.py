"""A body told by its reads, from the lines of a recording in which frames were spilled or not."""

from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.recorder import Recorder
from inspector.recording import Writer
from inspector.recording.body_reads import BodyReads
from tests.support import bodies, chunkings

_FRAMES = st.lists(st.sampled_from([b"data: 1\n\n", b": c\n\n", b"event: e\ndata: {}\n\n", b"x"]), max_size=10)


@given(
    chunkings(_FRAMES.map(b"".join) | bodies()),
    st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_each_read_has_its_number_its_time_and_its_bytes(chunks: list[bytes], spills: list[bool]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        recorder = Recorder(Writer.create(path, {"kind": "live"}))
        for number, chunk in enumerate(chunks):
            recorder.reads([chunk], [number])
            if spills[number % len(spills)]:
                recorder.spill(number)
        recorder.end(len(chunks))
        reads = BodyReads()
        found = [read for line in path.read_bytes().splitlines(keepends=True) for read in reads.feed(line)]
    assert b"".join(read.content for read in found) == b"".join(chunks)
    # A character that a read tears apart may wait for the rest of it.
    if b"".join(chunks).isascii():
        told = [(key, b"".join(read.content for read in group)) for key, group in groupby(found, lambda read: read[:2])]
        came = [(number, chunk) for number, chunk in enumerate(chunks) if chunk]
        assert [one for one in told if one[1]] == [
            ((read, number), chunk) for read, (number, chunk) in enumerate(came, 1)
        ]


def test_lines_that_hold_nothing_of_the_body_or_are_damaged() -> None:
    reads = BodyReads()
    for line in (
        b'{"kind":"sent","read":1}\n',
        b"[]\n",
        b"{\n",
        b'{"kind":"event"}\n',
        b'{"kind":"frame","raw_b64":"x"}\n',
    ):
        assert list(reads.feed(line)) == []
