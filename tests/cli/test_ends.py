"""However a command is called and whatever becomes of its files and streams: one line, a status, never a traceback."""

import json
import os
import random
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.app import commands
from inspector.recording.folders import shipped
from tests import programs
from tests.support import LIMIT_S, block, finish, sse, start, text

ROOT = Path(__file__).parents[2]
GOOD = str(shipped()["plain-text"])
INSPECTOR = (sys.executable, "-m", "inspector")
READING = (
    ["show"],
    ["show", "--format", "json"],
    ["check"],
    ["convert", "{}", "-"],
    ["replay", "--no-tui"],
    ["serve", "--port", "0"],
)


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    return {**kept, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path), "NO_COLOR": "1", **more}


def run(tmp_path: Path, *arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    more = {"stdin": subprocess.DEVNULL, **more}
    return programs.run(
        [*INSPECTOR, *arguments], stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env=environment(tmp_path), timeout=LIMIT_S, check=False, **more,
    )  # fmt: skip


def given(command: list[str], file: str) -> list[str]:
    """The command with the file where it takes one."""
    return [file if one == "{}" else one for one in command] if "{}" in command else [*command, file]


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read where it begins")
def test_a_file_that_cannot_be_read_is_one_line(command: list[str], tmp_path: Path) -> None:
    done = run(tmp_path, *given(command, "/proc/self/mem"))
    assert (done.returncode, done.stderr) == (2, "inspector: /proc/self/mem: cannot be read: input/output error\n")


@pytest.mark.parametrize("file", [".", "absent", "/dev/null", "/dev/zero", "x" * 300, f"{GOOD}/below"])
@pytest.mark.parametrize("command", READING[:4], ids=" ".join)
def test_what_is_no_recording_is_one_line(command: list[str], file: str, tmp_path: Path) -> None:
    done = run(tmp_path, *given(command, file))
    assert done.returncode == 2
    assert done.stderr.startswith(f"inspector: {file}: ")
    assert done.stderr.count("\n") == 1


def test_the_other_files_are_printed(tmp_path: Path) -> None:
    shown = run(tmp_path, "show", "--format", "json", GOOD, "/dev/zero", "x" * 300, GOOD)
    assert (shown.returncode, len(shown.stdout.splitlines())) == (2, 2)
    checked = run(tmp_path, "check", "--format", "json", GOOD, "/dev/zero", ".", GOOD)
    assert checked.returncode == 2
    assert isinstance(json.loads(checked.stdout), list)
    assert len([line for line in checked.stderr.splitlines() if "unknown" not in line]) == 2


PRINTING = (
    ["show", GOOD], ["show", "--format", "json", GOOD], ["show", "--pane", "timeline", GOOD], ["check", GOOD],
    ["explain"], ["convert", GOOD, "-", "--to", "sse"], ["--help"], ["show", "--help"], ["help", "--man"], ["--version"],
    ["serve", "--list-faults"], ["replay", "--no-tui", "--speed", "max", GOOD],
)  # fmt: skip


@pytest.mark.parametrize("command", PRINTING, ids=lambda command: " ".join(command[:3]).replace(GOOD, "FILE"))
def test_nobody_who_reads_is_quiet(command: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run(tmp_path, *command, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize("command", PRINTING[:-1], ids=lambda command: " ".join(command[:3]).replace(GOOD, "FILE"))
def test_output_that_cannot_be_written_is_one_line(command: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = run(tmp_path, *command, stdout=full)
    assert (done.returncode, done.stderr) == (
        2,
        "inspector: standard output cannot be written: no space left on device\n",
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_reason_to_crash(closed: str, tmp_path: Path) -> None:
    command = " ".join([*INSPECTOR, "show", GOOD, "absent", "-", closed])
    done = subprocess.run(
        ["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment(tmp_path),
        timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


EVIL = "\x1b]52;c;aGk=\x07\u202e\x9b2J\x7f\u2066\U000e0041\u200b"


@pytest.mark.parametrize(
    "command",
    [["show", "--format", "json"], ["check", "--format", "json"], ["check", "--format", "sarif"]],
    ids=" ".join,
)
def test_json_on_stdout_is_harmless_and_the_same_value(command: list[str], tmp_path: Path) -> None:
    events = [start(model=EVIL), *block(0, text(EVIL), type=EVIL, text=""), *finish(), {"type": EVIL}]
    (tmp_path / f"a{EVIL[4:8]}.sse").write_bytes(sse(*events))
    done = run(tmp_path, *command, f"a{EVIL[4:8]}.sse")
    seen = {unicodedata.category(one) for one in done.stdout} & {"Cc", "Cf"}
    assert seen == {"Cc"}
    assert {one for one in done.stdout if unicodedata.category(one) == "Cc"} == {"\n"}
    if command[0] == "show":
        assert json.loads(done.stdout)["message"]["model"] == EVIL
    else:
        assert json.loads(done.stdout)


ABSURD = (
    "", "-", "--", "---", "-h", "--help", "-1", "0", "99999999999999999999999", "nan", "1e999", "x" * 5000, "\udcff",
    "\x1b[31m", "a\nb", "/", ".", "/dev/null", "*", "http://", "http://[", "http://127.0.0.1:99999/", "file:///etc",
    "%s", "{}", "'", "P01,", ",", "drop@-1", "status=", "random:", "=", ":", "@", "()", "\u202e",
)  # fmt: skip
# What would serve, ask, or need a terminal, if the rest were right.
ENDLESS = {"chat", "demo", "live", "open", "probe", "proxy", "run", "serve"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*commands(), ""])
def test_absurd_arguments_are_one_line(name: str, tmp_path: Path) -> None:
    from typer.main import get_command

    from inspector.cli.app import app, register

    for one, module in commands().items():
        register(one, module)
    group: Any = get_command(app)
    command = group.commands.get(name, group)
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("-")]
    draw = random.Random(f"absurd {name}")
    for _ in range(4):
        words = [draw.choice([*ABSURD, *options]) for _ in range(draw.randrange(1, 5))]
        # An option that does not exist ends what would not end.
        refused = ["--no-such-option"] if name in ENDLESS else []
        done = run(tmp_path, *([name] if name else []), *refused, *words)
        said = f"{name} {words}: {done.stderr}"
        assert "Traceback" not in done.stderr, said
        assert "please report it" not in done.stderr, said
        assert done.returncode in (0, 1, 2), said
        assert all(line.startswith("inspector: ") for line in done.stderr.splitlines()), said


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("until", [b"inspector.cli.app", b"anthropic.types", b"pydantic_core"])
def test_an_interrupt_during_imports_is_quiet(until: bytes, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "inspector",
        "live",
        "--no-tui",
        "hi",
        "--base-url",
        "http://127.0.0.1:1",
    ]
    environ = environment(tmp_path, ANTHROPIC_API_KEY="x")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environ) as process:
        assert process.stderr
        for line in process.stderr:
            if until in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(LIMIT_S) == 130
    assert [line for line in rest.splitlines() if not line.startswith(b"import time:")] == []
