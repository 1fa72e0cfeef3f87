import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from inspector.diagnostics import diagnose
from inspector.formats import open_exchange
from tests import programs
from tests.capture.raw_server import LAST_CHUNK, Do, RawServer, Step, chunk, head, reply
from tests.cli.test_chat import environment
from tests.support import LIMIT_S
from tests.web.test_probe import DONE, GOOD, text


def probe(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "inspector", "probe", *arguments]
    return programs.run(command, capture_output=True, text=True, env=environment(home), timeout=LIMIT_S)


def started(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "inspector", "probe", *arguments]
    return programs.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(home))


def test_each_read_is_printed_before_the_server_goes_on(tmp_path: Path) -> None:
    go = threading.Event()
    script = [head(**GOOD), chunk(text("one") + text("\x1b[31mtwo")), go, chunk(text("three")), chunk(DONE), LAST_CHUNK]
    with RawServer(script) as server, started(tmp_path, server.url) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "two" in line:
                go.set()
        assert process.wait(LIMIT_S) == 0
    shown = "".join(lines)
    assert "\x1b" not in shown
    assert (
        shown.index("read 1") < shown.index("one") < shown.index("two") < shown.index("read 2") < shown.index("three")
    )
    assert "the server ended it: 4 events in" in shown
    assert "nothing found" in shown


FINDING = re.compile(r"(error|warn|info) ([A-Z]\d\d)")


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ([*reply(text("a"), text("b"), **GOOD)], {("error", "D17")}),
        (reply(b"<html>", content_type="text/html"), {("error", "D14")}),
        (reply(b"event: a\ndata: Hello\n- item\n\n", DONE), {("error", "F05"), ("warn", "D04")}),
        ([head(**GOOD), chunk(text("a"))], {("error", "T01")}),
    ],
)
def test_a_kept_recording_has_the_same_findings_wherever_it_is_looked_at(
    script: list[Step], found: set[tuple[str, str]], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    with RawServer(script) as server:
        done = probe(tmp_path, server.url, "--record", str(kept))
    assert set(FINDING.findall(done.stdout)) == found
    with open_exchange(str(kept)) as exchange:
        assert {(finding.severity, finding.code) for finding in diagnose(exchange)} == found
    command = [sys.executable, "-m", "inspector"]
    for arguments in (["check", str(kept)], ["show", "--pane", "findings", str(kept)]):
        shown = programs.run([*command, *arguments], capture_output=True, text=True, env=environment(tmp_path))
        # On the screen the code stands before the severity.
        pairs = [(severity, code) for code, severity in re.findall(r"([A-Z]\d\d) (error|warn|info)\b", shown.stdout)]
        assert set(FINDING.findall(shown.stdout)) | set(pairs) == found
    checked = programs.run([*command, "check", str(kept)], capture_output=True, env=environment(tmp_path))
    assert checked.returncode == done.returncode == 1


def test_an_error_in_the_verdict_is_status_1_and_has_a_fix(tmp_path: Path) -> None:
    with RawServer(reply(b"data: Hello\n- item\n\n", **GOOD)) as server:
        done = probe(tmp_path, server.url)
    assert done.returncode == 1
    assert "F05" in done.stdout
    assert "fix: Encode the payload as JSON" in done.stdout


def test_ctrl_c_gives_the_verdict_so_far(tmp_path: Path) -> None:
    with (
        RawServer([head(), chunk(text("a")), Do.HOLD]) as server,
        started(tmp_path, server.url, "--record", str(tmp_path / "kept.jsonl")) as process,
    ):
        assert process.stdout
        for line in process.stdout:
            if '"a"' in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        assert process.wait(LIMIT_S) == 130
        assert server.client_left.wait(LIMIT_S)
    assert "the probe left" in rest
    assert "D04" in rest
    assert '"reason":"cancelled"' in (tmp_path / "kept.jsonl").read_text()


def test_two_places_are_compared_and_kept(tmp_path: Path) -> None:
    """What stands between them drops an event and a header; the verdict names the hop."""
    behind = {**GOOD, "server": "nginx/1.22.1\x1b[31m"}
    del behind["x_accel_buffering"]
    with (
        RawServer(reply(text("a"), text("b"), DONE, **GOOD)) as a,
        RawServer(reply(text("a"), DONE, **behind)) as b,
    ):
        done = probe(tmp_path, "--quiet", a.url, b.url, "--record", str(tmp_path / "kept"))
        told = probe(tmp_path, "--format", "json", a.url, b.url)
    assert (done.returncode, done.stderr) == (1, "")
    assert "read 1" not in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.index(a.url) < done.stdout.index(b.url) < done.stdout.index("The hop between  nginx/1.22.1")
    assert "the hop drops 1 event: the first is" in " ".join(done.stdout.split())
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["a.jsonl", "b.jsonl"]
    values = json.loads(told.stdout)
    assert told.returncode == 1
    assert values["a"]["url"].rstrip("/") == a.url
    assert (values["a"]["metrics"]["events"], values["b"]["metrics"]["events"]) == (3, 2)
    assert [one["kind"] for one in values["hop"]["differences"]] == ["events", "headers"]


def test_one_place_as_json_is_one_object_and_nothing_else(tmp_path: Path) -> None:
    with RawServer(reply(text("a"), text("b"), **GOOD)) as server:
        done = probe(tmp_path, "--format", "json", server.url)
    values = json.loads(done.stdout)
    assert (done.returncode, values["status"], values["ending"]) == (1, 200, "the server ended it")
    assert [finding["code"] for finding in values["findings"]] == ["D17"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["http://127.0.0.1:1/", "127.0.0.1:2"], "must begin with http"),
        (["http://127.0.0.1:1/", "http://127.0.0.1:1/", "--record", "/dev/null/x"], "cannot be made"),
        (["http://127.0.0.1:1/"], "cannot be reached"),
        (["127.0.0.1:1"], "must begin with http"),
        (["http://127.0.0.1:1/", "--data", "{"], "no JSON"),
        (["http://127.0.0.1:1/", "--header", "x"], "name: value"),
        (["http://127.0.0.1:1/", "--header", "x: a\r\nb: c"], "name: value"),
        (["http://127.0.0.1:1/", "--record", "/nowhere/at/all"], "cannot be written"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(arguments: list[str], says: str, tmp_path: Path) -> None:
    done = probe(tmp_path, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout
