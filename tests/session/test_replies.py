"""A session in which most exchanges are no streams: none is taken for a stream that failed."""

from pathlib import Path

import pytest

from inspector.diagnostics import Diagnosis
from inspector.session.sources import Source
from inspector.session.summaries import summarise
from inspector.timeline import Exchange
from inspector.timeline.metrics import InputTokens
from tests.replies import FILE, MESSAGE, replied, session

SESSION = dict(session())


@pytest.mark.parametrize("name", SESSION)
def test_what_went_well_has_no_error(name: str) -> None:
    diagnosis = Diagnosis(SESSION[name])
    diagnosis.update(whole=True)
    assert diagnosis.notes == []
    assert [finding for finding in diagnosis.findings if finding.severity != "info"] == []


@pytest.mark.parametrize("name", SESSION)
def test_what_was_answered_is_a_reply(name: str) -> None:
    view = SESSION[name].view()
    assert view.status == ("complete" if name == "stream" else "reply")
    assert view.error is None


def test_an_unstreamed_message_is_the_message_and_tells_its_tokens() -> None:
    view = SESSION["unstreamed"].view()
    assert view.message == MESSAGE
    assert (view.metrics.output_tokens, view.metrics.input_tokens) == (7, InputTokens(111, 100))


@pytest.mark.parametrize("name", sorted(set(SESSION) - {"unstreamed", "pretty", "stream"}))
def test_only_messages_have_tokens(name: str) -> None:
    view = SESSION[name].view()
    assert (view.message, view.metrics.output_tokens, view.metrics.input_tokens) == (None, None, None)


def test_a_file_that_looks_like_events_is_no_stream() -> None:
    assert SESSION["download"].body() == FILE
    assert not SESSION["download"].streams


@pytest.mark.parametrize(
    ("exchange", "status"),
    [
        (replied("POST", "/v1/messages/count_tokens", {"type": "error"}, status=400), "error"),
        (replied("HEAD", "/", status=503), "error"),
        (replied("GET", "/v1/models", b'{"da', end="reset"), "truncated"),
        (replied("GET", "/v1/models", b'{"da', end="cancelled"), "cancelled"),
        (replied("GET", "/v1/models", b'{"da', end=None), "in-progress"),
        (replied("POST", "/v1/messages", MESSAGE, request={"stream": True}), "not-a-stream"),
        (replied("POST", "/v1/messages", b"<html>", headers=(("content-type", "text/html"),)), "reply"),
        (replied("GET", "/chat", b"data: hi\n\n", headers=(("content-type", "text/event-stream"),), end="eof"), "reply"),
    ],
)  # fmt: skip
def test_what_asked_for_no_stream_may_go_wrong(exchange: Exchange, status: str) -> None:
    assert exchange.view().status == status


def test_where_the_request_is_not_known_the_answer_says_what_it_was(tmp_path: Path) -> None:
    def unknown(body: object, kind: str) -> str:
        whole = replied("POST", "/v1/messages", body, headers=(("content-type", kind),))
        lines = whole.reader.line(0, whole.reader.size()).splitlines(keepends=True)
        path = tmp_path / "a.jsonl"
        path.write_bytes(b"".join([lines[0], lines[1].partition(b',"body"')[0] + b"}\n", *lines[2:]]))
        with Exchange(path.open("rb"), "a") as exchange:
            return exchange.load().view().status

    assert unknown(MESSAGE, "application/json; charset=utf-8") == "reply"
    assert unknown(b"<html>", "text/html") == "not-a-stream"


def test_a_list_names_what_is_no_stream(tmp_path: Path) -> None:
    summaries = {}
    for name, exchange in session():
        path = tmp_path / f"{name}.jsonl"
        path.write_bytes(exchange.reader.line(0, exchange.reader.size()))
        summaries[name] = summarise(Source(str(path)))
    assert summaries["stream"].asked == ""
    assert summaries["count"].asked == "POST /v1/messages/count_tokens"
    assert {summary.state for summary in summaries.values()} == {"complete", "reply"}
    assert [name for name, summary in summaries.items() if summary.trouble] == []
    assert (summaries["unstreamed"].output_tokens, summaries["count"].output_tokens) == (7, None)
