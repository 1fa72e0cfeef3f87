"""Tries real clients under `inspector run`, and prints the table of docs/clients.md.

    python -m tools.clients FOLDER [--only WORD] [--keep]

Each client is installed in a folder of its own below FOLDER, with pip or npm, and asks `inspector serve`: once through
the variables that `run` sets, once with `run --tls` and without them, at the API's own address. It passes where a
recording holds a message_stop. Nothing is asked of the real API, and no key is needed.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORDINGS = [ROOT / "recordings" / name for name in ("plain-text.jsonl", "tool-use.jsonl")]
MODEL = "claude-sonnet-4-5"
LIMIT_S = 420
BODY = json.dumps(
    {"model": "plain-text", "max_tokens": 64, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
)
ASK = 'base = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com")\n'


@dataclass
class Client:
    """`files`: what is written before. `command`: after shell's rules; `$BIN` is where the packages' programs are."""

    name: str
    command: str
    pip: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    variable: str = "ANTHROPIC_BASE_URL"
    ends_in: str = "no"
    # Where the version is that of a program, not of the first package.
    version: str = ""


CLIENTS = [
    Client(
        "anthropic (Python)", "$BIN/python ask.py", pip=("anthropic",),
        files={"ask.py": f"""
from anthropic import Anthropic
messages = [{{"role": "user", "content": "Hi"}}]
with Anthropic().messages.stream(model="{MODEL}", max_tokens=64, messages=messages) as stream:
    print(stream.get_final_text())
"""},
    ),
    Client(
        "anthropic (Python, async)", "$BIN/python ask.py", pip=("anthropic",),
        files={"ask.py": f"""
import asyncio
from anthropic import AsyncAnthropic
async def main():
    messages = [{{"role": "user", "content": "Hi"}}]
    async with AsyncAnthropic().messages.stream(model="{MODEL}", max_tokens=64, messages=messages) as stream:
        print(await stream.get_final_text())
asyncio.run(main())
"""},
    ),
    Client(
        "@anthropic-ai/sdk (TypeScript)", "$BIN/node ask.mjs", npm=("@anthropic-ai/sdk", "node@24"),
        files={"ask.mjs": f"""
import Anthropic from "@anthropic-ai/sdk"
const messages = [{{ role: "user", content: "Hi" }}]
const stream = new Anthropic().messages.stream({{ model: "{MODEL}", max_tokens: 64, messages }})
console.log(await stream.finalText())
"""},
    ),
    Client(
        "Claude Code", f"$BIN/claude -p Hi --model {MODEL}", npm=("@anthropic-ai/claude-code",),
        environment={"IS_SANDBOX": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
    ),
    Client(
        "opencode", f"$BIN/opencode run --model anthropic/{MODEL} Hi", npm=("opencode-ai",),
        files={"opencode.json": json.dumps({"share": "disabled", "autoupdate": False})},
        environment={"OPENCODE_DISABLE_AUTOUPDATE": "1"},
    ),
    Client(
        "Vercel AI SDK", "$BIN/node ask.mjs", npm=("@ai-sdk/anthropic", "ai", "node@24"), ends_in="either",
        files={"ask.mjs": f"""
import {{ streamText }} from "ai"
import {{ anthropic }} from "@ai-sdk/anthropic"
const result = streamText({{ model: anthropic("{MODEL}"), prompt: "Hi" }})
for await (const text of result.textStream) process.stdout.write(text)
"""},
    ),
    Client(
        "LangChain (JavaScript)", "$BIN/node ask.mjs", npm=("@langchain/anthropic", "@langchain/core", "node@24"),
        files={"ask.mjs": f"""
import {{ ChatAnthropic }} from "@langchain/anthropic"
for await (const chunk of await new ChatAnthropic({{ model: "{MODEL}" }}).stream("Hi")) console.log(chunk.content)
"""},
    ),
    Client(
        "LiteLLM (SDK)", "$BIN/python ask.py", pip=("litellm",), environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        files={"ask.py": f"""
import litellm
messages = [{{"role": "user", "content": "Hi"}}]
for chunk in litellm.completion(model="anthropic/{MODEL}", messages=messages, stream=True):
    print(chunk.choices[0].delta.content)
"""},
    ),
    Client(
        "LiteLLM (proxy)", "$BIN/python ask.py", pip=("litellm[proxy]",),
        environment={
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_MASTER_KEY": "sk-0123456789abcdef0123456789abcdef",
        },
        files={
            "config.yaml": f"model_list: [{{model_name: claude, litellm_params: {{model: anthropic/{MODEL}}}}}]\n",
            "ask.py": """
