import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from inspector.capture.recorder import Recorder
from inspector.recording import Writer, header_line
from tools.recordings.network import NS_IN_MS, one_read, reads
from tools.recordings.scenarios import SCENARIOS
from tools.recordings.script import Script

FIRST = datetime(2026, 11, 22, 10, tzinfo=UTC)
SDK = "2.12.0"

Scenario = Callable[[Script], None]


def write_library(folder: Path) -> Iterator[Path]:
    """Writes a recording for each scenario into a folder; yields their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, scenario in enumerate(SCENARIOS):
        path = folder / f"{name_of(scenario)}.jsonl"
        _write(path, scenario, FIRST + timedelta(minutes=2 * number))
        yield path


def name_of(scenario: Scenario) -> str:
    return scenario.__name__.replace("_", "-")


def _write(path: Path, scenario: Scenario, started_at: datetime) -> None:
    script = Script(name_of(scenario))
    scenario(script)
    note = " ".join((scenario.__doc__ or "").split())
    source = {"kind": "synthetic", "by": "tools/recordings", "note": note, "clock": "arrival"}
    writer = Writer(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644))
    writer.write(header_line(source, started_at, sha256(script.name.encode()).hexdigest()[:16]))
    body = orjson.dumps(script.body)
    recorder = Recorder(writer)
    recorder.request("POST", "https://api.anthropic.com/v1/messages", _request_headers(script, body), body)
    recorder.response(int(script.ttfb_ms * NS_IN_MS), script.status, _response_headers(script, started_at))
    chunks, times = one_read(script.sendings) if script.in_one_read else reads(script.sendings, script.rng)
    recorder.reads(chunks, times)
    last_ms = max(script.now_ms, times[-1] / NS_IN_MS)
    recorder.end(int((last_ms + script.between(0.3, 2)) * NS_IN_MS), *script.end)


def _request_headers(script: Script, body: bytes) -> list[tuple[str, str]]:
    betas = {"anthropic-beta": ",".join(script.betas)} if script.betas else {}
    return list(
        {
            "host": "api.anthropic.com",
            "accept-encoding": "gzip, deflate",
            "connection": "keep-alive",
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": f"Anthropic/Python {SDK}",
            "x-stainless-lang": "python",
            "x-stainless-package-version": SDK,
            "x-stainless-retry-count": "0",
            "x-stainless-read-timeout": str(script.read_timeout),
            "authorization": "Bearer ",
            "anthropic-version": "2026-10-21",
            **betas,
            "content-length": str(len(body)),
        }.items()
    )


def _response_headers(script: Script, started_at: datetime) -> list[tuple[str, str]]:
    date = started_at + timedelta(milliseconds=script.ttfb_ms)
    limits: dict[str, Any] = {"requests": 4_000, "input-tokens": 2_000_000, "output-tokens": 400_000}
    rate_limits = {}
    for name, limit in limits.items():
        left = 0 if script.status == 429 and name == "output-tokens" else limit - int(script.between(1, limit / 100))
        rate_limits[f"anthropic-ratelimit-{name}-limit"] = str(limit)
        rate_limits[f"anthropic-ratelimit-{name}-remaining"] = str(left)
        rate_limits[f"anthropic-ratelimit-{name}-reset"] = (date + timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return list(
        {
            "date": format_datetime(date, usegmt=True),
            "transfer-encoding": "chunked",
            "connection": "keep-alive",
            "cache-control": "no-cache",
            **rate_limits,
            "request-id": script.id("req_"),
            "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
            "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
            "server": "cloudflare",
            "cf-cache-status": "DYNAMIC",
            **script.headers,
        }.items()
    )
