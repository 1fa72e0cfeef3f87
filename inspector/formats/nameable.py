"""What a file is that no format reads, so that its user is told that, and not a list of formats."""

import re
from collections.abc import Callable
from typing import Any, Final

from inspector.formats.json_exchanges import first_value, object_of

_RECORD: Final = "record the call: `inspector run -- COMMAND`, or `inspector proxy`"
_CAPTURE: Final = (
    "a capture of packets, which is not read: record with `inspector proxy`, or save the text of Wireshark's "
    "“Follow HTTP Stream”"
)
_IMAGE: Final = "an image: save the text that it shows"
_UNPACK: Final = "which is not read: unpack it"
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xd4\xc3\xb2\xa1", _CAPTURE),
    (b"\xa1\xb2\xc3\xd4", _CAPTURE),
    (b"\x4d\x3c\xb2\xa1", _CAPTURE),
    (b"\xa1\xb2\x3c\x4d", _CAPTURE),
    (b"\x0a\x0d\x0d\x0a", _CAPTURE),
    (b"7z\xbc\xaf\x27\x1c", f"an archive of 7-Zip, {_UNPACK}"),
    (b"Rar!\x1a\x07", f"a RAR archive, {_UNPACK}"),
    (b"\x04\x22\x4d\x18", f"packed with LZ4, {_UNPACK}"),
    (b"\x1f\x9d", f"packed with compress, {_UNPACK}"),
    (b"SQLite format 3\0", "an SQLite database: export the rows as JSON or CSV"),
    (b"PAR1", "a Parquet file: export the rows as JSON or CSV"),
    (b"%PDF-", "a PDF document: save the text"),
    (b"\x89PNG\r\n", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
)
_PAGE: Final = re.compile(rb"\s*(?:<!doctype html|<html)", re.I)
_CUT: Final = re.compile(rb"\b(?:event|chunk|data|delta|message)['\"]?: \[(?:Object|[A-Z]\w*(?:Event|Delta))\]")
_BUFFER: Final = re.compile(rb"<Buffer (?:[0-9a-f]{2} ){4}|Uint8Array\(\d+\) \[")
_REQUEST: Final = frozenset({"model", "messages"})
_CONVERSE: Final = frozenset({"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop"})


def _of_openai(value: dict[str, Any]) -> bool:
    kind, what = value.get("type"), value.get("object")
    return (isinstance(what, str) and what.startswith(("chat.completion", "text_completion", "response"))) or (
        isinstance(kind, str) and kind.startswith("response.")
    )


def _of_codex(value: dict[str, Any]) -> bool:
    return value.get("type") in ("thread.started", "turn.started", "item.completed", "item.started")


def _of_claude_code(value: dict[str, Any]) -> bool:
    return "session_id" in value and value.get("type") in ("system", "assistant", "user", "result")


_KINDS: Final[tuple[tuple[Callable[[dict[str, Any]], bool], str], ...]] = (
    (_of_openai, "an answer of OpenAI's API, and none of Claude's: there is nothing to inspect"),
    (
        lambda value: "candidates" in value,
        "an answer of Gemini's API, and none of Claude's: there is nothing to inspect",
    ),
    (_of_codex, "what `codex exec --json` prints, which holds no stream of Claude's API: there is nothing to inspect"),
    (
        _of_claude_code,
        "what `claude -p` prints without the events of its streams: add --output-format stream-json "
        "--include-partial-messages, or record with `inspector run -- claude`",
    ),
    (
        lambda value: bool(_CONVERSE & value.keys()),
        "a stream of Bedrock's Converse, whose events are Amazon's own: InvokeModelWithResponseStream has the API's",
    ),
    (
        lambda value: "custom_id" in value and "result" in value,
        "a file of the results of a batch, which are whole messages: there is no stream in them",
    ),
    (lambda value: "custom_id" in value and "params" in value, "a file of the requests of a batch, and no answer"),
    (
        lambda value: "run_type" in value and "inputs" in value,
        f"an export of LangSmith, which holds inputs and outputs and no stream: {_RECORD}",
    ),
    (
        lambda value: "chat_messages" in value,
        "an export of claude.ai, which holds messages and not the streams that brought them",
    ),
    (
        lambda value: object_of(value.get("data")).get("resultType") == "streams",
        "an answer of Loki's API: have the lines themselves, with `logcli --output=jsonl` or from Grafana",
    ),
    (lambda value: value.keys() >= _REQUEST, f"a request to the API, and no answer: {_RECORD}"),
    (
        lambda value: value.get("role") in ("user", "assistant") and "content" in value,
        f"a list of messages, and not the streams that brought them: {_RECORD}",
    ),
    (
        lambda value: "message" in value and "error" not in value and value.keys() <= {"message", "code", "status"},
        "an error in no notation of the API",
    ),
)


def name_of(head: bytes) -> str:
    """What a file is that begins with these bytes, and what to do; "" where that is not known either."""
    for magic, said in _MAGIC:
        if head.startswith(magic):
            return said
    if value := first_value(head):
        return next((said for is_one, said in _KINDS if is_one(value)), "")
    if _PAGE.match(head):
        return "a web page without a stream in it: save what the server sent, or the log itself"
    if _CUT.search(head):
        return "what console.log prints of objects, with the events left out ([Object]): print JSON.stringify(event)"
    if _BUFFER.search(head):
        return "what console.log prints of bytes, which it cuts: print them as text"
    return ""
