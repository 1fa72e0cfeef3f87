"""For programs: a list with an object for each finding."""

from collections.abc import Iterator
from typing import Any, Final

from inspector.reports.results import Report, Result, Run
from inspector.text.json_text import dumps
from inspector.text.sanitise import sanitise, sanitise_json


def json(results: list[Result], run: Run) -> str:
    """A list with an object for each finding, on a line of its own.

    Where further findings of a code were left out, the last one of that code has their number as `left_out`.
    """
    objects = [one for result in results for one in _objects(result)]
    return "[" + ",\n ".join(sanitise_json(dumps(one)).decode() for one in objects) + "]\n"


def _objects(result: Result) -> Iterator[dict[str, Any]]:
    last = {finding.code: finding for finding in result.findings}
    for finding in result.findings:
        more = result.left_out.get(finding.code, 0) if last[finding.code] is finding else 0
        yield {
            "file": result.file,
            "exchange": result.exchange,
            **finding.as_dict(),
            "message": sanitise(finding.message),
            **({"left_out": more} if more else {}),
        }


REPORT: Final = Report(json)
