import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inspector.diagnostics import RULES
from inspector.diagnostics.selection import Selection
from tests import programs
from tests.diagnostics.streams import GOOD, called, message, recorded, spoken
from tests.support import sse, start

ROOT = Path(__file__).parents[2]
CUT = sse(start(), *spoken("Hello")[:2])
ODD = message({"type": "shiny"}, spoken())


def write(path: Path, body: bytes, end: str = "complete", **more: Any) -> Path:
    exchange = recorded(body, end=end, **more)
    path.write_bytes(exchange.reader.line(0, exchange.reader.size()))
    return path


def check(*arguments: str | Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return programs.run(
        [sys.executable, "-m", "inspector", "check", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def codes(result: "subprocess.CompletedProcess[str]") -> list[str]:
    return [finding["code"] for finding in json.loads(result.stdout)]


def test_json_is_a_list_of_findings_as_agreed(tmp_path: Path) -> None:
    write(tmp_path / "cut.jsonl", CUT, "eof")
    result = check("--format", "json", "--select", "P", "cut.jsonl", cwd=tmp_path)
    (finding,) = json.loads(result.stdout)
    assert list(finding) == ["file", "exchange", "code", "name", "severity", "event", "t_ms", "message", "fix"]
    assert [finding[key] for key in ("file", "exchange", "code", "severity", "event", "t_ms")] == [
        "cut.jsonl", None, "P01", "error", 3, 340.0,
    ]  # fmt: skip
    assert result.returncode == 1


def test_the_status_is_0_without_errors_1_with_one_and_2_for_what_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path / "good.jsonl", GOOD)
    write(tmp_path / "odd.jsonl", ODD)
    write(tmp_path / "cut.jsonl", CUT, "eof")
    assert check("good.jsonl", cwd=tmp_path).returncode == 0
    assert check("odd.jsonl", cwd=tmp_path).returncode == 0
    assert check("cut.jsonl", cwd=tmp_path).returncode == 1
    both = check("--format", "json", "nowhere.jsonl", "cut.jsonl", cwd=tmp_path)
    assert both.returncode == 2
    assert "P01" in codes(both)
    assert both.stderr == "inspector: nowhere.jsonl: no such file\n"


def test_text_shows_the_finding_the_events_around_it_and_the_fix(tmp_path: Path) -> None:
    write(tmp_path / "tool.jsonl", message(called('{"name": Dave}'), stop_reason="tool_use"))
    result = check("tool.jsonl", cwd=tmp_path)
    lines = result.stdout.splitlines()
    assert lines[0] == "tool.jsonl  1 error"
    assert "✗ error C02 Tool input is no JSON  event 3  0.340 s" in result.stdout
    assert sum(line.lstrip().startswith("▶      3") for line in lines) == 1
    assert "fix: Ask again" in result.stdout
    assert lines[-1] == "1 error (1 stream checked); `inspector explain CODE` tells more"
    assert "\x1b" not in result.stdout


def test_a_good_stream_gives_one_line(tmp_path: Path) -> None:
    write(tmp_path / "good.jsonl", GOOD)
    assert check("good.jsonl", cwd=tmp_path).stdout == "nothing found (1 stream checked)\n"


def test_nothing_from_the_wire_reaches_the_output_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "bad.jsonl", message({"type": "\x1b[31mred\u202e"}, spoken("\x1b]0;title\x07")))
    for form in ("text", "json", "github", "sarif", "junit"):
        output = check("--format", form, "--fail-on", "info", "bad.jsonl", cwd=tmp_path).stdout
        assert "P15" in output
        assert not {"\x1b", "\x07", "\u202e"} & set(output)


def test_a_folder_is_all_recordings_in_it(tmp_path: Path) -> None:
    (tmp_path / "session" / "deep").mkdir(parents=True)
    write(tmp_path / "session" / "a.jsonl", CUT, "eof")
    write(tmp_path / "session" / "deep" / "b.jsonl", CUT, "eof", started_s=900)
    result = check("--format", "json", "--select", "P01", "session", cwd=tmp_path)
    assert [finding["file"] for finding in json.loads(result.stdout)] == ["session/a.jsonl", "session/deep/b.jsonl"]
    (tmp_path / "empty").mkdir()
    nothing = check("empty", cwd=tmp_path)
    assert nothing.returncode == 2
    assert nothing.stderr == "inspector: empty: there is no file with a stream in this folder\n"


def test_recordings_are_also_compared_with_each_other(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", CUT, "reset", error=("ReadError", ""))
    write(tmp_path / "2.jsonl", GOOD, started_s=2)
    result = check("--format", "json", "--select", "U07", "1.jsonl", "2.jsonl", cwd=tmp_path)
    assert [(one["file"], one["code"]) for one in json.loads(result.stdout)] == [("2.jsonl", "U07")]


def test_exchanges_in_a_container_are_numbered(tmp_path: Path) -> None:
    event = '{{"type":"stream_event","session_id":"s","event":{}}}\n'
    starts = (json.dumps(start(id=name)) for name in ("a", "b"))
    (tmp_path / "log.jsonl").write_text("".join(map(event.format, starts)), encoding="utf-8")
    result = check("--format", "json", "--select", "P01", "log.jsonl", cwd=tmp_path)
    assert [finding["exchange"] for finding in json.loads(result.stdout)] == [1, 2]


def test_rules_are_chosen_by_the_beginning_of_their_codes() -> None:
    assert Selection(("P", "C01")).has("P03")
    assert not Selection(("P", "C01")).has("C02")
    assert not Selection(ignore=("C1",)).has("C18")
    assert Selection(("P01",), ("P",)).has("P01")
    assert not Selection(("P",), ("P01",)).has("P01")


def test_options_choose_rules_and_replace_what_pyproject_says(tmp_path: Path) -> None:
    write(tmp_path / "cut.jsonl", CUT + b"data: [DONE]\n\n", "eof")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.inspector]\nselect = ["P", "F"]\nignore = ["P01"]\n', encoding="utf-8"
    )
    (tmp_path / "below").mkdir()
    file = tmp_path / "cut.jsonl"
    assert codes(check("--format", "json", file, cwd=tmp_path / "below")) == ["F02"]
    assert codes(check("--format", "json", "--ignore", "f", file, cwd=tmp_path)) == ["P01"]
    assert codes(check("--format", "json", "--select", "F02,U02", file, cwd=tmp_path)) == ["U02", "F02"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('select = ["Q"]', "no rule begins with 'Q'"),
        ('select = "P"', "has to be a list of codes"),
        ("select = [", "cannot be read as TOML"),
    ],
)
def test_a_setting_that_is_wrong_is_one_line(tmp_path: Path, setting: str, says: str) -> None:
    write(tmp_path / "good.jsonl", GOOD)
    (tmp_path / "pyproject.toml").write_text(f"[tool.inspector]\n{setting}\n", encoding="utf-8")
    result = check("good.jsonl", cwd=tmp_path)
    assert result.returncode == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_code_that_is_none_is_one_line(tmp_path: Path) -> None:
    result = check("--select", "P,XX", "any.jsonl", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == "inspector: --select: no rule begins with 'XX': `inspector explain` lists them\n"


def test_github_annotations_are_escaped_and_name_the_line(tmp_path: Path) -> None:
    body = message({"type": "a%b,d:e"}, spoken())
    file = write(tmp_path / "a,b.jsonl", body)
    assert check("--format", "github", file.name, cwd=tmp_path).stdout == ""
    (line,) = check("--format", "github", "--fail-on", "info", file.name, cwd=tmp_path).stdout.splitlines()
    properties, _, text = line.removeprefix("::notice ").partition("::")
    assert properties == "file=a%2Cb.jsonl,line=5,title=P15 Unknown type or stop reason"
    assert text.startswith('event 2: the event type "a%25b,d:e" is not known')
    assert b'"a%b' in file.read_bytes().splitlines()[5 - 1]


def test_sarif_has_every_rule_and_a_result_for_each_finding(tmp_path: Path) -> None:
    write(tmp_path / "a b%.jsonl", CUT, "eof")
    sarif = json.loads(check("--format", "sarif", "--select", "P01,U02", "a b%.jsonl", cwd=tmp_path).stdout)
    (run,) = sarif["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert sarif["version"] == "2.1.0"
    assert sarif["$schema"].endswith("sarif-schema-2.1.0.json")
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert {rule["defaultConfiguration"]["level"] for rule in rules} == {"error", "warning", "note"}
    assert [result["level"] for result in run["results"]] == ["note", "error"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "a%20b%25.jsonl"}
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_it_needs_neither_the_screen_nor_the_sdk(tmp_path: Path) -> None:
    write(tmp_path / "good.jsonl", GOOD)
    code = (
        "import sys; sys.argv = ['inspector', 'check', 'good.jsonl']\n"
        "from inspector.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'textual', 'anthropic', 'httpx2', 'rich'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == b"[]"
