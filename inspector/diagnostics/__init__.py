"""The rules: what is wrong with a stream, why that is bad, and what to do. See docs/adding-a-rule.md."""

# Each of these registers its rules.
from inspector.diagnostics import (  # noqa: F401
    buffering,
    client,
    content,
    downstream,
    errors,
    framing,
    framing_bytes,
    framing_text,
    protocol_order,
    protocol_shape,
    protocol_types,
    timing,
    tool_input,
    transport,
    usage,
)
from inspector.diagnostics.diagnosis import Diagnosis, diagnose
from inspector.diagnostics.rules import FAMILIES, RULES, SEVERITIES, Finding, Rule, Severity
from inspector.diagnostics.session import Session, diagnose_session

__all__ = [
    "FAMILIES",
    "RULES",
    "SEVERITIES",
    "Diagnosis",
    "Finding",
    "Rule",
    "Session",
    "Severity",
    "diagnose",
    "diagnose_session",
    "rule",
]

# In the order of the families, whichever file comes first.
for _code in sorted(RULES, key=lambda code: ("".join(FAMILIES).index(code[0]), code)):
    RULES[_code] = RULES.pop(_code)


def rule(code: str) -> Rule | None:
    """The rule with this code, in any case; None where there is none."""
    return RULES.get(code.strip().upper())
