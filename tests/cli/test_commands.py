"""The commands as a user runs them: a process, its output, its exit status."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from inspector import protocol
from inspector.cli.app import app, commands, register
from inspector.diagnostics import RULES
from inspector.recording.folders import shipped
from tests import programs
from tests.support import LIMIT_S, block, finish, input_json, sse, start, text

COMMANDS = commands()
Run = Callable[..., subprocess.CompletedProcess[bytes]]
STREAM = sse(start(), *block(0, text("Hel"), text("lo"), type="text", text=""), *finish())


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run_inspector(*args: str, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": root, "NO_COLOR": "1", **env}
        command = [sys.executable, "-m", "inspector", *args]
        return programs.run(
            command, input=stdin, capture_output=True, cwd=tmp_path, env=environment, timeout=LIMIT_S, check=False
        )

    return run_inspector


@pytest.fixture
def stream(tmp_path: Path) -> str:
    (tmp_path / "reply.sse").write_bytes(STREAM)
    return "reply.sse"


def test_show_json_is_one_object_a_line(run: Run, stream: str) -> None:
    result = run("show", "--format", "json", stream, stream)
    assert result.returncode == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == second
    assert list(first) == ["file", "status", "request", "response", "message", "error", "metrics"]
    assert first["message"]["content"] == [{"type": "text", "text": "Hello"}]
    assert (first["file"], first["status"], first["request"], first["error"]) == (stream, "complete", None, None)


def test_show_at(run: Run, stream: str) -> None:
    result = run("show", "--format", "json", "--at", "3", stream)
    assert json.loads(result.stdout)["message"]["content"] == [{"type": "text", "text": "Hel"}]
    assert json.loads(run("show", "--format", "json", "--at", "0", stream).stdout)["message"] is None
    beyond = run("show", "--at", "99", stream)
    assert (beyond.returncode, beyond.stdout) == (2, b"")
    assert b"there is no event 99: the recording has 7" in beyond.stderr


def test_an_unreadable_file_does_not_keep_the_others_from_being_shown(run: Run, stream: str) -> None:
    result = run("show", "--format", "json", stream, "absent", stream)
    assert result.returncode == 2
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == b"inspector: absent: no such file\n"


def test_show_reads_standard_input_and_fifos(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("show", "--format", "json", "-", stdin=STREAM).stdout)["status"] == "complete"
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=[STREAM])
    writer.start()
    assert json.loads(run("show", "--format", "json", "fifo").stdout)["message"]["content"][0]["text"] == "Hello"
    writer.join()


def test_hostile_text_reaches_no_terminal(run: Run, tmp_path: Path) -> None:
    evil = "\x1b]52;c;aGk=\x07\x1b[31m\u202e[bold]\r\x9b2J\u2066"
    tool = {"type": evil, "name": evil, "id": evil, "input": {}}
    events = [
        start(model=evil),
        *block(0, text(evil), type="text", text=""),
        *block(1, input_json(json.dumps({evil: evil})), **tool),
    ]
    (tmp_path / "evil.sse").write_bytes(sse(*events, {"type": "error", "error": {"type": evil, "message": evil}}))
    result = run("show", "evil.sse")
    shown = (result.stdout + result.stderr).decode()
    assert "[bold]" in shown
    assert not set(shown) & set("\x1b\x07\r\x9b\u202e\u2066")


def test_notes_go_to_stderr_and_do_not_fail(run: Run, tmp_path: Path) -> None:
    lines = b'{"kind":"recording","version":1,"source":{"kind":"live"}}\n{"kind":"event","event":"ping","data":{"type":"ping"}}\n{"kind":"ev'
    (tmp_path / "cut.jsonl").write_bytes(lines)
    result = run("show", "--format", "json", "cut.jsonl")
    assert (result.returncode, json.loads(result.stdout)["status"]) == (0, "in-progress")
    assert b"the last line is cut" in result.stderr


def test_explain(run: Run) -> None:
    every = run("explain").stdout.decode()
    assert all(name in every for table in (protocol.EVENTS, protocol.DELTAS, protocol.ERRORS) for name in table)
    assert b"HTTP 529" in run("explain", "OverloadedError").stdout
    assert all(f"  {code} " in every for code in RULES)
    assert RULES["P01"].fix.split()[0] in run("explain", "p01").stdout.decode()
    unknown = run("explain", "text_dleta")
    assert unknown.returncode == 2
    assert b"did you mean text_delta" in unknown.stderr


def test_convert_there_and_back_is_byte_exact(run: Run, stream: str, tmp_path: Path) -> None:
    assert run("convert", stream, "a.jsonl").returncode == 0
    assert run("convert", "a.jsonl", "b.sse").returncode == 0
    assert (tmp_path / "b.sse").read_bytes() == STREAM
    assert (tmp_path / "a.jsonl").stat().st_mode & 0o777 == 0o600
    assert run("convert", "-", "-", "--to", "sse", stdin=STREAM).stdout == STREAM
    same = run("convert", stream, stream, "--to", "sse")
    assert same.returncode == 2
    assert (tmp_path / stream).read_bytes() == STREAM


@pytest.mark.parametrize(
    "args",
    [
        ["shw"],
        ["show"],
        ["show", "--format", "xml", "a"],
        ["convert", "a", "b", "--to", "nope"],
        ["show", "."],
        ["show", "--at", "-1", "a"],
    ],
)
def test_usage_errors_are_one_line_and_status_2(run: Run, args: list[str]) -> None:
    result = run(*args)
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"inspector: ")
    assert result.stderr.count(b"\n") == 1


def test_a_broken_pipe_is_quiet(tmp_path: Path, stream: str) -> None:
    root = str(Path(__file__).parents[2])
    many = " ".join([stream] * 200)
    result = subprocess.run(
        f"{sys.executable} -m inspector show --format json {many} | head -c 10", shell=True, capture_output=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert result.stdout.startswith(b'{"file"')
    assert result.stderr == b""


def test_show_says_the_cost_where_it_is_asked_for(run: Run) -> None:
    recording = str(shipped()["tool-use"])
    assert b"prices of genai-prices" in run("show", "--cost", recording).stdout
    assert json.loads(run("show", "--cost", "--format", "json", recording).stdout)["cost"]["total"] > 0
    assert b"genai-prices" not in run("show", recording).stdout


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout == b"inspector 0.1.0\n"
    assert b"Examples:" in run("show", "--help").stdout


@pytest.mark.parametrize("args", [["--help"], ["show", "reply.sse"], ["check", "reply.sse"], ["explain", "ping"]])
def test_light_commands_import_nothing_heavy(tmp_path: Path, stream: str, args: list[str]) -> None:
    root = str(Path(__file__).parents[2])
    code = f"import sys; sys.argv[1:] = {args!r}; from inspector.__main__ import main\ntry: main()\nexcept SystemExit: pass\n"
    heavy = ("anthropic", "textual", "fastapi", "genai_prices", "httpx2", "rich")
    code += f"print(*(name for name in {heavy} if name in sys.modules), file=sys.stderr)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        timeout=LIMIT_S,
        check=False,
    )
    assert result.stderr == b"\n"


@pytest.fixture(scope="module")
def parsers() -> dict[str, Any]:
    """What parses each command."""
    for name, module in COMMANDS.items():
        register(name, module)
    group: Any = get_command(app)
    return dict(group.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str, parsers: dict[str, Any]) -> None:
    module, parser = COMMANDS[name], parsers[name]
    assert module.__doc__
    assert f"`inspector {name}`: " in module.__doc__
    examples, *others = module.EXAMPLES.lstrip("\b\n").split("\n")
    assert examples == "Examples:"
    assert any(f"inspector {name}" in line for line in others)
    first, *more = parser.help.split("\n\n")
    # In the list of commands it is not cut.
    assert first.endswith(".")
    assert len(first) <= 68
    assert not more or more[0].endswith(".")
    assert [one.name for one in parser.params if not one.help and not getattr(one, "hidden", False)] == []


def test_each_command_has_its_place_in_the_help() -> None:
    places = [module.ORDER for module in COMMANDS.values()]
    assert places == sorted(set(places))
    assert list(COMMANDS)[:2] == ["demo", "open"]


def test_only_the_command_that_is_asked_for_is_imported(tmp_path: Path, stream: str) -> None:
    code = "import sys; sys.argv[1:] = ['show', 'reply.sse']; from inspector.__main__ import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "print(*(name for name in sys.modules if name.startswith('inspector.cli.')), file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=tmp_path, env=environment, timeout=LIMIT_S
    )
    assert set(result.stderr.decode().split()) & {f"inspector.cli.{name}" for name in COMMANDS} == {
        "inspector.cli.show"
    }


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sho", "show"),
        ("show --pa", "--pane"),
        ("show --pane tool", "tool-input"),
        ("show --format j", "json"),
        ("check --select P01,C0", "P01,C01"),
        ("check --ignore U", "U01"),
        ("check --format s", "sarif"),
        ("explain content_block_d", "content_block_delta"),
        ("explain P0", "P01"),
        ("explain p0", "p01"),
        ("convert --from h", "har"),
        ("convert --to s", "sse"),
        ("serve --fault st", "stall@"),
        ("demo tool-u", "tool-use"),
        ("replay --speed m", "max"),
    ],
)
def test_the_shell_completes_names(run: Run, line: str, offered: str) -> None:
    words = ["inspector", *line.split()]
    completed = run(
        COMP_WORDS=" ".join(words), COMP_CWORD=str(len(words) - 1), _INSPECTOR_COMPLETE="complete_bash"
    ).stdout.decode()
    assert offered in completed.split("\n")
    assert all(word.startswith(words[-1]) for word in completed.split())


def test_what_can_only_be_read_is_not_offered_to_be_written(run: Run) -> None:
    env = {"COMP_WORDS": "inspector convert --to h", "COMP_CWORD": "3", "_INSPECTOR_COMPLETE": "complete_bash"}
    assert run(**env).stdout.strip() == b""
