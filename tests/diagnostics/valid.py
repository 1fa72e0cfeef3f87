"""Valid streams over the whole grammar of the Messages API, drawn at random."""

import json
from random import Random
from typing import Any

from tests.diagnostics.streams import Event, begin, called, close, delta, spoken, thinking, thought
from tests.support import finish, start

_WORDS = ("The ", "rain ", "in ", "Bergen ", "is ", "wet. ", "日本 ", "é", "😀 ", "\n\n", "`code` ", "1,000 ")
_CITED = {"type": "char_location", "cited_text": "rain", "document_index": 0, "document_title": None,
          "start_char_index": 0, "end_char_index": 4}  # fmt: skip
_RESULTS = {
    "web_search": ("web_search_tool_result", [{"type": "web_search_result", "url": "https://example.com", "title": "Rain",
                                              "encrypted_content": "RW4=", "page_age": None}]),
    "web_fetch": ("web_fetch_tool_result", {"type": "web_fetch_tool_result_error", "error_code": "unavailable"}),
    "bash_code_execution": (
        "bash_code_execution_tool_result",
        {"type": "bash_code_execution_result", "stdout": "4\n", "stderr": "", "return_code": 0, "content": []},
    ),
}  # fmt: skip


class Valid:
    """One stream: `events` is a whole message. Blocks of every kind come in an order that the API has them in."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._index = self._calls = 0
        blocks: list[list[Event]] = []
        if random.random() < 0.4:
            blocks += [self._thinking() for _ in range(random.choice((1, 1, 2)))]
        middle = [self._text, self._cited, self._server_tool, self._mcp, self._text]
        for make in random.sample(middle, random.choice((0, 1, 1, 2))):
            blocks.append(make())
        calls = random.choice((0, 0, 1, 2))
        if not blocks or (not calls and "text" not in str(blocks[-1][0]["content_block"]["type"])):
            blocks.append(self._text())
        blocks += [self._call() for _ in range(calls)]
        reason = "tool_use" if calls else random.choice(("end_turn", "end_turn", "max_tokens", "stop_sequence"))
        last = list(finish(reason, random.randint(8, 900)))
        if reason == "stop_sequence":
            last[0]["delta"]["stop_sequence"] = "END"
        flat = [start(), *(event for one in blocks for event in one), *last]
        for _ in range(random.choice((0, 1, 1, 3))):
            flat.insert(random.randint(1, len(flat) - 1), {"type": "ping"})
        self.events = flat

    def _next(self) -> int:
        self._index += 1
        return self._index - 1

    def _id(self, prefix: str) -> str:
        self._calls += 1
        return f"{prefix}_{self._calls:02}"

    def _words(self, most: int = 8) -> list[str]:
        return [self._random.choice(_WORDS) for _ in range(self._random.randint(1, most))]

    def _text(self) -> list[Event]:
        return spoken("So, ", *self._words(), index=self._next())

    def _cited(self) -> list[Event]:
        index = self._next()
        return [
            begin(index, type="text", text="", citations=[]),
            delta(index, type="citations_delta", citation=_CITED),
            *(delta(index, type="text_delta", text=word) for word in ["It ", *self._words(4)]),
            close(index),
        ]

    def _thinking(self) -> list[Event]:
        if self._random.random() < 0.2:
            index = self._next()
            return [begin(index, type="redacted_thinking", data="RW5j"), close(index)]
        return thought(*map(thinking, self._words()), index=self._next())

    def _fragments(self) -> list[str]:
        value: dict[str, Any] = {"city": self._random.choice(("Oslo", "東京", 'say "hi"')), "days": self._random.randint(1, 9),
                                 "units": {"metric": True, "list": [1, 2.5, None]}}  # fmt: skip
        text = json.dumps(value, ensure_ascii=self._random.random() < 0.5)
        cuts = sorted(self._random.sample(range(1, len(text)), self._random.randint(0, 5)))
        return ["", *(text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True))]

    def _call(self) -> list[Event]:
        fragments = self._fragments() if self._random.random() < 0.9 else []
        return called(*fragments, index=self._next(), id=self._id("toolu"))

    def _server_tool(self) -> list[Event]:
        name = self._random.choice(sorted(_RESULTS))
        kind, content = _RESULTS[name]
        key = self._id("srvtoolu")
        call = called(*self._fragments(), index=self._next(), type="server_tool_use", id=key, name=name)
        index = self._next()
        return [*call, begin(index, type=kind, tool_use_id=key, content=content), close(index)]

    def _mcp(self) -> list[Event]:
        key = self._id("mcptoolu")
        call = called(*self._fragments(), index=self._next(), type="mcp_tool_use", id=key, name="find", server_name="s")
        index = self._next()
        result = begin(
            index, type="mcp_tool_result", tool_use_id=key, is_error=False, content=[{"type": "text", "text": "ok"}]
        )
        return [*call, result, close(index)]
