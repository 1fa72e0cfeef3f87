"""The real SDK, both of its clients, as one kind of function."""

from typing import Any, Protocol

import anthropic
import pytest

from tests.replay.recordings import request


class Reader(Protocol):
    async def __call__(self, base_url: str, **options: Any) -> tuple[list[dict[str, Any]], Exception | None]:
        """The raw events of a stream as dicts, and the exception that ended it."""


async def read_sync(base_url: str, **options: Any) -> tuple[list[dict[str, Any]], Exception | None]:
    got: list[dict[str, Any]] = []
    try:
        with anthropic.Anthropic(**_options(base_url, options)) as client:
            got.extend(event.to_dict(mode="json") for event in client.messages.create(**request()))
    except Exception as error:  # noqa: BLE001 whatever it raises is the result
        return got, error
    return got, None


async def read_async(base_url: str, **options: Any) -> tuple[list[dict[str, Any]], Exception | None]:
    got: list[dict[str, Any]] = []
    try:
        async with anthropic.AsyncAnthropic(**_options(base_url, options)) as client:
            async for event in await client.messages.create(**request()):
                got.append(event.to_dict(mode="json"))  # noqa: PERF401 what came before an error counts
    except Exception as error:  # noqa: BLE001
        return got, error
    return got, None


def _options(base_url: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"base_url": base_url, "api_key": "test", "max_retries": 0, "timeout": 10, **options}


READERS = [pytest.param(read_sync, id="sync"), pytest.param(read_async, id="async")]
