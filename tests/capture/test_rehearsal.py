"""The stream before the one that counts: the SDK takes it, and it leaves no trace."""

import asyncio
from pathlib import Path

import anthropic
import pytest

from inspector.capture.rehearsal import REQUEST, rehearsal
from tests.capture.raw_server import RawServer, reply
from tests.capture.test_live import FRAMES, KEY, Recorded, bare


@pytest.mark.parametrize("beta", [False, True])
def test_the_sdk_takes_it_to_its_end(beta: bool) -> None:
    with rehearsal() as url, anthropic.Anthropic(api_key="k", base_url=url, max_retries=0) as client:
        messages = client.beta.messages if beta else client.messages
        events = [event.type for event in messages.create(**REQUEST)]
    assert events == [
        "message_start", "content_block_start", "content_block_delta",
        "content_block_stop", "message_delta", "message_stop",
    ]  # fmt: skip


def test_the_async_sdk_takes_it_too() -> None:
    async def run() -> int:
        with rehearsal() as url:
            async with anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client:
                return len([event async for event in await client.messages.create(**REQUEST)])

    assert asyncio.run(run()) == 6


def test_nobody_has_to_come() -> None:
    with rehearsal():
        pass


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_live_stream_shows_and_records_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with RawServer(reply(*FRAMES)) as server:
        recorded = Recorded(tmp_path, way, server.url)
        assert len(server.requests) == 1
        events, _ = bare(way, server.url)
    assert recorded.error is None
    assert recorded.events == events
    assert [path.name for path in tmp_path.iterdir()] == ["1.jsonl"]
    assert "rehearsal" not in (tmp_path / "1.jsonl").read_text()
