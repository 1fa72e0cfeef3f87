"""Our own recordings of Bedrock calls: the body is a binary event stream, which the recording keeps byte by byte."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from inspector.convert.format import Imported
from inspector.timeline import Exchange

BINARY_STREAM: Final = b"application/vnd.amazon.eventstream"


def importer_of(exchange: Exchange) -> Callable[[Iterable[bytes]], Iterator[Imported]] | None:
    """What reads the exchange's body as events; None where it is no binary stream, or has not ended yet."""
    from inspector.convert.interaction import End, Interaction, header

    index = exchange.index
    response, end = index.response or {}, index.end
    headers = [(str(name), str(value)) for name, value in response.get("headers") or ()]
    if end is None or not header(headers, "content-type").startswith(BINARY_STREAM.decode()):
        return None
    request = exchange.request or {}
    reason = end.get("reason")
    error = end.get("error") or {}
    found = Interaction(
        method=str(request.get("method") or ""),
        url=str(request.get("url") or ""),
        request_headers=[(str(name), str(value)) for name, value in request.get("headers") or ()],
        request_body=exchange.request_body,
        status=response.get("status"),
        response_headers=headers,
        response_ns=response.get("t_ns"),
        body=exchange.body(),
        coded=False,
        end=End(end.get("t_ns"), None if reason in ("complete", "eof") else reason, str(error.get("message") or "")),
        notes=["the binary stream is shown as its events, without their times"],
    )
    return lambda _: iter([found.imported("bedrock")])
