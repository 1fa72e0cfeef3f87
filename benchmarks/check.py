"""What `inspector check` costs on a large recording, against a loop that only parses each line.

python benchmarks/check.py [N]: user time of both in processes of their own, for N events (1,000,000), three times each,
the fastest counts. At most 8 times as much is allowed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASE = "import sys, orjson\nfor line in open(sys.argv[1], 'rb'): orjson.loads(line)"
ALLOWED = 8.0
TIMES = 3


def user_seconds(*command: str) -> float:
    """User time of a process, which may have any exit status."""
    before = os.times().children_user
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=False)
    return os.times().children_user - before


def main(count: int) -> int:
    """Prints the figures; 1 where more than ALLOWED is taken."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "big.jsonl")
        subprocess.run([sys.executable, str(ROOT / "benchmarks" / "make_big.py"), str(count), path], check=True)
        check = (sys.executable, "-m", "inspector", "check", "--format", "json", path)
        base = min(user_seconds(sys.executable, "-c", BASE, path) for _ in range(TIMES))
        whole = min(user_seconds(*check) for _ in range(TIMES))
    print(f"{count:,} events, user time: orjson.loads of each line {base:.2f} s, inspector check {whole:.2f} s")
    print(f"{whole / base:.1f} times as much; {ALLOWED:.0f} are allowed")
    return int(whole > ALLOWED * base)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
