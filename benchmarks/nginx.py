"""What nginx does to the chat's stream: when the reader gets what, by how nginx is configured.

    python -m benchmarks.nginx

A shipped recording (plain-text, 4.6 s) is the upstream. One line for each configuration: when the headers and the
first text came, in how many reads the events came, the most events in one read, the longest gap, and what
`inspector probe` finds.
"""

import asyncio
import tempfile
from itertools import pairwise
from pathlib import Path

from inspector.diagnostics import diagnose
from inspector.recording.folders import shipped_path
from inspector.replay.answers import load
from inspector.timeline import Exchange
from inspector.web.app import create_app
from inspector.web.probe import ProbeRequest, probe
from inspector.web.server import serve_in_thread
from inspector.web.sources import Recordings
from tests.web.nginx import NGINX, nginx

IGNORED = "proxy_ignore_headers X-Accel-Buffering"
HTTP11 = ("proxy_http_version 1.1", 'proxy_set_header Connection ""')
GZIP = ("gzip on", "gzip_types text/event-stream", "gzip_min_length 0")
# The query asks for the upstream events too: five times the bytes.
CONFIGURATIONS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "no nginx": ("", None),
    "its defaults": ("", ()),
    "header ignored": ("", (IGNORED,)),
    "header ignored, longer stream": ("&upstream=1", (IGNORED,)),
    "header ignored, proxy_buffering off": ("", (IGNORED, "proxy_buffering off")),
    "header ignored, proxy_http_version 1.1": ("", (IGNORED, *HTTP11)),
    "gzip": ("", GZIP),
    "gzip, header ignored": ("", (IGNORED, *GZIP)),
    "gzip, header ignored, proxy_http_version 1.1": ("", (IGNORED, *HTTP11, *GZIP)),
    "gzip, header ignored, proxy_buffering off": ("", (IGNORED, "proxy_buffering off", *GZIP)),
}


def measure(url: str, folder: Path, query: str = "") -> str:
    path = folder / "probe.jsonl"
    with asyncio.run(probe(ProbeRequest(f"{url}/chat?message=x{query}"), path, lambda exchange: None)) as exchange:
        findings = ", ".join(f"{finding.code} {finding.severity}" for finding in diagnose(exchange)) or "nothing"
        row = _figures(exchange)
    path.unlink()
    return f"{row} | {findings}"


def _figures(exchange: Exchange) -> str:
    index = exchange.index
    texts = [n for n in range(1, index.count + 1) if index.event_types[index.code[n - 1]].event == "text"]
    reads = [index.read[n - 1] for n in texts]
    times = sorted({index.t_ns[n - 1] for n in texts})
    head = ((index.response or {})["t_ns"]) / 1e9
    most = max(reads.count(read) for read in set(reads))
    gap = max((later - earlier for earlier, later in pairwise(times)), default=0) / 1e9
    return f"{head:.2f} s | {times[0] / 1e9:.2f} s | {len(set(reads))} | {most} of {len(texts)} | {gap:.2f} s"


def main() -> None:
    if NGINX is None:
        raise SystemExit("nginx is not installed")
    print("| configuration | headers | first text | reads | most in one read | longest gap | probe finds |")
    print("|---|---|---|---|---|---|---|")
    for name, (query, directives) in CONFIGURATIONS.items():
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            source = Recordings(load([str(shipped_path("plain-text"))]), "plain-text")
            with serve_in_thread(create_app(source, folder / "chat")) as url:
                if directives is None:
                    row = measure(url, folder, query)
                else:
                    with nginx(url, folder, *directives) as front:
                        row = measure(front, folder, query)
        print(f"| {name} | {row} |", flush=True)


if __name__ == "__main__":
    main()
