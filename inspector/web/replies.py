"""The chat's side of the API: the SDK's client, recorded, and the turns that ask with it.

Importing this imports the SDK, which takes seconds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from inspector.capture.tap import tap
from inspector.web.sources import Message, TurnSource
from inspector.web.turn import Turn

_SHORTEST_KEY: Final = 16


class Replies:
    """Asks at `base_url` (None: the SDK's own), and records every exchange into `folder`.

    `is_recorded`: it is recordings that answer there.
    """

    def __init__(self, base_url: str | None, is_recorded: bool, folder: Path) -> None:
        self._client = tap(_client(base_url, is_recorded), folder)
        # What must not reach a browser; shorter ones are the words that stand in where a server wants no key.
        keys = (self._client.api_key, self._client.auth_token)
        self._keys = [key for key in keys if key and len(key) >= _SHORTEST_KEY]

    def turn(
        self,
        source: TurnSource,
        history: list[Message],
        message: str,
        with_upstream: bool,
        ended_well: Callable[[list[Message]], None],
    ) -> Turn:
        """The reply to one message; see `Turn`."""
        return Turn(
            self._client,
            source,
            history,
            message,
            with_upstream=with_upstream,
            keys=self._keys,
            ended_well=ended_well,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _client(base_url: str | None, is_recorded: bool) -> AsyncAnthropic:
    if is_recorded:
        # What was recorded is shown as it was: no second attempt, no proxy, and no key that could go anywhere.
        http = DefaultAsyncHttpxClient(trust_env=False)
        return AsyncAnthropic(api_key="recorded", base_url=base_url, http_client=http, max_retries=0)
    return AsyncAnthropic(base_url=base_url)
