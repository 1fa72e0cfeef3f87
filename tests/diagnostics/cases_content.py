"""C: content, and U: usage."""

from tests.diagnostics.cases import must, must_not
from tests.diagnostics.streams import (
    GOOD,
    begin,
    block,
    called,
    close,
    imported,
    message,
    recorded,
    spoken,
    thinking,
    thought,
)  # fmt: skip
from tests.support import finish, sse, start

TOOL = "tool_use"
LATE_INPUT = sse(
    start(),
    *called('{"city":'),
    {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '"Oslo"}'}},
    *finish("tool_use"),
)


def tool(*fragments: str, reason: str = TOOL, **more):  # type: ignore[no-untyped-def]
    return lambda: recorded(message(called(*fragments), stop_reason=reason), **more)


must("C01", "max_tokens in the input", tool("", '{"path":"a.py","content":"imp', reason="max_tokens"), "warn")
must("C01", "cut inside a number", tool('{"amount": 12', reason="max_tokens"))
must(
    "C01",
    "the stream is cut inside the input",
    lambda: recorded(sse(start(), *called('{"a": "b', stop=False)), end="eof"),
    "error",
)
must("C01", "a refusal in the input", tool('{"a": "b', reason="refusal"), "warn")
must_not("C01", "whole input in pieces", tool("", '{"ci', 'ty": "Par', 'is"}'))
must_not("C01", "max_tokens in the text", lambda: recorded(message(spoken("and then"), stop_reason="max_tokens")))

must("C02", "a bare word for a value", tool('{"name": Dave}'), "error")
must_not("C02", "an input that is only cut", tool('{"name": "Da', reason="max_tokens"))
must_not("C02", "every kind of value", tool('{"a": [1, 2.5e3, true, null, "\\u00e9\\n"], "b": {}}'))

must("C03", "the first fragment is lost", tool('code": "print(1)"}'), "error")
must_not("C03", "white space first", tool(' \n{"a": 1}'))

must("C04", "the arguments twice", tool('{"a":1}', '{"a":1}'), "error")
must_not("C04", "white space after it", tool('{"a":1}', " \n"))

must("C20", "each fragment holds all before it", tool('{"ci', '{"city":"Os', '{"city":"Oslo"}'), "error")
must("C20", "a fragment comes twice", tool('{"city":', ' "Os', ' "Os', 'lo"}'), "error")
must("C20", "a fragment comes twice and leaves brackets open", tool('{"a":', '{"a":', "1}"))
must_not("C20", "a fragment that comes twice in a whole input", tool('{"a":"x', "ha", "ha", '"}'))
must_not("C20", "the whole input twice", tool('{"a":1}', '{"a":1}'))
must_not("C20", "an input within an input that is cut", tool('{"a":', '{"a":{"b', reason="max_tokens"))
must_not("C01", "the end of the input after its block's stop", lambda: recorded(LATE_INPUT))
must_not("C02", "each fragment holds all before it", tool('{"ci', '{"city":"Os', '{"city":"Oslo"}'))
must(
    "C02", "a comma is missing in the middle of an input that is cut", tool('{"a":1 "b":2, "c":"x', reason="max_tokens")
)
must_not("C01", "a comma is missing in the middle of an input that is cut", tool('{"a":1 "b":2, "c":"x'))

SCHEMA = {"tools": [{"name": "get_weather", "input_schema": {"type": "object", "required": ["city"]}}]}
LOOSE = {"tools": [{"name": "get_weather", "input_schema": {"type": "object", "properties": {}}}]}
must("C05", "no input for a tool that requires some", tool("", request=SCHEMA), "warn")
must("C05", "no input, schema unknown", lambda: imported(message(called(""), stop_reason=TOOL)), "info")
must_not("C05", "no input for a tool without arguments", tool("", request=LOOSE))
must_not("C05", "an empty first fragment", tool("", '{"city":"Lyon"}', request=SCHEMA))

