"""Text as it is written, then the final message.

inspector serve recordings/plain-text.jsonl &
ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none python examples/text_stream.py
"""

from anthropic import Anthropic

client = Anthropic()

with client.messages.stream(
    model="claude-sonnet-4-6",
    max_tokens=1024,
    messages=[{"role": "user", "content": "What is a streaming API, and when is it worth the trouble?"}],
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
    message = stream.get_final_message()

# A stream that was cut ends without an exception: only the stop reason, which is missing then, tells.
print(f"\n\n{message.stop_reason}, {message.usage.output_tokens} tokens")
