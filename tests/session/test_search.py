"""Searching several streams at once."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from inspector.recording import Writer
from inspector.session.search import PER_STREAM, SessionSearch
from inspector.session.sources import Source, find
from inspector.sse import Decoder
from inspector.timeline import Exchange
from tests.streams import Record
from tests.support import block, finish, sse, start, text


def searched(wanted: str, sources: Sequence[Source]) -> SessionSearch:
    search = SessionSearch(wanted, lambda: sources)
    while search.step():
        pass
    search.close()
    return search


def saying(*pieces: str) -> list[dict[str, object]]:
    return [start(), *block(0, *map(text, pieces), type="text", text=""), *finish()]


def test_matches_stand_by_stream_with_their_passages(record: Record, tmp_path: Path) -> None:
    record(saying("The wea", "ther"), name="a.jsonl")
    record(saying("nothing"), name="b.jsonl")
    record(saying("Weather", " and weather"), name="c.jsonl")
    search = searched("weather", [Source(str(tmp_path / name)) for name in ("a.jsonl", "b.jsonl", "c.jsonl")])
    assert [found.source.name for found in search.found] == ["a.jsonl", "c.jsonl"]
    assert [(hit.n, hit.label, hit.before, hit.text) for hit in search.found[0].hits] == [
        (3, "text delta", "The ", "weather")
    ]
    assert [(hit.n, hit.text) for hit in search.found[1].hits] == [(3, "Weather"), (4, "weather")]
    assert (search.count, search.total, search.looked_through, search.done) == (3, 3, 3, True)
    assert search.progress == 1.0


def test_case_matters_with_a_capital_letter(record: Record) -> None:
    path = record(saying("Weather", "weather"))
    assert searched("Weather", [Source(str(path))]).count == 1
    assert searched("weather", [Source(str(path))]).count == 2
    assert searched("we.ther", [Source(str(path))]).count == 2
    assert searched("we(ther", [Source(str(path))]).count == 0


def test_of_many_matches_the_first_are_shown(record: Record) -> None:
    path = record(saying(*["again "] * (PER_STREAM + 20)))
    (found,) = searched("again", [Source(str(path))]).found
    assert len(found.hits) == PER_STREAM
    assert found.count == PER_STREAM + 20
    assert [hit.n for hit in found.hits] == list(range(3, 3 + PER_STREAM))


def test_what_cannot_be_read_is_told_and_the_rest_searched(record: Record, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_bytes(b"\0\1")
    path = record(saying("weather"))
    search = searched("weather", [Source(str(damaged)), Source(str(tmp_path / "missing.jsonl")), Source(str(path))])
    assert ["binary" in found.problem or "no such file" in found.problem for found in search.found] == [
        True,
        True,
        False,
    ]
    assert search.count == 1


def test_text_of_the_wire_is_harmless(record: Record) -> None:
    (found,) = searched("red", [Source(str(record(saying("\x1b[31m", "red", "\u202e"))))]).found
    (hit,) = found.hits
    assert "\x1b" not in hit.before
    assert "\u202e" not in hit.after
    assert hit.text == "red"


def test_streams_that_come_later_are_searched_too(record: Record, tmp_path: Path) -> None:
    sources = [Source(str(record(saying("weather"), name="a.jsonl")))]
    search = SessionSearch("weather", lambda: sources)
    while search.step():
        pass
    assert (search.count, search.done) == (1, True)
    sources.append(Source(str(record(saying("weather"), name="b.jsonl"))))
    while search.step():
        pass
    assert (search.count, search.total) == (2, 2)
    search.close()


def test_a_search_is_not_done_while_its_last_stream_is_being_opened(record: Record) -> None:
    done: list[bool] = []

    class Watched(Source):
        def another(self) -> Exchange:
            done.append(search.done)
            return super().another()

    search = SessionSearch("weather", lambda: [Watched(str(path))])
    path = record(saying("weather"))
    while search.step():
        pass
    search.close()
    assert (done, search.done) == ([False], True)


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_a_stream_that_is_being_recorded_is_searched_on(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    writer = Writer.create(path, {"kind": "proxy"})
    events = saying("wea", "ther", " and weather")
    decoder = Decoder()
    writer.frames(decoder.feed(sse(*events[:3]), 1))
    search = SessionSearch("weather", lambda: [Source(str(path))])
    while search.step():
        pass
    assert search.count == 0
    writer.frames(decoder.feed(sse(*events[3:]), 2))
    search.step()
    assert [hit.n for hit in search.found[0].hits] == [3, 5]
    writer.end(3, "complete")
    writer.close()
    search.step()
    search.close()
    assert search.count == 2


def test_the_exchanges_of_one_file_are_searched(tmp_path: Path) -> None:
    bodies = [sse(*saying(word)).decode() for word in ("sunny", "weather")]
    entries = [
        {
            "startedDateTime": "2026-11-22T10:00:00Z",
            "time": 1,
            "request": {"method": "POST", "url": "https://x/v1/messages", "headers": []},
            "response": {"status": 200, "headers": [], "content": {"text": body, "mimeType": "text/event-stream"}},
        }
        for body in bodies
    ]
    path = tmp_path / "two.har"
    path.write_text(json.dumps({"log": {"entries": entries}}))
    sources = find([str(path)])
    (found,) = searched("weather", sources).found
    assert found.source.number == 2
    assert found.source is not sources[1]
    for source in sources:
        assert source.copy
        source.copy.close()


def test_a_file_that_goes_away_is_no_error(record: Record, tmp_path: Path) -> None:
    path = record(saying("weather"))
    copy = tmp_path / "copy.jsonl"
    shutil.copy(path, copy)
    sources = find([str(tmp_path)])
    copy.unlink()
    search = searched("weather", sources)
    assert search.count == 1
    assert "no such file" in next(found.problem for found in search.found if found.problem)