must("C07", "a string", tool('"just a string"'), "error")
must("C07", "NaN", tool('{"x": NaN}'), "error")
must("C07", "a key that comes twice", tool('{"a": 1, "a": 2}'), "warn")
must_not("C07", "the same key in two objects", tool('{"a": {"x": 1}, "b": {"x": 2}}'))
must_not("C07", "NaN inside a string", tool('{"a": "NaN"}'))

must("C08", "64 KB in pieces of 20 bytes", tool('{"a":"', *["x" * 20] * 3300, '"}'), "warn")
must_not("C08", "64 KB in large pieces", tool('{"a":"', *["x" * 2000] * 33, '"}'))

CLAUDE = start(model="claude-sonnet-4-6")
must(
    "C09",
    "Claude without a signature",
    lambda: recorded(sse(CLAUDE, *thought(thinking("hm"), signature=""), *spoken(index=1), *finish())),
    "error",
)
must(
    "C09",
    "another model without a signature",
    lambda: recorded(
        sse(start(model="qwen3"), *thought(thinking("hm"), signature=""), *spoken(index=1), *finish()),
        url="http://localhost:8000/v1/messages",
    ),
    "warn",
)
must(
    "C09",
    "cut short in the thinking",
    lambda: recorded(sse(CLAUDE, *thought(thinking("hm"), signature=""), *finish("max_tokens"))),
    "warn",
)
must_not("C09", "signed", lambda: recorded(message(thought(thinking("hm")), spoken(index=1))))
must_not("C09", "signed, and no text: omitted", lambda: recorded(message(thought(), spoken(index=1))))

must(
    "C10",
    "two signatures",
    lambda: recorded(message(thought({"type": "signature_delta", "signature": "abc"}), spoken(index=1))),
    "error",
)
must_not("C10", "one signature", lambda: recorded(message(thought(thinking("hm")), spoken(index=1))))

must(
    "C12",
    "redacted thinking",
    lambda: recorded(message(block(0, type="redacted_thinking", data="x"), spoken(index=1))),
    "info",
)
must_not("C12", "plain thinking", lambda: recorded(message(thought(thinking("hm")), spoken(index=1))))

must("C13", "tool_use without a tool call", lambda: recorded(message(spoken(), stop_reason=TOOL)), "error")
must("C13", "end_turn after a tool call", tool("{}", reason="end_turn"), "error")
must_not(
    "C13",
    "end_turn after a tool that ran at Anthropic",
    lambda: recorded(
        message(
            called("{}", type="server_tool_use", id="s"),
            block(1, type="web_search_tool_result", tool_use_id="s", content=[]),
            spoken(index=2),
        )
    ),
)
must_not("C13", "tool_use with a tool call", tool("{}"))

must("C14", "nothing at all", lambda: recorded(message()), "warn")
must("C14", "white space only", lambda: recorded(message(spoken(" \n"))))
must_not("C14", "a text", lambda: recorded(GOOD))
must_not("C14", "a stop sequence first thing", lambda: recorded(message(stop_reason="stop_sequence")))

must("C15", "a refusal", lambda: recorded(message(spoken("Hi"), stop_reason="refusal")), "warn")
must_not("C15", "an end", lambda: recorded(GOOD))

must("C16", "max_tokens", lambda: recorded(message(spoken(), stop_reason="max_tokens")), "warn")
must("C16", "pause_turn", lambda: recorded(message(spoken(), stop_reason="pause_turn")), "warn")
must_not("C16", "stop_sequence", lambda: recorded(message(spoken(), stop_reason="stop_sequence")))

SEARCH = called('{"query":"x"}', type="server_tool_use", id="srv_1", name="web_search")
must(
    "C17",
    "a result for another call",
    lambda: recorded(
        message(SEARCH, block(1, type="web_search_tool_result", tool_use_id="srv_2", content=[]), spoken(index=2))
    ),
    "warn",
)
must("C17", "no result although the turn is over", lambda: recorded(message(SEARCH, spoken(index=1))))
must_not(
    "C17",
    "a pair",
    lambda: recorded(
        message(SEARCH, block(1, type="web_search_tool_result", tool_use_id="srv_1", content=[]), spoken(index=2))
    ),
)
must_not("C17", "paused before the result", lambda: recorded(message(SEARCH, stop_reason="pause_turn")))
must_not(
    "C17",
    "the result of a call of the turn before",
    lambda: imported(
        message(block(0, type="web_search_tool_result", tool_use_id="srv_0", content=[]), spoken(index=1))
    ),
)