import json, os, subprocess, sys, time, urllib.request
program = os.path.join(os.path.dirname(sys.executable), "litellm")
arguments = ["--config", "config.yaml", "--host", "127.0.0.1", "--port", "24783"]
with open("proxy.log", "w") as log, subprocess.Popen([program, *arguments], stdout=log, stderr=log) as proxy:
    body = {"model": "claude", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    url = "http://127.0.0.1:24783/v1/chat/completions"
    headers = {"content-type": "application/json", "authorization": "Bearer sk-0123456789abcdef0123456789abcdef"}
    until = time.monotonic() + 300
    try:
        while True:
            try:
                print(urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).read())
                break
            except urllib.error.URLError as error:
                if time.monotonic() > until or proxy.poll() is not None or hasattr(error, "status"):
                    raise
                time.sleep(0.5)
    finally:
        proxy.terminate()
""",
        },
    ),
    Client("llm-anthropic", "$BIN/llm -m claude-sonnet-4.5 Hi", pip=("llm-anthropic", "llm")),
    Client(
        "instructor", "$BIN/python ask.py", pip=("instructor", "anthropic"),
        files={"ask.py": f"""
import instructor
from anthropic import Anthropic
from pydantic import BaseModel
class Place(BaseModel):
    city: str | None = None
client = instructor.from_anthropic(Anthropic(), mode=instructor.Mode.ANTHROPIC_TOOLS)
messages = [{{"role": "user", "content": "Where is the Louvre?"}}]
for place in client.create_partial(model="{MODEL}", max_tokens=64, messages=messages, response_model=Place):
    print(place)
"""},
    ),
    Client(
        "LangChain (Python)", "$BIN/python ask.py", pip=("langchain-anthropic",),
        variable="ANTHROPIC_BASE_URL, ANTHROPIC_API_URL",
        files={"ask.py": f"""
from langchain_anthropic import ChatAnthropic
for chunk in ChatAnthropic(model="{MODEL}").stream("Hi"):
    print(chunk.content)
"""},
    ),
    Client(
        "pydantic-ai", "$BIN/python ask.py", pip=("pydantic-ai-slim[anthropic]",),
        files={"ask.py": f"""
import asyncio
from pydantic_ai import Agent
async def main():
    async with Agent("anthropic:{MODEL}").run_stream("Hi") as result:
        print(await result.get_output())
asyncio.run(main())
"""},
    ),
    Client("aider", f"$BIN/aider --model anthropic/{MODEL} --message Hi --yes-always --no-git --no-check-update "
           "--no-show-model-warnings --no-analytics --no-gitignore", pip=("aider-chat",)),
    Client(
        "curl", "curl -sS --fail-with-body ${ANTHROPIC_BASE_URL:-https://api.anthropic.com}/v1/messages "
        f"-H 'content-type: application/json' -d '{BODY}'", version="curl --version", variable="yours",
    ),
    Client(
        "httpie", "echo '" + BODY + "' | $BIN/http --stream --check-status POST "
        "${ANTHROPIC_BASE_URL:-https://api.anthropic.com}/v1/messages", pip=("httpie",), variable="yours",
    ),
    Client(
        "requests", "$BIN/python ask.py", pip=("requests",), variable="yours",
        files={"ask.py": f"import os, requests\n{ASK}"
               f"print(requests.post(base + '/v1/messages', data='''{BODY}''').text)\n"},
    ),
    Client(
        "aiohttp", "$BIN/python ask.py", pip=("aiohttp",), variable="yours",
        files={"ask.py": f"""
import aiohttp, asyncio, os
{ASK}
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.post(base + "/v1/messages", data='''{BODY}''') as response:
            print(await response.text())
asyncio.run(main())
"""},
    ),
    Client(
        "fetch (Node.js 24)", "$BIN/node ask.mjs", npm=("node@24",), variable="yours", version="$BIN/node --version",
        files={"ask.mjs": f"""
