"""What it costs to take the secrets out of a request body, for the worst bodies there are.

    python benchmarks/redaction.py [--megabytes N] [--only NAME]

Goals: at most 3 times what `orjson.loads` takes for the same bytes (for a body that it refuses: for an honest one of
that size), and no other thread waits longer than 50 ms. CPU times, and the longest gaps that a thread sees which
wants to run every millisecond, the best of three each, as the machine may have other work. There is nothing to
compare with: neither mitmproxy nor claude-tap looks into bodies.
"""

import argparse
import base64
import gc
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import orjson

from inspector.recording import Redactor
from inspector.recording.redaction import UnreadableBodyError

RATIO, GAP_MS = 3, 50
PROSE = (
    'He said: "it\'s a token of trust, the key to it all", and then\n\tnothing more. See https://example.com/a?b=c.\n'
    * 20
)
TOOL = json.dumps([{"id": number, "name": "foo", "value": "bar", "ok": True} for number in range(100)])
LOGIN = json.dumps([{"id": number, "token": "foo", "value": "bar"} for number in range(100)])


def bodies(size: int) -> Iterator[tuple[str, bytes]]:
    """Each of about so many bytes."""

    def items(item: bytes) -> bytes:
        return b"[" + b",".join([item] * (size // (len(item) + 1))) + b"]"

    def string(piece: bytes) -> bytes:
        return b'{"a":"' + piece * (size // len(piece)) + b'"}'

    def text(value: str) -> bytes:
        return items(json.dumps({"type": "text", "text": value}).encode())

    def numbered(name: bytes) -> bytes:
        return b"{" + b",".join(b'"%b%d":1' % (name, number) for number in range(size // (len(name) + 12))) + b"}"

    yield "prose", text(PROSE)
    yield "JSON in strings", text(TOOL)
    yield "JSON in strings with secrets", text(LOGIN)
    yield "JSON in strings, almost secrets", text(TOOL.replace("name", "max_tokens"))
    yield "JSON in strings, a secret each 64 KB", text(TOOL * 13).replace(b'\\"name', b'\\"token', 1)
    yield "prose, a secret each 64 KB", text(PROSE * 30 + "https://h/?token=1 sk-ant-x ")
    yield "prose, a secret each 2 KB", text(PROSE + "https://h/?token=1 ")
    yield "base64 in one string", b'{"data":"' + base64.b64encode(os.urandom(size * 3 // 4)) + b'"}'
    yield "base64, images of 400 KB", items(b'{"data":"' + base64.b64encode(os.urandom(300_000)) + b'"}')
    yield "one long string", string(b"x")
    yield "a long secret", b'{"token":"' + b"x" * size + b'"}'
    yield "UTF-8", string("é€😀".encode())
    yield 'all \\"', string(b'\\"')
    yield "all \\\\", string(b"\\\\")
    yield "all \\u0041", string(b"\\u0041")
    yield 'all \\":', string(b'\\":')
    yield 'all \\":, with a secret each 64 KB', string(b'\\":' * 20_000 + b'\\"token\\":\\"x\\"')
    yield "small members", items(b'{"a":1,"b":"x","name":"yy"}')
    yield "small secrets", items(b'{"token":"x"}')
    yield "almost secrets", items(b'{"max_tokens":1}')
    yield "almost secrets, all different", numbered(b"max_tokens_")
    yield "names that are all different", numbered(b"name_")
    yield "empty objects", items(b"{}")
    yield "nested deeply", items(b"[" * 500 + b"]" * 500)
    yield "a secret that is a large object", b'{"token":' + items(b"{}") + b"}"
    yield "schemas of secrets", b'{"properties":{' + items(b'"token":{"type":"string"}')[1:-1] + b"}}"
    yield "numbers", items(b"1")
    yield "short strings", items(b'"ab"')
    yield "white space", b'{"a":' + b" " * size + b"1}"
    yield "all //", string(b"//")
    yield "all ?", string(b"?")
    yield "all @", string(b"@")
    yield "all ://@", string(b"://@")
    yield "URLs", string(b"https://h/?a=1&b=2 ")
    yield "URLs with secrets", string(b"https://h/?token=1 ")
    yield "a URL with many parameters", b'{"a":"https://h/?key=' + b"&a=1" * (size // 4) + b'"}'
    yield "keys of the API", string(b"sk-ant-x ")
    yield 'cut inside a string of \\"', b'{"a":"' + b'\\"' * (size // 2)
    yield 'cut inside a secret of \\"', b'{"a":[{"token":"' + b'\\"' * (size // 2)
    yield "cut inside deep nesting", b'{"a":' + b"[" * size
    yield "NUL", string(b"\0")
    yield "invalid UTF-8", string(b"\xff")


def cpu_ms(call: Callable[[], object]) -> float:
    """The best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.thread_time()
        with suppress(ValueError):
            call()
        best = min(best, time.thread_time() - start)
    return best * 1000


@contextmanager
def watched(gaps: list[float]) -> Iterator[None]:
    """Meanwhile another thread notes how late it was, in milliseconds."""
    done = threading.Event()

    def watch() -> None:
        last = time.perf_counter()
        while not done.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            gaps.append((now - last) * 1000)
            last = now

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def timed(redactor: Redactor, body: bytes) -> tuple[float, float, str]:
    """CPU time and longest gap in milliseconds, the best of three each, and why it is left out."""
    times, longest, outcome = [], [], ""
    for _ in range(3):
        gc.collect()
        gaps: list[float] = [0]
        with watched(gaps):
            start = time.thread_time()
            try:
                redactor.body(body)
            except UnreadableBodyError as error:
                outcome = f"left out: {error}"
            times.append((time.thread_time() - start) * 1000)
        longest.append(max(gaps))
    return min(times), min(longest), outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=8)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    size = arguments.megabytes << 20
    redactor = Redactor()
    redactor.body(b'{"token":1}')
    honest = cpu_ms(lambda: orjson.loads(b'{"a":"' + b'\\"' * (size // 2) + b'"}'))
    idle: list[float] = []
    with watched(idle):
        time.sleep(1)
    print(f"{arguments.megabytes} MB each; when nothing is done the other thread waits up to {max(idle):.0f} ms\n")
    print(f"{'body':36} {'loads ms':>9} {'ours ms':>9} {'ratio':>7} {'gap ms':>7}")
    for name, body in bodies(size):
        if arguments.only not in name:
            continue
        try:
            orjson.loads(body)
            loads = cpu_ms(lambda body=body: orjson.loads(body))  # type: ignore[misc]
        except orjson.JSONDecodeError:
            loads = honest
        ours, gap, outcome = timed(redactor, body)
        ratio = ours / loads
        marks = ("!" if ratio > RATIO else " ") + ("!" if gap > GAP_MS else " ")
        print(f"{name:36} {loads:9.1f} {ours:9.1f} {ratio:7.1f} {gap:7.0f} {marks} {outcome}", flush=True)


if __name__ == "__main__":
    main()
