"""Every way in which a stream can fail, with the partial reply kept.

inspector serve recordings/overloaded-mid-stream.jsonl &
ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none python examples/errors.py
"""

import sys

import httpx2
from anthropic import Anthropic, APIConnectionError, APIStatusError

client = Anthropic(max_retries=0)
parts = ""
problem = ""

try:
    with client.messages.stream(
        model="claude-sonnet-4-6",
        max_tokens=1024,
        messages=[{"role": "user", "content": "Explain what a queue is good for in programming."}],
    ) as stream:
        for text in stream.text_stream:
            parts += text
        if stream.get_final_message().stop_reason is None:
            problem = "cut: the stream ended without message_stop, and no exception says so"
except APIStatusError as error:
    # An error event in the stream comes here with status 200: look at the type, not at the status.
    problem = f"{error.type} (HTTP {error.status_code})"
except APIConnectionError as error:
    problem = f"no connection: {error}"
except httpx2.HTTPError as error:
    # A connection that breaks in mid-stream is no APIError.
    problem = f"broken off: {type(error).__name__}"
except AssertionError:
    problem = "no stream at all: the answer held no event"

print(parts)
if problem:
    sys.exit(f"{problem}; {len(parts)} characters had come")
