"""Where a claim on the API comes from: what rules and the entries of the tables hold.

`python -m inspector.reports.sources` lists what has none.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["documentation", "types", "measured", "standard", "reports"]
"""Anthropic's pages, or those of the server in question · the SDK's types, comments and code · tried here · RFCs,
WHATWG · issues that people filed."""


@dataclass(frozen=True, slots=True)
class Source:
    """`where` it stands, a page, file or script; `date`: the day on which it was read or tried last (ISO)."""

    kind: Kind
    where: str
    date: str

    def __str__(self) -> str:
        return f"{self.where} ({self.kind}, {self.date})"


def page(path: str, date: str = "2026-11-26") -> Source:
    """A page of Anthropic's documentation, by its path."""
    return Source("documentation", f"platform.claude.com/docs/en/{path}", date)


SDK_TYPES = Source("types", "anthropic-python 2.12.0, anthropic/types", "2026-11-26")
"""Names, fields and their comments; tests/protocol compares the tables with the installed ones."""
SDK_CODE = Source("measured", "anthropic-python 2.12.0 over bytes, tests/diagnostics/test_sdk_claims.py", "2026-11-26")
"""What the SDK makes of bytes."""
SDK_SOURCE = Source("types", "anthropic-python 2.12.0, lib/streaming/_messages.py and _base_client.py", "2026-11-26")
"""What stands in the SDK's own code, and is not tried here."""
STREAMING = page("build-with-claude/streaming")
STOP_PAGE = page("build-with-claude/handling-stop-reasons")
REFUSALS = page("test-and-evaluate/strengthen-guardrails/handle-streaming-refusals")
FALLBACK = page("build-with-claude/refusals-and-fallback")
COMPACTION = page("build-with-claude/compaction-threshold")
ADVISOR = page("agents-and-tools/tool-use/advisor-tool")
THINKING = page("build-with-claude/adaptive-thinking")
CACHING = page("build-with-claude/prompt-caching")
PRICING = page("about-claude/pricing")
BATCHES = page("build-with-claude/batch-processing")
RESIDENCY = page("manage-claude/data-residency")
WEB_FETCH = page("agents-and-tools/tool-use/web-fetch-tool")
TOOL_USE = page("agents-and-tools/tool-use/implement-tool-use")
OUTPUTS = page("build-with-claude/structured-outputs")
COUNTING = page("build-with-claude/token-counting")
SENT_BACK = Source(
    "documentation", "docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-thinking-encryption", "2026-11-26"
)
"""That thinking blocks, redacted ones too, go back as they came, which a loop of tools needs."""
OPENAI_USAGE = Source(
    "documentation", "OpenAI's API reference, chat completions, stream_options.include_usage", "2026-11-26"
)
PARSERS = Source("documentation", "docs.vllm.ai, features/reasoning_outputs and features/tool_calling", "2026-11-26")
"""That a server of open models tells thinking and tool calls from text only with the parser for the model."""
SKILL = Source("documentation", "anthropics/skills, claude-api/references/thinking-effort.md", "2026-11-26")
"""Which models take which form of thinking."""
VERSIONS = Source("measured", "anthropic 0.125.0, 1.0.0, 1.17.0 and 2.0.0 installed and tried", "2026-11-26")
"""From which version on the Python SDK does something."""
SSE = Source("standard", "WHATWG HTML, 9.2 Server-sent events", "2026-11-26")
SDK_RETRIES = Source("measured", "both SDKs: tests/protocol/test_retry_after.py", "2026-11-26")
"""When the SDKs ask again, and how long they wait."""
REFUSED = Source("reports", "the words of such a 400 in ten projects or more, searched for by message", "2026-11-26")
"""Text blocks must be non-empty; ids match ^[a-zA-Z0-9_-]+$; Invalid `signature` in `thinking` block."""
UNPAIRED = Source(
    "reports", "AnswerDotAI/lisette#108, anthropics/claude-code#64383: the words of the 400", "2026-11-26"
)
"""“tool use with id … was found without a corresponding …_tool_result block”, and the other way round."""
MAPPED = Source(
    "reports", "weave-os/router#250, pgEdge/pgedge-postgres-mcp#217, strands-agents/harness-sdk#1827", "2026-11-26"
)
"""Gateways, and a model on Bedrock, that say end_turn beside a tool_use block."""
SENT_AGAIN = Source(
    "reports",
    "QwenLM/qwen-code#3896, abundantbeing/hermes-browser-extension#11, openclaw/openclaw#142888",
    "2026-11-26",
)
"""Upstreams whose deltas repeat what came before, or that send the whole text once more."""
BILLED = Source(
    "reports", "BerriAI/litellm#34147 and #36008: Bedrock's bills beside streams that were left", "2026-11-26"
)
"""That a stream which the client leaves is billed; Anthropic's pages do not say how much."""
NO_USAGE = Source("reports", "vercel/ai#17326: a gateway that says 0 tokens", "2026-11-26")
MADE_UP = Source(
    "reports", "ENTERPILOT/GoModel#1017, NVIDIA/TensorRT-LLM#18289, ranxianglei/billion-context#239", "2026-11-26"
)
"""Gateways that ended a message with end_turn when their upstream broke off."""
