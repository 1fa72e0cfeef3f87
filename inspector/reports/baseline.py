"""Findings that are known and not told again: which ones, in a file that can be read and reviewed.

A finding is told by its file, its exchange, its code and its words without the figures, names and times in them, and
counted: so a stream that was recorded again has the same ones, and one more of them is new.
"""

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

from inspector.diagnostics import Finding
from inspector.recording import InspectorError, UnwritableError
from inspector.reports.results import Result
from inspector.text.json_text import loads_or
from inspector.text.wording import counted, reason
from inspector.version import __version__

_VERSION: Final = 1
_VARIES: Final = re.compile(
    r"\b(?:msg|toolu|srvtoolu|mcptoolu|req|container|chatcmpl)_\w+|\d[\d,.]*(?:\s?(?:ns|µs|ms|s|min|h|%|[kMG]?B|bytes)\b)?"
)


class Known(NamedTuple):
    """What tells a finding from others, wherever it stands in its stream."""

    file: str
    exchange: int | None
    code: str
    words: str


class Baseline:
    """The known findings of a file, to be held against those that are found."""

    def __init__(self, path: str, known: Counter[Known]) -> None:
        self._path = path
        self._left = known

    @classmethod
    def read(cls, path: str) -> "Baseline":
        """Raises InspectorError where the file is missing or damaged."""
        try:
            document = loads_or(Path(path).read_bytes())
        except FileNotFoundError:
            raise InspectorError(f"{path}: no such file: write it with --write-baseline {path}") from None
        except OSError as error:
            raise InspectorError(f"{path}: cannot be read: {reason(error)}") from None
        listed = document.get("findings") if isinstance(document, dict) else None
        if not isinstance(listed, list) or document.get("version") != _VERSION:
            raise InspectorError(f"{path}: is no baseline of version {_VERSION}: write it with --write-baseline {path}")
        known: Counter[Known] = Counter()
        for one in listed:
            if isinstance(one, dict) and isinstance(one.get("count"), int):
                file, code, words = (str(one.get(name)) for name in ("file", "code", "words"))
                known[Known(file, one.get("exchange"), code, words)] += one["count"]
        return cls(path, known)

    def take_out(self, results: list[Result]) -> int:
        """Takes the known findings out of the results; how many that were."""
        taken = 0
        for result in results:
            new = []
            for finding in result.findings:
                known = known_of(result, finding, self._path)
                if self._left[known] > 0:
                    self._left[known] -= 1
                    taken += 1
                else:
                    new.append(finding)
            result.findings[:] = new
        return taken

    @property
    def gone(self) -> int:
        """How many known findings were not found again."""
        return sum(count for count in self._left.values() if count > 0)


def known_of(result: Result, finding: Finding, baseline: str) -> Known:
    """What tells a finding of a result; files are named as seen from the baseline's folder."""
    file = result.file
    if file != "-":
        try:
            file = os.path.relpath(file, os.path.dirname(baseline) or ".").replace(os.sep, "/")
        except ValueError:
            # Another drive.
            pass
    return Known(file, result.exchange, finding.code, _VARIES.sub("#", finding.message))


def write(path: str, results: list[Result]) -> str:
    """Writes all findings as known; a sentence on that. Raises UnwritableError."""
    known = Counter(known_of(result, finding, path) for result in results for finding in result.findings)
    listed: list[dict[str, Any]] = [
        {**one._asdict(), "count": count} for one, count in sorted(known.items(), key=lambda item: _order(item[0]))
    ]
    document = {"version": _VERSION, "by": f"inspector {__version__}", "findings": listed}
    try:
        Path(path).write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnwritableError(f"{path}: cannot be written: {reason(error)}") from None
    return f"{path}: {counted(sum(known.values()), 'finding')} written as known"


def _order(known: Known) -> tuple[str, int, str, str]:
    return known.file, known.exchange or 0, known.code, known.words
