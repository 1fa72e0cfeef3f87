"""The real SDK, both of its clients, as one kind of function."""

from pathlib import Path
from typing import Any, Protocol

import anthropic
import pytest

import inspector
from tests.replay.recordings import request
from tests.support import LIMIT_S

STALLS_S = 2
"""For how long nothing may come until a read gives up, where something is meant to stall: long for a busy machine as well."""

Outcome = tuple[list[dict[str, Any]], Exception | None]


class Reader(Protocol):
    async def __call__(self, base_url: str, folder: Path | None = None, **options: Any) -> Outcome:
        """The raw events of a stream as dicts, and the exception that ended it; tapped into `folder`, if it is given."""


async def read_sync(base_url: str, folder: Path | None = None, **options: Any) -> Outcome:
    got: list[dict[str, Any]] = []
    try:
        with anthropic.Anthropic(**_options(base_url, options)) as client:
            if folder:
                inspector.tap(client, folder)
            got.extend(event.to_dict(mode="json") for event in client.messages.create(**request()))
    except Exception as error:  # noqa: BLE001 whatever it raises is the result
        return got, error
    return got, None


async def read_async(base_url: str, folder: Path | None = None, **options: Any) -> Outcome:
    got: list[dict[str, Any]] = []
    try:
        async with anthropic.AsyncAnthropic(**_options(base_url, options)) as client:
            if folder:
                inspector.tap(client, folder)
            async for event in await client.messages.create(**request()):
                got.append(event.to_dict(mode="json"))  # noqa: PERF401 what came before an error counts
    except Exception as error:  # noqa: BLE001
        return got, error
    return got, None


def _options(base_url: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"base_url": base_url, "api_key": "test", "max_retries": 0, "timeout": LIMIT_S, **options}


READERS = [pytest.param(read_sync, id="sync"), pytest.param(read_async, id="async")]
