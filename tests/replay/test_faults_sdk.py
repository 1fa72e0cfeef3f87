"""What the real SDK does under each fault, what a tap on it records, and which rules find it there."""

import json
from pathlib import Path

import anthropic
import pytest

from inspector.capture.recorder import Recorder
from inspector.diagnostics import diagnose
from inspector.formats import open_exchange
from inspector.net.http_library import sdk_http
from inspector.recording import Writer
from inspector.replay.answers import Answers
from inspector.replay.emission import Ending, ResponseHead
from inspector.replay.faults import FAULTS, parse
from inspector.replay.server import serve_in_thread
from inspector.text.json_text import dumps
from tests.replay.recordings import HELLO, SECOND, recording, request
from tests.replay.sdk import READERS, STALLS_S, Reader
from tests.support import LIMIT_S, block, finish, needs_recent_sdk, sse, start, text

OVERLOADED = anthropic._exceptions.OverloadedError


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("faults", "came", "raised", "status"),
    [
        pytest.param(["status=529"], 0, OVERLOADED, "error", marks=needs_recent_sdk),
        (["status=429:retry-after=2"], 0, anthropic.RateLimitError, "error"),
        (["error=overloaded_error@3"], 3, anthropic.APIStatusError, "error"),
        (["drop@3"], 3, None, "truncated"),
        (["drop@0"], 0, None, "truncated"),
        (["reset@3"], 3, sdk_http.ReadError, "truncated"),
        (["stall@3:600s"], 3, sdk_http.ReadTimeout, "truncated"),
        (["delay=600s"], 0, anthropic.APITimeoutError, "truncated"),
        (["burst"], 8, None, "complete"),
        (["rechunk=1"], 8, None, "complete"),
        (["malformed@3"], 2, json.JSONDecodeError, "cancelled"),
        (["mixed-newlines"], 8, None, "complete"),
        (["mixed-newlines", "reset@8"], 0, sdk_http.ReadError, "complete"),
        (["no-event-names"], 0, None, "complete"),
        (["gzip"], 8, None, "complete"),
        (["gzip:noflush"], 8, None, "complete"),
        (["gzip", "rechunk=1", "reset@4"], 4, sdk_http.ReadError, "truncated"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
async def test_what_the_sdk_does(
    read: Reader, faults: list[str], came: int, raised: type[Exception] | None, status: str, tmp_path: Path
) -> None:
    timeout = STALLS_S if faults[0].startswith(("stall", "delay")) else LIMIT_S
    with serve_in_thread(Answers([recording()], None, faults=faults)) as base_url:
        got, error = await read(base_url, tmp_path, timeout=timeout)
    assert got == HELLO[:came]
    assert type(error) is (raised or type(None))
    (path,) = tmp_path.glob("*.jsonl")
    with open_exchange(str(path)) as exchange:
        assert exchange.view().status == status


@needs_recent_sdk
@pytest.mark.parametrize("read", READERS)
async def test_an_error_event_has_its_type_and_status_200(read: Reader) -> None:
    with serve_in_thread(Answers([recording()], None, faults=["error=rate_limit_error@1"])) as base_url:
        _, error = await read(base_url, max_retries=2)
    assert isinstance(error, anthropic.APIStatusError)
    assert (error.status_code, error.type) == (200, "rate_limit_error")


@pytest.mark.parametrize("read", READERS)
async def test_retry_after_is_there(read: Reader) -> None:
    with serve_in_thread(Answers([recording()], None, faults=["status=429:retry-after=2"])) as base_url:
        _, error = await read(base_url)
    assert isinstance(error, anthropic.RateLimitError)
    assert error.response.headers["retry-after"] == "2"


@pytest.mark.parametrize("read", READERS)
async def test_the_sdk_retries_until_the_fault_is_used_up(read: Reader) -> None:
    with serve_in_thread(Answers([recording()], None, faults=["status=503:times=1"])) as base_url:
        assert await read(base_url, max_retries=1) == (HELLO, None)


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("drop@20", "P01"),
        ("reset@20", "T02"),
        ("error=overloaded_error@0", "E01"),
        ("error=overloaded_error@20", "E02"),
        ("stall@20:11s", "B04"),
        ("malformed@20", "F15"),
        ("mixed-newlines", "F12"),
        ("no-event-names", "F01"),
        ("status=529", "E06"),
        ("gzip", "T06"),
        ("gzip:noflush", "B01"),
        ("burst", "B01"),
        ("delay=6s", "B03"),
    ],
)
def test_the_rule_that_it_names_finds_it(spec: str, found: str, tmp_path: Path) -> None:
    assert found in FAULTS[parse(spec).name].found_by
    assert found in codes_found([spec], tmp_path / "with.jsonl")
    assert found not in codes_found([], tmp_path / "without.jsonl")


def codes_found(faults: list[str], path: Path) -> set[str]:
    """What is found in the recording of a client that gets a long stream, without waiting for it."""
    words = [text(f"word {n} ") for n in range(40)]
    events = [start(), *block(0, *words, type="text", text=""), *finish(output_tokens=80)]
    source = recording(map(sse, events), gap_ns=SECOND // 20)
    recorder = Recorder(Writer.create(path, {"kind": "live", "clock": "arrival"}))
    asked = dumps(request())
    recorder.request("POST", "http://127.0.0.1/v1/messages", [], asked)
    for due, what in Answers([source], faults=faults).answer("POST", "/v1/messages", asked).emissions:
        if isinstance(what, ResponseHead):
            recorder.response(due, what.status, what.headers)
        elif isinstance(what, bytes):
            recorder.reads([what], [due])
        elif what is Ending.RESET:
            recorder.end(due, "reset", ("httpx2.ReadError", ""))
        else:
            recorder.end(due)
    with open_exchange(str(path)) as exchange:
        return {finding.code for finding in diagnose(exchange)}
