from pathlib import Path

import pytest

from inspector.capture.recorder import Recorder
from inspector.formats import open_exchange
from inspector.recording import Writer
from tests.formats.containers import event_stream
from tests.support import SHARED, block, finish, start, text

HANDMADE = event_stream(start(), *block(0, text("Hel"), text("lo"), type="text", text=""), *finish())
SAMPLES = sorted((SHARED / "corpus" / "containers" / "aws-eventstream").glob("*.bin"))


def _record(path: Path, body: bytes, *, end: bool = True) -> None:
    recorder = Recorder(Writer.create(path, {"kind": "tap", "clock": "pull"}))
    recorder.request("POST", "https://bedrock/model/x/invoke-with-response-stream", [], b'{"max_tokens":1}')
    recorder.response(5, 200, [("content-type", "application/vnd.amazon.eventstream")])
    recorder.reads([body[:100], body[100:]], [10, 20])
    if end:
        recorder.end(30)


@pytest.mark.parametrize(
    "body",
    [HANDMADE, *(sample.read_bytes() for sample in SAMPLES)],
    ids=["handmade", *(sample.name for sample in SAMPLES)],
)
def test_a_recorded_bedrock_call_is_shown_as_its_events(tmp_path: Path, body: bytes) -> None:
    path, sample = tmp_path / "a.jsonl", tmp_path / "sample.bin"
    sample.write_bytes(body)
    _record(path, body)
    with open_exchange(str(path)) as exchange, open_exchange(str(sample)) as expected:
        view = exchange.view()
        assert (view.status, view.message) == ("complete", expected.view().message)
        assert view.request is not None
        assert view.request["body"] == {"max_tokens": 1}
        assert view.http_status == 200


def test_one_that_has_not_ended_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    _record(path, b"\0\0\0", end=False)
    with open_exchange(str(path)) as exchange:
        assert exchange.view().status == "in-progress"
