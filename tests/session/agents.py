"""Sessions as agents make them: what each asks repeats what was said, and each exchange is a recording of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from inspector.recording import header_line
from inspector.recording.lines import frame_line, object_line, request_line
from inspector.sse import Decoder
from inspector.text.json_text import dumps
from inspector.timeline import Exchange
from tests.support import block, finish, input_json, sse, start, text

MS = 1_000_000
BEGAN = datetime(2026, 11, 26, 10, tzinfo=UTC).timestamp()
TOOLS = [{"name": name, "input_schema": {"type": "object"}} for name in ("agent", "read")]

Content = list[dict[str, Any]]


def said(words: str) -> Content:
    """A reply of text."""
    return [{"type": "text", "text": words}]


def calls(*inputs: dict[str, Any], name: str = "read", prefix: str = "toolu") -> Content:
    """A reply that calls a tool once for each input; the ids are new ones."""
    return [{"type": "tool_use", "id": f"{prefix}_{next(_NUMBERS)}", "name": name, "input": one} for one in inputs]


def results(reply: Content, *texts: str) -> Content:
    """What brings the results of a reply's calls."""
    return [
        {"type": "tool_result", "tool_use_id": call["id"], "content": one}
        for call, one in zip((one for one in reply if one["type"] == "tool_use"), texts, strict=False)
    ]


_NUMBERS = count(1)


@dataclass
class Conversation:
    """One agent: what it has said and heard so far."""

    session: "Session"
    tools: Sequence[dict[str, Any]] = tuple(TOOLS)
    headers: Sequence[tuple[str, str]] = ()
    system: Any = "You help."
    messages: list[dict[str, Any]] = field(default_factory=list)

    def turn(self, asked: str | Content, reply: Content, at_s: float | None = None, **more: Any) -> str:
        """One exchange that ends well; returns the name of its recording."""
        self.messages.append({"role": "user", "content": asked})
        name = self.again(reply, at_s, **more)
        self.messages.append({"role": "assistant", "content": reply})
        return name

    def again(self, reply: Content, at_s: float | None = None, end: str = "complete", **more: Any) -> str:
        """The request as it stands, answered so; what was said is not added to the conversation."""
        body = {"model": "claude-test", "max_tokens": 64, "stream": True, "system": self.system}
        body |= {"tools": list(self.tools)} if self.tools else {}
        body |= {"messages": self.messages}
        return self.session.exchange(body, reply, self.headers, at_s, end, **more)


class Session:
    """A folder that fills with recordings, a second apart unless it is said otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock_s = 0.0
        self.names: list[str] = []

    def agent(self, **more: Any) -> Conversation:
        """A further conversation."""
        return Conversation(self, **more)

    def exchange(
        self,
        body: dict[str, Any],
        reply: Content,
        headers: Sequence[tuple[str, str]] = (),
        at_s: float | None = None,
        end: str = "complete",
        usage: dict[str, int] | None = None,
        takes_s: float = 0.5,
    ) -> str:
        """Writes a recording of this request and this reply; cut behind its first block where `end` is another one."""
        at_s = self.clock_s if at_s is None else at_s
        self.clock_s = at_s + max(1.0, takes_s + 0.5)
        name = f"{len(self.names):04}.jsonl"
        self.names.append(name)
        began = datetime.fromtimestamp(BEGAN + at_s, UTC)
        lines = [
            header_line({"kind": "synthetic"}, began),
            request_line("POST", "https://api.anthropic.com/v1/messages", headers, dumps(body)),
            object_line(
                "response", {"t_ns": 100 * MS, "status": 200, "headers": [["content-type", "text/event-stream"]]}
            ),
        ]
        events = [start(usage=usage or {"input_tokens": 9, "output_tokens": 1})]
        for index, one in enumerate(reply):
            if one["type"] == "text":
                events += block(index, text(one["text"]), type="text", text="")
            else:
                given = dumps(one["input"]).decode()
                events += block(index, input_json(given), **{**one, "input": {}})
        events += finish("tool_use" if any(one["type"] == "tool_use" for one in reply) else "end_turn")
        events = events if end == "complete" else events[:3]
        decoder = Decoder()
        step = int(takes_s * 1e9) // len(events)
        for number, event in enumerate(events, 1):
            lines += map(frame_line, decoder.feed(sse(event), 100 * MS + number * step))
        lines.append(object_line("end", {"t_ns": 100 * MS + int(takes_s * 1e9), "reason": end}))
        (self.folder / name).write_bytes(b"".join(lines))
        return name


def load(folder: Path, name: str) -> Exchange:
    """A recording, read through."""
    return Exchange((folder / name).open("rb"), name).load()


def typical(folder: Path) -> Session:
    """An agent with two subagents side by side, a title, a retry, and an answer that was asked for twice."""
    session = Session(folder)
    named = [("x-claude-code-session-id", "s1")]
    main = session.agent(headers=named)
    title = session.agent(tools=(), headers=named, system="Write a title.")
    title.turn("Explain how the parser of this project works.", said("Parser"), at_s=0.1)
    tasks = calls(
        {"prompt": "Look for all uses of the decoder in the tests.", "kind": "search"},
        {"prompt": "Read the standard and list its line endings.", "kind": "search"},
        name="agent",
    )
    main.turn(
        "<system-reminder>Be brief.</system-reminder>\nExplain how the parser of this project works.", tasks, at_s=0
    )
    one, two = session.agent(headers=named), session.agent(headers=named)
    read = calls({"path": "a.py"})
    one.turn("Look for all uses of the decoder in the tests.", read, at_s=2)
    two.turn("Read the standard and list its line endings.", said("LF, CR, CR LF"), at_s=2.1, takes_s=3)
    one.turn(results(read, "import Decoder"), said("One use."), at_s=4)
    main.messages.append({"role": "user", "content": results(tasks, "One use.", "LF, CR, CR LF")})
    main.again(said("It"), at_s=7, end="reset")
    main.messages.pop()
    main.turn(results(tasks, "One use.", "LF, CR, CR LF"), said("It reads lines."), at_s=9)
    main.turn("And how fast is it?", said("Fast."), at_s=400, takes_s=4)
    return session


MARK = {"cache_control": {"type": "ephemeral"}}
WORDS = "You help people who read event streams. " * 50


def usage(read: int, written: int, rest: int = 20) -> dict[str, int]:
    """The usage of a request: tokens from the cache, to the cache, and neither."""
    return {
        "input_tokens": rest, "cache_read_input_tokens": read, "cache_creation_input_tokens": written,
        "output_tokens": 1,
    }  # fmt: skip


def cached_system(words: str = WORDS, ttl: str = "") -> Content:
    """A system prompt with a mark behind it."""
    mark = {"cache_control": {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}}
    return [{"type": "text", "text": words, **mark}]


def asked(words: str) -> Content:
    """A user's words with a mark behind them."""
    return [{"type": "text", "text": words, **MARK}]


def with_cache(folder: Path) -> Session:
    """A conversation whose cache is written, read, missed by a change, and missed as it had expired."""
    session = Session(folder)
    agent = session.agent(system=cached_system("It is 10:00. " + WORDS), tools=())
    agent.turn(asked("What is an event stream?"), said("A stream of events."), at_s=0, usage=usage(0, 500))
    agent.turn(asked("And a frame?"), said("A part of it."), at_s=20, usage=usage(500, 30))
    agent.system = cached_system("It is 10:01. " + WORDS)
    agent.turn(asked("And a ping?"), said("A sign of life."), at_s=60, usage=usage(0, 560))
    agent.turn(asked("And an error?"), said("An end."), at_s=500, usage=usage(0, 590))
    return session
