"""docs/sdk-behaviour.md: python -m tools.sdk_behaviour > docs/sdk-behaviour.md

Runs the installed anthropic over the streams of tests/diagnostics/cases_*.py and over streams in which one thing was
changed, and npm's @anthropic-ai/sdk too where node and npm are: it is installed into a folder of its own. What a
finding says and an SDK does not do goes to stderr, and makes the status 1.
"""

import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import anthropic

from inspector.diagnostics import Finding, diagnose
from tests.diagnostics.mutations import mutation, sdk
from tests.diagnostics.streams import recorded
from tests.diagnostics.test_sdk_claims import JUDGED, claimed

_PACKAGE: Final = "@anthropic-ai/sdk"
_SCRIPT: Final = Path(__file__).parent / "typescript.mjs"
_MUTATIONS: Final = 2000
_THROWN: Final = re.compile(r"AnthropicError|APIError")
_SETTINGS: Final = ("B", "K", "T")


class Variant(NamedTuple):
    """A stream that was tried: the code of its rule ("" for a changed one), what it is, its body and its findings."""

    code: str
    what: str
    body: bytes
    findings: list[Finding]


class Outcome(NamedTuple):
    """What one way to read it came to: the name of what it raises ("" for nothing), and its words."""

    raised: str
    said: str


def variants() -> Iterator[Variant]:
    for case in JUDGED:
        exchange = case.make()
        if (exchange.index.end or {}).get("reason") not in ("timeout", "cancelled") and exchange.streams:
            yield Variant(case.code, case.what, exchange.body(), diagnose(exchange))
    for seed in range(_MUTATIONS):
        _, changed = mutation(seed)
        body = changed.body
        yield Variant("", f"{changed.kind}: {changed.what}", body, diagnose(recorded(body, end="eof")))


def typescript(tried: Sequence[Variant]) -> tuple[str, list[Outcome], list[Outcome]]:
    """The SDK's version, and what stream() and create() come to; ("", [], []) where there is no node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "", [], []
    with tempfile.TemporaryDirectory() as folder:
        quiet: dict[str, Any] = {"cwd": folder, "check": True, "capture_output": True, "text": True}
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", _PACKAGE], **quiet)
        lines = (
            json.dumps({"id": at, "body": base64.b64encode(one.body).decode()}) + "\n" for at, one in enumerate(tried)
        )
        done = subprocess.run(["node", str(_SCRIPT)], input="".join(lines), **quiet)
        version = json.loads((Path(folder) / "node_modules" / _PACKAGE / "package.json").read_text())["version"]
    told = {one["id"]: one for one in map(json.loads, filter(None, done.stdout.split("\n")))}
    ways = [
        [Outcome(told[at][way]["raised"], told[at][way]["said"]) for at in range(len(tried))]
        for way in ("stream", "create")
    ]
    return version, ways[0], ways[1]


def said_of_typescript(findings: list[Finding]) -> set[str]:
    judged = [one for one in findings if one.code[0] not in _SETTINGS or one.code in ("T04", "T07")]
    return {found[0] for one in judged if (found := _THROWN.search(one.typescript))}


_INTRODUCTION: Final = """# What the SDKs do

<!-- Made by `python -m tools.sdk_behaviour`: change the rules, or the script, not this file. -->

The streams on which the rules are tried, read by the SDKs themselves: anthropic-python {python} with
`client.messages.stream()`, and @anthropic-ai/sdk {typescript} with `client.beta.messages.stream()`, `for await` and
`finalMessage()`. What the findings say of an SDK was held to what it did, in these streams and in {mutations:,} in
which one thing was changed ([mutated-streams.md](mutated-streams.md)). In {python_right} of them all that was said of
Python's was true, in {typescript_right} all that was said of TypeScript's: that it raises, what, or that it does not.

| Rule | Stream | Python | TypeScript |
|---|---|---|---|"""


def main() -> int:
    tried = list(variants())
    python = [sdk(one.body, beta=one.code == "").raised for one in tried]
    version, streamed, created = typescript(tried)
    wrong = Counter[str]()
    for at, one in enumerate(tried):
        pairs = [("Python", claimed(one.findings), python[at])]
        pairs += [("TypeScript", said_of_typescript(one.findings), streamed[at].raised)] if streamed else []
        for name, says, does in pairs:
            if says != ({does} if does else set()):
                wrong[name] += 1
                words = [
                    f"{each.code}@{each.event} {each.typescript if name == 'TypeScript' else each.python}"
                    for each in one.findings
                ]
                more = f" ({streamed[at].said})" if name == "TypeScript" else ""
                sys.stderr.write(
                    f"{name}, {one.code} {one.what}: says {sorted(says) or 'nothing'}, does {does or 'nothing'}{more}\n"
                )
                sys.stderr.writelines(f"    {line[:200]}\n" for line in words)
    right = {name: f"{1 - wrong[name] / len(tried):.2%}" for name in ("Python", "TypeScript")}
    print(
        _INTRODUCTION.format(
            python=anthropic.__version__,
            typescript=version or "(not tried: there is no node)",
            mutations=_MUTATIONS,
            python_right=right["Python"],
            typescript_right=right["TypeScript"] if version else "none",
        )
    )
    for at, one in enumerate(tried):
        if one.code:
            other = _typescript_cell(streamed[at], created[at]) if streamed else "–"
            print(f"| {one.code} | {_cell(one.what)} | {python[at] or 'no exception'} | {other} |")
    return int(bool(wrong))


def _typescript_cell(streamed: Outcome, created: Outcome) -> str:
    if not streamed.raised:
        return "no exception"
    said = f"{streamed.raised}: {_cell(streamed.said[:70])}" if streamed.said else streamed.raised
    return f"{said} (create(): {created.raised})" if created.raised not in ("", streamed.raised) else said


def _cell(text: str) -> str:
    for character in "\\`*_<[|":
        text = text.replace(character, f"\\{character}")
    return text


if __name__ == "__main__":
    sys.exit(main())
