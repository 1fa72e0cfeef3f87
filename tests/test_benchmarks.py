"""The recording that the benchmarks run on is a valid one, of the size that was asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from inspector.formats import open_exchange

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.parametrize("count", [5, 6, 7, 8, 9_000, 60_000])
def test_a_big_recording_is_whole(count: int, tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    subprocess.run([sys.executable, "benchmarks/make_big.py", str(count), str(path)], cwd=ROOT, check=True)
    with open_exchange(str(path)) as exchange:
        view = exchange.view()
        assert exchange.index.count == count
        assert view.status == "complete"
        assert view.message is not None
        assert not any("input_json" in block for block in view.message["content"])
        assert all(block.stop_n for block in exchange.index.messages[0].blocks)
        assert exchange.notes == []
