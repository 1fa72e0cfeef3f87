"""The chat behind a real nginx: what its settings do to the order of things. Figures: docs/behind-nginx.md."""

import asyncio
import threading
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from inspector.diagnostics import Finding, diagnose
from inspector.diagnostics.hop import Place, hop_between
from inspector.recording.folders import shipped_path
from inspector.replay.answers import load
from inspector.web.app import create_app
from inspector.web.probe import ProbeRequest, probe
from inspector.web.server import serve_in_thread
from inspector.web.sources import Recordings
from tests.capture.raw_server import LAST_CHUNK, Step, chunk, head
from tests.support import LIMIT_S, wait_until
from tests.web.nginx import NGINX, nginx
from tests.web.support import Chat, chat, events, text_events, text_of, until

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light)")

IGNORED = "proxy_ignore_headers X-Accel-Buffering"
UNBUFFERED = "proxy_buffering off"
HTTP11 = "proxy_http_version 1.1"
GZIP = ("gzip on", "gzip_types text/event-stream", "gzip_min_length 0")
FRAMES = text_events("Hel", "lo\n\n", "you")


def script(gates: list[threading.Event]) -> list[Step]:
    """A reply of which each frame waits for its gate."""
    steps: list[Step] = [head()]
    for gate, frame in zip(gates, FRAMES, strict=True):
        steps += [gate, chunk(frame)]
    return [*steps, LAST_CHUNK]


def open_in_turn(it: Chat, gates: list[threading.Event], got: list[bytes], before: list[int]) -> None:
    """Lets each frame go when the chat has passed the one before on; `before`: how many reads the client had then."""
    passed = 0
    for gate, frame in zip(gates, FRAMES, strict=True):
        wait_until(lambda: sum(len(exchange.body()) for exchange in it.recordings()) >= passed)  # noqa: B023
        before.append(len(got))
        gate.set()
        passed += len(frame)


@pytest.mark.parametrize(
    "directives",
    [(), (IGNORED, UNBUFFERED), (IGNORED, HTTP11), GZIP, (IGNORED, UNBUFFERED, *GZIP)],
    ids=["header", "buffering off", "HTTP/1.1 to the chat", "header, gzip", "buffering off, gzip"],
)
def test_each_event_passes_before_the_upstream_goes_on(
    directives: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [threading.Event() for _ in FRAMES]
    gates[0].set()
    with (
        chat(monkeypatch, tmp_path / "chat", script(gates)) as it,
        nginx(it.url, tmp_path, *directives) as front,
        httpx2.stream("GET", f"{front}/chat?message=hi&upstream=1", timeout=LIMIT_S) as response,
    ):
        seen = 0
        for sent in until(response, "done"):
            if sent.name == "upstream":
                seen += 1
                for gate in gates[seen : seen + 1]:
                    gate.set()
    assert seen == len(FRAMES)
    assert ("gzip" in response.headers.get("content-encoding", "")) == (GZIP[0] in directives)


@pytest.mark.parametrize(
    "directives",
    [(IGNORED,), (IGNORED, *GZIP), (IGNORED, HTTP11, *GZIP)],
    ids=["buffering on", "gzip", "gzip, HTTP/1.1 to the chat"],
)
def test_nothing_passes_until_the_upstream_has_ended(
    directives: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [threading.Event() for _ in FRAMES]
    got: list[bytes] = []
    before: list[int] = []
    with chat(monkeypatch, tmp_path / "chat", script(gates)) as it, nginx(it.url, tmp_path, *directives) as front:
        opener = threading.Thread(target=open_in_turn, args=(it, gates, got, before))
        opener.start()
        with httpx2.stream("GET", f"{front}/chat?message=hi", timeout=LIMIT_S) as response:
            got.extend(piece for piece in response.iter_bytes() if piece)
        opener.join()
    assert before == [0] * len(FRAMES)
    # One read has it all.
    assert [sent.name for sent in events(got[0])] == ["text", "text", "text", "done"]
    assert text_of(events(got[0])) == "Hello\n\nyou"


def test_leaving_nginx_closes_the_upstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gates = [threading.Event() for _ in FRAMES]
    gates[0].set()
    with chat(monkeypatch, tmp_path / "chat", script(gates)) as it, nginx(it.url, tmp_path) as front:
        with httpx2.stream("GET", f"{front}/chat?message=hi&upstream=1", timeout=LIMIT_S) as response:
            next(until(response, "upstream"))
        wait_until(lambda: [exchange for exchange in it.recordings() if exchange.index.end])
        [recorded] = it.recordings()
        for gate in gates:
            gate.set()
    assert recorded.index.end
    assert recorded.index.end["reason"] == "cancelled"


def probed(folder: Path, *directives: str) -> list[Finding]:
    """The probe's verdict on a stream of 1.5 s behind nginx."""
    source = Recordings(load([str(shipped_path("plain-text"))]), "recording", speed=3)
    with serve_in_thread(create_app(source, folder / "chat")) as url, nginx(url, folder, *directives) as front:
        asked = ProbeRequest(f"{front}/chat?message=hi")
        with asyncio.run(probe(asked, folder / "probe.jsonl", lambda exchange: None)) as exchange:
            return diagnose(exchange)


def test_the_probe_finds_nothing_where_the_header_is_obeyed(tmp_path: Path) -> None:
    assert probed(tmp_path) == []


def test_the_probe_names_nginxs_buffering(tmp_path: Path) -> None:
    [finding] = probed(tmp_path, IGNORED)
    assert (finding.code, finding.severity) == ("D15", "error")
    assert "nginx" in finding.message
    assert "proxy_buffering" in finding.message


@pytest.mark.parametrize(("directives", "passes"), [((), True), ((IGNORED,), False)])
def test_of_two_places_the_hop_between_is_named(directives: tuple[str, ...], passes: bool, tmp_path: Path) -> None:
    source = Recordings(load([str(shipped_path("plain-text"))]), "recording", speed=3)
    places = []
    with (
        serve_in_thread(create_app(source, tmp_path / "chat")) as url,
        nginx(url, tmp_path, *directives) as front,
        ExitStack() as opened,
    ):
        for at, base in enumerate((url, front)):
            asked = ProbeRequest(f"{base}/chat?message=hi")
            exchange = asyncio.run(probe(asked, tmp_path / f"{at}.jsonl", lambda exchange: None))
            places.append(Place(opened.enter_context(exchange), diagnose(exchange)))
        hop = hop_between(*places)
    assert hop.name.startswith("nginx/")
    assert hop.passes is passes
    assert [one.severity for one in hop.differences if one.kind == "delivery"] == ([] if passes else ["error"])
    assert not [one for one in hop.differences if one.kind == "events"]


def test_the_probe_names_compression(tmp_path: Path) -> None:
    held, *others = probed(tmp_path, IGNORED, *GZIP)
    assert (held.code, held.severity) == ("D15", "error")
    assert "compressed (gzip)" in held.message
    assert {finding.code for finding in others} == {"T06", "D11"}
