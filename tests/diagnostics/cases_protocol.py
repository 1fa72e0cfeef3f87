"""P: order and shape."""

from tests.diagnostics.cases import must, must_not
from tests.diagnostics.streams import (
    GOOD,
    PING,
    begin,
    block,
    called,
    close,
    delta,
    imported,
    message,
    recorded,
    spoken,
    text,
    thinking,
    thought,
)  # fmt: skip
from tests.support import finish, sse, start

OPEN = sse(start(), *spoken("Hello")[:2])

must("P01", "the body ends in an open text block", lambda: recorded(OPEN, end="eof"), "error")
must("P01", "the body ends in an open tool call", lambda: recorded(sse(start(), *called('{"a', stop=False)), end="eof"))
must("P01", "a time limit ends it", lambda: recorded(OPEN, end="timeout"), "error")
must(
    "P01",
    "only message_stop is missing",
    lambda: recorded(GOOD[: GOOD.index(b"event: message_stop")], end="eof"),
    "warn",
)
must("P01", "a saved file that ends in a block", lambda: imported(OPEN), "error")
must("P01", "pings, and then the end", lambda: recorded(PING * 3, end="eof"), "error")
must("P01", "a time limit before anything came", lambda: recorded(b"", end="timeout"), "error")
must_not(
    "P01", "a stream of another kind", lambda: recorded(b"event: tick\ndata: {}\n\n", url="http://localhost/ticks")
)
must_not("P01", "a whole stream", lambda: recorded(GOOD))
must_not("P01", "an import whose message_stop lacks its blank line", lambda: imported(GOOD[:-1]))
must_not("P01", "still being recorded", lambda: recorded(OPEN, end=None))
must_not("P01", "the client left", lambda: recorded(OPEN, end="cancelled"))
must_not(
    "P01", "an error event ended it", lambda: recorded(OPEN + b'event: error\ndata: {"type":"error"}\n\n', end="eof")
)

must("P02", "a block before message_start", lambda: recorded(sse(*spoken(), *finish())), "error")
must("P02", "a delta before message_start", lambda: recorded(sse(delta(0, **text("x"))), end="eof"))
must_not("P02", "a ping before message_start", lambda: recorded(PING + GOOD))
must_not("P02", "an error instead", lambda: recorded(b'event: error\ndata: {"type":"error","error":{}}\n\n', end="eof"))

must("P03", "the same message_start twice", lambda: recorded(sse(start()) + GOOD), "error")
must(
    "P03", "another message spliced in", lambda: recorded(OPEN + sse(start(id="msg_2"), *spoken(), *finish())), "error"
)
must_not("P03", "two messages, one after the other, in a file", lambda: imported(GOOD + GOOD, "events"))

must("P04", "a delta without a start", lambda: recorded(message(delta(0, **text("x")), close(0))), "error")
must("P04", "a stop without a start", lambda: recorded(message(spoken(), close(1))), "error")
must_not("P04", "blocks in order", lambda: recorded(message(spoken(), spoken(index=1))))

must("P05", "index 0, then 2", lambda: recorded(message(spoken(), spoken(index=2))), "error")
must("P05", "the first block is 1", lambda: recorded(message(spoken(index=1))))
must_not("P05", "each message counts from 0", lambda: imported(GOOD + GOOD, "events"))

must(
    "P06",
    "index 0 for text and for a tool",
    lambda: recorded(message(spoken(), called("{}"), stop_reason="tool_use")),
    "error",
)
must_not("P06", "another message uses index 0", lambda: imported(GOOD + GOOD, "events"))

must(
    "P07",
    "a text delta in a tool call",
    lambda: recorded(message(called("{}", stop=False), delta(0, **text("lost")), close(0), stop_reason="tool_use")),
    "error",
)
must(
    "P07",
    "input for a search result",
    lambda: recorded(
        message(
            begin(0, type="web_search_tool_result", tool_use_id="s", content=[]),
            delta(0, type="input_json_delta", partial_json="{"),
            close(0),
        )
    ),
)
must_not(
    "P07",
    "a delta type that is not known",
    lambda: recorded(message(spoken()[:1], delta(0, type="shiny_delta", x=1), close(0))),
)
must_not(
    "P07",
    "input for a tool that runs at Anthropic",
    lambda: recorded(message(called("{}", type="server_tool_use", id="s", name="web_search"))),
)

must("P08", "a text block without its stop", lambda: recorded(message(spoken()[:-1])), "warn")
must(
    "P08",
    "a tool call without its stop",
    lambda: recorded(message(called("{}", stop=False), stop_reason="tool_use")),
    "error",
)
must_not(
    "P08",
    "no delta between start and stop",
    lambda: recorded(message(spoken(), begin(1, type="redacted_thinking", data="x"), close(1))),
)

