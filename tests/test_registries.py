"""A format, a pane, a rule, a command is one file: the examples of the documentation, put into a copy of the package.

Nothing but that file is added, and the help, the shell's completion, the commands and the screen have it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import inspector
from inspector.recording.folders import shipped
from tests.support import LIMIT_S
from tests.tui.terminal import Terminal

DOCS = Path(__file__).parents[1] / "docs"
PLAIN_TEXT = str(shipped()["plain-text"])
pytestmark = pytest.mark.slow

GATEWAY_LOG = b'0.412\tping\t{"type": "ping"}\n0.500\tmessage_stop\t{"type":"message_stop" }\n'


def example(document: str) -> tuple[str, str]:
    """Where a document says that a file stands, and what is in it."""
    text = (DOCS / document).read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    (path,) = re.findall(r"in\s`(inspector/\w[\w/]*\.py)`:$", text, re.M)
    return path, code


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package, to which the four examples are added."""
    folder = tmp_path_factory.mktemp("scratch")
    shutil.copytree(Path(inspector.__file__).parent, folder / "inspector", symlinks=True)
    for document in ("adding-a-format.md", "adding-a-pane.md", "adding-a-rule.md", "adding-a-command.md"):
        path, code = example(document)
        assert not (folder / path).exists()
        (folder / path).write_text(code)
    (folder / "gateway.log").write_bytes(GATEWAY_LOG)
    (folder / "debug.sse").write_bytes(b": gateway-debug host=web-7\n\nevent: ping\ndata: {}\n\n")
    return folder


def run(scratch: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """A command of the copy."""
    environment = {**os.environ, "PYTHONPATH": str(scratch), "NO_COLOR": "1", **env}
    return subprocess.run(
        [sys.executable, "-P", "-m", "inspector", *arguments],
        capture_output=True, text=True, cwd=scratch, env=environment, timeout=LIMIT_S, check=False,
    )  # fmt: skip


def completed(scratch: Path, *words: str) -> list[str]:
    """What bash would offer for the last word."""
    line = " ".join(("inspector", *words))
    found = run(scratch, COMP_WORDS=line, COMP_CWORD=str(len(words)), _INSPECTOR_COMPLETE="complete_bash")
    return found.stdout.split("\n")


def test_the_copy_is_what_runs(scratch: Path) -> None:
    code = "import inspector; print(inspector.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(scratch)}
    found = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment, timeout=LIMIT_S
    )
    assert Path(found.stdout.strip()).parent == scratch / "inspector"


def test_a_format_is_one_file(scratch: Path) -> None:
    shown = run(scratch, "show", "--format", "json", "gateway.log")
    assert json.loads(shown.stdout)["metrics"]["events"] == 2, shown.stderr
    assert run(scratch, "convert", "gateway.log", "a.gwlog").stderr == ""
    written = (scratch / "a.gwlog").read_bytes()
    assert written == GATEWAY_LOG.replace(b"0.412", b"0.412000").replace(b"0.500", b"0.500000")
    assert run(scratch, "convert", "gateway.log", "session/", "--to", "gateway-log").returncode == 0
    assert (scratch / "session" / "0001.gwlog").read_bytes() == written
    assert re.search(r"gateway-log +\.gwlog +a line for each event", run(scratch, "convert", "--help").stdout)
    assert "gateway-log" in completed(scratch, "convert", "--from", "g")
    assert "gateway-log" in completed(scratch, "convert", "--to", "g")
    assert "gateway-log" in run(scratch, "convert", PLAIN_TEXT, "a.unknown", "--to", "nonsense").stderr
    assert ".gwlog" in run(scratch, "convert", PLAIN_TEXT, "a.unknown").stderr


def test_a_pane_is_one_file(scratch: Path) -> None:
    shown = run(scratch, "show", "--pane", "so-far", PLAIN_TEXT)
    assert shown.stdout.startswith("bytes so far "), shown.stderr
    assert "content_block_delta" in shown.stdout
    assert re.search(r"so-far +how many bytes had come", run(scratch, "show", "--help").stdout)
    assert completed(scratch, "show", "--pane", "so")[0] == "so-far"
    assert "so-far" in run(scratch, "show", "--pane", "nonsense", PLAIN_TEXT).stderr


def test_a_pane_has_a_tab_and_a_key(scratch: Path) -> None:
    terminal = Terminal("-P", "-m", "inspector", "open", PLAIN_TEXT, PYTHONPATH=str(scratch))
    try:
        terminal.read_until(b"complete")
        terminal.press(b"6", "bytes so far")
        # Where the tabs do not all fit, the one in sight has its name.
        terminal.read_until(b"6 so far")
        terminal.press(b"q", "")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def test_a_rule_is_one_file(scratch: Path) -> None:
    checked = run(scratch, "check", "--format", "json", "--select", "F99", "debug.sse")
    assert [(finding["code"], finding["event"]) for finding in json.loads(checked.stdout)] == [("F99", 1)]
    assert "Start the gateway without --debug." in run(scratch, "explain", "f99").stdout
    assert "F99" in run(scratch, "explain").stdout
    assert completed(scratch, "check", "--select", "P01,F99")[0] == "P01,F99"
    assert completed(scratch, "explain", "f99")[0] == "f99"


def test_a_command_is_one_file(scratch: Path) -> None:
    counted = run(scratch, "count", PLAIN_TEXT)
    assert re.search(r"^ +1 message_stop$", counted.stdout, re.M), counted.stderr
    listed = run(scratch, "--help").stdout
    assert re.search(r"show .*\n +count +Count the events of a stream.\n +check ", listed)
    assert "inspector count reply.jsonl" in run(scratch, "count", "--help").stdout
    assert completed(scratch, "cou")[0] == "count"
