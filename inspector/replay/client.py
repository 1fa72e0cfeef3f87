"""An HTTP client that answers from recordings: tests of an application need no server and no key."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Literal
from weakref import finalize

import httpx2

from inspector.replay.answers import Answers, load
from inspector.replay.transport import ReplayTransport

_ASYNC = "x-stainless-async"


class ReplayClient(httpx2.Client, httpx2.AsyncClient):  # type: ignore[misc]
    """For `Anthropic(http_client=…)` and for `AsyncAnthropic(http_client=…)`.

    The SDK says with each request which of the two sends it. Used without the SDK it is an `httpx2.Client`.
    """

    def __init__(self, transport: ReplayTransport) -> None:
        # Both kinds of client begin alike, but Client's own would set up a second transport.
        httpx2.AsyncClient.__init__(self, transport=transport, follow_redirects=True)
        self._awaited = httpx2.AsyncClient(transport=transport, follow_redirects=True)

    def send(self, request: httpx2.Request, **options: Any) -> Any:
        """The response, or for an async client what gives it when it is awaited."""
        if not request.headers.get(_ASYNC, "").startswith("async"):
            return super().send(request, **options)
        if self.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        self._awaited.event_hooks = self.event_hooks
        return self._awaited.send(request, **options)


def replay_client(
    *paths: str | os.PathLike[str],
    speed: float | Literal["max"] | None = "max",
    idle_limit: float | None = None,
    faults: Sequence[str] = (),
) -> ReplayClient:
    """A client whose requests are answered from these recordings, as `inspector serve` answers them.

    A request whose model is the stem of a file's name is answered from that file, any other one takes them in order,
    and again from the first. `speed` is a factor of the recorded time, "max" (or None) is without any pause. `faults`
    are written as for `inspector serve --fault`. Raises InspectorError where a file cannot be read or a fault is wrong.
    """
    with ExitStack() as opened:
        exchanges = load(os.fspath(path) for path in paths)
        for exchange in exchanges:
            opened.callback(exchange.close)
        factor = None if speed == "max" else speed
        answers = Answers(exchanges, factor, idle_limit, faults)
        client = ReplayClient(ReplayTransport(answers, patient=factor is not None))
        finalize(client, opened.pop_all().close)
    return client