const base = process.env.ANTHROPIC_BASE_URL ?? "https://api.anthropic.com"
console.log(await (await fetch(base + "/v1/messages", {{ method: "POST", body: `{BODY}` }})).text())
"""},
    ),
]  # fmt: skip


@dataclass
class Try:
    """What came of one run: `fine`, and the last lines of what was printed."""

    fine: bool
    told: str


def installed(client: Client, folder: Path) -> tuple[Path, str]:
    """Where the programs of a client are, and the version of the first package. Raises CalledProcessError."""
    if client.pip:
        if not (folder / "bin").exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            subprocess.run([str(folder / "bin/pip"), "install", "-q", *client.pip], check=True, stdout=2)
        name = client.pip[0].partition("[")[0]
        script = f"import importlib.metadata as m; print(m.version({name!r}))"
        return folder / "bin", _output([str(folder / "bin/python"), "-c", script])
    if client.npm:
        if not (folder / "node_modules").exists():
            (folder / "package.json").write_text("{}")
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", *client.npm], cwd=folder, check=True, stdout=2)
        name = client.npm[0].partition("@24")[0]
        version = json.loads((folder / "node_modules" / name / "package.json").read_text())["version"]
        return folder / "node_modules/.bin", version
    return folder, ""


def tried(client: Client, binaries: Path, folder: Path, upstream: str, *, tls: bool) -> Try:
    """Runs it once, in a folder and with a home of its own."""
    work = folder / ("work-tls" if tls else "work")
    shutil.rmtree(work, ignore_errors=True)
    home, recordings = work / "home", work / "recordings"
    home.mkdir(parents=True)
    for name, text in client.files.items():
        (work / name).write_text(text)
    if (modules := folder / "node_modules").exists():
        (work / "node_modules").symlink_to(modules)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "CLAUDE"))}
    environment = {
        **kept, "HOME": str(home), "BIN": str(binaries), "ANTHROPIC_API_KEY": "sk-ant-none", "PYTHONWARNINGS": "ignore",
        **client.environment,
    }  # fmt: skip
    command = [sys.executable, "-m", "inspector", "run", "--dir", str(recordings), "--upstream", upstream]
    # What is not there cannot be used: the client must come through HTTPS_PROXY.
    command += ["--tls", "--", "env", "-u", "ANTHROPIC_BASE_URL"] if tls else ["--"]
    command += ["sh", "-c", client.command]
    try:
        done = subprocess.run(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        told = done.stdout[-600:] + done.stderr[-1500:]
    except subprocess.TimeoutExpired as error:
        told = f"not done after {LIMIT_S} s: {(error.stdout or b'')[-300:]!r} {(error.stderr or b'')[-600:]!r}"
    stopped = [path for path in recordings.glob("*.jsonl") if '"event":"message_stop"' in path.read_text()]
    return Try(bool(stopped), told)


@contextmanager
def serving() -> Iterator[str]:
    """The Messages API, answered from recordings: its address."""
    command = [sys.executable, "-m", "inspector", "serve", "--port", "0", "--speed", "max", *map(str, RECORDINGS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().split()[-1]
        server.terminate()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="clients whose name has this")
    parser.add_argument("--keep", action="store_true", help="what is installed stays")
    options = parser.parse_args()
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    rows, failed = [], 0
    with serving() as upstream:
        for client in CLIENTS:
            if options.only.lower() not in client.name.lower():
                continue
            slug = "".join(sign if sign.isalnum() else "-" for sign in client.name.lower()).strip("-")
            folder = options.folder.resolve() / slug
            folder.mkdir(parents=True, exist_ok=True)
            try:
                binaries, version = installed(client, folder)
            except subprocess.CalledProcessError as error:
                print(f"{client.name}: cannot be installed: {error}", file=sys.stderr)
                failed += 1
                continue
            if client.version:
                version = _output(["sh", "-c", client.version.replace("$BIN", str(binaries))])
            tries = [tried(client, binaries, folder, upstream, tls=tls) for tls in (False, True)]
            for kind, one in zip(("run", "run --tls"), tries, strict=True):
                print(f"{client.name}, {kind}: {'ok' if one.fine else 'NO'}", file=sys.stderr, flush=True)
                if not one.fine:
                    failed += 1
                    print(one.told, file=sys.stderr)
            marks = ["yes" if one.fine else "no" for one in tries]
            rows.append(
                f"| {client.name} | {version} | {day} | {client.variable} | {client.ends_in} | {' | '.join(marks)} |"
            )
            if not options.keep:
                shutil.rmtree(folder)
    print("| client | version | tried | variable | ends in /v1 | `run` | `run --tls` |\n|---|---|---|---|---|---|---|")
    print("\n".join(rows))
    return 1 if failed else 0


def _output(command: list[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    words = done.stdout.splitlines()[0].split()
    return words[1] if words[0] == "curl" else words[0]


if __name__ == "__main__":
    sys.exit(main())
