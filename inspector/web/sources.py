"""Who answers in the chat: the API (or whatever speaks like it), or recordings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from itertools import cycle
from pathlib import PurePath
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from inspector.replay.answers import Answers
from inspector.replay.server import serving
from inspector.timeline import Exchange
from inspector.web.tools import TOOLS, run_tool

Message = dict[str, Any]
_MAX_TOKENS: Final = 4096


class TurnSource(Protocol):
    """One user message's requests."""

    def request(self, messages: Sequence[Message]) -> dict[str, Any]:
        """The body of the next request."""

    def result(self, id: str, name: str, arguments: Any) -> tuple[str, bool] | None:
        """What a tool says, and whether that is an error; None where the tool loop cannot go on."""


class ReplySource(Protocol):
    """Where replies come from. `label` tells the user; `suggestions` are messages that show something."""

    label: str
    is_recorded: bool
    suggestions: Sequence[str]

    def serving(self) -> AbstractAsyncContextManager[str | None]:
        """The base URL while the chat runs, None for the SDK's own."""

    def turn(self, message: str) -> TurnSource:
        """What answers this message of the user's."""
        ...


class Api:
    """The real API, or another server that speaks like it."""

    is_recorded = False
    suggestions: Sequence[str] = (
        "What is 17% of 2,340, and the square root of that? Calculate, don't guess.",
        "What time is it in Tokyo, and how many hours until midnight there?",
        "Write a short poem about rivers, with a list of five of them.",
    )

    def __init__(self, model: str, base_url: str | None = None) -> None:
        self._base_url = base_url
        self._model = model
        self.label = f"{model} at {urlsplit(base_url).hostname if base_url else 'api.anthropic.com'}"

    def serving(self) -> AbstractAsyncContextManager[str | None]:
        """Nothing of ours has to run."""
        return nullcontext(self._base_url)

    def turn(self, message: str) -> TurnSource:
        """Each message is answered alike."""
        return self

    def request(self, messages: Sequence[Message]) -> dict[str, Any]:
        """The body of a request with these messages."""
        return _request(self._model, messages)

    def result(self, id: str, name: str, arguments: Any) -> tuple[str, bool] | None:
        """What a tool says, and whether that is an error."""
        return run_tool(name, arguments)


class Recordings:
    """Recordings, served on the loopback. A message that was recorded gets its own reply, any other one the next.

    A recording whose request carries the results of another one's tool calls is that one's continuation: it answers
    the second request of the tool loop, and its results are what the tools say.
    """

    is_recorded = True

    def __init__(self, exchanges: Sequence[Exchange], label: str, speed: float | None = 1.0) -> None:
        self.label = label
        self._exchanges = exchanges
        # The server finds an exchange by its name: in a container all have the same.
        for number, exchange in enumerate(exchanges, 1):
            if exchange.number is not None:
                exchange.name = f"{PurePath(exchange.name).stem}-{number}.jsonl"
        self._answers = Answers(exchanges, speed)
        openers = [exchange for exchange in exchanges if not _results(exchange)] or list(exchanges)
        self._by_prompt = {prompt: exchange for exchange in openers if (prompt := _prompt(exchange))}
        self._continued = {id: exchange for exchange in exchanges for id in _results(exchange)}
        self._next = cycle(openers)
        self.suggestions: Sequence[str] = tuple(self._by_prompt)[:8]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str | None]:
        """As long as this lasts; the exchanges are closed with it."""
        try:
            async with serving(self._answers) as base_url:
                yield base_url
        finally:
            for exchange in self._exchanges:
                exchange.close()

    def turn(self, message: str) -> TurnSource:
        """The recorded reply to this message, or the next one there is."""
        return _Replayed(self._by_prompt.get(message.strip()) or next(self._next), self._continued)


class _Replayed:
    def __init__(self, exchange: Exchange, continued: dict[str, Exchange]) -> None:
        self._exchange = exchange
        self._continued = continued

    def request(self, messages: Sequence[Message]) -> dict[str, Any]:
        return _request(PurePath(self._exchange.name).stem, messages)

    def result(self, id: str, name: str, arguments: Any) -> tuple[str, bool] | None:
        if continuation := self._continued.get(id):
            self._exchange = continuation
            return _results(continuation)[id]
        return None


def _request(model: str, messages: Sequence[Message]) -> dict[str, Any]:
    return {"model": model, "max_tokens": _MAX_TOKENS, "tools": TOOLS, "messages": list(messages)}


def _is_result(block: dict[str, Any]) -> bool:
    return block.get("type") == "tool_result"


def _last(exchange: Exchange) -> Any:
    """The content of the last message of a recorded request."""
    body = (exchange.request or {}).get("body")
    messages = body.get("messages") if isinstance(body, dict) else None
    last = messages[-1] if isinstance(messages, list) and messages else None
    return last.get("content") if isinstance(last, dict) else None


def _results(exchange: Exchange) -> dict[str, tuple[str, bool]]:
    """By the id of a tool call, the result that the recorded request carries."""
    content = _last(exchange)
    blocks = content if isinstance(content, list) else []
    results = [block for block in blocks if isinstance(block, dict) and _is_result(block)]
    return {
        str(block.get("tool_use_id")): (_text(block.get("content")), block.get("is_error") is True) for block in results
    }


def _prompt(exchange: Exchange) -> str:
    return _text(_last(exchange)).strip()


def _text(content: Any) -> str:
    """The text of a message's or a result's content."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block["text"]) for block in blocks if isinstance(block, dict) and "text" in block)
