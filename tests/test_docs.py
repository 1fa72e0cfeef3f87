"""Examples in the documentation that are code or data, run or read by the real thing."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import orjson
import pytest

import inspector
from inspector.formats import open_exchange
from inspector.formats.documents import first_object
from inspector.panes.registry import NAMES, PRINTED
from inspector.recording.folders import shipped
from inspector.recording.lines import read_frame, read_tail
from inspector.tui.commands import declared, key_name
from inspector.tui.screens.stream import StreamScreen
from tests.support import LIMIT_S, exchange_of_lines

DOCS = Path(__file__).parents[1] / "docs"
FORMAT = (DOCS / "recording-format.md").read_text()
ADDING = (DOCS / "adding-a-format.md").read_text()
TESTING = (DOCS / "testing.md").read_text()
ARCHITECTURE = (DOCS / "architecture.md").read_text()
PACKAGE = Path(inspector.__file__).parent


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
        assert exchange.notes == ["this is an example"]
        assert exchange.body() == described_body()
        view = exchange.view()
        assert view.status == "truncated"
        assert view.end is not None
        assert view.end["reason"] == "reset"
        assert view.message is not None
        assert view.message["content"] == [{"type": "text", "text": "Hello"}]
        assert exchange.index.count == 5
        assert exchange.header("authorization") == "Bearer [redacted]"
        assert view.metrics.reads == 7


def test_the_example_is_as_the_writer_would_write_it() -> None:
    from inspector.recording.lines import frame_line, spill_line, tail_line

    frames = 0
    for line in example().splitlines(keepends=True):
        values = orjson.loads(line)
        assert next(iter(values)) == "kind"
        if values["kind"] in ("event", "frame"):
            frame = read_frame(line, first=frames == 0)
            assert frame_line(frame) == line
            frames += 1
        elif values["kind"] == "tail":
            tail = read_tail(line)
            assert tail_line(tail.raw, tail.t_ns, tail.read, tail.splits, values["spilled"]) == line
        elif values["kind"] == "spill":
            assert spill_line(read_tail(line).raw, values["t_ns"], values["read"]) == line
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
    for name, recording in shipped().items():
        with open_exchange(str(recording)) as exchange:
            assert read(recording) == exchange.body(), name


def test_the_importer_and_the_exporter_in_the_document_work() -> None:
    (code,) = fenced(ADDING, "python")
    found = executed(code)["FORMAT"]
    given = b'0.412\tping\t{"type": "ping"}\nnoise\n0.500\tmessage_stop\t{"type":"message_stop" }\n'
    assert found.recognise(given)
    assert not found.recognise(b'{"type":"ping"}\n')
    for step in (1, 7, 1000):
        chunks = (given[at : at + step] for at in range(0, len(given), step))
        (imported,) = found.read(chunks)
        lines = list(imported.lines)
        assert imported.notes == ["1 lines that are no events left out"]
        assert first_object(lines[0])["kind"] == "recording"
        exchange = exchange_of_lines(lines)
        assert exchange.body() == (
            b'event: ping\ndata: {"type": "ping"}\n\nevent: message_stop\ndata: {"type":"message_stop" }\n\n'
        )
        assert exchange.view().metrics.events == 2
        assert exchange.view().metrics.duration_ms == 500
        written = b"".join(found.write(exchange))
        assert written == given.replace(b"noise\n", b"").replace(b"0.412\t", b"0.412000\t").replace(
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
    assert [name for name in PRINTED if f"`{name}`" not in tour] == []
    assert [name for name in NAMES if f"**{name}**" not in tour] == []


@pytest.mark.slow
def test_what_the_page_on_testing_shows_works(tmp_path: Path) -> None:
    for code in fenced(TESTING, "python"):
        comment, rest = code.split("\n", 1)
        (tmp_path / comment.removeprefix("# ")).write_text(rest)
    shutil.copy(shipped()["plain-text"], tmp_path / "reply.jsonl")
    # Whatever proxy and key the user has are not for these.
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "ANTHROPIC_API_KEY": "none"}
    environment["PYTHONPATH"] = str(DOCS.parent)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", "."]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert re.search(r"^6 passed", done.stdout, re.M), done.stdout + done.stderr


def test_the_checks_of_the_page_on_testing_pass(tmp_path: Path) -> None:
    shutil.copy(shipped()["plain-text"], tmp_path / "reply.jsonl")
    (settings,) = fenced(TESTING, "toml")
    (tmp_path / "pyproject.toml").write_text(settings)
    (commands,) = fenced(TESTING, "sh")
    for line in commands.splitlines():
        line = line.replace("inspector", f"{shlex.quote(sys.executable)} -m inspector", 1)
        environment = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
        done = subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=LIMIT_S
        )
        assert (done.returncode, done.stderr) == (0, ""), line
    assert b'"runs"' in (tmp_path / "streams.sarif").read_bytes()


def test_the_tree_of_the_architecture_is_the_packages() -> None:
    """Each package and each module beside them has its line, each line is one of them."""
    named: list[Path] = []
    at = {0: PACKAGE.parent}
    tree = ARCHITECTURE[ARCHITECTURE.index("## The tree") : ARCHITECTURE.index("## A frame's way")]
    for indent, name in re.findall(r"^ {4}( *)(\w+/|\w+\.py)(?: |$)", tree, re.M):
        at[len(indent) + 2] = at[len(indent)] / name
        named.append(at[len(indent)] / name)
    found = [path for path in PACKAGE.rglob("*") if path.is_dir() and any(path.glob("[!_]*.*"))]
    found += [path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]
    assert sorted(named) == sorted([PACKAGE, *(path for path in found if path.name != "__pycache__")])


def test_the_modules_that_the_documents_name_exist() -> None:
    root = DOCS.parent
    for document in (*DOCS.glob("*.md"), root / "README.md", root / "CONTRIBUTING.md"):
        examples = {"inspector/formats/gateway_log.py", "inspector/panes/so_far.py", "inspector/cli/count.py"}
        examples.add("inspector/diagnostics/rules/gateway.py")
        for name in re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", document.read_text()):
            places = (root / name, PACKAGE / name)
            assert name in examples or any(place.exists() for place in places), f"{document.name}: {name}"


def test_the_links_of_the_documents_lead_somewhere() -> None:
    root = DOCS.parent
    for document in (*DOCS.glob("*.md"), *root.glob("*.md")):
        for target in re.findall(r"\]\((?!http|#)([^)#]+)[^)]*\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
