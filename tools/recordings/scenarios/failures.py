import orjson

from tools.recordings.network import Sending
from tools.recordings.scenarios.tools import WEATHER
from tools.recordings.script import HAIKU, SONNET, Script

QUEUES = (
    "A queue is a promise about order: what came first is served first. That sounds dull, and it is the reason why "
    "most of the programs that you rely on keep working when everybody wants something at once.\n\n"
    "Think of three parts. **The producers** put work in, at times of their own choosing. **The queue** holds it and "
    "keeps the order. **The consumers** take it out, each as fast as it can. None of the three needs to know how many "
    "of the others there are.\n\n"
    "What goes wrong is nearly always the same: work comes in faster than it goes out. A queue without a limit hides "
    "that for a while, grows, and then fails all at once."
)


def _reply(s: Script, text: str, model: str = SONNET) -> int:
    """The beginning of a reply; its block, still open."""
    s.request("Explain what a queue is good for in programming.", model)
    s.start()
    index = s.open({"type": "text", "text": ""})
    s.text_deltas(index, text)
    return index


def _cut(s: Script, of: float) -> None:
    """Leaves only the first part of the last frame."""
    last = s.sendings[-1]
    s.sendings[-1] = Sending(last.at_ms, last.raw[: int(len(last.raw) * of)])


def overloaded_mid_stream(s: Script) -> None:
    """An error event inside a reply with status 200: the SDK raises and does not retry; the text so far is all."""
    _reply(s, QUEUES[:400])
    s.pause(2300)
    error = {"details": None, "type": "overloaded_error", "message": "Overloaded"}
    s.send({"type": "error", "error": error, "request_id": s.id("req_")})


def rate_limited(s: Script) -> None:
    """No stream at all: HTTP 429 with retry-after and a JSON body, which the SDK does retry."""
    s.request("Explain what a queue is good for in programming.", HAIKU)
    s.status = 429
    error = {
        "type": "rate_limit_error",
        "message": "This request would exceed your organization's limit of output tokens per minute.",
    }
    body = orjson.dumps({"type": "error", "error": error, "request_id": s.id("req_")})
    s.headers = {"content-type": "application/json", "retry-after": "3", "x-should-retry": "true"}
    s.sendings.append(Sending(s.now_ms, body))


def cut_clean(s: Script) -> None:
    """The body ends cleanly in the middle of a sentence: no message_stop, and Python's SDK says nothing."""
    _reply(s, QUEUES[:520])


def cut_framing(s: Script) -> None:
    """A proxy closes the connection inside a frame: half an event is left, and HTTP says that more was due."""
    s.request("What is the weather like in Lisbon?", tools=[WEATHER])
    s.start()
    s.text(
        "I'll look up the weather in Lisbon for you. If it is fine, I can suggest a walk along the river; if it "
        "rains, there are a few museums that are worth an afternoon."
    )
    s.pause(700)
    s.tool("get_weather", {"city": "Lisbon", "day": "today", "units": "celsius"}, before='sius"}')
    _cut(s, 0.6)
    message = "peer closed connection without sending complete message body (incomplete chunked read)"
    s.end = ("reset", ("httpx2.RemoteProtocolError", message))


def connection_reset(s: Script) -> None:
    """The connection is reset while text arrives: an exception that is no anthropic.APIError."""
    _reply(s, QUEUES[:640])
    s.pause(400)
    s.end = ("reset", ("httpx2.ReadError", "[Errno 104] Connection reset by peer"))


def read_timeout(s: Script) -> None:
    """The server falls silent, without even a ping, until the client's read timeout of five seconds."""
    s.read_timeout = 5
    _reply(s, QUEUES[:330])
    s.pause(5000)
    s.end = ("timeout", ("httpx2.ReadTimeout", "timed out"))


def cancelled(s: Script) -> None:
    """The reader has seen enough: the client closes the stream in the middle of the reply."""
    _reply(s, QUEUES[:480], HAIKU)
    s.pause(30)
    s.end = ("cancelled", None)


def not_a_stream(s: Script) -> None:
    """A gateway ignores "stream": true and answers with one JSON message: status 200, no events, no error."""
    s.request("Say in two sentences why the sky is blue.", HAIKU)
    s.headers = {"content-type": "application/json", "server": "gateway", "via": "1.1 gateway.example"}
    text = (
        "Air scatters short waves of light far more than long ones, so blue comes to your eye from every side. At "
        "sunset the light has to cross so much air that the blue is gone, and the red is left."
    )
    message = {
        "id": s.id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": HAIKU,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 18, "output_tokens": 41},
    }
    s.ttfb_ms += 2800
    s.sendings.append(Sending(s.ttfb_ms + 3, orjson.dumps(message)))
