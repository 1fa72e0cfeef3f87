"""What the real SDK does under each fault, and what a tap on it records."""

import json
from pathlib import Path

import anthropic
import httpx2
import pytest

from inspector.convert import open_exchange
from inspector.replay.answers import Answers
from inspector.replay.faults import KINDS
from inspector.replay.server import serve_in_thread
from inspector.timeline import Exchange
from tests.replay.recordings import BODY, HELLO, READS, recording
from tests.replay.sdk import READERS, Outcome, Reader

pytestmark = pytest.mark.parametrize("read", READERS)


async def outcome(read: Reader, folder: Path, *faults: str, timeout: float = 10) -> tuple[Outcome, Exchange]:
    """What the SDK gave, and what was recorded of it."""
    with serve_in_thread(Answers([recording()], None, faults=faults)) as base_url:
        given = await read(base_url, folder, timeout=timeout)
    (path,) = folder.glob("*.jsonl")
    with open_exchange(str(path)) as exchange:
        exchange.body_as_recorded = exchange.body()
        return given, exchange


async def test_status(read: Reader, tmp_path: Path) -> None:
    (got, error), exchange = await outcome(read, tmp_path, "status=529")
    assert (got, type(error)) == ([], anthropic._exceptions.OverloadedError)
