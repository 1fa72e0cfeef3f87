"""The chat endpoint, with real HTTP on both of its sides."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.capture.raw_server import LAST_CHUNK, Do, chunk, head, reply
from tests.support import LIMIT_S, block, finish, input_json, sse, start, text, wait_until
from tests.web.support import Sent, chat, events, text_events, text_of, until

PIECES = ("Hel", "lo\n\n- item\n", "line\u2028two 👩‍👩‍👧 \x1b[31m<b>x</b>", "\n")
HELLO = text_events("Hello")
PARTIAL = [sse(event) for event in [start(), *block(0, text("Hel"), stop=False, type="text", text="")]]
TOOL_CALL = [
    *block(0, text("Let me see."), type="text", text=""),
    *block(
        1, *map(input_json, ("", '{"expression":', ' "2 * 21"}')), type="tool_use", id="t1", name="calculate", input={}
    ),
]


@pytest.mark.parametrize("pieces", [PIECES, ("x",), ("", "a")])
def test_get_and_post_stream_the_same_reply(
    pieces: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(*text_events(*pieces))) as it:
        posted = it.ask("hi")
        got = events(httpx2.get(f"{it.url}/chat", params={"message": "hi"}, timeout=LIMIT_S).read())
    assert got == posted
    assert text_of(got) == "".join(pieces)
    usage = {"input_tokens": 3, "output_tokens": 9}
    assert got[-1] == Sent("done", {"stop_reason": "end_turn", "usage": usage})


def test_each_delta_is_sent_while_the_upstream_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = [*HELLO[:2], *HELLO[2:]]
    on = [threading.Event() for _ in rest]
    steps = [step for event, frame in zip(on, rest, strict=True) for step in (event, chunk(frame))]
    with (
        chat(monkeypatch, tmp_path, [head(), chunk(first), *steps, LAST_CHUNK]) as it,
        httpx2.stream("GET", f"{it.url}/chat?message=hi&upstream=1", timeout=LIMIT_S) as response,
    ):
        seen = []
        for sent in until(response, "done"):
            if sent.name == "upstream":
                # Only now does the upstream go on: nothing was held back to come with what follows.
                seen.append(sent.values["event"])
                if len(seen) <= len(on):
                    on[len(seen) - 1].set()
    assert seen[0] == "message_start"
    assert seen[-1] == "message_stop"
    assert len(seen) == len(HELLO)


def test_the_upstream_events_are_the_wires_own_with_their_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = b": a comment\n\n"
    broken = b"event: content_block_delta\ndata: {nope\n\n"
    go = threading.Event()
    script = [head(), chunk(HELLO[0] + odd), go, chunk(broken + b"".join(HELLO[1:])), LAST_CHUNK]
    with (
        chat(monkeypatch, tmp_path, script) as it,
        httpx2.stream("GET", f"{it.url}/chat?message=x&upstream=1", timeout=LIMIT_S) as r,
    ):
        sent = []
        for one in until(r, "done"):
            sent.append(one)
            if one.values.get("n") == 2:
                go.set()
    upstream = [one.values for one in sent if one.name == "upstream"]
    assert [values["n"] for values in upstream] == list(range(1, len(HELLO) + 3))
    assert {values["read"] for values in upstream} == {1, 2}
    assert upstream[0]["data"] == json.loads(HELLO[0].partition(b"data: ")[2])
    assert upstream[1] == {**upstream[1], "event": None, "raw": odd.decode()}
    assert upstream[2] == {**upstream[2], "event": "content_block_delta", "raw": broken.decode()}
    times = [values["t_ms"] for values in upstream]
    assert times == sorted(times)


def test_a_tool_loop_streams_input_result_and_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = reply(sse(start(), *TOOL_CALL, *finish("tool_use")))
    with chat(monkeypatch, tmp_path, first, reply(*text_events("It is 42."))) as it:
        sent = it.ask("what is 2 * 21?", conversation="c")
        later = it.ask("sure?", conversation="c")
        bodies = [json.loads(body) for body in it.upstream.bodies]
    assert [one for one in sent if one.name.startswith("tool")] == [
        Sent("tool", {"id": "t1", "name": "calculate"}),
        Sent("tool_input", {"id": "t1", "json": ""}),
        Sent("tool_input", {"id": "t1", "json": '{"expression":'}),
        Sent("tool_input", {"id": "t1", "json": ' "2 * 21"}'}),
        Sent("tool_result", {"id": "t1", "content": "42", "is_error": False}),
    ]
    assert text_of(sent) == "Let me see.It is 42."
    assert sent[-1].values["stop_reason"] == later[-1].values["stop_reason"] == "end_turn"
    asked, called, answered = bodies[1]["messages"]
    assert asked == {"role": "user", "content": "what is 2 * 21?"}
    assert called["content"][1] == {
        "type": "tool_use",
        "id": "t1",
        "name": "calculate",
        "input": {"expression": "2 * 21"},
    }
    assert answered["content"] == [{"type": "tool_result", "tool_use_id": "t1", "content": "42", "is_error": False}]
    # The next message of the conversation is sent after all of it.
    assert [message["role"] for message in bodies[2]["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    assert bodies[2]["messages"][3]["content"][0]["text"] == "It is 42."


CUT_CALL = [*TOOL_CALL[:-2], *TOOL_CALL[-1:]]


@pytest.mark.parametrize(
    ("events", "roles"),
    [
        # A call that max_tokens cut off has no result: sent back without one, the API would refuse it.
        ([*CUT_CALL, *finish("max_tokens")], ["user", "assistant", "user"]),
        # A refusal without a word is nothing that could be sent back.
        (finish("refusal"), ["user"]),
    ],
)
def test_a_conversation_can_go_on_after_any_reply(
    events: list[dict[str, Any]], roles: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(sse(start(), *events)), reply(*HELLO)) as it:
        assert it.ask("one", conversation="c")[-1].name == "done"
        it.ask("two", conversation="c")
        messages = json.loads(it.upstream.bodies[1])["messages"]
    assert [message["role"] for message in messages] == roles
    assert "tool_use" not in json.dumps(messages)


def test_input_that_is_no_json_is_told_to_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = block(0, input_json("{nope"), type="tool_use", id="t1", name="calculate", input={})
    with chat(monkeypatch, tmp_path, reply(sse(start(), *broken, *finish("tool_use"))), reply(*HELLO)) as it:
        assert it.ask()[-1].name == "done"
        _, called, answered = json.loads(it.upstream.bodies[1])["messages"]
    assert called["content"] == [{"type": "tool_use", "id": "t1", "name": "calculate", "input": {}}]
    assert answered["content"][0]["is_error"] is True


def test_a_model_that_calls_tools_for_ever_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chat(monkeypatch, tmp_path, reply(sse(start(), *TOOL_CALL, *finish("tool_use")))) as it:
        sent = it.ask()
        assert len(it.upstream.requests) == 8
    assert (sent[-1].name, sent[-1].values["type"]) == ("error", "too_many_turns")


OVERLOADED = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
RATE_LIMIT = b'{"type":"error","error":{"type":"invalid_request_error","message":"no such model"}}'


@pytest.mark.parametrize(
    ("script", "kind", "partial"),
    [
        (reply(*PARTIAL, OVERLOADED), "overloaded_error", "Hel"),
        (reply(*PARTIAL), "truncated", "Hel"),
        ([head(), *map(chunk, PARTIAL)], "connection_error", "Hel"),
        ([head(), *map(chunk, PARTIAL), Do.RESET], "connection_error", "Hel"),
        (reply(RATE_LIMIT, status=400, content_type="application/json"), "invalid_request_error", ""),
        (reply(b'{"type":"message"}', content_type="application/json"), "not_a_stream", ""),
        (reply(b""), "not_a_stream", ""),
    ],
)
def test_a_failure_keeps_the_partial_reply_and_names_the_kind(
    script: list[bytes], kind: str, partial: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, script, reply(*HELLO)) as it:
        sent = it.ask("one", conversation="c")
        it.ask("two", conversation="c")
        messages = json.loads(it.upstream.bodies[-1])["messages"]
    assert [one.name for one in sent if one.name in ("done", "error")] == ["error"]
    assert sent[-1].values["type"] == kind
    assert sent[-1].values["partial"] == text_of(sent) == partial
    # What did not end well is no part of the conversation.
    assert messages == [{"role": "user", "content": "two"}]


def test_a_browser_that_connects_again_is_told_to_stop_and_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        body = httpx2.get(f"{it.url}/chat?message=hi", timeout=LIMIT_S).content
        identity = body.partition(b"id: ")[2].partition(b"\n")[0].decode()
        assert identity
        again = httpx2.get(f"{it.url}/chat?message=hi", headers={"last-event-id": identity}, timeout=LIMIT_S)
        assert again.status_code == 204
        assert len(it.upstream.requests) == 1


@pytest.mark.parametrize("script", [[head(), chunk(HELLO[0]), Do.HOLD], [Do.HOLD]], ids=["mid-stream", "no headers"])
def test_a_client_that_leaves_closes_an_upstream_that_stalls(
    script: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, script) as it:
        with httpx2.stream("GET", f"{it.url}/chat?message=hi&upstream=1", timeout=LIMIT_S) as response:
            if len(script) > 1:
                next(until(response, "upstream"))
            else:
                wait_until(lambda: it.upstream.requests)
        assert it.upstream.client_left.wait(LIMIT_S)
    assert [exchange.index.end and exchange.index.end["reason"] for exchange in it.recordings()] == ["cancelled"]


def test_silence_is_filled_with_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    script = [head(), chunk(HELLO[0]), go, *map(chunk, HELLO[1:]), LAST_CHUNK]
    with (
        chat(monkeypatch, tmp_path, script, keep_alive_s=0.02) as it,
        httpx2.stream("GET", f"{it.url}/chat?message=hi", timeout=LIMIT_S) as response,
    ):
        body = b""
        for piece in response.iter_raw():
            body += piece
            if body.count(b": keep-alive\n\n") == 3:
                go.set()
    assert body.count(b": keep-alive\n\n") >= 3
    assert [sent.name for sent in events(body)] == ["text", "done"]


def test_the_headers_keep_proxies_from_holding_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        headers = httpx2.get(f"{it.url}/chat?message=hi", headers={"accept-encoding": "gzip"}, timeout=LIMIT_S).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "no-cache" in headers["cache-control"]
    assert headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in headers
    assert "content-length" not in headers


def test_every_stream_is_recorded_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sse(start(), *TOOL_CALL, *finish("tool_use"))
    with chat(monkeypatch, tmp_path / "new", reply(first), reply(*HELLO)) as it:
        it.ask()
    recorded = it.recordings()
    assert [exchange.body() for exchange in recorded] == [first, b"".join(HELLO)]
    assert [exchange.view().status for exchange in recorded] == ["complete", "complete"]
