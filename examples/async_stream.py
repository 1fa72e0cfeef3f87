"""Two streams at once in one thread, with the async client.

inspector serve recordings/plain-text.jsonl recordings/thinking.jsonl &
ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none python examples/async_stream.py
"""

import asyncio

from anthropic import AsyncAnthropic


async def ask(client: AsyncAnthropic, question: str) -> str:
    async with client.messages.stream(
        model="claude-sonnet-4-6", max_tokens=1024, messages=[{"role": "user", "content": question}]
    ) as stream:
        # Leaving the block closes the connection, also when this task is cancelled: nothing more is generated.
        return await stream.get_final_text()


async def main() -> None:
    # The client belongs to the event loop in which it is used: it is made inside.
    async with AsyncAnthropic() as client:
        answers = await asyncio.gather(ask(client, "What is a streaming API?"), ask(client, "How many trips?"))
    for answer in answers:
        print(answer, end="\n\n")


asyncio.run(main())
