"""An HTTP client that answers from recordings: tests of an application need no server and no key."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from inspector.replay.transport import ReplayTransport

if TYPE_CHECKING:
    import httpx2 as sdk_http
else:
    from inspector.net.http_library import sdk_http

_ASYNC = "x-stainless-async"


class ReplayClient(sdk_http.Client, sdk_http.AsyncClient):  # type: ignore[misc]
    """For `Anthropic(http_client=…)` and for `AsyncAnthropic(http_client=…)`.

    The SDK says with each request which of the two sends it. Used without the SDK it is its library's `Client`.
    """

    def __init__(self, transport: ReplayTransport) -> None:
        # Both kinds of client begin alike, but Client's own would set up a second transport.
        sdk_http.AsyncClient.__init__(self, transport=transport, follow_redirects=True)
        self._awaited = sdk_http.AsyncClient(transport=transport, follow_redirects=True)

    def send(self, request: sdk_http.Request, **options: Any) -> Any:
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
    """A client for the installed SDK, of both of its kinds, whose requests are answered from these recordings.

    The arguments are those of `ReplayTransport`; requests are answered as `inspector serve` answers them.
    """
    return ReplayClient(ReplayTransport(*paths, speed=speed, idle_limit=idle_limit, faults=faults))
