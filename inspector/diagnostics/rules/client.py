"""K: client code and its configuration, as far as headers and findings show it."""

import re
from collections.abc import Iterator

from inspector.diagnostics.finding import EXCEPTIONS, Problem, define
from inspector.diagnostics.stream import Stream
from inspector.protocol.source import SDK_CODE, VERSIONS
from inspector.text.wording import duration, listed

K01 = define(
    "K01", "Exceptions that anthropic.APIError does not cover", "info",
    what="""
        An error was found that makes the Python SDK raise something that is no anthropic.APIError, and the Python SDK
        made the request.
        """,
    why="except anthropic.APIError lets it through, so the application crashes where it was meant to retry.",
    example="A cut stream raises httpx2.RemoteProtocolError.",
    fix="""
        Around the loop over a stream catch httpx2.HTTPError and ValueError (of which JSONDecodeError and
        UnicodeDecodeError are kinds) besides anthropic.APIError, and treat them as a failed turn.
        """,
    python="See the finding that it is about.",
    typescript="Likewise: TypeError and SyntaxError are no APIError.",
    sources=(SDK_CODE,),
)  # fmt: skip


@K01.on("end")
def _not_covered(stream: Stream) -> Iterator[Problem]:
    if stream.sdk != "python":
        return
    errors = {finding.code: finding.python for finding in stream.found() if finding.severity == "error"}
    raised = [(code, EXCEPTIONS.search(python)) for code, python in errors.items()]
    names = [f"{match[0]} ({code})" for code, match in raised if match and match[0] != "APIStatusError"]
    if names:
        yield Problem(f"except anthropic.APIError does not catch {listed(names)}")


K02 = define(
    "K02", "Stream not closed", "warn",
    what="""
        create(stream=True) was left without reading to the end or closing. What a program holds open is not in a
        recording, so this is only explained.
        """,
    why="The connection stays busy until the garbage collector comes by; under load the pool runs empty.",
    example="for event in client.messages.create(…, stream=True): break",
    fix="with client.messages.create(…, stream=True) as stream: …, or stream.close() in a finally.",
    python="httpx2.PoolTimeout, later and elsewhere.",
    scope="explained",
)  # fmt: skip

K03 = define(
    "K03", "Async client shared by event loops", "warn",
    what="""
        An AsyncAnthropic that was made in one event loop is used in another. Not visible in a recording, so this is
        only explained.
        """,
    why="Its connections belong to the first loop: requests hang until the timeout of 600 s.",
    example="asyncio.run(…) twice with one global client.",
    fix="Make the client inside the loop that uses it.",
    python="A hang, then httpx2.ReadTimeout or RuntimeError: Event loop is closed.",
    scope="explained",
)  # fmt: skip

K04 = define(
    "K04", "text_stream and iteration share one iterator", "info",
    what="Both the stream and its text_stream are iterated. Not visible in a recording, so this is only explained.",
    why="Whichever comes second gets nothing.",
    example="for text in stream.text_stream: …, then for event in stream: …",
    fix="Iterate the stream once and look at event.type == text.",
    scope="explained",
)  # fmt: skip

K05 = define(
    "K05", "Read timeout close to the pauses of the stream", "info",
    what="""
        The request's read timeout (x-stainless-read-timeout) is less than twice the longest time without a byte. Less
        than that time itself is a warning.
        """,
    why="""
        The timeout counts from byte to byte. A custom http_client sets it, often unnoticed; the next stream with a
        longer pause dies.
        """,
    example="x-stainless-read-timeout: 30, and a pause of 22 s in the stream.",
    fix="""
        Set timeout=httpx2.Timeout(600, connect=5) on the client, also on your own http_client; start from
        DefaultHttpxClient.
        """,
    python="httpx2.ReadTimeout, which is no anthropic.APIError, after that many seconds without a byte.",
    typescript="Nothing: its timeout ends with the headers; Node's fetch gives up after 300 s.",
)  # fmt: skip


