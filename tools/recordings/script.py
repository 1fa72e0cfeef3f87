"""The API's event shapes and its pace: what a scenario calls, in the order of the stream."""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from random import Random
from typing import Any

import orjson

from inspector.recording import EndReason
from inspector.sse import Frame, encode
from tools.recordings.network import Sending

SONNET = "claude-sonnet-4-6"
OPUS = "claude-opus-4-8"
HAIKU = "claude-haiku-4-5-20251001"

Json = dict[str, Any]

_TOKEN = re.compile(r"\s*\w{1,6}|\s*[^\w\s]|\s+")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Script:
    """One exchange as its server sends it. Everything that looks random comes from the name.

    `body` is the request's, `headers` are what it or the reply has beside the usual ones, `sendings` the frames with
    their times, `end` the reason and error where the body did not end cleanly.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rng = Random(name)
        self.body: Json = {}
        self.betas: tuple[str, ...] = ()
        self.read_timeout = 600
        self.status = 200
        self.headers: dict[str, str] = {"content-type": "text/event-stream; charset=utf-8"}
        self.ttfb_ms = self.between(320, 780)
        self.sendings: list[Sending] = []
        self.in_one_read = False
        self.end: tuple[EndReason | None, tuple[str, str] | None] = (None, None)
        self.now_ms = self.ttfb_ms + self.between(1, 12)
        self.usage: Json = {}
        self.output_tokens = 0
        self.thinking_tokens = 0
        self._blocks = 0
        self._ids = 0

    def between(self, low: float, high: float) -> float:
        # Only random() itself gives the same numbers in every version of Python.
        return low + (high - low) * self.rng.random()

    def id(self, prefix: str) -> str:
        """An id as the API makes them: a prefix and 22 characters."""
        self._ids += 1
        number = int.from_bytes(sha256(f"{self.name}/{self._ids}".encode()).digest())
        return f"{prefix}01" + "".join(_BASE58[number // 58**place % 58] for place in range(22))

    def opaque(self, size: int) -> str:
        """Base64 that only the server could read: a signature, an encrypted result."""
        return b64encode(bytes(int(self.rng.random() * 256) for _ in range(size))).decode()

    def request(self, prompt: str | list[Json], model: str = SONNET, max_tokens: int = 1024, **parameters: Any) -> None:
        """The request's body. `betas` among the parameters go into a header."""
        self.betas = parameters.pop("betas", ())
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        self.body = {
            "max_tokens": max_tokens,
            "messages": messages,
            "model": model,
            "stream": True,
            **parameters,
        }

    def pause(self, ms: float) -> None:
        self.now_ms += ms

    def send(self, data: Json, gap: tuple[float, float] = (1, 3), cuts: tuple[int, ...] = ()) -> None:
        """An event, named by its type, with the spaces that the API puts before the last brace."""
        text = orjson.dumps(data).decode()
        self.send_text(data["type"], text[:-1] + " " * int(self.between(0, 15)) + text[-1], gap, cuts)

    def send_text(self, name: str, text: str, gap: tuple[float, float] = (1, 3), cuts: tuple[int, ...] = ()) -> None:
        """An event whose JSON is written out."""
        self.now_ms += self.between(*gap)
        self.sendings.append(Sending(self.now_ms, encode(Frame(name, text, name=name)), cuts))

    def start(self, input_tokens: int | None = None, cache_read: int = 0, cache_write: int = 0, **fields: Any) -> None:
        """message_start, with the usage that later events complete."""
        if input_tokens is None:
            input_tokens = len(orjson.dumps(self.body)) // 4
        self.usage = {
            "input_tokens": input_tokens,
            "cache_creation_input_tokens": cache_write,
            "cache_read_input_tokens": cache_read,
        }
        message = {
            "model": self.body["model"],
            "id": self.id("msg_"),
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": {
                **self.usage,
                "cache_creation": {"ephemeral_5m_input_tokens": cache_write, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 1 + int(self.between(0, 4)),
                "service_tier": "standard",
                "inference_geo": "global",
            },
            **fields,
        }
        self.send({"type": "message_start", "message": message})

    def ping(self, gap: tuple[float, float] = (0, 1)) -> None:
        self.send_text("ping", '{"type": "ping"}', gap)

    def open(self, block: Json) -> int:
        """content_block_start, and a ping after the stream's first one. The block's index."""
        self.send({"type": "content_block_start", "index": self._blocks, "content_block": block})
        if self._blocks == 0:
            self.ping()
        self._blocks += 1
        return self._blocks - 1

    def delta(self, index: int, delta: Json, gap: tuple[float, float] = (15, 60), cuts: tuple[int, ...] = ()) -> None:
        if self.rng.random() < 0.03:
            gap = (90, 240)
        self.send({"type": "content_block_delta", "index": index, "delta": delta}, gap, cuts)

    def close(self, index: int) -> None:
        self.send({"type": "content_block_stop", "index": index})

    def whole(self, block: Json) -> None:
        """A block that comes in one piece, such as a server tool's result."""
        self.close(self.open(block))

    def text(self, text: str | Iterable[str], citations: Iterable[Json] = ()) -> None:
        """A text block. A string is cut where a model would; pieces are sent as they are."""
        citations = list(citations)
        index = self.open({"citations": [], "type": "text", "text": ""} if citations else {"type": "text", "text": ""})
        for citation in citations:
            self.delta(index, {"type": "citations_delta", "citation": citation})
        self.text_deltas(index, text)
        self.close(index)

    def text_deltas(self, index: int, text: str | Iterable[str]) -> None:
        for piece in self.pieces(text) if isinstance(text, str) else text:
            self.delta(index, {"type": "text_delta", "text": piece})

    def thinking(self, text: str, signature_bytes: int = 240) -> None:
        """A thinking block, signed at its end. Empty text: the thinking is not shown, only signed."""
        index = self.open({"type": "thinking", "thinking": "", "signature": ""})
        before = self.output_tokens
        for piece in self.pieces(text):
            self.delta(index, {"type": "thinking_delta", "thinking": piece}, (12, 45))
        self.thinking_tokens += self.output_tokens - before
        self.delta(index, {"type": "signature_delta", "signature": self.opaque(signature_bytes)}, (2, 9))
        self.close(index)

    def tool(self, name: str, arguments: Json, block: Json | None = None, before: str = "") -> str:
        """A tool call; its id. `block`: what its start holds instead of a tool_use's.

        `before`: the input is cut before these characters, and the block stays open. The API holds a value back until
        it is whole, so the fragments come in bursts with silence between them.
        """
        block = block or {
            "type": "tool_use",
            "id": self.id("toolu_"),
            "name": name,
            "input": {},
            "caller": {"type": "direct"},
        }
        index = self.open(block)
        self.delta(index, {"type": "input_json_delta", "partial_json": ""}, (8, 30))
        text = orjson.dumps(arguments).decode() if arguments else ""
        for number, piece in enumerate(self.pieces(text[: text.index(before)] if before else text)):
            silent = number and piece.startswith(('"', ",", "[", "{")) and self.rng.random() < 0.3
            gap = (250, 900) if silent else (4, 30)
            self.delta(index, {"type": "input_json_delta", "partial_json": piece}, gap)
        if not before:
            self.close(index)
        return str(block["id"])

    def finish(self, stop_reason: str, usage: Json | None = None, **delta: Any) -> None:
        """message_delta with the totals, and message_stop. The body ends cleanly."""
        totals: Json = {**self.usage, "output_tokens": self.output_tokens + 4}
        if self.thinking_tokens:
            totals["output_tokens_details"] = {"thinking_tokens": self.thinking_tokens}
        totals |= usage or {}
        delta = {"stop_reason": stop_reason, "stop_sequence": None, "stop_details": None, **delta}
        self.send({"type": "message_delta", "delta": delta, "usage": totals}, (4, 20))
        self.send({"type": "message_stop"})

    def pieces(self, text: str) -> Iterable[str]:
        """The text as a model gives it out: one to three tokens at a time. They are counted."""
        tokens = _TOKEN.findall(text)
        while tokens:
            count = 1 + int(self.rng.random() ** 2 * 3)
            self.output_tokens += min(count, len(tokens))
            yield "".join(tokens[:count])
            del tokens[:count]
