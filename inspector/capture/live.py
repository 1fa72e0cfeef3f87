"""A request of our own, sent through the real SDK and recorded below it."""

import inspect
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anthropic import Anthropic, AsyncAnthropic, DefaultAsyncHttpxClient, DefaultHttpxClient

from inspector.capture.capture import Capture
from inspector.capture.live_request import LiveRequest
from inspector.capture.recorder import RETRY_COUNT, attempt_of
from inspector.capture.rehearsal import PATIENCE_S, REQUEST, rehearsal
from inspector.capture.safe_recorder import Lost
from inspector.capture.tee import attach
from inspector.recording import Writer

if TYPE_CHECKING:
    import httpx2 as sdk_http
else:
    from inspector.net.http_library import sdk_http

# Keyword arguments of the SDK that are no fields of the request's body.
_SDK_OPTIONS: Final = ("extra_headers", "extra_query", "extra_body")
_NOT_PASSED: Final = (*_SDK_OPTIONS, "stream", "timeout", "betas")


class Live:
    """Sends a call as a stream. Each attempt is an exchange of its own and goes to `path_of(1)`, `path_of(2)`, …

    `on_event` gets each raw event of the SDK's iterator, `on_attempt` (number, how the one before it went) of every
    attempt but the first, `lost` the exception after which nothing more of an attempt is recorded.
    """

    def __init__(
        self,
        call: LiveRequest,
        path_of: Callable[[int], Path],
        on_event: Callable[[Any], None],
        on_attempt: Callable[[int, str], None],
        lost: Lost,
    ) -> None:
        self._call = call
        self._path_of = path_of
        self._on_event = on_event
        self._on_attempt = on_attempt
        self._lost = lost
        self._attempts = 0
        self._delivering = False
        self._capture: Capture | None = None

    @property
    def path(self) -> Path:
        """The recording of the last attempt."""
        return self._path_of(max(1, self._attempts))

    def run(self) -> None:
        """With the sync client. Raises what the SDK raises, once the recording has its end."""
        self._rehearse()
        http = DefaultHttpxClient()
        attach(http, self._begin)
        http.event_hooks["response"].append(_read_error)
        try:
            with Anthropic(http_client=http, **self._client_options()) as client:
                messages = self._messages(client)
                with messages.create(**self._arguments(messages.create)) as stream:
                    for event in stream:
                        self._deliver(event)
        except BaseException as error:
            self._finish(error)
            raise
        self._finish(None)

    async def run_async(self) -> None:
        """With the async client, otherwise as `run`."""
        await self._rehearse_async()
        http = DefaultAsyncHttpxClient()
        attach(http, self._begin)
        http.event_hooks["response"].append(_read_error_async)
        try:
            async with AsyncAnthropic(http_client=http, **self._client_options()) as client:
                messages = self._messages(client)
                async with await messages.create(**self._arguments(messages.create)) as stream:
                    async for event in stream:
                        self._deliver(event)
        except BaseException as error:
            self._finish(error)
            raise
        self._finish(None)

    def _rehearse(self) -> None:
        with (
            suppress(Exception),
            rehearsal() as url,
            Anthropic(http_client=DefaultHttpxClient(trust_env=False), **_rehearsing(url)) as client,
            self._messages(client).create(**REQUEST) as stream,
        ):
            list(stream)

    async def _rehearse_async(self) -> None:
        with suppress(Exception), rehearsal() as url:
            http = DefaultAsyncHttpxClient(trust_env=False)
            async with (
                AsyncAnthropic(http_client=http, **_rehearsing(url)) as client,
                await self._messages(client).create(**REQUEST) as stream,
            ):
                [event async for event in stream]

    def _messages(self, client: Any) -> Any:
        return client.beta.messages if self._call.betas else client.messages

    def _client_options(self) -> dict[str, Any]:
        call = self._call
        return {"base_url": call.base_url, **({} if call.timeout_s is None else {"timeout": call.timeout_s})}

    def _arguments(self, create: Callable[..., Any]) -> dict[str, Any]:
        """The call as the SDK wants it: fields that it does not know go into `extra_body`."""
        body = dict(self._call.body)
        arguments: dict[str, Any] = {name: body.pop(name) for name in _SDK_OPTIONS if name in body}
        known = inspect.signature(create).parameters.keys() - set(_NOT_PASSED)
        arguments |= {name: body.pop(name) for name in known & body.keys()}
        arguments["extra_body"] = {**body, **(arguments.get("extra_body") or {})}
        if self._call.betas:
            arguments["betas"] = list(self._call.betas)
        return {**arguments, "stream": True}

    def _begin(self, request: sdk_http.Request) -> Capture | None:
        before, self._capture = self._capture, None
        self._attempts += 1
        if before:
            self._on_attempt(self._attempts, before.outcome)
        attempt = attempt_of(request.headers.get(RETRY_COUNT, ""))
        try:
            writer = Writer.create(self.path, {"kind": "live", "clock": "arrival", "attempt": attempt})
        except Exception as error:  # noqa: BLE001 the stream goes on without its recording
            self._lost(error)
            return None
        self._capture = Capture(writer, self._lost, held=True)
        return self._capture

    def _deliver(self, event: Any) -> None:
        self._delivering = True
        self._on_event(event)
        self._delivering = False

    def _finish(self, error: BaseException | None) -> None:
        if self._capture:
            # An exception of whoever takes the events says nothing about the stream: our side left.
            self._capture.finish(None if self._delivering else error)


def _rehearsing(url: str) -> dict[str, Any]:
    """A client's options for a rehearsal, which must neither fail nor take long."""
    return {"base_url": url, "api_key": "rehearsal", "max_retries": 0, "timeout": PATIENCE_S}


def _read_error(response: sdk_http.Response) -> None:
    """Reads an error's body, which the SDK leaves unread where it tries again."""
    if response.status_code >= 400:
        with suppress(sdk_http.HTTPError):
            response.read()


async def _read_error_async(response: sdk_http.Response) -> None:
    if response.status_code >= 400:
        with suppress(sdk_http.HTTPError):
            await response.aread()
