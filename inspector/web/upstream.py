"""One streamed request to the Messages API, frame by frame."""

from collections.abc import AsyncGenerator
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import anthropic
from anthropic import AsyncAnthropic

from inspector.net.sockets import why_not_connected
from inspector.sse import Decoder, Frame
from inspector.text.json_text import loads_strict_or
from inspector.timeline.assembler import Assembler
from inspector.timeline.snapshot import message_at

if TYPE_CHECKING:
    import httpx2 as sdk_http
else:
    from inspector.net.http_library import sdk_http


class UpstreamError(Exception):
    """Why there is no (more of the) reply: `type` is the API's error type, or one of ours."""

    def __init__(self, type: str, message: str) -> None:
        super().__init__(message)
        self.type = type
        self.message = message


class Upstream:
    """The stream of one request. `frames` are read through the SDK's own async client, below its event objects:
    those leave out pings and comments, and say nothing of the times."""

    def __init__(self, client: AsyncAnthropic, request: dict[str, Any]) -> None:
        self._client = client
        self._request = request
        self._assembler = Assembler()
        self._n = 0

    async def reads(self) -> AsyncGenerator[list[tuple[int, Frame, Any]], None]:
        """For each network read its whole frames: number, frame, parsed data (None where that is no JSON).

        Closing the iterator, or cancelling whoever waits for it, closes the HTTP stream. Raises UpstreamError.
        """
        decoder = Decoder()
        start = perf_counter_ns()
        try:
            async with self._client.messages.with_streaming_response.create(**self._request, stream=True) as response:
                async for chunk in response.iter_bytes():
                    frames = decoder.feed(chunk, perf_counter_ns() - start)
                    if frames:
                        yield [self._take(frame) for frame in frames]
        except anthropic.APIError as error:
            raise _of_sdk(error) from error
        except sdk_http.TimeoutException as error:
            raise UpstreamError("timeout", "nothing came for too long") from error
        except sdk_http.HTTPError as error:
            raise UpstreamError("connection_error", f"the connection broke: {error or type(error).__name__}") from error
        if self._assembler.errors:
            raise _of_event(self._assembler.errors[0][1])
        if self._n == 0:
            raise UpstreamError("not_a_stream", "the answer was no event stream")
        if not self._assembler.messages or self._assembler.messages[-1].stop_n is None:
            raise UpstreamError("truncated", "the stream ended without message_stop: the reply is not whole")

    @property
    def message(self) -> dict[str, Any]:
        """The message as far as it has come."""
        messages = self._assembler.messages
        return message_at(messages[-1], self._n) if messages else {"content": []}

    def _take(self, frame: Frame) -> tuple[int, Frame, Any]:
        self._n += 1
        if not frame.dispatched:
            return self._n, frame, None
        text = frame.data.encode()
        data = loads_strict_or(text)
        self._assembler.take(self._n, frame.name or "", data, text)
        return self._n, frame, data


def _of_sdk(error: anthropic.APIError) -> UpstreamError:
    if isinstance(error, anthropic.APITimeoutError):
        return UpstreamError("timeout", "no answer came in time")
    if isinstance(error, anthropic.APIConnectionError):
        why = why_not_connected(error.__cause__ or error)
        return UpstreamError("connection_error", f"{error.request.url.netloc.decode()} cannot be reached: {why}")
    return _of_event(error.body) if isinstance(error.body, dict) else UpstreamError("api_error", error.message)


def _of_event(data: Any) -> UpstreamError:
    error = data.get("error") if isinstance(data, dict) else None
    values: dict[str, Any] = error if isinstance(error, dict) else {}
    message = str(values.get("message") or "the API says no more")
    return UpstreamError(str(values.get("type") or "api_error"), message)
