"""Tokens, wherever a text tells them: the same ones, in the same words."""

from pathlib import Path

from inspector.cli.live_output import summary as live_summary
from inspector.formats import open_exchange
from inspector.panes.model import StreamModel
from inspector.panes.status import status_lines
from inspector.recording import header_line
from inspector.recording.lines import frame_line
from inspector.reports.exchange_text import text_of, tokens_text
from inspector.reports.session_summary import summary
from inspector.session.sources import Source
from inspector.session.summaries import summarise
from inspector.session.totals import SessionTotals
from inspector.sse import Decoder
from inspector.timeline.metrics import InputTokens
from tests.support import LIMIT_S, block, finish, sse, start, text

USAGE = {"input_tokens": 12, "cache_read_input_tokens": 12_000, "cache_creation_input_tokens": 300, "output_tokens": 1}
SAID = "in 12,312 (cached 12,000, written 300), out 9 tokens"


BODY = sse(start(usage=USAGE), *block(0, text("hi"), type="text", text=""), *finish(output_tokens=9))


def recorded(folder: Path, name: str = "a.jsonl", body: bytes = BODY) -> Path:
    lines = [header_line({"kind": "live"}), *map(frame_line, Decoder().feed(body, 5_000_000))]
    path = folder / name
    path.write_bytes(b"".join(lines) + b'{"kind":"end","t_ns":9000000,"reason":"complete"}\n')
    return path


def last_line(folder: Path, *paths: Path) -> str:
    """What `run` says at its end."""
    totals = SessionTotals()
    for path in paths:
        totals.began()
        totals.ended(path, lost=False)
    totals.close(LIMIT_S)
    return summary(folder, totals)


def test_they_are_the_same_everywhere(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with open_exchange(str(path)) as exchange:
        assert SAID in text_of(exchange.view(), named=False, follows=False)
        _, figures = status_lines(StreamModel(exchange), "a", [], 120)
        assert "".join(piece for piece, _ in figures).startswith("in 12,312 (cached 12,000, written 300)   out 9   ")
    assert f" · {SAID} · " in live_summary(path)
    assert f" · {SAID} · " in last_line(tmp_path, path)
    assert summarise(Source(str(path))).input_tokens == InputTokens(12_312, 12_000, 300)


def test_a_session_has_the_sum(tmp_path: Path) -> None:
    paths = [recorded(tmp_path), recorded(tmp_path, "b.jsonl")]
    assert " · in 24,624 (cached 24,000, written 600), out 18 tokens · " in last_line(tmp_path, *paths)


def test_what_it_costs_stands_behind_them(tmp_path: Path) -> None:
    body = sse(start(usage=USAGE, model="claude-opus-4-8"), *finish(output_tokens=9))
    known = recorded(tmp_path, "known.jsonl", body)
    with open_exchange(str(known)) as exchange:
        text = text_of(exchange.load().view(), named=False, follows=False, costs=True)
    # 12 at $5, 12,000 at $0.50, 300 at $6.25 at least, 9 at $25, for a million.
    assert "out 9 tokens · cost at least $0.0082 (prices of genai-prices " in text
    assert "nothing says how long the cache keeps" in text
    paths = [known, recorded(tmp_path)]
    assert " · cost at least $0.0082 (prices of genai-prices " in (line := last_line(tmp_path, *paths))
    assert "; 2 of 2 exchanges: " in line
    assert 'cost unknown (no prices for "claude-test")' in last_line(tmp_path, recorded(tmp_path))


def test_what_is_not_known_is_not_said() -> None:
    assert [tokens_text(None, None), tokens_text(None, 3), tokens_text(InputTokens(3), None)] == [
        "", "out 3 tokens", "in 3 tokens",
    ]  # fmt: skip
