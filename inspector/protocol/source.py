"""Where a claim on the API comes from: what rules and the entries of the tables hold.

`python -m inspector.reports.sources` lists what has none.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["documentation", "types", "measured", "standard", "reports"]
"""Anthropic's pages · the SDK's types and their comments · tried here · RFCs, WHATWG · issues that people filed."""


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
STREAMING = page("build-with-claude/streaming")
STOP_PAGE = page("build-with-claude/handling-stop-reasons")
REFUSALS = page("test-and-evaluate/strengthen-guardrails/handle-streaming-refusals")
FALLBACK = page("build-with-claude/refusals-and-fallback")
COMPACTION = page("build-with-claude/compaction-threshold")
ADVISOR = page("agents-and-tools/tool-use/advisor-tool")
THINKING = page("build-with-claude/adaptive-thinking")
CACHING = page("build-with-claude/prompt-caching")
TOOL_USE = page("agents-and-tools/tool-use/implement-tool-use")
SKILL = Source("documentation", "anthropics/skills, claude-api/references/thinking-effort.md", "2026-11-26")
"""Which models take which form of thinking."""
VERSIONS = Source("measured", "anthropic 0.125.0, 1.0.0, 1.17.0 and 2.0.0 installed and tried", "2026-11-26")
"""From which version on the Python SDK does something."""
SSE = Source("standard", "WHATWG HTML, 9.2 Server-sent events", "2026-11-26")
SDK_RETRIES = Source("measured", "both SDKs: tests/protocol/test_retry_after.py", "2026-11-26")
"""When the SDKs ask again, and how long they wait."""
REFUSED = Source("reports", "the words of such a 400 in ten projects or more, searched for by message", "2026-11-26")
"""Text blocks must be non-empty; ids match ^[a-zA-Z0-9_-]+$; Invalid `signature` in `thinking` block."""
