"""The reassembled message against the one that the real SDK accumulates."""

from pathlib import Path
from typing import Any

import pytest

from inspector.formats import open_exchange
from inspector.net.http_library import sdk_http
from tests.support import (
    CORPUS,
    SHARED,
    block,
    exchange_of_body,
    finish,
    input_json,
    needs_recent_sdk,
    sse,
    start,
    text,
)

pytestmark = needs_recent_sdk

# What these files hold and the SDK leaves out, apart from what stands under `input_json` and `unapplied_deltas`.
_MORE_THAN_THE_SDK = {
    "agentgateway/stream_message_delta_usage.sse": {"usage.prompt_tokens_details"},
    "fragments/qwen-aliyun.message_start+delta.chunks.jsonl": {"usage.cache_creation"},
}


def sdk_message(body: bytes) -> dict[str, Any]:
    """What client.beta.messages.stream() accumulates over these bytes."""
    import anthropic

    answer = sdk_http.MockTransport(
        lambda _: sdk_http.Response(200, headers={"content-type": "text/event-stream"}, content=body)
    )
    with (
        sdk_http.Client(transport=answer) as http_client,
        anthropic.Anthropic(api_key="test", max_retries=0, http_client=http_client) as client,
        client.beta.messages.stream(model="m", max_tokens=1, messages=[{"role": "user", "content": "?"}]) as stream,
    ):
        for _ in stream:
            pass
        return stream.current_message_snapshot.to_dict(mode="json", warnings=False)


def plain(value: Any) -> Any:
    """Without nulls, which the SDK fills in, and without what says more than the SDK."""
    if isinstance(value, dict):
        more = ("input_json", "unapplied_deltas", "parsed_output")
        return {key: plain(inner) for key, inner in value.items() if inner is not None and key not in more}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(SHARED / "corpus")))
def test_the_corpus(path: Path) -> None:
    with open_exchange(str(path)) as exchange:
        body = exchange.body()
        if path.suffix == ".sse":
            assert body == path.read_bytes()
        view = exchange.view()
        try:
            expected = sdk_message(body)
        except Exception:  # noqa: BLE001
            assert view.messages, "what the SDK cannot read is shown all the same"
            return
        if len(view.messages) > 1:
            assert expected["id"] == view.messages[0]["id"]
            return
        ours = plain(view.message)
        for place in _MORE_THAN_THE_SDK.get(str(path.relative_to(SHARED / "corpus")), ()):
            parent, _, key = place.partition(".")
            del ours[parent][key]
        assert ours == plain(expected)


@pytest.mark.parametrize(
    "events",
    [
        [start(), *block(0, text("a"), text("b"), type="text", text="before "), *finish()],
        [start(content=[{"type": "text", "text": "ready"}]), *block(1, text("!"), type="text", text=""), *finish()],
        [start(), *block(0, text("a"), type="text", text=""), start(id="msg_2"), *block(0, text("b"), type="text", text=""), *finish()],
        [start(), *block(0, input_json('{"a": 12'), type="tool_use", id="t", name="n", input={}, stop=False), *finish("max_tokens")],
        [start(), *block(0, input_json('{"a":1}'), type="tool_use", id="t", name="n", input={"b": 2}), *finish("tool_use")],
        [start(), *block(0, input_json('{"a":1}{"a":2}'), type="mcp_tool_use", id="t", name="n", input={}), *finish()],
        [start(), *block(0, {"type": "signature_delta", "signature": "x"}, {"type": "signature_delta", "signature": "y"},
                         type="thinking", thinking="", signature=""), *finish()],
        [start(), *block(0, {"type": "compaction_delta", "content": "sum"}, type="compaction", content=None), *finish()],
        [start(), *block(0, type="fallback", **{"from": {"model": "m1"}, "to": {"model": "m2"}}), *finish()],
        [start(), *block(0, text("a"), type="shiny", x=[1]), *finish()],
        [start(), *block("0", text("a"), type="text", text=""), *block(" 1", type="text", text="b"), *finish()],
        [start(), *block(0.0, text("a"), type="text", text=""), *block(True, text("b"), type="text", text=""), *finish()],
        [start(), *block(0, text("late"), type="text", text=""), *finish(), *block(1, text("LATE"), type="text", text="")],
    ],
    ids=["text in start", "content in message_start", "second message_start", "cut number", "input in start",
         "two values", "two signatures", "compaction", "fallback", "unknown block", "index as a string", "index as another number", "events after the stop"],
)  # fmt: skip
def test_the_odd_cases(events: list[dict[str, Any]]) -> None:
    body = sse(*events)
    ours = plain(exchange_of_body([body]).view().message)
    theirs = plain(sdk_message(body))
    if events[1].get("content_block", {}).get("type") == "shiny":
        assert ours["content"][0].pop("text") == "a", "the SDK drops deltas of blocks it does not know"
    assert ours == theirs
