"""What a pipeline asks of `check`: when it fails, what it prints, what it counts."""

import io
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer

from inspector.cli.check import check
from tests.diagnostics.streams import GOOD, message, paced, recorded, spoken
from tests.formats.containers import har
from tests.support import sse, start

ODD = message({"type": "shiny"}, spoken())
CUT = sse(start(), *spoken("Hello")[:2])


class Output(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.buffer = io.BytesIO()

    def text(self) -> str:
        return self.buffer.getvalue().decode() + self.getvalue()


@pytest.fixture
def streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, body, end in (("good", GOOD, "complete"), ("odd", ODD, "complete"), ("cut", CUT, "eof")):
        exchange = recorded(paced(body), end=end)
        (tmp_path / f"{name}.jsonl").write_bytes(exchange.reader.line(0, exchange.reader.size()))
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *files: str, **options: object) -> tuple[int, str, str]:
    """The status, stdout and stderr of the command, in this process."""
    stdout, stderr = Output(), Output()
    with monkeypatch.context() as context:
        context.setattr(sys, "stdout", stdout)
        context.setattr(sys, "stderr", stderr)
        try:
            check(list(files), **options)  # type: ignore[arg-type]
            status = 0
        except typer.Exit as left:
            status = left.exit_code
    return status, stdout.text(), stderr.text()


@pytest.mark.parametrize(
    ("file", "fail_on", "status"),
    [
        ("cut.jsonl", "error", 1), ("cut.jsonl", "never", 0), ("odd.jsonl", "error", 0), ("odd.jsonl", "warn", 0),
        ("odd.jsonl", "info", 1), ("good.jsonl", "info", 0), ("none.jsonl", "never", 2),
    ],
)  # fmt: skip
def test_the_status_is_what_was_asked_for(
    streams: Path, monkeypatch: pytest.MonkeyPatch, file: str, fail_on: str, status: int
) -> None:
    assert run(monkeypatch, file, fail_on=fail_on)[0] == status


def test_a_limit_that_is_broken_is_a_finding_in_every_format(streams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for format in ("text", "json", "github", "sarif", "junit"):
        status, out, _ = run(monkeypatch, "good.jsonl", max_gap="10ms", format=format)
        assert status == 1
        assert "L02" in out
    assert run(monkeypatch, "good.jsonl", max_gap="1s", max_ttft="0.5", min_tokens=1.0)[0] == 0
    with pytest.raises(typer.BadParameter, match="--max-gap takes a duration such as 2s or 500ms"):
        run(monkeypatch, "good.jsonl", max_gap="fast")


def test_what_cannot_be_measured_is_said_and_fails_nothing(streams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (streams / "saved.sse").write_bytes(GOOD)
    status, out, err = run(monkeypatch, "saved.sse", max_ttft="1ms", format="junit")
    assert status == 0
    assert "cannot be measured" in err
    assert "cannot be measured" in out


def test_known_findings_are_left_out_until_there_is_another(streams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, _, err = run(monkeypatch, "cut.jsonl", "odd.jsonl", write_baseline="known.json")
    assert status == 0
    assert "findings written as known" in err
    status, out, err = run(monkeypatch, "cut.jsonl", "odd.jsonl", baseline="known.json")
    assert (status, err) == (0, "")
    assert "nothing found (2 streams checked; " in out
    assert "known findings left out" in out
    assert run(monkeypatch, "good.jsonl", "odd.jsonl", baseline="known.json")[2].endswith(
        "gone: write it again with --write-baseline\n"
    )
    (streams / "cut.jsonl").write_bytes((streams / "odd.jsonl").read_bytes())
    assert run(monkeypatch, "cut.jsonl", baseline="known.json", fail_on="info")[0] == 1


def test_streams_are_counted_and_what_is_none_apart(streams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (streams / "two.sse").write_bytes(GOOD + GOOD)
    (streams / "three.har").write_bytes(har(GOOD, GOOD, b'{"a":1}', headers=[("content-type", "text/event-stream")]))
    reply = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    (streams / "reply.json").write_text(json.dumps(reply))
    assert "(2 streams checked)" in run(monkeypatch, "two.sse")[1]
    assert "(3 streams checked)" in run(monkeypatch, "three.har")[1]
    assert "(1 stream and 1 other exchange checked)" in run(monkeypatch, "good.jsonl", "reply.json")[1]
    assert "(1 other exchange checked)" in run(monkeypatch, "reply.json")[1]


def test_github_is_told_nothing_that_is_only_worth_knowing(streams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "odd.jsonl", format="github") == (0, "", "")
    assert run(monkeypatch, "odd.jsonl", format="github", fail_on="info")[1].startswith("::notice ")
    assert run(monkeypatch, "cut.jsonl", format="github")[1].startswith("::error ")


def test_junit_has_a_case_for_each_stream_and_each_file_that_cannot_be_read(
    streams: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (streams / "three.har").write_bytes(har(GOOD, CUT, ODD))
    status, out, _ = run(monkeypatch, "three.har", "good.jsonl", "none.jsonl", format="junit")
    assert status == 2
    suites = ElementTree.fromstring(out)
    assert suites.attrib == {"name": "inspector check", "tests": "5", "failures": "1", "errors": "1"}
    cases = {(case.get("classname"), case.get("name")): [part.tag for part in case] for case in suites.iter("testcase")}
    assert cases == {
        ("three.har", "stream 1"): [],
        ("three.har", "stream 2"): ["failure", "system-out"],
        ("three.har", "stream 3"): ["system-out"],
        ("good.jsonl", "stream"): [],
        ("none.jsonl", "can be read"): ["error"],
    }
    failure = next(suites.iter("failure"))
    assert "P01" in (failure.get("type") or "").split()
    assert "Fix: " in (failure.text or "")
