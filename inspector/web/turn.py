"""One turn of the chat: the requests to the API that a message takes, and what the browser is sent of them."""

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final

import orjson
from anthropic import AsyncAnthropic

from inspector.protocol import DELTAS
from inspector.recording.redaction import REDACTED
from inspector.sse import Frame
from inspector.web.events import event, one_line
from inspector.web.sources import Message, TurnSource
from inspector.web.upstream import Upstream, UpstreamError

_log = logging.getLogger("inspector")
_MOST_REQUESTS: Final = 8


class Turn:
    """The reply to one user message, with as many requests as its tool calls need, as bytes for the browser.

    `with_upstream` adds an `upstream` event for every frame of the API's stream. `ended_well` gets the turn's messages
    when the reply is whole. `keys` never leave: a server may quote them in what it answers.
    """

    def __init__(
        self,
        client: AsyncAnthropic,
        source: TurnSource,
        history: list[Message],
        message: str,
        *,
        with_upstream: bool,
        keys: Sequence[str],
        ended_well: Callable[[list[Message]], None],
    ) -> None:
        self._client = client
        self._source = source
        self._history = history
        self._messages: list[Message] = [{"role": "user", "content": message}]
        self._with_upstream = with_upstream
        self._ended_well = ended_well
        self._keys = [key.encode() for key in keys]
        self._partial: list[str] = []
        self._tools: dict[Any, str] = {}

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """What to send, one piece for each read from the API; the last holds `done` or `error`."""
        try:
            for number in range(1, _MOST_REQUESTS + 1):
                upstream = Upstream(self._client, self._source.request([*self._history, *self._messages]))
                async with aclosing(upstream.reads()) as reads:
                    async for frames in reads:
                        yield self._clean(b"".join([self._downstream(number, *frame) for frame in frames]))
                message = upstream.message
                calls = message.get("stop_reason") == "tool_use"
                self._messages.append({"role": "assistant", "content": _sendable(message["content"], calls)})
                results = self._results(message) if calls else []
                if not results:
                    break
                yield b"".join(event("tool_result", _shown(result)) for result in results)
                self._messages.append({"role": "user", "content": results})
            else:
                raise UpstreamError("too_many_turns", f"the model called tools {_MOST_REQUESTS} times in a row")
        except UpstreamError as error:
            yield self._error(error.type, error.message)
            return
        except Exception:  # noqa: BLE001
            # After the headers nothing but an event can tell the browser.
            _log.exception("the reply failed")
            yield self._error("internal_error", "the chat server failed; its log says how")
            return
        if self._messages[-1]["content"] and not results:
            self._ended_well(self._messages)
        yield event("done", {"stop_reason": message.get("stop_reason"), "usage": message.get("usage")})

    def _error(self, type: str, message: str) -> bytes:
        return self._clean(event("error", {"type": type, "message": message, "partial": "".join(self._partial)}))

    def _clean(self, chunk: bytes) -> bytes:
        for key in self._keys:
            if key in chunk:
                chunk = chunk.replace(key, REDACTED.encode())
        return chunk

    def _downstream(self, number: int, n: int, frame: Frame, data: Any) -> bytes:
        shown = self._event(data) if isinstance(data, dict) else b""
        return shown + _upstream(number, n, frame, data) if self._with_upstream else shown

    def _event(self, data: dict[str, Any]) -> bytes:
        """What an event of the API means for the page."""
        kind = data.get("type")
        if kind == "content_block_delta":
            return self._delta(data.get("index"), data.get("delta"))
        if kind == "content_block_start":
            block = data.get("content_block")
            if isinstance(block, dict) and block.get("type") == "tool_use":
                self._tools[data.get("index")] = str(block.get("id"))
                return event("tool", {"id": block.get("id"), "name": block.get("name")})
        elif kind == "message_start":
            self._tools = {}
        return b""

    def _delta(self, index: Any, delta: Any) -> bytes:
        values: dict[str, Any] = delta if isinstance(delta, dict) else {}
        kind = values.get("type")
        entry = DELTAS.get(kind) if isinstance(kind, str) else None
        piece = values.get(entry.field) if entry else None
        if entry and entry.brings == "text" and isinstance(piece, str):
            if entry.role == "text":
                self._partial.append(piece)
            return event(entry.role, {"text": piece})
        if entry and entry.brings == "json" and index in self._tools:
            return event("tool_input", {"id": self._tools[index], "json": piece})
        return b""

    def _results(self, message: Message) -> list[dict[str, Any]]:
        """What the tools say; nothing where the loop cannot go on."""
        results = []
        for block in message["content"]:
            if block.get("type") == "tool_use":
                result = self._source.result(block["id"], block["name"], block["input"])
                if result is None:
                    return []
                text, is_error = result
                results.append(
                    {"type": "tool_result", "tool_use_id": block["id"], "content": text, "is_error": is_error}
                )
        return results


def _upstream(number: int, n: int, frame: Frame, data: Any) -> bytes:
    values = {"request": number, "n": n, "t_ms": (frame.t_ns or 0) // 1000 / 1000, "read": frame.read}
    if data is None:
        return event("upstream", {**values, "event": frame.name, "raw": frame.raw.decode("utf-8", "replace")})
    head = orjson.dumps({**values, "event": frame.name})
    if "\n" in frame.data:
        return event("upstream", {**values, "event": frame.name, "data": data})
    return b'event: upstream\ndata: %b,"data":%b}\n\n' % (head[:-1], one_line(frame.data.encode()))


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    return {"id": result["tool_use_id"], "content": result["content"], "is_error": result["is_error"]}


def _sendable(content: list[Any], calls: bool) -> list[Any]:
    """A reply's content as the API takes it back: it refuses empty text, and tool calls that nobody answers."""
    sendable = []
    for block in content:
        if block.get("type") == "tool_use":
            # Input that is no JSON object is told to the model as an error of the tool.
            whole = {key: value for key, value in block.items() if key != "input_json"}
            sendable += [{**whole, "input": block["input"] if isinstance(block["input"], dict) else {}}] * calls
        elif block.get("type") != "text" or block.get("text"):
            sendable.append(block)
    return sendable