must("C18", "two texts", lambda: recorded(message(spoken("a"), spoken("b", index=1))), "info")
must_not("C18", "one text and an empty one", lambda: recorded(message(spoken(""), spoken("b", index=1))))

FORMAT = {"output_config": {"format": {"type": "json_schema", "schema": {}}}}
must("C19", "prose around the JSON", lambda: recorded(message(spoken('Here it is: {"a":1}')), request=FORMAT), "error")
must("C19", "cut JSON", lambda: recorded(message(spoken('{"a":'), stop_reason="max_tokens"), request=FORMAT), "warn")
must_not("C19", "JSON", lambda: recorded(message(spoken('{"a"', ":1}")), request=FORMAT))
must_not("C19", "prose that was asked for", lambda: recorded(GOOD))

must("U01", "input tokens in both", lambda: recorded(message(spoken(), input_tokens=3)), "info")
must_not("U01", "input that grows by server tools", lambda: recorded(message(spoken(), input_tokens=900)))
must_not("U01", "output tokens only", lambda: recorded(GOOD))

must("U02", "cut before message_delta", lambda: recorded(sse(start(), *spoken()), end="eof"), "info")
must_not("U02", "a placeholder in a whole stream", lambda: recorded(GOOD))

ZERO = start(usage={"input_tokens": 0, "output_tokens": 0})
must(
    "U03",
    "0 first, 350 later",
    lambda: recorded(sse(ZERO, *spoken()) + sse(*finish()).replace(b'"usage":{', b'"usage":{"input_tokens":350,')),
    "warn",
)
must("U03", "no input at all", lambda: recorded(sse(ZERO, *spoken(), *finish())), "warn")
must_not(
    "U03",
    "everything came from the cache",
    lambda: recorded(
        sse(start(usage={"input_tokens": 0, "cache_read_input_tokens": 900, "output_tokens": 1}), *spoken(), *finish())
    ),
)

must(
    "U04",
    "input shrinks",
    lambda: recorded(
        sse(start(usage={"input_tokens": 8834, "output_tokens": 0}), *spoken())
        + sse(*finish()).replace(b'"usage":{', b'"usage":{"input_tokens":18,"cache_read_input_tokens":8831,')
    ),
    "info",
)
must_not("U04", "input grows", lambda: recorded(message(spoken(), input_tokens=9000)))
must_not(
    "U04",
    "input shrinks by compaction",
    lambda: recorded(
        sse(
            start(usage={"input_tokens": 90000, "output_tokens": 1}),
            begin(0, type="compaction", content=None),
            close(0),
            *spoken(index=1),
        )
        + sse(*finish()).replace(b'"usage":{', b'"usage":{"input_tokens":400,')
    ),
)

