"""Every event as the SDK hands it out, without accumulation. Pings and comments do not come this far.

inspector serve recordings/thinking.jsonl &
ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none python examples/raw_events.py
"""

from anthropic import Anthropic

client = Anthropic()

with client.messages.create(
    model="claude-opus-4-6",
    max_tokens=1024,
    messages=[{"role": "user", "content": "A lift holds 8 people. 45 people want to go up. How many trips?"}],
    stream=True,
) as stream:
    for event in stream:
        print(event.to_json(indent=None))
