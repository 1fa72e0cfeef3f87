"""An exchange of an HTTP client as the recorder is shown it: requests, responses, exceptions of either library."""

from typing import TYPE_CHECKING, Final

from inspector.capture.safe_recorder import Lost, SafeRecorder
from inspector.net.http_library import is_a
from inspector.recording import EndReason, Writer

if TYPE_CHECKING:
    import httpx2

_CUT: Final = ("RemoteProtocolError", "ReadError", "WriteError", "CloseError")


class Capture:
    """One exchange of an HTTP client, while it is being recorded. No method raises because of the recording.

    Reads are written when `batch_ns` have passed since the last write, 0 for each at once. With `held`, leaving early
    (`left`) writes no end: `finish` does. `outcome` is how it went, in a few words: a status, or an exception's name.
    """

    def __init__(self, writer: Writer, lost: Lost, *, batch_ns: int = 0, held: bool = False) -> None:
        self.outcome = ""
        self._recorder = SafeRecorder(writer, lost, batch_ns=batch_ns)
        self._held = held

    def request(self, request: "httpx2.Request") -> None:
        """Call it just before the request is sent: that is the moment 0."""
        self._recorder.request(request.method, str(request.url), _pairs(request.headers))
        if body := _body(request):
            self._recorder.request_body(body)
        self._recorder.request_done()
        self._recorder.start()

    def response(self, response: "httpx2.Response") -> None:
        """The head of the response has come."""
        self.outcome = f"HTTP {response.status_code}"
        self._recorder.response(response.status_code, _pairs(response.headers))

    def chunk(self, chunk: bytes) -> None:
        """Bytes of the body, before content-decoding."""
        self._recorder.read(chunk)
        self._recorder.settle()

    def ended(self) -> None:
        """The body ended cleanly."""
        self._recorder.end()

    def failed(self, error: BaseException) -> None:
        """The client got this exception instead of (more of) the response; no end is changed by a later one."""
        reason, detail = ending(error)
        self.outcome = detail[0] if detail else reason
        self._recorder.end(reason, detail)

    def left(self) -> None:
        """The client closed the response, perhaps before its end."""
        if not self._held:
            self._recorder.end("cancelled")

    def finish(self, error: BaseException | None) -> None:
        """The last word, where the client left before the end: what made it leave."""
        reason, detail = ending(error) if error else ("cancelled", None)
        self._recorder.end(reason, detail)


def ending(error: BaseException) -> tuple[EndReason, tuple[str, str] | None]:
    """What an exception that ended an exchange means: the reason, and (type, message) where it was not our side."""
    if not isinstance(error, Exception):
        return "cancelled", None
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    detail = f"{module}{kind.__qualname__}", message_of(error)
    if is_a(error, "TimeoutException") or isinstance(error, TimeoutError):
        return "timeout", detail
    return ("reset" if is_a(error, *_CUT) or isinstance(error, ConnectionError) else "error"), detail


def message_of(error: BaseException) -> str:
    """The message of an exception; where it has none, that of the operating system's error behind it."""
    cause: BaseException | None = error
    while cause is not None and not str(error):
        if isinstance(cause, OSError) and str(cause):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return str(error)


def _body(request: "httpx2.Request") -> bytes | None:
    """The request's body, None where it is generated while it is sent."""
    return request.read() if is_a(request.stream, "ByteStream") else None


def _pairs(headers: "httpx2.Headers") -> list[tuple[str, str]]:
    encoding = headers.encoding
    return [(name.decode(encoding, "replace"), value.decode(encoding, "replace")) for name, value in headers.raw]
