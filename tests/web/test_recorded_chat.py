"""The chat without a key: recordings answer."""

from pathlib import Path

import httpx2
import pytest

from inspector.recording.folders import shipped
from inspector.replay.answers import load
from inspector.web.app import create_app
from inspector.web.server import serve_in_thread
from inspector.web.sources import Recordings
from tests.support import LIMIT_S
from tests.web.support import Sent, events, text_of


def ask(names: list[str], folder: Path, *messages: str) -> list[list[Sent]]:
    source = Recordings(load(str(shipped()[name]) for name in names), "recordings", speed=None)
    with serve_in_thread(create_app(source, folder)) as url:
        return [
            events(httpx2.get(f"{url}/chat", params={"message": message}, timeout=LIMIT_S).read())
            for message in messages
        ]


def test_a_recorded_tool_loop_is_played_to_its_end(tmp_path: Path) -> None:
    [sent] = ask(["plain-text", "tool-loop-1", "tool-loop-2"], tmp_path, TRAINS)
    assert [one.values["name"] for one in sent if one.name == "tool"] == ["find_trains"]
    [result] = [one.values for one in sent if one.name == "tool_result"]
    assert "IC 145" in result["content"]
    assert text_of(sent).startswith("I'll look for direct trains")
    assert "17:48" in text_of(sent)
    assert sent[-1].values["stop_reason"] == "end_turn"
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


TRAINS = "I am in Utrecht and want to be in Berlin tonight. Which train do I take after 11, with a quiet coach?"


def test_what_nobody_recorded_gets_the_next_reply_and_never_a_continuation(tmp_path: Path) -> None:
    replies = ask(["tool-loop-1", "tool-loop-2", "plain-text"], tmp_path, "one", "two", "three")
    assert ["tool" in {one.name for one in sent} for sent in replies] == [True, False, True]
    assert [sent[-1].values["stop_reason"] for sent in replies] == ["end_turn"] * 3


def test_a_tool_call_that_no_recording_answers_ends_the_loop(tmp_path: Path) -> None:
    [sent] = ask(["parallel-tools"], tmp_path, "x")
    assert sent[-1].name == "done"
    assert sent[-1].values["stop_reason"] == "tool_use"
    assert "tool_result" not in {one.name for one in sent}
    assert len(list(tmp_path.glob("*.jsonl"))) == 1


@pytest.mark.parametrize("name", sorted(set(shipped()) - {"read-timeout"}))
def test_every_shipped_recording_ends_in_done_or_error(name: str, tmp_path: Path) -> None:
    [sent] = ask([name], tmp_path, "x")
    assert [one.name for one in sent if one.name in ("done", "error")] == [sent[-1].name]
