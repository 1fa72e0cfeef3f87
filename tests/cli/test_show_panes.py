"""`inspector show --pane`: what the screen shows, without a screen."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.panes.registry import PRINTED
from inspector.recording.folders import shipped
from tests import programs
from tests.support import LIMIT_S

TOOL_USE = str(shipped()["tool-use"])


def show(*args: str) -> subprocess.CompletedProcess[str]:
    return programs.run(
        [sys.executable, "-m", "inspector", "show", *args], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def test_the_timeline_has_a_row_for_each_event() -> None:
    rows = show("--pane", "timeline", TOOL_USE).stdout.splitlines()
    assert [int(row.replace("·", " ").split()[0]) for row in rows] == list(range(1, 134))
    assert "message_start" in rows[0]
    assert "message_stop" in rows[-1]


def test_a_pane_is_as_of_an_event() -> None:
    whole, half = show("--pane", "tool-input", TOOL_USE).stdout, show("--pane", "tool-input", "--at", "24", TOOL_USE)
    assert "serves: 4" in whole
    assert 'title: "Lentil soup with lemon"' in half.stdout
    assert "serves" not in half.stdout
    assert len(show("--pane", "timeline", "--at", "24", TOOL_USE).stdout.splitlines()) == 24


@pytest.mark.parametrize(
    ("pane", "says"),
    [
        ("lanes", "1 tool_use"),
        ("message", "I'll write it down"),
        ("thinking", "no thinking in this stream"),
        ("event", "event 1 of 133"),
        ("timing", "median gap"),
        ("findings", "U01"),
        ("request", "POST https://api.anthropic.com/v1/messages"),
    ],
)
def test_every_pane(pane: str, says: str) -> None:
    result = show("--pane", pane, TOOL_USE)
    assert says in result.stdout
    assert "\x1b" not in result.stdout
    assert (result.returncode, result.stderr) == (0, "")


def test_the_curl_command_is_one_that_a_shell_reads() -> None:
    words = shlex.split(show("--pane", "curl", TOOL_USE).stdout.replace("\\\n", " "))
    assert words[:2] == ["curl", "-N"]
    assert json.loads(words[words.index("--data-raw") + 1])["model"] == "claude-sonnet-4-6"
    assert "x-api-key: $ANTHROPIC_API_KEY" in words


def test_several_panes_have_headings() -> None:
    lines = show("--pane", "timing", "--pane", "findings", TOOL_USE).stdout.splitlines()
    assert [line for line in lines if line.startswith("── ")] == ["── timing", "── findings"]


def test_a_pane_that_does_not_exist_is_one_line() -> None:
    result = show("--pane", "nonsense", TOOL_USE)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert all(name in result.stderr for name in PRINTED)


def test_the_help_lists_every_pane() -> None:
    shown = show("--help").stdout
    assert [name for name, pane in PRINTED.items() if f"  {name} " not in shown or pane.summary not in shown] == []


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    evil = tmp_path / "evil.sse"
    evil.write_bytes(b'event: \x1b[31mx\ndata: {"type":"\\u001b]0;x\\u0007"}\n\n')
    for pane in PRINTED:
        result = show("--pane", pane, str(evil))
        assert not set(result.stdout) & set("\x1b\x07\x9b"), pane


def test_panes_import_neither_the_toolkit_nor_the_sdk() -> None:
    code = (
        f"import sys; sys.argv[1:] = ['show', '--pane', 'timing', '--pane', 'message', {TOOL_USE!r}]\n"
        "from inspector.__main__ import main\ntry: main()\nexcept SystemExit: pass\n"
        "print(*{'anthropic', 'textual'} & sys.modules.keys(), file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=LIMIT_S, check=False)
    assert result.stderr == b"\n"
