"""The shipped recordings: made again byte for byte, whole by the API's grammar but for the fault that each one shows."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.formats import open_exchange
from inspector.recording import Redactor
from inspector.timeline import Exchange
from tests.timeline.test_against_sdk import sdk_message

ROOT = Path(__file__).parents[1]
RECORDINGS = sorted((ROOT / "recordings").glob("*.jsonl"))

# status, stop_reason, content block types, end.reason
EXPECTED: dict[str, tuple[str, str | None, str, str]] = {
    "buffered-burst": ("complete", "end_turn", "text", "complete"),
    "cancelled": ("cancelled", None, "text", "cancelled"),
    "code-execution": (
        "complete",
        "end_turn",
        "text server_tool_use bash_code_execution_tool_result text",
        "complete",
    ),
    "compaction": ("complete", "end_turn", "compaction text", "complete"),
    "connection-reset": ("truncated", None, "text", "reset"),
    "cut-clean": ("truncated", None, "text", "eof"),
    "cut-framing": ("truncated", None, "text tool_use", "reset"),
    "document-citations": ("complete", "end_turn", "text text text text text text text", "complete"),
    "fallback": ("complete", "end_turn", "fallback text", "complete"),
    "max-tokens-in-tool-input": ("complete", "max_tokens", "text tool_use", "complete"),
    "mcp": ("complete", "end_turn", "text mcp_tool_use mcp_tool_result text", "complete"),
    "not-a-stream": ("not-a-stream", "end_turn", "text", "complete"),
    "overloaded-mid-stream": ("error", None, "text", "eof"),
    "parallel-tools": ("complete", "tool_use", "text tool_use tool_use tool_use", "complete"),
    "plain-text": ("complete", "end_turn", "text", "complete"),
    "rate-limited": ("error", None, "", "complete"),
    "read-timeout": ("truncated", None, "text", "timeout"),
    "refusal": ("complete", "refusal", "text", "complete"),
    "stall-with-pings": ("complete", "end_turn", "text", "complete"),
    "thinking": ("complete", "end_turn", "thinking text", "complete"),
    "thinking-omitted": ("complete", "end_turn", "thinking text", "complete"),
    "thinking-redacted": ("complete", "end_turn", "thinking redacted_thinking text", "complete"),
    "tool-loop-1": ("complete", "tool_use", "text tool_use", "complete"),
    "tool-loop-2": ("complete", "end_turn", "text", "complete"),
    "tool-use": ("complete", "tool_use", "text tool_use", "complete"),
    "tool-without-arguments": ("complete", "tool_use", "text tool_use", "complete"),
    "unicode": ("complete", "end_turn", "text", "complete"),
    "unknown-types": ("complete", "end_turn", "text sketch text", "complete"),
    "web-search-citations": (
        "complete",
        "end_turn",
        "server_tool_use web_search_tool_result text text text text text",
        "complete",
    ),
}
NO_STREAM = {"not-a-stream", "rate-limited"}

# One letter an event: a whole stream, and one that breaks off anywhere.
BLOCK = "S[pd]*T"
WHOLE = re.compile(f"p*M(?:p|u|{BLOCK})*D+E")
BROKEN = re.compile(f"p*M(?:p|u|{BLOCK})*(?:S[pd]*)?!?")
LETTERS = {
    "message_start": "M",
    "content_block_start": "S",
    "content_block_delta": "d",
    "content_block_stop": "T",
    "message_delta": "D",
    "message_stop": "E",
    "ping": "p",
    "error": "!",
}


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.stem)
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    with open_exchange(str(request.param)) as exchange:
        yield exchange


def stem(exchange: Exchange) -> str:
    return Path(exchange.name).stem


def shipped(name: str) -> Exchange:
    return open_exchange(str(ROOT / "recordings" / f"{name}.jsonl"))


def message(exchange: Exchange) -> dict[str, Any]:
    found = exchange.view().message
    assert found is not None
    return found


def text_of(exchange: Exchange) -> str:
    return "".join(block.get("text", "") for block in message(exchange)["content"])


def without_nulls(value: Any) -> Any:
    """The SDK fills in the fields that did not come."""
    if isinstance(value, dict):
        return {
            key: without_nulls(inner) for key, inner in value.items() if inner is not None and key != "parsed_output"
        }
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def test_the_script_makes_the_same_bytes_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.recordings", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONHASHSEED": "7"})
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert again.keys() == {path.name for path in RECORDINGS}
    assert [path.name for path in RECORDINGS if again[path.name] != path.read_bytes()] == []


def test_each_one_is_expected_here() -> None:
    assert sorted(path.stem for path in RECORDINGS) == sorted(EXPECTED)


def test_status_and_content(exchange: Exchange) -> None:
    view = exchange.view()
    found = view.message or {}
    types = " ".join(block["type"] for block in found.get("content", []))
    assert view.end is not None
    assert (view.status, found.get("stop_reason"), types, view.end["reason"]) == EXPECTED[stem(exchange)]
    assert exchange.notes == []


def test_the_grammar_of_the_api(exchange: Exchange) -> None:
    if stem(exchange) in NO_STREAM:
        assert exchange.index.dispatched_at(exchange.index.count) == 0
        return
    index = exchange.index
    events = [index.event_types[code].event for code in index.code]
    letters = "".join(LETTERS.get(event, "u") for event in events)
    expected = WHOLE if EXPECTED[stem(exchange)][0] == "complete" else BROKEN
    assert expected.fullmatch(letters), letters
    assert ("u" in letters) == (stem(exchange) == "unknown-types")
    starts = [block.index for block in index.messages[0].blocks]
    assert starts == list(range(len(starts)))
    assert all(frame.name == event for frame, event in zip(exchange.frames(), events, strict=True))


def test_what_each_says_of_itself(exchange: Exchange) -> None:
    assert exchange.index.header is not None
    source = exchange.index.header["source"]
    assert source["kind"] == "synthetic"
    assert source["clock"] == "arrival"
    assert 20 < len(source["note"]) < 112
    assert source["note"].endswith(".")
    request, response = exchange.request, exchange.view().response
    assert request is not None
    assert response is not None
    assert request["body"]["stream"] is True
    assert exchange.header("authorization") == "Bearer [redacted]"
    assert exchange.header("anthropic-version")
    names = [name.lower() for name, _ in response["headers"]]
    assert {"request-id", "content-type", "anthropic-ratelimit-requests-remaining"} <= set(names)
    assert len(names) == len(set(names))


def test_nothing_is_left_to_redact(exchange: Exchange) -> None:
    request = exchange.request
    assert request is not None
    headers = [(name, value) for name, value in request["headers"]]
    assert Redactor().headers(headers) == headers
    line = exchange.index.request_line
    assert line is not None
    assert Redactor().body(line) == line


def test_the_pace_is_one_that_can_be_watched(exchange: Exchange) -> None:
    metrics = exchange.view().metrics
    assert metrics.ttfb_ms is not None
    assert metrics.duration_ms is not None
    times = list(exchange.index.arrivals.t_ns)
    assert times == sorted(times)
    if stem(exchange) in NO_STREAM:
        return
    assert 300 < metrics.ttfb_ms < 900
    assert 3_000 <= metrics.duration_ms <= 12_000
    if stem(exchange) != "buffered-burst":
        assert len(times) < exchange.index.count, "some reads bring several frames"


def test_the_sdk_accumulates_the_same(exchange: Exchange) -> None:
    import anthropic

    name = stem(exchange)
    if name in NO_STREAM:
        return
    body = exchange.body()
    if name == "overloaded-mid-stream":
        with pytest.raises(anthropic.APIStatusError) as raised:
            sdk_message(body)
        assert raised.value.type == "overloaded_error"
        error = exchange.view().error
        assert error is not None
        assert error["event"] == exchange.index.count
        body = body[: body.rindex(b"event: error")]
    ours = without_nulls(message(exchange))
    if name == "unknown-types":
        assert ours["content"][0].pop("unapplied_deltas") == [
            {"type": "tone_delta", "tone": "calm", "confidence": 0.83}
        ]
        assert len(ours["content"][1].pop("unapplied_deltas")) == 5
    for block in ours["content"]:
        assert ("input_json" in block) == (name in ("cut-framing", "max-tokens-in-tool-input") and "input" in block)
        block.pop("input_json", None)
    assert ours == without_nulls(sdk_message(body))


def test_every_status_but_a_running_one_is_shown() -> None:
    assert {status for status, *_ in EXPECTED.values()} == {
        "complete", "error", "truncated", "cancelled", "not-a-stream",
    }  # fmt: skip


def test_the_tool_loop_hangs_together() -> None:
    with shipped("tool-loop-1") as first, shipped("tool-loop-2") as second:
        assert first.request is not None
        assert second.request is not None
        question = first.request["body"]["messages"]
        asked = [
            {key: block[key] for key in ("type", "text", "id", "name", "input") if key in block}
            for block in message(first)["content"]
        ]
        asked_again, answered = second.request["body"]["messages"][1:]
        assert second.request["body"]["messages"][:1] == question
        assert asked_again == {"role": "assistant", "content": asked}
        assert answered["content"][0]["tool_use_id"] == asked[-1]["id"]


def test_tool_input_that_was_cut_passes_for_an_object() -> None:
    with shipped("max-tokens-in-tool-input") as exchange:
        block = message(exchange)["content"][1]
    assert block["input"]["ingredients"][-1] == {"grams": 132}
    assert block["input_json"].endswith('"grams":132')


def test_a_cut_leaves_half_a_frame() -> None:
    with shipped("cut-framing") as exchange:
        assert exchange.index.tail.startswith(b"event: content_block_delta\ndata: {")
        assert not exchange.index.tail.endswith(b"\n\n")


def test_the_burst_is_one_read() -> None:
    with shipped("buffered-burst") as exchange:
        metrics = exchange.view().metrics
    assert metrics.reads == 1
    assert metrics.ttfb_ms is not None
    assert metrics.ttft_ms is not None
    assert metrics.ttft_ms > metrics.ttfb_ms + 4_000


def test_pings_are_all_that_comes_in_the_stall() -> None:
    with shipped("stall-with-pings") as exchange:
        index = exchange.index
        events = [index.event_types[code].event for code in index.code]
        silent = [index.t_ns[n] - index.t_ns[n - 1] > 1e9 for n in range(1, index.count)]
        around = [events[n] for n, long in enumerate(silent, 1) if long]
    assert around == ["ping", "ping", "ping", "content_block_delta"]


def test_unicode_is_split_wherever_it_hurts() -> None:
    with shipped("unicode") as exchange:
        frames = list(exchange.frames())
        text = text_of(exchange)
    body = b"".join(frame.raw for frame in frames)
    inside = [frame.raw[offset] & 0xC0 == 0x80 for frame in frames for offset, _ in frame.splits]
    assert inside.count(True) >= 3, "reads end inside characters"
    pieces = [re.findall('"text":"(.*)"', frame.data)[-1] for frame in frames if "text_delta" in frame.data]
    assert "\u200d" in pieces, "a joined emoji is split over deltas"
    assert "👩\u200d👩\u200d👧\u200d👦" in text
    assert any(piece.startswith("\u0301") for piece in pieces), "a combining mark comes alone"
    assert "\u2028".encode() in body, "raw, not escaped"
    assert rb"\ud83d\ude80" in body, "a surrogate pair as escapes"
    for character in "\u2028\u2029\u0085\u202e\ufeff\x1b\0שم語벤न🚀":
        assert character in text


def test_unknown_types_are_of_all_three_sorts() -> None:
    with shipped("unknown-types") as exchange:
        kinds = {tuple(exchange.index.event_types[code]) for code in exchange.index.code}
    assert kinds >= {
        ("progress_note", ""),
        ("content_block_start", "sketch"),
        ("content_block_delta", "sketch_delta"),
        ("content_block_delta", "tone_delta"),
    }
