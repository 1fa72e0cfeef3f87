"""What the installed SDK makes of a recording: the SDK itself, run over the recorded bytes, frame by frame."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import anthropic

from inspector.net.headers import replayable
from inspector.protocol import BLOCKS, DELTAS
from inspector.timeline import View

if TYPE_CHECKING:
    import httpx2 as sdk_http
else:
    from inspector.net.http_library import sdk_http

_LONGEST = 200
# The SDK asks for these; they do not change how it reads a stream.
_REQUEST: dict[str, Any] = {"model": "replayed", "max_tokens": 1, "messages": [{"role": "user", "content": "replayed"}]}


@dataclass(frozen=True, slots=True)
class Yielded:
    """One event that the SDK yields while it has read up to frame `event`: its `type`, class name, and content."""

    event: int
    type: str
    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class Raised:
    """What the SDK raises, as `module.Class`, having read up to frame `event` (0: before the first)."""

    event: int
    type: str
    message: str


@dataclass(slots=True)
class Reading:
    """One way to read the stream: all that it yields, and how it ends. `final` is what get_final_message() does."""

    call: str
    yielded: list[Yielded] = field(default_factory=list)
    raised: Raised | None = None
    final: str | None = None


@dataclass(frozen=True, slots=True)
class SdkReport:
    """What create(stream=True) and messages.stream() yield for one exchange."""

    version: str
    create: Reading
    stream: Reading

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, for JSON."""
        return asdict(self)


def sdk_report(view: View) -> SdkReport:
    """Runs the installed anthropic SDK over an exchange, as of a moment. No network, no key, no retries.

    A recorded request to `…?beta=true` is read through `client.beta`, as is what holds blocks or deltas of the beta and
    was asked for by no SDK that is known to have used the other one.
    """
    beta = "beta=true" in str((view.request or {}).get("url")) or (_holds_beta(view) and not _by_sdk(view))
    name = "client.beta.messages" if beta else "client.messages"
    return SdkReport(
        anthropic.__version__,
        _read(view, beta, f"{name}.create(stream=True)", _create),
        _read(view, beta, f"{name}.stream()", _stream),
    )


def _by_sdk(view: View) -> bool:
    return bool(view.exchange.header("x-stainless-lang"))


def _holds_beta(view: View) -> bool:
    """Whether a block or a delta came that only `client.beta` collects."""
    kinds = view.exchange.index.event_types
    entries = (
        BLOCKS.get(kinds[code].part) or DELTAS.get(kinds[code].part)
        for code in sorted(set(bytes(view.exchange.index.code[: view.n])))
    )
    return any(entry is not None and entry.beta for entry in entries)


class _Body(sdk_http.SyncByteStream):
    """The recorded body a frame at a time, with the recorded ending; `n` is the frame that was handed out last."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.n = 0

    def __iter__(self) -> Iterator[bytes]:
        exchange = self._view.exchange
        for n in range(1, self._view.n + 1):
            self.n = n
            yield exchange.frame(n).raw
        if self._view.whole and exchange.index.tail:
            self.n += 1
            yield exchange.index.tail
        if error := _ending(self._view):
            raise error


def _ending(view: View) -> sdk_http.TransportError | None:
    end = view.end or {}
    error = end.get("error")
    name = str(error.get("type")) if isinstance(error, dict) else ""
    message = str(error.get("message") or "") if isinstance(error, dict) else ""
    if end.get("reason") == "timeout":
        return sdk_http.ReadTimeout(message or "The read operation timed out")
    if end.get("reason") == "reset":
        unfinished = name.endswith("RemoteProtocolError")
        return sdk_http.RemoteProtocolError(message) if unfinished else sdk_http.ReadError(message)
    return None


def _read(view: View, beta: bool, call: str, read: Callable[[Any, Reading, _Body], None]) -> Reading:
    body = _Body(view)
    response = view.response or {}
    headers = replayable(response.get("headers") or ())
    status = view.http_status or 200
    answer = sdk_http.MockTransport(lambda _: sdk_http.Response(status, headers=headers, stream=body))
    reading = Reading(call)
    with (
        sdk_http.Client(transport=answer) as http_client,
        anthropic.Anthropic(
            api_key="replayed", base_url="http://replayed", max_retries=0, http_client=http_client
        ) as client,
    ):
        try:
            # Pydantic warns of each value of another type, on stderr; rule P18 tells of them.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read(client.beta.messages if beta else client.messages, reading, body)
        except Exception as error:  # noqa: BLE001
            reading.raised = Raised(body.n, _full_name(error), str(error)[:_LONGEST])
    return reading


def _create(messages: Any, reading: Reading, body: _Body) -> None:
    with messages.create(stream=True, **_REQUEST) as stream:
        _collect(stream, reading, body)


def _stream(messages: Any, reading: Reading, body: _Body) -> None:
    with messages.stream(**_REQUEST) as stream:
        _collect(stream, reading, body)
        try:
            final = stream.get_final_message()
        except AssertionError as error:
            reading.final = f"raises {_full_name(error)}"
        else:
            reading.final = f"returns a message with stop_reason {final.stop_reason!r}"


def _collect(stream: Iterable[Any], reading: Reading, body: _Body) -> None:
    for event in stream:
        reading.yielded.append(
            Yielded(body.n, str(event.type), type(event).__name__.partition("[")[0], _summary(event))
        )


def _summary(event: Any) -> str:
    """What a derived event carries, as code would print it."""
    for name in (
        "text",
        "thinking",
        "partial_json",
        "signature",
        "citation",
        "delta",
        "content_block",
        "message",
        "content",
    ):
        value = getattr(event, name, None)
        if value is not None:
            return f"{name}={value!r}"[:_LONGEST]
    return ""


def _full_name(error: Exception) -> str:
    kind = type(error)
    module = kind.__module__.partition(".")[0]
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
