"""Files about Claude that hold no stream, and might be taken for one: what each is, and what to do instead."""

from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from inspector.formats.json_exchanges import first_value
from inspector.formats.records import Objects
from inspector.text.json_text import loads_or

_RECORD: Final = "record the calls: `inspector run -- COMMAND`, or `inspector proxy`"
_FEW: Final = 20


def _claude_code(line: dict[str, Any]) -> bool:
    own = ("parentUuid", "leafUuid", "isSidechain", "userType")
    if line.get("type") in ("summary", "file-history-snapshot") and ("leafUuid" in line or "messageId" in line):
        return True
    return "sessionId" in line and any(key in line for key in own)


def _codex(line: dict[str, Any]) -> bool:
    kinds = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
    return (line.get("type") in kinds and "payload" in line) or line.get("record_type") == "state"


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
    logged = "response_cost" in line and ("call_type" in line or "model_group" in line)
    return spent or logged or "litellm_call_id" in line or "standard_logging_object" in line


_KINDS: Final[tuple[tuple[Callable[[dict[str, Any]], bool], str], ...]] = (
    (
        _claude_code,
        "a transcript of Claude Code, which holds messages and not the streams that brought them: record the next "
        "session with `inspector run -- claude`, or print it with `claude -p --output-format stream-json "
        "--include-partial-messages`",
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
    if not first:
        return ""
    lines = [first]
    if head.lstrip().startswith(b"{"):
        lines += [value for one in islice(Objects(0).feed(head), _FEW) if isinstance(value := loads_or(one), dict)]
    return next((said for is_one, said in _KINDS if any(map(is_one, lines))), "")
