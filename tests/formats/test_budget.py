"""What a small file can stand for is bounded, and so is what a large one may take: one line says which limit was met."""

import base64
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inspector.formats import importing, open_exchange, open_exchanges
from inspector.formats.budget import LONGEST_LINE, MB, MOST_VALUES
from inspector.formats.documents import items
from inspector.recording import UnreadableError
from tests.formats.containers import har
from tests.support import LIMIT_S, finish, sse, start

pytestmark = pytest.mark.slow
STREAM = sse(start(), *finish())
BOMB = gzip.compress(bytes(300 * MB), 9)


def har_of(text: str, encoding: str, **entry: Any) -> bytes:
    content = {"text": text, "encoding": "base64"}
    headers = [{"name": "content-encoding", "value": encoding}]
    response = {"status": 200, "headers": headers, "content": content}
    request = {"method": "POST", "url": "https://api.anthropic.com/v1/messages", "headers": []}
    return json.dumps({"log": {"entries": [{"request": request, "response": response, **entry}]}}).encode()


def cassette(body: str, headers: str = "{}") -> str:
    request = "- request: {method: POST, uri: 'https://a.test/v1/messages', headers: {}, body: ''}\n"
    return f"{request}  response:\n    status: {{code: 200}}\n    headers: {headers}\n    body: {body}\n"


def bomb_in_yaml() -> bytes:
    body = f'{{string: !!binary "{base64.b64encode(BOMB).decode()}"}}'
    return ("interactions:\n" + cassette(body, "{content-encoding: [gzip]}")).encode()


@pytest.mark.parametrize(
    "content", [har_of(base64.b64encode(BOMB).decode(), "gzip"), bomb_in_yaml()], ids=["HAR", "cassette"]
)
def test_a_body_that_is_a_bomb_is_cut_with_a_note(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with open_exchange(str(tmp_path / "a")) as exchange:
        assert any("decoded, it is more than 100 times its size" in note for note in exchange.notes)
        assert 0 < len(exchange.body()) <= 17 * MB


def test_what_text_compresses_to_is_no_bomb(tmp_path: Path) -> None:
    stream = STREAM * (17 * MB // len(STREAM) + 1)
    (tmp_path / "a").write_bytes(har_of(base64.b64encode(gzip.compress(stream)).decode(), "gzip"))
    with open_exchange(str(tmp_path / "a")) as exchange:
        assert exchange.body()[: len(STREAM)] == STREAM
        assert len(stream) > 16 * MB


def test_one_body_by_many_names_is_written_so_often_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A gigabyte would do the same, and take long.
    monkeypatch.setattr(importing, "LARGEST_COPY", 64 * MB)
    first = cassette(f"{{string: '{'x' * MB}'}}").replace("- request", "- &one\n  request", 1)
    (tmp_path / "a").write_text("interactions:\n" + first + "- *one\n" * 5000)
    with pytest.raises(UnreadableError, match="stands for more than 64 MB of recordings"):
        open_exchanges(str(tmp_path / "a"))


def test_aliases_that_nest_ever_deeper_are_left_out(tmp_path: Path) -> None:
    deeper = "".join(f"- x: &b{n} {'[' * 60}{f'*b{n - 1}' if n else '1'}{']' * 60}\n" for n in range(40))
    (tmp_path / "a").write_text("interactions:\n" + deeper + cassette("*b39"))
    with open_exchanges(str(tmp_path / "a"))[-1].load() as last:
        assert any("its aliases stand for more than can be written out" in note for note in last.notes)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"type":"ping","a":"' + b"x" * (LONGEST_LINE + MB), "a line of more than 64 MB"),
        (b'{"type":"stream_event","a":"' + b"x" * (LONGEST_LINE + MB), "a line of more than 64 MB"),
        (b'{"log":{"entries":[[' + b"[]," * (MOST_VALUES // 2 + 1), "values is not read"),
        (b'{"interactions":[' + b"[]," * (MOST_VALUES // 2 + 1), "values is not read"),
        (b'{"log":{"entries":[' + b"[" * 5000, "it is nested too deeply"),
        (b"999999999999:7:request;" + b"x" * (258 * MB), "a flow of more than 256 MB is not read"),
        (b"data: " + b"x" * (130 * MB), "without blank lines, of more than 128 MB"),
        (b"interactions:\n" + b"- 1\n" * (17 * MB), "YAML of more than 64 MB"),
    ],
    ids=["events", "claude-code", "HAR's values", "cassette's values", "depth", "flow", "frame", "YAML"],
)
def test_beyond_a_limit_one_line_says_which(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UnreadableError, match=says) as raised:
        open_exchanges(str(tmp_path / "a"))
    assert str(raised.value).startswith(f"{tmp_path / 'a'}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's own peak")
def test_a_large_har_file_takes_little_more_than_its_size(tmp_path: Path) -> None:
    one = json.loads(har(STREAM))["log"]["entries"][0]
    entry = json.dumps(one).encode()
    count = 24 * MB // len(entry)
    (tmp_path / "a.har").write_bytes(b'{"log":{"entries":[' + b",".join([entry] * count) + b"]}}")
    code = (
        "import sys; from inspector.formats import open_exchanges; found = open_exchanges(sys.argv[1]);"
        "found[-1].load().close(); print(len(found)); print(open('/proc/self/status').read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.har")],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert done.stdout.split()[0] == str(count)
    (peak_kb,) = re.findall(r"^VmHWM:\s+(\d+) kB$", done.stdout, re.M)
    assert int(peak_kb) * 1024 < 128 * MB


def test_a_large_har_file_is_read_as_a_small_one_is(tmp_path: Path) -> None:
    log = json.loads(har(STREAM, STREAM, STREAM))
    small, large = tmp_path / "small.har", tmp_path / "large.har"
    small.write_text(json.dumps(log))
    # Whatever stands beside the entries, and whatever the strings hold.
    log["log"] = {"comment": '"entries":[{]' + "\\" * 99 + "x" * (16 * MB), "pages": [{"entries": [1]}], **log["log"]}
    large.write_text(json.dumps(log, indent=1))
    assert read(small) == read(large)
    # A file that is cut gives what it has.
    large.write_bytes(large.read_bytes()[: -len(STREAM) // 2])
    *whole, cut = read(large)
    assert [body for body, _, _ in whole] == [STREAM, STREAM]
    assert "in entry 3: the JSON is cut or damaged" in cut[2][0]


def read(path: Path) -> list[tuple[bytes, Any, list[str]]]:
    found = []
    for exchange in open_exchanges(str(path)):
        with exchange.load():
            found.append((exchange.body(), exchange.request, exchange.notes))
    return found


@pytest.mark.parametrize("indent", [None, 2])
def test_items_are_the_texts_of_a_list(indent: int | None) -> None:
    values = [{"a": '"]}\\'}, ["[{"], {}, [], {"entries": [{"b": "\\\\"}]}]
    text = json.dumps({"log": {"c": [{"entries": [2]}], "entries": values, "d": [3]}}, indent=indent)
    assert [json.loads(one) for one in items(text.encode(), b'"entries"', 2)] == values


def test_exchanges_are_made_when_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(har(STREAM, STREAM, STREAM))
    found = open_exchanges(str(tmp_path / "a"))
    first, again = found[0], found[0]
    assert first is not again
    for number, one in enumerate(found[1:], 2):
        with one:
            assert one.number == number
    del found
    first.close()
    # The copy is there as long as one of them is.
    assert again.load().body() == STREAM
    again.close()
