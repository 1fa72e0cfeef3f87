"""What answers a request: a recording, or what is known of all of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import PurePath
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from inspector.formats import open_exchanges
from inspector.protocol import error_type_for_status
from inspector.protocol.endpoints import (
    COUNT_TOKENS,
    HELLO,
    MAY_STREAM,
    MESSAGES,
    MODELS,
    Operation,
    api_target,
    operation_of,
)
from inspector.recording import UnreadableError
from inspector.replay.emission import Emission, RecordedEmission
from inspector.replay.faults import Faults
from inspector.replay.pacing import Pace, paced
from inspector.replay.recorded import error_body, json_answer, recorded, unstreamed
from inspector.text.json_text import loads_or
from inspector.timeline import Exchange

# English and JSON have about as many bytes a token.
_BYTES_PER_TOKEN: Final = 4
# What the API says where nobody knows when a model was released.
_UNKNOWN_DATE: Final = "1970-01-01T00:00:00Z"
_NO_JSON: Final = object()


class Answer(NamedTuple):
    """What to do for a request, and a word on it for the log."""

    emissions: Iterator[Emission]
    label: str


class Answers:
    """The Messages API, answered from recordings.

    A request whose model is the stem of a recording's file name is answered from that file; any other one takes the
    recordings in order, and again from the first; what a session holds beside its messages (HEAD, count_tokens, …) is
    left out. The exchanges must be loaded. Not for several threads at once.
    What else clients ask before their first message is answered too, without a fault: whether somebody is there, how
    many tokens a request has (guessed by its size), which models there are (those of the recordings).
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
        # What is for messages, unless there is nothing else.
        exchanges = [exchange for exchange in exchanges if _may_be_a_message(exchange)] or exchanges
        self._faults = Faults(faults, exchanges)
        self._speed = speed
        self._idle_limit = idle_limit
        self._in_order = cycle(exchanges)
        by_stem: dict[str, list[Exchange]] = {}
        for exchange in exchanges:
            by_stem.setdefault(PurePath(exchange.name).stem, []).append(exchange)
        self._by_stem = {stem: cycle(group) for stem, group in by_stem.items()}
        self._models = list(dict.fromkeys(model for exchange in exchanges if (model := _model_of(exchange))))

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """The answer to one request. `target` is a path with or without a query, or a whole URL."""
        path = _path(target)
        if path in ("/", HELLO) and operation_of(method, path) is Operation.HEALTH_CHECK:
            return _json({"message": "hello"}, "somebody is there")
        if path == MODELS or path.startswith(f"{MODELS}/"):
            return self._answer_models(method, path)
        if path not in (MESSAGES, COUNT_TOKENS):
            return refusal(404, f"there is only POST {MESSAGES} here, beside {COUNT_TOKENS} and {MODELS}")
        if method != "POST":
            return refusal(405, f"{path} takes POST", [("allow", "POST")])
        request = loads_or(body, _NO_JSON)
        if not isinstance(request, dict):
            what = "is no JSON" if request is _NO_JSON else "must be a JSON object"
            return refusal(400, f"the request body {what}")
        if path == COUNT_TOKENS:
            return _json({"input_tokens": -(-len(body) // _BYTES_PER_TOKEN)}, "a guess by its size")
        exchange = self._choose(request.get("model"))
        streamed = request.get("stream") is True
        change, faults = self._faults.next(exchange, streamed)
        emissions = paced(recorded(exchange) if streamed else unstreamed(exchange), Pace(self._speed, self._idle_limit))
        return Answer(change(emissions), " + ".join([_label(exchange), *faults]))

    def _answer_models(self, method: str, path: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return refusal(405, f"{MODELS} takes GET", [("allow", "GET, HEAD")])
        models = [
            {"type": "model", "id": model, "display_name": model, "created_at": _UNKNOWN_DATE, "lifecycle": "active"}
            for model in self._models
        ]
        if path == MODELS:
            first, last = (models[0]["id"], models[-1]["id"]) if models else (None, None)
            return _json({"data": models, "has_more": False, "first_id": first, "last_id": last}, "its models")
        wanted = unquote(path.removeprefix(f"{MODELS}/"))
        found = [model for model in models if model["id"] == wanted]
        return _json(found[0], "its model") if found else refusal(404, f"model: {wanted}")

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


def _json(body: Mapping[str, Any], label: str) -> Answer:
    return Answer(paced(json_answer(200, body), Pace()), label)


def _may_be_a_message(exchange: Exchange) -> bool:
    return exchange.asked is None or exchange.asked.operation in MAY_STREAM


def _model_of(exchange: Exchange) -> str | None:
    """The model that answered, else the one that was asked for."""
    if reported := exchange.index.reported.model:
        model = reported[1]
    else:
        body = (exchange.request or {}).get("body")
        model = body.get("model") if isinstance(body, dict) else None
    return model if isinstance(model, str) and model else None


def _path(target: str) -> str:
    try:
        return api_target(urlsplit(target).path)
    except ValueError:
        return ""


def _label(exchange: Exchange) -> str:
    return exchange.name if exchange.number is None else f"{exchange.name} #{exchange.number}"
