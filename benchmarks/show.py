"""What `show` costs on a large recording, as ratios in one run: python benchmarks/show.py FILE [PAIRS]

User time of `python -m inspector show --format json FILE` over that of a loop that only calls orjson.loads on each
line, both in processes of their own, in turn (goal: at most 4). Then, in a process of its own, the time of
at(n).message for random n once indexed (goal: under 16 ms each), and the peak memory of both.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
LOOP = "import sys, orjson\nfor line in open(sys.argv[1], 'rb'): orjson.loads(line)"
AT_EACH = 200


def main(file: str, pairs: int) -> None:
    ratios = []
    for pair in range(1, pairs + 1):
        loop, _ = user_time([sys.executable, "-c", LOOP, file])
        show, peak = user_time([sys.executable, "-m", "inspector", "show", "--format", "json", file])
        ratios.append(show / loop)
        print(f"pair {pair}: loop {loop:.2f} s, show {show:.2f} s, ratio {ratios[-1]:.2f}, show's peak {peak:.0f} MB")
    print(f"median ratio {median(ratios):.2f} (goal: at most 4)")
    user_time([sys.executable, __file__, "--at", file], quiet=False)


def user_time(command: list[str], quiet: bool = True) -> tuple[float, float]:
    """User CPU seconds and peak MB of a command, run to its end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL if quiet else None, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}")
    return usage.ru_utime, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def at(file: str) -> None:
    """Prints what at(n) costs over random n, and the memory."""
    import resource

    from inspector.formats import open_exchange

    started = time.perf_counter()
    exchange = open_exchange(file)
    print(f"indexed {exchange.index.count:,} events in {time.perf_counter() - started:.2f} s")
    indexed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for what in ("message", "as_dict"):
        times = []
        for n in random.Random(1).choices(range(1, exchange.index.count + 1), k=AT_EACH):
            started = time.perf_counter()
            view = exchange.at(n)
            _ = view.message if what == "message" else view.as_dict()
            times.append((time.perf_counter() - started) * 1e3)
        ordered = sorted(times)
        print(
            f"at(n).{what}, {AT_EACH} random n: median {median(times):.2f} ms,"
            f" p99 {ordered[AT_EACH * 99 // 100]:.2f} ms, slowest {ordered[-1]:.2f} ms (goal: under 16 ms)"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory: {indexed / 1024:.0f} MB indexed, {peak / 1024:.0f} MB after at(n)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--at"]:
        at(sys.argv[2])
    elif len(sys.argv) in (2, 3) and Path(sys.argv[1]).is_file():
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 5)
    else:
        sys.exit("usage: python benchmarks/show.py FILE [PAIRS], FILE as benchmarks/make_big.py makes it")