must("P09", "block 1 starts in block 0", lambda: recorded(message(spoken()[:1], spoken(index=1), close(0))), "warn")
must_not("P09", "one after the other", lambda: recorded(message(spoken(), spoken(index=1))))

must("P10", "no message_delta", lambda: recorded(sse(start(), *spoken(), {"type": "message_stop"})), "error")
must(
    "P10",
    "message_delta without usage",
    lambda: recorded(
        sse(
            start(),
            *spoken(),
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            {"type": "message_stop"},
        )
    ),
)
must(
    "P10",
    "message_delta without delta",
    lambda: recorded(
        sse(start(), *spoken(), {"type": "message_delta", "usage": {"output_tokens": 1}}, {"type": "message_stop"})
    ),
)
must_not("P10", "two message_deltas", lambda: recorded(sse(start(), *spoken(), finish()[0], *finish())))

must(
    "P11",
    "message_start without content",
    lambda: recorded(
        sse(
            {
                "type": "message_start",
                "message": {
                    "id": "m",
                    "type": "message",
                    "role": "assistant",
                    "model": "c",
                    "usage": {"input_tokens": 1, "output_tokens": 1},
                },
            },
            *spoken(),
            *finish(),
        )
    ),
    "error",
)
must(
    "P11",
    "message_start without usage",
    lambda: recorded(
        sse(
            {
                "type": "message_start",
                "message": {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": []},
            },
            *finish(),
        )
    ),
    "error",
)
must("P11", "an empty id", lambda: recorded(sse(start(id=""), *spoken(), *finish())), "warn")
must_not(
    "P11",
    "more than what is required",
    lambda: recorded(sse(start(container=None, stop_details=None), *spoken(), *finish())),
)

must("P12", "an empty id", lambda: recorded(message(called("{}", id=""), stop_reason="tool_use")), "warn")
must("P12", "text without text", lambda: recorded(message(block(0, text("x"), type="text"))), "error")
must(
    "P12",
    "a tool call without an id",
    lambda: recorded(message(block(0, type="tool_use", name="t", input={}), stop_reason="tool_use")),
)
must("P12", "no content_block at all", lambda: recorded(message({"type": "content_block_start", "index": 0}, close(0))))
must_not(
    "P12",
    "thinking without a signature in its start",
    lambda: recorded(
        message(
            block(0, thinking("x"), {"type": "signature_delta", "signature": "s"}, type="thinking", thinking=""),
            spoken(index=1),
        )
    ),
)

must_not("P13", "the first event is missing", lambda: recorded(message(spoken("hi")).split(b"\n\n", 1)[1]))
must_not("P13", "a block before message_start", lambda: recorded(sse(*spoken("hi"), start())))
must("P13", "text in the start", lambda: recorded(message(block(0, type="text", text="Hello"))), "info")
must(
    "P13",
    "tool input in the start and in deltas",
    lambda: recorded(message(called('{"b":2}', input={"a": 1}), stop_reason="tool_use")),
    "warn",
)
must_not(
    "P13",
    "a search result arrives whole",
    lambda: recorded(
        message(
            called("{}", type="server_tool_use", id="s"),
            block(1, type="web_search_tool_result", tool_use_id="s", content=[{"a": 1}]),
            spoken(index=2),
        )
    ),
)

must("P14", "a delta after message_stop", lambda: recorded(GOOD + sse(delta(0, **text("LATE")))), "error")
must(
    "P14", "message_stop before message_delta", lambda: recorded(sse(start(), *spoken(), *reversed(finish()))), "error"
)
must(
    "P14",
    "a block ends after message_delta",
    lambda: recorded(sse(start(), *spoken()[:-1], finish()[0], close(0), finish()[1])),
)
must("P14", "a delta after its block's stop", lambda: recorded(message(spoken(), delta(0, **text("late")))))
must("P14", "a second message on the same connection", lambda: recorded(GOOD + GOOD))
must_not("P14", "pings after message_stop", lambda: recorded(GOOD + PING))
must_not("P14", "two messages in a file", lambda: imported(GOOD + GOOD, "events"))

must("P15", "an unknown event", lambda: recorded(message({"type": "shiny_new"}, spoken())), "info")
must("P15", "an unknown block", lambda: recorded(message(block(0, type="shiny_block"), spoken(index=1))))
must("P15", "an unknown delta", lambda: recorded(message(spoken()[:1], delta(0, type="shiny_delta"), close(0))))
must_not("P15", "every type is known", lambda: recorded(message(thought(thinking("x")), spoken(index=1))))

must(
    "P16",
    "a delta without an index",
    lambda: recorded(message({"type": "content_block_delta", "delta": text("x")})),
    "error",
)
must("P16", "a negative index", lambda: recorded(message(spoken(), delta(-1, **text("x")))))
must(
    "P16",
    "a start without an index",
    lambda: recorded(message({"type": "content_block_start", "content_block": {"type": "text", "text": ""}})),
)
must("P16", "a text delta without text", lambda: recorded(message(spoken()[:1], delta(0, type="text_delta"), close(0))))
must_not("P16", "an empty text delta", lambda: recorded(message(spoken(""), spoken("x", index=1))))

COMPACTED = message(
    block(
        0, {"type": "compaction_delta", "content": "so far", "encrypted_content": None}, type="compaction", content=None
    ),
    spoken(index=1),
)
BETA = [("anthropic-beta", "compact-2026-01-12")]
must(
    "P17",
    "compaction without a beta header",
    lambda: recorded(COMPACTED, sent_headers=[("anthropic-version", "x")]),
    "info",
)
must(
    "P17",
    "compaction for client.messages.stream()",
    lambda: recorded(COMPACTED, sent_headers=[*BETA, ("x-stainless-stream-helper", "messages")]),
)
must_not(
    "P17",
    "compaction that was asked for",
    lambda: recorded(COMPACTED, sent_headers=BETA, url="https://api.anthropic.com/v1/messages?beta=true"),
)
must_not("P17", "the headers were filtered", lambda: recorded(COMPACTED, sent_headers=[("host", "x")]))
must_not("P17", "the request is not known", lambda: imported(COMPACTED))

STOP = {"type": "message_stop"}
SIGNED_LATE = sse(
    start(), *thought(thinking("x"), signature=""), delta(0, type="signature_delta", signature="c2ln"),
    *spoken(index=1), *finish(),
)  # fmt: skip
must("P14", "a signature after its block's stop", lambda: recorded(SIGNED_LATE), "error")
must_not("C09", "a signature after its block's stop", lambda: recorded(SIGNED_LATE))
must("P14", "a block behind message_delta", lambda: recorded(sse(start(), finish()[0], *spoken(), *finish())), "error")
must_not("P01", "message_stop and nothing else", lambda: recorded(sse(STOP)))
must("P02", "message_stop and nothing else", lambda: recorded(sse(STOP)), "error")

must(
    "P19",
    "a tool call is closed twice",
    lambda: recorded(message(called("{}"), close(0), stop_reason="tool_use")),
    "error",
)
must("P19", "a text is closed twice", lambda: recorded(message(spoken(), close(0))), "warn")
must_not("P19", "each is closed once", lambda: recorded(message(spoken(), spoken("x", index=1))))
must_not("P19", "a stop without a start", lambda: recorded(message(spoken(), close(3))))


def ends(**values):  # type: ignore[no-untyped-def]
    """A message whose message_delta has these values."""
    return lambda: recorded(sse(start(), *spoken(), finish()[0] | values, STOP))


def reason(value, sequence=None):  # type: ignore[no-untyped-def]
    return ends(delta={"stop_reason": value, "stop_sequence": sequence})


must("P10", "a stop reason that is null", reason(None), "error")
must("P10", "an empty stop reason", reason(""), "error")
must("P10", "no stop reason at all", ends(delta={}), "error")
must_not("P10", "the stop reason comes with a second message_delta", lambda: recorded(
    sse(start(), *spoken(), finish()[0] | {"delta": {}}, *finish())
))  # fmt: skip
must("P15", "OpenAI's stop", reason("stop"), "error")
must("P15", "OpenAI's tool_calls", lambda: recorded(message(called("{}"), stop_reason="tool_calls")), "error")
must("P15", "a stop reason that nobody knows", reason("shiny_stop"), "info")
must("P15", "an unknown citation", lambda: recorded(message(
    spoken()[:1], delta(0, type="citations_delta", citation={"type": "shiny_location"}), close(0)
)), "info")  # fmt: skip
must_not("C13", "OpenAI's tool_calls", lambda: recorded(message(called("{}"), stop_reason="tool_calls")))
must("C13", "compaction without such a block", reason("compaction"), "error")
must("C13", "stop_sequence without a sequence", reason("stop_sequence"), "warn")
must("C13", "a sequence and another reason", reason("end_turn", "END"), "warn")
must(
    "C13",
    "stop_sequence after a tool call",
    lambda: recorded(message(called("{}"), stop_reason="stop_sequence")),
    "error",
)
must_not("C13", "stop_sequence with its sequence", reason("stop_sequence", "END"))
must_not("C13", "max_tokens behind a tool call", lambda: recorded(message(called("{}"), stop_reason="max_tokens")))


def used(**usage):  # type: ignore[no-untyped-def]
    return lambda: recorded(message(spoken(), **usage))


def filled(index, **content_block):  # type: ignore[no-untyped-def]
    return lambda: recorded(message(block(index, **content_block)))


def of_delta(value):  # type: ignore[no-untyped-def]
    return lambda: recorded(
        message(spoken()[:1], {"type": "content_block_delta", "index": 0, "delta": value}, close(0))
    )


def of_start(**values):  # type: ignore[no-untyped-def]
    first = start()
    return lambda: recorded(sse(first | {"message": first["message"] | values}, *spoken(), *finish()))


must("P18", "an index as a string", lambda: recorded(message(block("0", text("Hi"), type="text", text=""))), "warn")
must_not("P16", "an index as a string", lambda: recorded(message(block("0", text("Hi"), type="text", text=""))))
must_not("P08", "an index as a string", lambda: recorded(message(block("0", text("Hi"), type="text", text=""))))
must("P18", "a content block that is a string", lambda: recorded(message(
    {"type": "content_block_start", "index": 0, "content_block": "x"}, close(0)
)), "error")  # fmt: skip
must(
    "P18",
    "a block's text that is a number",
    lambda: recorded(message(block(0, text("Hi"), type="text", text=3))),
    "error",
)
must("P18", "a tool's input as a string", filled(0, type="tool_use", id="toolu_1", name="f", input='{"a":1}'), "warn")
must_not("P13", "a tool's input as a string", filled(0, type="tool_use", id="toolu_1", name="f", input='{"a":1}'))
must("P18", "an id that is a list", filled(0, type="server_tool_use", id=[], name="web_search", input={}), "warn")
must("P18", "a result that is a string", filled(0, type="web_search_tool_result", tool_use_id="x", content="?"), "warn")
must_not("P18", "an MCP result that is a string", filled(0, type="mcp_tool_result", tool_use_id="x", content="ok"))
must("P18", "a delta that is a string", of_delta("Hi"), "error")
must("P18", "a text that is a number", of_delta({"type": "text_delta", "text": 5}), "error")
must("P18", "a fragment that is an object", lambda: recorded(message(
    called()[:1], delta(0, type="input_json_delta", partial_json={"a": 1}), close(0)
)), "error")  # fmt: skip
must_not("P18", "a text that is null", of_delta({"type": "text_delta", "text": None}))
must("P16", "a delta that is null", of_delta(None), "error")
must("P16", "a delta without a type", of_delta({"text": "Hi"}), "error")
must("P16", "a signature_delta that holds thinking", lambda: recorded(message(
    thought(thinking("a"))[:2], delta(0, type="signature_delta", thinking="b"), close(0), spoken(index=1)
)), "error")  # fmt: skip
must("P18", "a citation that is a string", of_delta({"type": "citations_delta", "citation": "x"}), "warn")
must("P18", "a count as a string", used(output_tokens="5"), "warn")
must("P18", "a count below 0", used(output_tokens=-5), "warn")
must_not("P10", "a count as a string", used(output_tokens="5"))
must("P18", "a usage that is a list", ends(usage=[1]), "error")
must_not("P10", "a usage that is a list", ends(usage=[1]))
must("P18", "a delta of message_delta that is a string", ends(delta="end_turn"), "error")
must("P18", "a stop reason that is a number", reason(5), "warn")
must(
    "P18",
    "a message that is a string",
    lambda: recorded(sse(start() | {"message": "x"}, *spoken(), *finish())),
    "error",
)
must("P18", "content that is an object", of_start(content={}), "error")
must("P18", "usage of message_start that is a string", of_start(usage="x"), "error")
must_not("P11", "content that is an object", of_start(content={}))
must_not("P11", "a message that is a string", lambda: recorded(sse(start() | {"message": "x"}, *spoken(), *finish())))
must_not("P18", "a whole message", lambda: recorded(GOOD))
must_not("P18", "a message without usage", of_start(usage=None))

must("P20", "a delta without a type", lambda: recorded(GOOD.replace(b'"type":"content_block_delta",', b"", 1)), "error")
must("P20", "a block's start whose type is a number", lambda: recorded(
    GOOD.replace(b'"type":"content_block_start"', b'"type":7')
), "error")  # fmt: skip
must("P20", "a message_start without a type", lambda: recorded(GOOD.replace(b'"type":"message_start",', b"")), "error")
must_not(
    "P20", "an event of somebody's own", lambda: recorded(b"event: tick\ndata: {}\n\n", url="http://localhost/ticks")
)
must_not("P20", "data that is no object", lambda: recorded(GOOD + b"event: message_stop\ndata: 1\n\n"))
must("P11", "a message of another type", of_start(type="massage"), "warn")
must("P18", "a role that is a list", of_start(role=["assistant"]), "warn")
