"""What a request gives a model to read, piece by piece, in the order in which the API caches it."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from inspector.protocol.caching import DEFAULT_LIFETIME, Level
from inspector.text.json_text import dumps

_DIGEST: Final = 16
_MARK: Final = "cache_control"
_REMINDER: Final = re.compile(r"\s*<system-reminder>.*?</system-reminder>\s*", re.S)
_NAME: Final = 200
# Enough to tell what somebody said; a pasted file is no name.
_LOOKED_AT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a prompt: a tool, a block of the system prompt, a block of a message.

    `place` is where it stands in the body (`messages[3].content[0]`), `label` what it is in a word or two, `digest` of
    its value without `cache_control`, `size` in bytes of compact JSON. `mark` is the lifetime of the cache entry that
    `cache_control` asks for behind this piece ("5m", "1h"), "" where there is none. `message` is the number of its
    message from 0, -1 at the other levels.
    """

    level: Level
    place: str
    label: str
    digest: bytes
    size: int
    mark: str = ""
    message: int = -1


def segments_of(body: Any) -> list[Segment]:
    """The pieces of a request's body, whatever it holds: what is of no type that is known is one piece as it is."""
    found = [_segment(piece) for piece in _pieces(body)]
    if found and not found[-1].mark and (mark := _without_mark(body)[0]):
        # Asked for the request as a whole, it is put behind the last piece.
        found[-1] = replace(found[-1], mark=mark)
    return found


def values_of(body: Any) -> list[Any]:
    """The values of the pieces, in the same order."""
    return [piece.value for piece in _pieces(body)]


def chain_of(segments: Iterable[Segment]) -> list[bytes]:
    """A digest for each message, of it and all messages before it: equal where two conversations are, so far."""
    chain: list[bytes] = []
    hashed = hashlib.blake2b(digest_size=_DIGEST)
    at = -1
    for segment in segments:
        if segment.message < 0:
            continue
        if segment.message != at and at >= 0:
            chain.append(hashed.digest())
        at = segment.message
        hashed.update(segment.digest)
    if at >= 0:
        chain.append(hashed.digest())
    return chain


def digest_of(value: Any) -> bytes:
    """16 bytes that tell a JSON value, or a text, from others."""
    return hashlib.blake2b(dumps(value), digest_size=_DIGEST).digest()


def essence_of(content: Any) -> bytes:
    """What is left of an assistant's message when a client sends it back: its text and the ids of its calls.

    Clients drop thinking, and put blocks together or apart. b"" where there is neither.
    """
    texts: list[str] = []
    calls: list[str] = []
    for block in [_text(content)] if isinstance(content, str) else _listed(content):
        if not isinstance(block, Mapping):
            continue
        if isinstance(text := block.get("text"), str) and block.get("type") == "text":
            texts.append("".join(text.split()))
        elif block.get("type") == "tool_use" and isinstance(block.get("id"), str):
            calls.append(block["id"])
    return digest_of(["".join(texts), calls]) if calls or any(texts) else b""


def texts_of(content: Any) -> Iterator[str]:
    """The text blocks of a message's content, which may be one string, without the reminders that a client puts in."""
    for block in [_text(content)] if isinstance(content, str) else _listed(content):
        text = block.get("text") if isinstance(block, Mapping) and block.get("type") == "text" else None
        if isinstance(text, str) and (rest := _without_reminders(text)):
            yield rest


def _without_reminders(text: str) -> str:
    """A user's text without the `<system-reminder>` blocks in front of it."""
    at = 0
    while found := _REMINDER.match(text, at):
        at = found.end()
    return text[at:].strip()


def name_of(body: Any) -> str:
    """What tells a turn from others: the first words of the new message, or the tools whose results it brings.

    "" where there is no message; at most 200 characters, in one line.
    """
    messages = _listed(body.get("messages")) if isinstance(body, Mapping) else []
    at = next((at for at in reversed(range(len(messages))) if _role(messages[at]) == "user"), None)
    if at is None:
        return ""
    content = messages[at].get("content")
    results = [one for one in _listed(content) if isinstance(one, Mapping) and one.get("type") == "tool_result"]
    said = _in_one_line(_words(content))
    if not results:
        return said[:_NAME]
    called = _calls(messages[at - 1]) if at else {}
    names = dict.fromkeys(called.get(str(one.get("tool_use_id")), "a tool") for one in results)
    brought = _in_one_line(text for one in results for text in _words(one.get("content")))
    return f"← {', '.join(names)}: {' '.join(filter(None, (said, brought)))}".rstrip(": ")[:_NAME]


