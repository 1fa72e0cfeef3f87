"""The page in a real browser."""

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.sse import Decoder
from tests.capture.raw_server import LAST_CHUNK, Do, RawServer, Step, chunk, head, reply
from tests.support import LIMIT_S, block, finish, input_json, sse, start, text
from tests.test_examples import endpoint
from tests.web.support import Chat, chat, text_events

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")
playwright.expect.set_options(timeout=LIMIT_S * 1000)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)")

READERS = ["EventSource", "fetch"]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Every EventSource that the page opens can be looked at.
WATCH = "window.sources = []; const Real = EventSource; window.EventSource = class extends Real {"
WATCH += " constructor(...given) { super(...given); window.sources.push(this); } };"
HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    context.set_default_timeout(LIMIT_S * 1000)
    context.add_init_script(WATCH)
    opened = context.new_page()
    yield opened
    context.close()


def ask(page: Any, it: Chat, reader: str, message: str = "hi") -> None:
    page.goto(it.url)
    page.get_by_label(reader, exact=True).check(force=True)
    page.get_by_label("Message").fill(message)
    page.keyboard.press("Enter")


def expect(locator: Any, words: str) -> None:
    """Waits until an element holds exactly these words, whitespace included."""
    playwright.expect(locator).to_have_js_property("textContent", words)


