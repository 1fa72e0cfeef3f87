"""The whole tool loop, streamed: the model asks for a tool, the tool runs, its result goes back, the model answers.

inspector serve recordings/tool-loop-1.jsonl recordings/tool-loop-2.jsonl &
ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none python examples/tool_loop.py
"""

import json

from anthropic import Anthropic

TOOL = {
    "name": "find_trains",
    "description": "Direct trains between two stations.",
    "input_schema": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}},
}


def find_trains(wanted: dict[str, object]) -> str:
    return json.dumps([{"train": "IC 145", "departs": "11:31", "quiet_coach": True, "for": wanted}])


client = Anthropic()
messages = [{"role": "user", "content": "I am in Utrecht and want to be in Berlin tonight. Which train do I take?"}]

for _ in range(5):  # a model that calls tools for ever is stopped
    with client.messages.stream(model="claude-sonnet-4-6", max_tokens=1024, tools=[TOOL], messages=messages) as stream:
        for event in stream:
            if event.type == "text":
                print(event.text, end="", flush=True)
            elif event.type == "input_json":
                print(event.partial_json, end="", flush=True)
        reply = stream.get_final_message()
    print()
    if reply.stop_reason != "tool_use":  # input that max_tokens cut off must not be used
        break
    calls = [block for block in reply.content if block.type == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": find_trains(call.input)} for call in calls]
    messages += [{"role": "assistant", "content": reply.content}, {"role": "user", "content": results}]
