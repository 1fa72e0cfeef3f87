"""Files about Claude that hold no stream, and might be taken for one: what each is, and what to do instead."""

import re
from collections.abc import Callable
from typing import Any, Final

from inspector.formats.json_exchanges import first_value
from inspector.formats.pieces import SURE_TYPE
from inspector.formats.records import Objects
from inspector.text.json_text import loads_or

_RECORD: Final = "record the calls: `inspector run -- COMMAND`, or `inspector proxy`"
_STREAM: Final = re.compile(rb'"type\\*"\s*:\s*\\*"%b' % SURE_TYPE)
_FEW: Final = 20


def _claude_code(line: dict[str, Any]) -> bool:
    return "sessionId" in line and ("uuid" in line or "parentUuid" in line or "leafUuid" in line)


def _summary(line: dict[str, Any]) -> bool:
    return line.get("type") in ("summary", "file-history-snapshot") and ("leafUuid" in line or "messageId" in line)


def _printed_by_claude(line: dict[str, Any]) -> bool:
    return "session_id" in line and line.get("type") in ("system", "user", "assistant", "result")


def _codex(line: dict[str, Any]) -> bool:
    kinds = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
    return line.get("type") in kinds and "payload" in line


def _otlp(line: dict[str, Any]) -> bool:
    return any(key in line for key in ("resourceSpans", "resource_spans", "resourceLogs", "resourceMetrics"))


def _langfuse(line: dict[str, Any]) -> bool:
    inner = line.get("trace")
    keys = line.keys() | (inner.keys() if isinstance(inner, dict) else set())
    trace = "observations" in line and bool(keys & {"scores", "latency", "projectId", "sessionId"})
    own = {"parentObservationId", "completionStartTime", "parent_observation_id", "completion_start_time"}
    return trace or (bool(keys & {"traceId", "trace_id"}) and bool(keys & own))


def _litellm(line: dict[str, Any]) -> bool:
    spent = "spend" in line and ("api_key" in line or "call_type" in line or "request_id" in line)
    return spent or "litellm_call_id" in line or "standard_logging_object" in line


_KINDS: Final[tuple[tuple[Callable[[dict[str, Any]], bool], str], ...]] = (
    (
        lambda line: _claude_code(line) or _summary(line),
        "a transcript of Claude Code, which holds messages and not the streams that brought them: record the next "
        "session with `inspector run -- claude`",
    ),
    (
        _printed_by_claude,
        "what `claude -p --output-format stream-json` prints without the events of its streams: add "
        "--include-partial-messages, or record with `inspector run -- claude`",
    ),
    (
        _codex,
        "a session of Codex, which holds messages and no stream, and none of Claude's API: there is nothing to inspect",
    ),
    (_otlp, f"an OpenTelemetry export (OTLP), which holds spans and no stream: {_RECORD}"),
    (_langfuse, f"an export of Langfuse, which holds inputs and outputs and no stream: {_RECORD}"),
    (_litellm, f"a log of LiteLLM, which holds figures and whole answers and no stream: {_RECORD}"),
)


def refusal(head: bytes) -> str:
    """What a file that begins with these bytes is, and what to do; "" where it may hold a stream."""
    first = first_value(head)
    if not first or _STREAM.search(head):
        return ""
    lines = [first]
    if head.lstrip().startswith(b"{"):
        lines += [value for one in Objects(0).feed(head) if isinstance(value := loads_or(one), dict)][:_FEW]
    return next((said for is_one, said in _KINDS if any(map(is_one, lines))), "")