@pytest.mark.parametrize("reader", READERS)
def test_text_appears_while_the_stream_runs(
    reader: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = ("Hel", "lo\n\n- item\n", "\u2028 👩‍👩‍👧 \u202eabc", "\n  end")
    frames = text_events(*pieces)
    gates = [threading.Event() for _ in pieces]
    script: list[Step] = [head(), *map(chunk, frames[:2])]
    for gate, frame in zip(gates, frames[2:], strict=False):
        script += [gate, chunk(frame)]
    with chat(monkeypatch, tmp_path, [*script, *map(chunk, frames[6:]), LAST_CHUNK]) as it:
        ask(page, it, reader)
        for number, gate in enumerate(gates, 1):
            gate.set()
            # The upstream waits at the next gate: what is shown now has not come with the rest.
            expect(page.locator(".reply .text"), "".join(pieces[:number]))
        playwright.expect(page.locator(".reply footer")).to_contain_text("end_turn")
        assert page.locator(".event").count() == len(frames)
        assert len(it.upstream.requests) == 1


@pytest.mark.parametrize(
    "script",
    [reply(*text_events("Hello")), [head(), *map(chunk, text_events("Hello")[:3])]],
    ids=["done", "error"],
)
def test_event_source_is_closed_at_the_end_and_never_connects_again(
    script: list[Step], page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, script) as it:
        ask(page, it, "EventSource")
        page.locator("#send", has_text="Send").wait_for()
        page.locator(".reply footer, .reply .error").wait_for()
        # 2 is CLOSED: for the browser that is final.
        assert page.evaluate("sources.map((source) => source.readyState)") == [2]
        assert len(it.upstream.requests) == 1


@pytest.mark.parametrize("reader", READERS)
def test_closing_the_tab_closes_the_upstream(
    reader: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, [head(), *map(chunk, text_events("Hel")[:3]), Do.HOLD]) as it:
        ask(page, it, reader)
        expect(page.locator(".reply .text"), "Hel")
        assert not it.upstream.client_left.is_set()
        page.close()
        assert it.upstream.client_left.wait(LIMIT_S)


@pytest.mark.parametrize("reader", READERS)
def test_stop_closes_the_upstream_and_keeps_what_came(
    reader: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, [head(), *map(chunk, text_events("Hel")[:3]), Do.HOLD]) as it:
        ask(page, it, reader)
        expect(page.locator(".reply .text"), "Hel")
        page.get_by_role("button", name="Stop").click()
        assert it.upstream.client_left.wait(LIMIT_S)
        expect(page.locator(".reply footer"), "stopped")
        expect(page.locator(".reply .text"), "Hel")


@pytest.mark.parametrize("reader", READERS)
def test_an_error_in_mid_stream_shows_the_partial_reply_and_the_error(
    reader: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Too busy"}})
    with chat(monkeypatch, tmp_path, reply(*text_events("Half a rep")[:3], error)) as it:
        ask(page, it, reader)
        playwright.expect(page.get_by_role("alert")).to_contain_text("overloaded_error Too busy")
        expect(page.locator(".reply .text"), "Half a rep")
        page.get_by_role("button", name="Send").wait_for()


@pytest.mark.parametrize("reader", READERS)
def test_a_refusal_is_shown(reader: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chat(monkeypatch, tmp_path, reply()) as it:
        ask(page, it, reader, "x" * (300 << 10))
        alert = page.get_by_role("alert")
        # EventSource does not tell a page why it was refused.
        said = "may have 256 KB" if reader == "fetch" else "was refused"
        playwright.expect(alert).to_contain_text(said)
        assert not it.upstream.requests


def test_tool_input_is_shown_while_it_is_written(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = ('{"expression"', ': "6', ' * 7"}')
    start_of_block, *deltas, stop = block(
        0, *map(input_json, pieces), type="tool_use", id="t", name="calculate", input={}
    )
    gates = [threading.Event() for _ in deltas]
    script: list[Step] = [head(), chunk(sse(start(), start_of_block))]
    for gate, delta in zip(gates, deltas, strict=True):
        script += [gate, chunk(sse(delta))]
    script += [chunk(sse(stop, *finish("tool_use"))), LAST_CHUNK]
    with chat(monkeypatch, tmp_path, script, reply(*text_events("It is 42."))) as it:
        ask(page, it, "EventSource")
        expect(page.locator(".tool .name"), "calculate")
        for number, gate in enumerate(gates, 1):
            gate.set()
            expect(page.locator(".tool .input"), "".join(pieces[:number]))
        expect(page.locator(".tool .result"), "42")
        expect(page.locator(".reply .text"), "It is 42.")
        playwright.expect(page.locator("#events h3")).to_have_text(["request 1", "request 2"])


def test_nothing_from_the_model_runs_as_html(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        start(model=HOSTILE),
        *block(0, {"type": "thinking_delta", "thinking": HOSTILE}, type="thinking", thinking=""),
        *block(1, text(HOSTILE), type="text", text=""),
        *block(2, input_json(json.dumps({HOSTILE: HOSTILE})), type="tool_use", id=HOSTILE, name=HOSTILE, input={}),
        *finish("tool_use"),
    ]
    odd = f"event: {HOSTILE}\ndata: {HOSTILE}\n\n: {HOSTILE}\n\n".encode()
    error = sse(start(), {"type": "error", "error": {"type": HOSTILE, "message": HOSTILE}})
    with chat(monkeypatch, tmp_path, reply(sse(*events), odd), reply(error)) as it:
        requested: list[str] = []
        page.on("request", lambda request: requested.append(request.url))
        ask(page, it, "EventSource", HOSTILE)
        playwright.expect(page.get_by_role("alert")).to_contain_text(HOSTILE)
        for place in (".user", ".thinking", ".reply .text", ".tool .name"):
            expect(page.locator(place), HOSTILE)
        playwright.expect(page.locator(".tool .result")).to_contain_text(HOSTILE)
        for row in page.locator(".event summary").all():
            row.click()
        assert HOSTILE in page.locator("#events").text_content()
        assert page.locator("main img, main script").count() == 0
        assert page.evaluate("window.hacked") is None
        assert all(url.startswith(it.url) for url in requested)


def test_the_policy_stops_inline_script_and_foreign_origins(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply()) as it:
        page.goto(it.url)
        page.evaluate(
            """() => { const script = document.createElement("script"); script.textContent = "window.hacked = 1";
            document.body.append(script); }"""
        )
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("fetch('http://localhost:1/').then(() => 'sent', (error) => String(error))").startswith(
            "TypeError"
        )


BODIES = [
    "event: a\r\ndata: 1\r\n\r\ndata: 2\rdata:3\r\rdata\n\n: c\nid: 1\ndata:  x: y\n\n",
    "data: é👩‍👧\u2028z\n\nevent: b\n\ndata: after a lone name\n\ndata: unfinished",
    "\ufeffdata: bom\n\n\r\n\n\revent:c\ndata:1\ndata:\ndata:2\n\n",
]


@pytest.mark.parametrize("body", BODIES)
def test_the_fetch_readers_parser_is_the_standards(
    body: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under every chunking into equal pieces, also through UTF-8 sequences and CR LF."""
    expected = [
        {"name": frame.event, "data": frame.data} for frame in Decoder().feed(body.encode(), 0) if frame.dispatched
    ]
    parse = """async ([bytes, size]) => {
        const { Parser } = await import("/static/readers.js");
        const parser = new Parser(), decoder = new TextDecoder(), found = [];
        for (let at = 0; at < bytes.length; at += size) {
            const piece = decoder.decode(new Uint8Array(bytes.slice(at, at + size)), { stream: true });
            found.push(...parser.feed(piece));
        }
        return found;
    }"""
    with chat(monkeypatch, tmp_path, reply()) as it:
        page.goto(it.url)
        for size in range(1, len(body.encode()) + 1):
            assert page.evaluate(parse, [list(body.encode()), size]) == expected, size


def test_a_conversation_goes_on_and_a_new_one_forgets(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(*text_events("one"))) as it:
        ask(page, it, "fetch", "first")
        page.locator(".reply footer").wait_for()
        page.get_by_label("Message").fill("second")
        page.get_by_role("button", name="Send").click()
        page.locator(".reply footer").nth(1).wait_for()
        page.get_by_role("button", name="New chat").click()
        assert page.locator("article").count() == 0
        page.get_by_label("Message").fill("third")
        page.keyboard.press("Enter")
        page.locator(".reply footer").wait_for()
        said = [[message["role"] for message in json.loads(body)["messages"]] for body in it.upstream.bodies]
    assert said == [["user"], ["user", "assistant", "user"], ["user"]]


@pytest.mark.parametrize("reader", READERS)
def test_the_examples_two_readers(reader: str, page: Any) -> None:
    pieces = ("Hel", "lo\n\n- item\n", "é👩‍👧")
    with RawServer(reply(*text_events(*pieces))) as upstream, endpoint(upstream.url) as url:
        page.goto(url)
        page.get_by_role("button", name=reader).click()
        expect(page.locator("#state"), "done: end_turn")
        expect(page.locator("#reply"), "".join(pieces))
        assert [source for source in page.evaluate("sources.map((source) => source.readyState)") if source != 2] == []
        assert len(upstream.requests) == 1
