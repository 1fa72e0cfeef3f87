"""The rules: what is wrong with a stream, why that is bad, and what to do. See docs/adding-a-rule.md."""

from inspector.diagnostics import rules as rules
from inspector.diagnostics.engine import Diagnosis, diagnose
from inspector.diagnostics.finding import FAMILIES, RULES, SEVERITIES, Finding, Rule, Severity

__all__ = [
    "FAMILIES",
    "RULES",
    "SEVERITIES",
    "Diagnosis",
    "Finding",
    "Rule",
    "Severity",
    "diagnose",
    "rule",
]

# In the order of the families, whichever file comes first.
for _code in sorted(RULES, key=lambda code: ("".join(FAMILIES).index(code[0]), code)):
    RULES[_code] = RULES.pop(_code)


def rule(code: str) -> Rule | None:
    """The rule with this code, in any case; None where there is none."""
    return RULES.get(code.strip().upper())
