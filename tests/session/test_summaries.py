"""What a list knows of a stream."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from inspector.recording import Writer
from inspector.session import summaries
from inspector.session.sources import Source
from inspector.session.summaries import Summariser, Summary, summarise
from inspector.sse import Decoder
from inspector.timeline import Exchange
from inspector.timeline.metrics import InputTokens
from tests.streams import STREAM, Record
from tests.support import sse, wait_until


class Noted(Source):
    """A stream that keeps what was opened for it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.opened: list[Exchange] = []

    def another(self) -> Exchange:
        self.opened.append(super().another())
        return self.opened[-1]


def asking(record: Record, body: Any) -> Summary:
    """The summary of a stream whose request has this body."""
    path = record()
    before = '{"model":"claude-test","messages":[{"role":"user","content":"Weather?"}]}'
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, json.dumps(body)))
    return summarise(Source(str(path)))


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([{"role": "user", "content": "one\n\n  line"}], "one line"),
        ([{"role": "user", "content": "first"}, {"role": "assistant", "content": "x"}], "first"),
        ([{"role": "user", "content": "first"}, {"role": "user", "content": "last"}], "last"),
        (
            [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "what is it?"}]}],
            "(image) what is it?",
        ),
        (
            [{"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "18 °C"}]}]}],
            "← a tool: 18 °C",
        ),
        ([{"role": "user", "content": "\x1b[31mred\u202e"}], "␛[31mred<U+202E>"),
        ([{"role": "user", "content": "x" * 5000}], "x" * 200),
        ([{"role": "user", "content": [7, None, {"type": 7}]}], ""),
        ([{"role": "user"}, 7, {"role": "assistant", "content": "x"}], ""),
        ("no list", ""),
    ],
)
def test_the_prompt_is_the_last_user_message(record: Record, messages: Any, prompt: str) -> None:
    assert asking(record, {"model": "claude-test", "messages": messages}).prompt == prompt


@pytest.mark.parametrize("body", [None, 7, [], "text", {}])
def test_a_request_may_be_anything(record: Record, body: Any) -> None:
    assert asking(record, body).prompt == ""


def test_a_summary_has_what_the_columns_show(record: Record) -> None:
    found = summarise(Source(str(record(note="what it teaches"))))
    assert found.state == "complete"
    assert (found.http, found.model, found.note, found.live) == (200, "claude-test", "what it teaches", False)
    assert (found.input_tokens, found.output_tokens, found.events) == (InputTokens(3), 9, len(STREAM))
    assert (found.ttft_ms, found.duration_ms) == (460, 760)
    assert found.started is not None


def test_trouble_is_ordered(record: Record) -> None:
    fine = summarise(Source(str(record(name="a.jsonl"))))
    cut = summarise(Source(str(record(STREAM[:-1], name="b.jsonl", end="eof"))))
    unreadable = summarise(Source("/missing"))
    assert fine.trouble < cut.trouble < unreadable.trouble


def test_a_large_file_is_not_read_through(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "_READ_THROUGH", 100)
    path = record()
    found = summarise(Source(str(path)))
    assert (found.state, found.events, found.size) == ("large", None, path.stat().st_size)
    assert found.model == "claude-test"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_a_stream_that_grows_is_read_on(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    writer = Writer.create(path, {"kind": "proxy"})
    decoder = Decoder()
    source, later = Noted(str(path)), Source(str(record(name="later.jsonl")))
    writer.frames(decoder.feed(sse(*STREAM[:4]), 1))
    summariser = Summariser([source, later])
    summariser.start()
    try:
        for events, count in ((STREAM[4:9], 4), (STREAM[9:], 9), ([], len(STREAM))):
            wait_until(lambda: source.key in summariser.found)
            wait_until(lambda count=count: summariser.found[source.key].events == count)
            assert summariser.found[source.key].live
            writer.frames(decoder.feed(sse(*events), 1))
        writer.end(2, "complete")
        writer.close()
        wait_until(lambda: not summariser.found[source.key].live)
        assert summariser.found[source.key].state == "complete"
        (exchange,) = source.opened
        assert exchange.reader.file.closed
        # Each time that the other one is looked at anew, this one has been looked at before it.
        for times in (2, 3):
            wait_until(lambda times=times: summariser.news.count(later.key) == times - 1)
            os.utime(later.path, (times, times))
        wait_until(lambda: summariser.news.count(later.key) == 3)
        assert summariser.news.count(source.key) == 4
    finally:
        summariser.stop()
