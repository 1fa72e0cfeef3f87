"""The Python side: `import inspector`."""

import gc
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

import inspector
from inspector.recording.folders import shipped_path
from tests import programs
from tests.support import block, finish, sse, start, text


@pytest.fixture
def path() -> Path:
    return shipped_path("tool-use")


def test_only_what_is_public_is_listed() -> None:
    assert set(dir(inspector)) == {*inspector.__all__, "__version__"}
    for name in inspector.__all__:
        assert getattr(inspector, name).__doc__, name
    with pytest.raises(AttributeError, match="has no attribute 'api_key'"):
        inspector.api_key  # noqa: B018


def test_import_is_light() -> None:
    script = "import inspector, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"orjson", "httpx2", "anthropic", "textual", "typer"} & set(loaded)
    assert {name for name in loaded if name.startswith("inspector.")} == {"inspector.version"}


def test_plain_values_are_what_the_command_line_prints(path: Path) -> None:
    shown = programs.run(
        [sys.executable, "-m", "inspector", "show", "--format", "json", str(path)], capture_output=True, check=True
    )
    printed = json.loads(shown.stdout)
    checked = programs.run(
        [sys.executable, "-m", "inspector", "check", "--format", "json", str(path)], capture_output=True, check=False
    )
    with inspector.open(path) as recording:
        for name in ("message", "metrics", "request", "response", "error", "status"):
            assert getattr(recording, name) == printed[name], name
        members = ("code", "name", "severity", "event", "t_ms", "message", "fix")
        assert recording.diagnostics == [{key: one[key] for key in members} for one in json.loads(checked.stdout)]
        assert json.loads(json.dumps(recording.events)) == recording.events
        assert recording.events[0]["n"] == 1


def test_typed_values_are_the_plain_ones(path: Path) -> None:
    with inspector.open(path) as recording:
        events = list(recording.iter_events())
        assert all(isinstance(event, inspector.Event) for event in events)
        assert [event.as_dict() for event in events] == recording.events == list(map(asdict, events))
        assert isinstance(recording.figures, inspector.Metrics)
        assert recording.figures.as_dict() == recording.metrics
        assert [finding.as_dict() for finding in recording.findings] == recording.diagnostics
        assert all(isinstance(finding, inspector.Finding) for finding in recording.findings)


def test_frames_are_every_byte(tmp_path: Path) -> None:
    body = b": hello\n\n" + sse(start(), *block(0, text("Hi"), type="text", text=""), *finish()) + b"\n"
    saved = tmp_path / "saved.sse"
    saved.write_bytes(body)
    with inspector.open(saved) as recording:
        frames = list(recording.frames())
        assert b"".join(frame.raw for frame in frames) == body
        assert [frame.dispatched for frame in frames][0 :: len(frames) - 1] == [False, False]
        assert recording.events[0]["n"] == 2


def test_as_of_an_event(path: Path) -> None:
    with inspector.open(path) as recording:
        assert recording.at(0).message is None
        assert recording.at(0).events == []
        assert [event["n"] for event in recording.at(5).events] == [1, 2, 3, 4, 5]
        assert recording.at(len(list(recording.frames()))).message == recording.message
        with pytest.raises(IndexError):
            recording.at(100_000)


def test_findings_are_found_out_once(path: Path) -> None:
    with inspector.open(shipped_path("connection-reset")) as recording:
        assert recording.findings
        assert [id(one) for one in recording.findings] == [id(one) for one in recording.findings]
        known = {id(one) for one in recording.findings}
        assert {id(one) for one in recording.at(len(recording.events)).findings} <= known
        recording.findings.clear()
        assert recording.findings


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="nothing tells which files are open")
def test_closing(path: Path) -> None:
    # What other tests have dropped is closed when it is collected.
    gc.collect()
    before = open_descriptors()
    with inspector.open(path) as recording:
        assert open_descriptors() == before + 1
    assert open_descriptors() == before
    recording.close()
    with pytest.raises((OSError, ValueError)):
        recording.events  # noqa: B018
    forgotten = inspector.open(path)
    assert open_descriptors() == before + 1
    del forgotten
    gc.collect()
    assert open_descriptors() == before


def test_all_exchanges_of_a_container(tmp_path: Path, path: Path) -> None:
    from tests.formats.containers import har

    both = tmp_path / "both.har"
    both.write_bytes(har(sse(start(id="msg_1"), *finish()), sse(start(id="msg_2"), *finish())))
    recordings = inspector.open_all(both)
    assert [one.message["id"] for one in recordings if one.message] == ["msg_1", "msg_2"]
    assert [one.name for one in recordings] == [f"{both}#1", f"{both}#2"]
    recordings[0].close()
    assert recordings[1].events
    recordings[1].close()
    [alone] = inspector.open_all(path)
    assert alone.name == str(path)
    alone.close()


def test_a_session_in_the_order_in_which_it_happened(tmp_path: Path) -> None:
    for name in ("tool-loop-2", "tool-loop-1", "plain-text"):
        shutil.copy(shipped_path(name), tmp_path)
    session = inspector.Session(tmp_path)
    assert len(session) == 3
    started = []
    for recording in session:
        started.append(json.loads(Path(recording.name).read_text().splitlines()[0])["started_at"])
        recording.close()
    assert started == sorted(started)
    assert len([one.status for one in session]) == 3


@pytest.mark.parametrize("call", ["open", "open_all", "Session"])
def test_what_cannot_be_read_is_an_inspector_error(call: str, tmp_path: Path) -> None:
    with pytest.raises(inspector.InspectorError):
        getattr(inspector, call)(tmp_path / "missing.jsonl")
    (tmp_path / "noise.bin").write_bytes(b"\0\1\2" * 99)
    with pytest.raises(inspector.UnreadableError):
        getattr(inspector, call)(tmp_path / ("noise.bin" if call != "Session" else ""))
