"""Examples in the documentation that are code or data, run or read by the real thing."""

import re
import sys
import types
from pathlib import Path
from typing import Any

import orjson

from inspector.cli.show_panes import PaneName
from inspector.formats import open_exchange
from inspector.formats.documents import first_object
from inspector.panes.registry import NAMES
from inspector.recording.lines import read_frame, read_tail
from inspector.timeline import Exchange
from inspector.tui.commands import declared, key_name
from inspector.tui.screens.stream import StreamScreen
from tests.support import exchange_of_lines

DOCS = Path(__file__).parents[1] / "docs"
FORMAT = (DOCS / "recording-format.md").read_text()
ADDING = (DOCS / "adding-a-format.md").read_text()


def fenced(text: str, language: str) -> list[str]:
    """The contents of a document's code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def executed(code: str, **names: Any) -> dict[str, Any]:
    module = types.ModuleType("example", "")
    vars(module).update(names)
    sys.modules["example"] = module
    try:
        exec(compile(code, "example", "exec"), vars(module))
    finally:
        del sys.modules["example"]
    return vars(module)


def example() -> bytes:
    (lines,) = fenced(FORMAT, "jsonl")
    return lines.encode()


def described_body() -> bytes:
    (text,) = fenced(FORMAT, "text")
    body = text.removesuffix("\n")
    before, last = body.split("event: content_block_stop")
    crlf, tail = ("event: content_block_stop" + last).split("\n\n")
    return before.encode() + crlf.replace("\n", "\r\n").encode() + b"\r\n\r\n" + tail.encode()


def test_the_example_recording_is_what_the_document_says(tmp_path: Path) -> None:
    path = tmp_path / "example.jsonl"
    path.write_bytes(example())
    with open_exchange(str(path)) as exchange:
        assert exchange.notes == []
        assert exchange.body() == described_body()
        view = exchange.view()
        assert view.status == "truncated"
        assert view.end is not None
        assert view.end["reason"] == "reset"
        assert view.message is not None
        assert view.message["content"] == [{"type": "text", "text": "Hello"}]
        assert exchange.index.count == 5
        assert exchange.header("authorization") == "Bearer [redacted]"
        assert view.metrics.reads == 6


def test_the_example_is_as_the_writer_would_write_it() -> None:
    from inspector.recording.lines import frame_line, tail_line

    frames = 0
    for line in example().splitlines(keepends=True):
        values = orjson.loads(line)
        assert next(iter(values)) == "kind"
        if values["kind"] in ("event", "frame"):
            frame = read_frame(line, first=frames == 0)
            assert frame_line(frame) == line
            frames += 1
        elif values["kind"] == "tail":
            assert tail_line(read_tail(line).raw, values["t_ns"], values["read"]) == line
        else:
            assert orjson.dumps(values) + b"\n" == line


def test_every_kind_and_reason_is_described() -> None:
    from typing import get_args

    from inspector.recording import EndReason

    kinds = {orjson.loads(line)["kind"] for line in example().splitlines()}
    headings = re.findall(r"^### (.*)$", FORMAT, re.M)
    assert kinds == {name for heading in headings for name in re.findall("`(.*?)`", heading)}
    assert {reason for reason in get_args(EndReason) if f"| `{reason}` |" in FORMAT} == set(get_args(EndReason))


def test_the_reader_in_the_document_reads(tmp_path: Path) -> None:
    (code,) = fenced(FORMAT, "python")
    read = executed(code)["body"]
    path = tmp_path / "example.jsonl"
    path.write_bytes(example())
    assert read(path) == described_body()
    for shipped in sorted((DOCS.parent / "recordings").glob("*.jsonl")):
        with open_exchange(str(shipped)) as exchange:
            assert read(shipped) == exchange.body(), shipped.name


def test_the_importer_and_the_exporter_in_the_document_work() -> None:
    importer, exporter = fenced(ADDING, "python")
    names = executed(importer)
    given = b'0.412\tping\t{"type": "ping"}\nnoise\n0.500\tmessage_stop\t{"type":"message_stop" }\n'
    assert names["recognise"](given)
    assert not names["recognise"](b'{"type":"ping"}\n')
    for step in (1, 7, 1000):
        chunks = (given[at : at + step] for at in range(0, len(given), step))
        (imported,) = names["FORMAT"].read(chunks)
        lines = list(imported.lines)
        assert imported.notes == ["1 lines that are no events left out"]
        assert first_object(lines[0])["kind"] == "recording"
        exchange = exchange_of_lines(lines)
        assert exchange.body() == (
            b'event: ping\ndata: {"type": "ping"}\n\nevent: message_stop\ndata: {"type":"message_stop" }\n\n'
        )
        assert exchange.view().metrics.events == 2
        assert exchange.view().metrics.duration_ms == 500
        written = executed(exporter, Exchange=Exchange, Iterator=names["Iterator"])["write"](exchange)
        assert b"".join(written) == given.replace(b"noise\n", b"").replace(b"0.412\t", b"0.412000\t").replace(
            b"0.500\t", b"0.500000\t"
        )


def test_the_tour_of_the_screen_has_every_key() -> None:
    code = {word for found in re.findall(r"`([^`]+)`", (DOCS / "screen.md").read_text()) for word in found.split()}
    missing = [
        binding.description
        for binding, _ in declared(StreamScreen)
        if not code & {key_name(key) for key in binding.key.split(",")} and not binding.description.startswith("Pane ")
    ]
    assert missing == []


def test_the_tour_of_the_screen_has_every_pane() -> None:
    tour = (DOCS / "screen.md").read_text()
    assert [name for name in PaneName if f"`{name}`" not in tour] == []
    assert [name for name in NAMES if f"**{name}**" not in tour] == []
