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
from inspector.timeline.metrics import InputTokens
from tests.streams import STREAM, Record
from tests.support import sse


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
            "tool result: 18 °C",
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


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_a_stream_that_grows_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    writer = Writer.create(path, {"kind": "proxy"})
    decoder = Decoder()
    source = Source(str(path))
    summariser = Summariser([source])
    seen = []
    for events in (STREAM[:4], STREAM[4:9], STREAM[9:]):
        writer.frames(decoder.feed(sse(*events), 1))
        summariser._look_at(source)
        seen.append((summariser.found[source.key].events, summariser.found[source.key].live))
    assert seen == [(4, True), (9, True), (len(STREAM), True)]
    assert len(summariser._growing) == 1
    writer.end(2, "complete")
    writer.close()
    summariser._look_at(source)
    assert (summariser.found[source.key].state, summariser.found[source.key].live) == ("complete", False)
    assert not summariser._growing
    assert list(summariser.news) == [source.key] * 4
    summariser._look_at(source)
    assert len(summariser.news) == 4
