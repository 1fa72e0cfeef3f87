"""Which recording answers a request."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import PurePath
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from inspector.formats import open_exchanges
from inspector.protocol import error_type_for_status
from inspector.recording import UnreadableError
from inspector.replay.emission import Emission, RecordedEmission
from inspector.replay.faults import Faults
from inspector.replay.pacing import Pace, paced
from inspector.replay.recorded import error_body, json_answer, recorded, unstreamed
from inspector.text.json_text import loads_or
from inspector.timeline import Exchange

PATH: Final = "/v1/messages"
_NO_JSON: Final = object()


class Answer(NamedTuple):
    """What to do for a request, and a word on it for the log."""

    emissions: Iterator[Emission]
    label: str


class Answers:
    """The Messages API, answered from recordings.

    A request whose model is the stem of a recording's file name is answered from that file; any other one takes the
    recordings in order, and again from the first. The exchanges must be loaded. Not for several threads at once.
    `faults` are written as for `--fault`; their times are real ones, whatever the speed. Raises InspectorError.
    """

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        speed: float | None = 1.0,
        idle_limit: float | None = None,
        faults: Sequence[str] = (),
    ) -> None:
        if not exchanges:
            raise UnreadableError("there is nothing to answer from: name at least one recording")
        self._faults = Faults(faults, exchanges)
        self._speed = speed
        self._idle_limit = idle_limit
        self._in_order = cycle(exchanges)
        by_stem: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            by_stem.setdefault(PurePath(exchange.name).stem, []).append(exchange)
        self._by_stem = {stem: cycle(group) for stem, group in by_stem.items()}

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """The answer to one request. `target` is a path with or without a query, or a whole URL."""
        if _path(target) != PATH:
            return refusal(404, f"there is only POST {PATH} here")
        if method != "POST":
            return refusal(405, f"{PATH} takes POST", [("allow", "POST")])
        request = loads_or(body, _NO_JSON)
        if not isinstance(request, dict):
            what = "is no JSON" if request is _NO_JSON else "must be a JSON object"
            return refusal(400, f"the request body {what}")
        exchange = self._choose(request.get("model"))
        streamed = request.get("stream") is True
        change, faults = self._faults.next(exchange, streamed)
        emissions = paced(recorded(exchange) if streamed else unstreamed(exchange), Pace(self._speed, self._idle_limit))
        return Answer(change(emissions), " + ".join([_label(exchange), *faults]))

    def _choose(self, model: Any) -> Exchange:
        return next(self._by_stem.get(model, self._in_order) if isinstance(model, str) else self._in_order)


def refusal(status: int, message: str, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An error of our own, shaped as the API's are."""
    emissions: Iterator[RecordedEmission] = json_answer(
        status, error_body(error_type_for_status(status), message), headers
    )
    return Answer(paced(emissions, Pace()), f"refused: {message}")


def load(paths: Iterable[str]) -> list[Exchange]:
    """All exchanges in these files, indexed; whoever gets them closes them. Raises UnreadableError."""
    with ExitStack() as opened:
        exchanges = [opened.enter_context(exchange) for path in paths for exchange in open_exchanges(path)]
        for exchange in exchanges:
            exchange.load()
        opened.pop_all()
    return exchanges


def _path(target: str) -> str:
    try:
        return urlsplit(target).path
    except ValueError:
        return ""


def _label(exchange: Exchange) -> str:
    return exchange.name if exchange.number is None else f"{exchange.name} #{exchange.number}"