CACHED = {"system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}
must("U05", "nothing read from the cache", lambda: recorded(GOOD, request=CACHED), "info")
must_not("U05", "a cache hit", lambda: recorded(message(spoken(), cache_read_input_tokens=2000), request=CACHED))
must_not("U05", "no cache_control", lambda: recorded(GOOD))

must("U06", "cut in the text", lambda: recorded(sse(start(), *spoken()), end="reset", error=("ReadError", "")), "warn")
must_not("U06", "a whole stream", lambda: recorded(GOOD))
must_not("U06", "cut before anything came", lambda: recorded(sse(start()), end="eof"))

must(
    "U08",
    "compaction in usage.iterations",
    lambda: recorded(message(spoken(), iterations=[{"type": "compaction"}, {"type": "message"}])),
    "info",
)
must(
    "U08",
    "a fallback block",
    lambda: recorded(
        message(block(0, type="fallback", to={"model": "b"}, **{"from": {"model": "a"}}), spoken(index=1))
    ),
)
FABLE, OPUS = {"model": "claude-fable-5"}, {"model": "claude-opus-5"}
DECLINED = [{"type": "message", "input_tokens": 9, "output_tokens": 0, **FABLE}]
SERVED = [{"type": "fallback_message", "input_tokens": 9, "output_tokens": 5, **OPUS}]
must("U08", "declined before any output", lambda: recorded(message(spoken(), iterations=DECLINED + SERVED)), "info")
must("U08", "several samplings of one model", lambda: recorded(message(spoken(), iterations=[{"type": "message"}] * 3)))
must("U08", "advice", lambda: recorded(message(spoken(), iterations=[{"type": "advisor_message"}])))
must_not("U08", "iterations of another type", lambda: recorded(message(spoken(), iterations={"type": "message"})))
must_not("U08", "one iteration", lambda: recorded(message(spoken(), iterations=[{"type": "message"}])))

must(
    "U09",
    "2,000 thinking tokens, no text",
    lambda: recorded(message(thought(), spoken(index=1), output_tokens_details={"thinking_tokens": 2000})),
    "info",
)
must_not(
    "U09",
    "thinking as long as its count",
    lambda: recorded(
        message(thought(thinking("x" * 3000)), spoken(index=1), output_tokens_details={"thinking_tokens": 700})
    ),
)

AGAIN = "The capital of Norway is Oslo."
LONG = "It is raining in Oslo, and it will go on raining until tomorrow."
must(
    "C21",
    "the last delta is the whole text",
    lambda: recorded(message(spoken("The capital ", "of Norway ", "is Oslo.", AGAIN))),
)
must(
    "C21",
    "the last delta is the whole thinking",
    lambda: recorded(
        message(thought(*map(thinking, ("The capital ", "of Norway ", "is Oslo.", AGAIN))), spoken(index=1))
    ),
    "error",
)
must("C21", "each delta is the text so far", lambda: recorded(message(spoken("It", "It is", "It is raining"))), "error")
must("C21", "a block is the one before it", lambda: recorded(message(spoken(LONG), spoken(LONG, index=1))), "warn")
must_not("C21", "short words that come twice", lambda: recorded(message(spoken("ha", "ha", "haha"))))
must_not("C21", "two deltas that are the same", lambda: recorded(message(spoken(LONG, LONG))))
must_not("C21", "two deltas, the second begins like the first", lambda: recorded(message(spoken("a", "ab"))))
must_not("C21", "the same short block twice", lambda: recorded(message(spoken("OK."), spoken("OK.", index=1))))
must_not(
    "C21",
    "the same after a tool call",
    lambda: recorded(message(spoken(LONG), called("{}", index=1), spoken(LONG, index=2), stop_reason=TOOL)),
)

TWO = {"id": "toolu_2"}
must(
    "C22",
    "two calls with one id",
    lambda: recorded(message(called("{}"), called("{}", index=1), stop_reason=TOOL)),
    "error",
)
must(
    "C22",
    "an id with a dot and a colon",
    lambda: recorded(message(called("{}", id="functions.get_weather:0"), stop_reason=TOOL)),
    "error",
)
must(
    "C22",
    "white space for a text",
    lambda: recorded(message(spoken("\n\n"), called("{}", index=1), stop_reason=TOOL)),
    "warn",
)
must("C22", "an empty text block", lambda: recorded(message(spoken(""), called("{}", index=1), stop_reason=TOOL)))
must("C22", "thinking and no more", lambda: recorded(message(thought(thinking("hm")))), "error")
ASKS = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
LATE = message(spoken("Well"), thought(thinking("hm"), index=1), called("{}", index=2), stop_reason=TOOL)
must("C22", "thinking behind text before a call", lambda: recorded(LATE, request=ASKS), "error")
must_not(
    "C22",
    "interleaved thinking",
    lambda: recorded(LATE, request=ASKS, sent_headers=[("anthropic-beta", "interleaved-thinking-2025-05-14")]),
)
must_not("C22", "thinking behind text, nobody knows what was asked for", lambda: imported(LATE))
RUNNING = [
    block(0, type="server_tool_use", id="srvtoolu_1", name="code_execution", input={}),
    called("{}", index=1, caller={"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}),
]
must("C22", "called by code, no container id", lambda: recorded(message(*RUNNING, stop_reason=TOOL)), "error")
must_not(
    "C22",
    "called by code in a container that the request names",
    lambda: recorded(message(*RUNNING, stop_reason=TOOL), request={"container": "container_1"}),
)
must_not("C22", "white space between the parts of an answer that searched", lambda: recorded(message(
    begin(0, type="server_tool_use", id="srvtoolu_1", name="web_search", input={}), close(0),
    begin(1, type="web_search_tool_result", tool_use_id="srvtoolu_1", content=[]), close(1),
    spoken("One.", index=2), spoken(" ", index=3), spoken("Two.", index=4),
)))  # fmt: skip
must_not("C22", "two calls", lambda: recorded(message(called("{}"), called("{}", index=1, **TWO), stop_reason=TOOL)))
must_not("C22", "an empty answer, which is another finding", lambda: recorded(message(spoken(""))))

must(
    "C23",
    "a tool call as text",
    lambda: recorded(message(spoken('<tool_call>{"name":"get_weather"}</tool_call>'))),
    "info",
)
must("C23", "thinking as text", lambda: recorded(message(spoken("<think>", "They want a number.</think>4"))), "info")
must("C23", "a tool call below some text", lambda: recorded(message(spoken("I will look.\n<function_calls>\n"))))
must_not("C23", "a text about it", lambda: recorded(message(spoken("Wrap it in <tool_call> and </tool_call>."))))
must_not("C23", "a long text, whatever its bytes are at any place", lambda: recorded(message(spoken("a", "é" * 9000))))
must_not("C23", "thinking about it", lambda: recorded(message(thought(thinking("<think>")), spoken(index=1))))

must("C24", "an emoji in two deltas", lambda: recorded(message(spoken("a\ud83d", "\ude00b"))), "warn")
must_not("C24", "a whole emoji", lambda: recorded(message(spoken("a\U0001f600", "b"))))
must_not("C24", "one half that stays alone", lambda: recorded(message(spoken("a\ud83d", "b"))))

must("U10", "0 beside an answer", lambda: recorded(message(spoken("A long answer."), output_tokens=0)), "warn")
must_not("U10", "0 for nothing", lambda: recorded(message(spoken(""), output_tokens=0)))
must_not("U10", "no count", lambda: recorded(message(spoken("A long answer."), output_tokens=None)))

LATE_USAGE = sse(
    start(),
    *spoken(),
    finish("end_turn")[0],
    {"type": "message_stop", "usage": {"input_tokens": 42, "output_tokens": 9}},
)
must("U11", "usage in message_stop", lambda: recorded(LATE_USAGE), "warn")
must_not("U11", "message_stop alone", lambda: recorded(GOOD))
must_not(
    "E08", "usage in message_stop", lambda: recorded(LATE_USAGE.replace(b'"output_tokens":2', b'"output_tokens":0'))
)

SPLIT = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 60}
must(
    "U12",
    "the split is less than the total",
    lambda: recorded(message(spoken(), cache_creation_input_tokens=100, cache_creation=SPLIT)),
    "warn",
)
must_not(
    "U12",
    "the split is the total",
    lambda: recorded(message(spoken(), cache_creation_input_tokens=60, cache_creation=SPLIT)),
)
must_not("U12", "no split", lambda: recorded(message(spoken(), cache_creation_input_tokens=60)))
for MARK in ("<|python_tag|>{}", '<invoke name="f">', "<｜tool▁calls▁begin｜>", "<function_call>{}</function_call>"):
    must("C23", f"a call as {MARK.replace('|', '/')}", lambda mark=MARK: recorded(message(spoken(mark))), "info")
