"""A fixture for pytest, in a conftest.py: `from inspector.replay.fixture import replay_client`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from inspector.replay.client import ReplayClient
from inspector.replay.client import replay_client as new_client


@pytest.fixture
def replay_client() -> Iterator[Callable[..., ReplayClient]]:
    """`inspector.replay_client`, whose clients are closed after the test.

    def test_my_app(replay_client):
        client = Anthropic(api_key="test", http_client=replay_client("reply.jsonl", faults=["drop@20"]))
    """
    with ExitStack() as clients:
        yield lambda *paths, **options: clients.enter_context(new_client(*paths, **options))
