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
