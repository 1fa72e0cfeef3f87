"""For a workflow's log: commands that GitHub shows as annotations."""

from collections.abc import Iterator, Set
from typing import Final

from inspector.reports.results import Report, Result, Run
from inspector.text.sanitise import sanitise

_COMMANDS: Final = {"error": "error", "warn": "warning", "info": "notice"}


def github(results: list[Result], run: Run) -> str:
    """Workflow commands, one a line; other lines of a log are left alone.

    What is only worth knowing is none, unless it makes the run fail: a workflow shows ten annotations of a kind. What
    was left out, and rules that could not be applied, are annotations too.
    """
    shown = {"error", "warn", *run.fails}
    return "".join(line for result in results for line in _lines(result, shown))


def _lines(result: Result, shown: Set[str]) -> Iterator[str]:
    number = f"stream {result.exchange}" if result.exchange else ""
    for finding in result.findings:
        if finding.severity not in shown:
            continue
        where = {"line": str(line)} if (line := result.lines.get(finding.event or 0)) else {}
        at = ", ".join(filter(None, (number, f"event {finding.event}" if finding.event else "")))
        text = f"{finding.message}. Fix: {finding.fix}"
        yield _command(_COMMANDS[finding.severity], result, where, f"{finding.code} {finding.name}", at, text)
    told = {finding.code for finding in result.findings if finding.severity in shown}
    for code, more in result.left_out_texts():
        if code in told:
            yield _command("warning", result, {}, f"{code} left out", number, more)
    for note in result.notes:
        yield _command("warning", result, {}, "Not checked", number, note)


def _command(command: str, result: Result, where: dict[str, str], title: str, at: str, text: str) -> str:
    named = {"file": sanitise(result.file), **where, "title": title}
    properties = ",".join(f"{key}={_property(value)}" for key, value in named.items())
    return f"::{command} {properties}::{_data(sanitise(f'{at}: {text}' if at else text))}\n"


def _data(value: str) -> str:
    """Escaped as GitHub's runner wants the text of a workflow command."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


REPORT: Final = Report(github)
