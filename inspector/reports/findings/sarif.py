"""For code scanning: SARIF 2.1.0 (OASIS)."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from inspector.diagnostics import RULES, Finding, Rule
from inspector.reports.results import Report, Result, Run
from inspector.text.json_text import dumps
from inspector.text.sanitise import sanitise, sanitise_json
from inspector.version import __version__

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"error": "error", "warn": "warning", "info": "note"}
_NUMBERS: Final = {code: number for number, code in enumerate(RULES)}


def sarif(results: list[Result], run: Run) -> str:
    """One run with every rule and every finding.

    What was left out, and rules that could not be applied, are notifications of its invocation.
    """
    driver = {"name": "inspector", "version": __version__, "rules": list(map(_rule, RULES.values()))}
    notifications = [one for result in results for one in _notifications(result)]
    report = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": not run.unreadable,
                **({"toolExecutionNotifications": notifications} if notifications else {}),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, finding) for result in results for finding in result.findings],
    }
    return sanitise_json(dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [report]})).decode() + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.what},
        "help": {"text": f"{rule.why} Example: {rule.example} Fix: {rule.fix}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _notifications(result: Result) -> Iterator[dict[str, Any]]:
    where = {"locations": [{"physicalLocation": _location(result)}], "properties": {"exchange": result.exchange}}
    for code, text in result.left_out_texts():
        rule = {"id": code, "index": _NUMBERS[code]}
        yield {"level": "note", "message": {"text": text}, "associatedRule": rule, **where}
    for note in result.notes:
        yield {"level": "warning", "message": {"text": sanitise(note)}, **where}


def _location(result: Result) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(result.file)}}


def _result(result: Result, finding: Finding) -> dict[str, Any]:
    location = _location(result)
    if line := result.lines.get(finding.event or 0):
        location["region"] = {"startLine": line}
    return {
        "ruleId": finding.code,
        "ruleIndex": _NUMBERS[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": sanitise(f"{finding.message}. Fix: {finding.fix}")},
        "locations": [{"physicalLocation": location}],
        "properties": {"exchange": result.exchange, "event": finding.event, "t_ms": finding.t_ms},
    }


def _uri(file: str) -> str:
    """A URI reference: a relative path stays relative."""
    path = file.replace("\\", "/")
    escaped = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{escaped}" if path.startswith("/") else escaped


REPORT: Final = Report(sarif)