@K05.on("end")
def _tight_timeout(stream: Stream) -> Iterator[Problem]:
    value = stream.exchange.header("x-stainless-read-timeout")
    if not re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", value):
        return
    limit = float(value) * 1e9
    longest = max((pause.gap_ns for pause in stream.pauses), default=0)
    at = next((pause.n for pause in stream.pauses if pause.gap_ns == longest), None)
    if longest and limit < 2 * longest:
        message = f"the read timeout is {duration(limit)}, the longest time without a byte was {duration(longest)}"
        yield Problem(message, at, "warn" if limit < longest else None)


K06 = define(
    "K06", "httpx objects given to an SDK that uses httpx2", "info",
    what="""
        From version 1.0 on the Python SDK takes httpx2 clients only, later also httpx2 timeouts only. It fails before
        any request, so this is only explained.
        """,
    why="Code written for 0.x stops at start-up; tracing and mocks that patch httpx see no request any more.",
    example="Anthropic(http_client=httpx.Client())",
    fix="Import httpx2 instead, or use anthropic.DefaultHttpxClient.",
    python="TypeError: Invalid `http_client` argument.",
    scope="explained",
    sources=(VERSIONS,),
)  # fmt: skip

K07 = define(
    "K07", "Gateway wants the key in another header", "info",
    what="A server other than Anthropic's answered 401 to a request with authorization: Bearer and no x-api-key.",
    why="""
        The SDKs send the key as a bearer token, Python's from 2.0 on and TypeScript's from 1.0 on; those before send
        x-api-key. Gateways that look for the one do not see the other, and recorders that hide only x-api-key write it
        down. Claude Code and other clients send tokens of their own as bearer tokens too.
        """,
    example="401 from a gateway after an upgrade of the SDK.",
    fix='Let the gateway accept both, or add default_headers={"x-api-key": …}; redact both headers.',
    python="AuthenticationError.",
    typescript="AuthenticationError.",
    scope="exchange",
    sources=(VERSIONS,),
)  # fmt: skip


@K07.on("end")
def _bearer_key(stream: Stream) -> Iterator[Problem]:
    exchange = stream.exchange
    bearer = exchange.header("authorization").lower().startswith("bearer") and not exchange.header("x-api-key")
    if bearer and stream.status == 401 and stream.host and not stream.is_anthropic:
        yield Problem(f"{stream.host} answered 401 to a bearer token; it may want x-api-key")


K08 = define(
    "K08", "Long request without streaming", "info",
    what="""
        A request that may take over ten minutes is not streamed. The SDK refuses before it sends anything, so this is
        only explained.
        """,
    why="Connections that are silent for so long are cut on the way.",
    example="client.messages.create(max_tokens=64000) without stream.",
    fix="Use client.messages.stream(…), and get_final_message() if you want the message only.",
    python='ValueError "Streaming is required for operations that may take longer than 10 minutes".',
    typescript="AnthropicError with the same text.",
    scope="explained",
)  # fmt: skip

K09 = define(
    "K09", "API version that the server does not know", "info",
    what="A request was refused with 400 or 404, and the error speaks of anthropic-version.",
    why="New SDKs send a newer version than old gateways know: 2026-10-21 from Python's 2.0 on.",
    example='anthropic-version: 2026-10-21, 400 "anthropic-version: unsupported".',
    fix='Update the gateway, or pin the version with default_headers={"anthropic-version": "2023-06-01"}.',
    python="BadRequestError.",
    typescript="BadRequestError.",
    scope="exchange",
    sources=(VERSIONS,),
)  # fmt: skip


@K09.on("end")
def _unknown_version(stream: Stream) -> Iterator[Problem]:
    version = stream.exchange.header("anthropic-version")
    small = stream.status in (400, 404) and sum(stream.index.size) < 1 << 16
    if version and small and b"anthropic-version" in stream.exchange.body():
        yield Problem(f"the server refused anthropic-version {version}")
