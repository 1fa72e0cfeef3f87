"""Different things for different kinds of events: thinking aside, text in front, tool input when it is whole.

inspector serve recordings/parallel-tools.jsonl &
ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none python examples/filter_by_type.py
"""

import sys

from anthropic import Anthropic

client = Anthropic()

with client.messages.stream(
    model="claude-sonnet-4-6",
    max_tokens=1024,
    messages=[{"role": "user", "content": "Compare tomorrow's weather in Paris, Oslo and Nairobi for me."}],
) as stream:
    for event in stream:
        match event.type:
            case "text":
                print(event.text, end="", flush=True)
            case "thinking":
                print(event.thinking, end="", flush=True, file=sys.stderr)
            case "content_block_stop" if event.content_block.type == "tool_use":
                print(f"\n{event.content_block.name}({event.content_block.input})")
            case _:
                pass  # new kinds of events may come at any time: ignore what you do not know
print()