def answered_calls(body: Any) -> tuple[str, ...]:
    """The ids of the tool calls whose results the last message brings."""
    messages = _listed(body.get("messages")) if isinstance(body, Mapping) else []
    content = messages[-1].get("content") if messages and isinstance(messages[-1], Mapping) else None
    return tuple(
        one["tool_use_id"]
        for one in _listed(content)
        if isinstance(one, Mapping) and one.get("type") == "tool_result" and isinstance(one.get("tool_use_id"), str)
    )


def _words(content: Any) -> Iterator[str]:
    """The texts of a message, and the kinds of what is none."""
    for block in [_text(content)] if isinstance(content, str) else _listed(content):
        kind = block.get("type") if isinstance(block, Mapping) else None
        if kind == "text":
            yield from texts_of([block])
        elif isinstance(kind, str) and kind != "tool_result":
            yield f"({kind})"


def _in_one_line(texts: Iterable[str]) -> str:
    return " ".join(" ".join(text[:_LOOKED_AT].split()) for text in texts)


class _Piece(NamedTuple):
    level: Level
    place: str
    label: str
    value: Any
    message: int = -1
    role: str = ""


def _pieces(body: Any) -> Iterator[_Piece]:
    if not isinstance(body, Mapping):
        return
    for number, tool in enumerate(_listed(body.get("tools"))):
        name = tool.get("name") if isinstance(tool, Mapping) else None
        yield _Piece("tools", f"tools[{number}]", f"tool {name}" if isinstance(name, str) else "tool", tool)
    system = body.get("system")
    if isinstance(system, str):
        yield _Piece("system", "system", "system", _text(system))
    else:
        for number, block in enumerate(_listed(system)):
            yield _Piece("system", f"system[{number}]", "system", block)
    for number, message in enumerate(_listed(body.get("messages"))):
        yield from _of_message(number, message)


def _of_message(number: int, message: Any) -> Iterator[_Piece]:
    place = f"messages[{number}]"
    role = _role(message)
    content = message.get("content") if isinstance(message, Mapping) else message
    if isinstance(content, str):
        yield _Piece("messages", place, f"{role} text", _text(content), number, role)
        return
    blocks = _listed(content)
    if not blocks:
        yield _Piece("messages", place, role or "message", message, number, role)
    for at, block in enumerate(blocks):
        kind = block.get("type") if isinstance(block, Mapping) else None
        label = f"{role} {kind if isinstance(kind, str) else 'block'}"
        yield _Piece("messages", f"{place}.content[{at}]", label, block, number, role)


def _segment(piece: _Piece) -> Segment:
    mark, plain = _without_mark(piece.value)
    if isinstance(plain, Mapping) and plain.get("type") == "tool_result" and isinstance(plain.get("content"), list):
        parts = [_without_mark(part) for part in plain["content"]]
        mark = mark or next((found for found, _ in parts if found), "")
        plain = {**plain, "content": [part for _, part in parts]}
    text = dumps(plain)
    role = piece.role.encode("utf-8", "surrogatepass")[:_DIGEST]
    digest = hashlib.blake2b(text, digest_size=_DIGEST, person=role).digest()
    return Segment(piece.level, piece.place, piece.label, digest, len(text), mark, piece.message)


def _without_mark(value: Any) -> tuple[str, Any]:
    if not isinstance(value, Mapping) or _MARK not in value:
        return "", value
    asked = value[_MARK]
    ttl = asked.get("ttl", DEFAULT_LIFETIME) if isinstance(asked, Mapping) else None
    return str(ttl) if ttl else "", {key: one for key, one in value.items() if key != _MARK}


def _calls(message: Any) -> dict[str, str]:
    """The names of the tools that a message calls, by the ids of the calls."""
    content = message.get("content") if isinstance(message, Mapping) else None
    return {
        str(block.get("id")): str(block.get("name"))
        for block in _listed(content)
        if isinstance(block, Mapping) and block.get("type") == "tool_use"
    }


def _role(message: Any) -> str:
    role = message.get("role") if isinstance(message, Mapping) else None
    return role if isinstance(role, str) else ""


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
