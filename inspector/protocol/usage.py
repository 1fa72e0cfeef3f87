"""What a message was billed by: its usage, field by field, the prompt cache, and how a cost is made of them."""

from collections.abc import Mapping
from typing import Final

from inspector.protocol import source
from inspector.protocol.caching import (
    INVALIDATIONS,
    LIFETIMES_S,
    LOOKBACK,
    MOST_BREAKPOINTS,
    ORDER,
    READ_FACTOR,
    WRITE_FACTOR,
)
from inspector.protocol.entry import Entry, prose, table

_MINUTES: Final = {name: f"{seconds // 60} minutes" for name, seconds in LIFETIMES_S.items()}
_PYTHON: Final = "A field of message.usage; None where the API did not send it."
_START_ONLY: Final = f"{_PYTHON} Only message_start has it; message_delta never repeats it."
_FRESH: Final = '"input_tokens":180'
_READ: Final = '"cache_read_input_tokens":1024'
_WRITTEN: Final = (
    '"cache_creation_input_tokens":300,"cache_creation":{"ephemeral_5m_input_tokens":300,"ephemeral_1h_input_tokens":0}'
)
_OUT: Final = '"output_tokens":89'


def _usage(*members: str) -> str:
    return f'{{"usage":{{{",".join(members)}}}}}'


def _lost(level: str) -> str:
    return "; ".join(one.what for one in INVALIDATIONS.values() if one.level == level)


USAGE: Mapping[str, Entry] = table(
    Entry(
        name="usage",
        group="usage",
        summary="What a message was billed by: tokens in, out and cached, and tools of the server",
        explanation=prose(
            """
            It comes twice. message_start tells the input, and a placeholder for the output; message_delta, at the end,
            tells totals, which replace those of the start and are not added to them. Where a field is missing in
            message_delta, that of message_start stays.

            The input is in three parts that do not overlap: input_tokens, cache_read_input_tokens and
            cache_creation_input_tokens. Their sum is the whole prompt; input_tokens alone may be small while the prompt
            is large.

            A stream that is cut before message_delta never tells its output. Requests that count tokens have an
            input_tokens of their own, which nobody is billed for.
            """
        ),
        example=_usage(_FRESH, _READ, _WRITTEN, _OUT, '"service_tier":"standard"'),
        fields=(
            ("input_tokens", "input that the cache neither read nor wrote"),
            ("cache_read_input_tokens", "input that came from the cache"),
            ("cache_creation_input_tokens", "input that was written to the cache"),
            ("cache_creation", "those writes by how long they are kept"),
            ("output_tokens", "output, thinking included"),
            ("output_tokens_details", "how much of it was thinking"),
            ("server_tool_use", "searches and fetches of the server"),
            ("service_tier", "standard, priority or batch"),
            ("speed", "standard or fast"),
            ("inference_geo", "where the model ran"),
            ("iterations", "beta: each sampling on its own"),
            ("fallback_credit", "beta: what became of the credit of a declined request"),
        ),
        python="message.usage: Usage, and BetaUsage with client.beta. In the events, .usage of message_delta has less.",
        see=("cost", "cache", "message_start", "message_delta"),
    ),
    Entry(
        name="cost",
        group="usage",
        summary="How usage becomes US dollars, and what of it cannot be known",
        explanation=prose(
            f"""
            Each count times its price: input_tokens, cache reads, cache writes for {_MINUTES["5m"]} and for an hour,
            and output_tokens, each for a million; web searches for a thousand. A batch costs half of that, but for the
            searches; inference that stays in the USA a tenth more; fast mode has prices of its own. Where a model is
            dearer for long prompts, all of the request is, by the sum of the three parts of the input.

            Prices are those of the package genai-prices, by model and day, or those of prices.toml, which the user
            writes. Compaction and the advice of another model are added, each by its own model; after a fallback the
            model that answered sets the price.

            What has no price is unknown, and never zero: other models, the priority tier, code execution, which is paid
            for by time, and the output of a stream that broke off. A sum without it says "at least".
            """
        ),
        example=_usage(_FRESH, _READ, _WRITTEN, _OUT, '"server_tool_use":{"web_search_requests":2}'),
        fields=(
            ("input", "input_tokens"),
            ("cache_read", "cache_read_input_tokens"),
            ("cache_creation", "cache_creation, by lifetime"),
            ("output", "output_tokens"),
            ("tools", "web searches; fetching a page costs only its tokens"),
            ("total", "the sum of what is known"),
            ("unknown", "what is missing in it, and why"),
            ("prices_from", "whose prices they are"),
        ),
        python="The SDK has no prices. inspector show --format json has these fields under cost.",
        see=("usage", "cache", "service_tier", "iterations"),
        sources=(source.PRICING, source.BATCHES, source.RESIDENCY, source.WEB_FETCH),
    ),
    Entry(
        name="cache",
        group="usage",
        summary="The prompt cache: what is read, what is written, and what makes it miss",
        explanation=prose(
            f"""
            A prompt is put together as {", ".join(ORDER)}. A mark, cache_control, on a block has everything up to there
            kept; the next request reads it back where its beginning is the same, byte for byte. A request has up to
            {MOST_BREAKPOINTS} marks, and from each the API looks for an entry at up to {LOOKBACK} positions backwards.
            An entry lives {_MINUTES["5m"]}, or an hour with ttl 1h, from the start of the request that used it last. A
            prompt that is shorter than the model's minimum is not kept, and nothing says so.

            A change loses what stands behind it. Everything: {_lost("tools")}. All but the tools: {_lost("system")}.
            The messages: {_lost("messages")}; on some models the last two lose the tools too.

            Writing costs {WRITE_FACTOR["5m"]} times the price of input, for an hour {WRITE_FACTOR["1h"]} times; reading
            {READ_FACTOR} times, and less on some newer models. An entry can be read only once the reply to the request
            that wrote it has begun, so requests that start together all write.
            """
        ),
        example=_usage(_FRESH, _READ, _WRITTEN, _OUT),
        fields=(
            ("cache_read_input_tokens", "what was read"),
            ("cache_creation_input_tokens", "what was written"),
            ("input_tokens", "what stands behind the last mark"),
        ),
        python="cache_control goes into tools, system, or the blocks of messages; at the top it marks the last block.",
        see=("cache_read_input_tokens", "cache_creation", "usage", "cost"),
        sources=(source.CACHING,),
    ),
    Entry(
        name="input_tokens",
        group="usage",
        summary="Input that the cache neither read nor wrote",
        explanation=prose(
            """
            Not the length of the prompt: what was read from the cache and what was written to it are counted beside it.
            With a mark near the end of the prompt it is a handful of tokens, however long the prompt.

            With tools of the server it grows until message_delta, since what a search found is input of the next step.
            """
        ),
        example=_usage(_FRESH, _READ, _OUT),
        fields=(),
        python=_PYTHON.replace("; None where the API did not send it", ", always an int"),
        see=("cache_read_input_tokens", "cache_creation_input_tokens", "usage"),
    ),
    Entry(
        name="cache_read_input_tokens",
        group="usage",
        summary="Input that came from the prompt cache",
        explanation=prose(
            f"""
            It costs {READ_FACTOR} times what input does, and less on some newer models. Reading renews the entry's
            lifetime without a price.

            Where it is 0 again and again although the prompt begins the same, something in it differs: a time in the
            system prompt, tools in another order, JSON whose keys are. Where it stops growing in a long conversation,
            the last mark is too far from what was kept.
            """
        ),
        example=_usage(_FRESH, _READ, _OUT),
        fields=(),
        python=_PYTHON,
        see=("cache", "cache_creation_input_tokens", "input_tokens"),
        sources=(source.CACHING, source.SDK_TYPES),
    ),
    Entry(
        name="cache_creation_input_tokens",
        group="usage",
        summary="Input that was written to the prompt cache",
        explanation=prose(
            f"""
            All writes of the request, whatever their lifetime; cache_creation has them apart. They cost more than other
            input: {WRITE_FACTOR["5m"]} times, or {WRITE_FACTOR["1h"]} times for an hour.

            In a conversation that reads its cache it is about what the last turn added. As much as the whole prompt, in
            a turn that is not the first, is a miss.
            """
        ),
        example=_usage(_FRESH, _WRITTEN, _OUT),
        fields=(),
        python=_PYTHON,
        see=("cache_creation", "cache", "cache_read_input_tokens"),
        sources=(source.CACHING, source.SDK_TYPES),
    ),
    Entry(
        name="cache_creation",
        group="usage",
        summary="The writes to the prompt cache, by how long they are kept",
        explanation=prose(
            """
            The two add up to cache_creation_input_tokens. Some gateways leave it out; what was written may then have
            cost more than it seems.

            message_delta does not repeat it, so with tools of the server the total may have grown while this has not.
            """
        ),
        example=_usage(_FRESH, _WRITTEN, _OUT),
        fields=(
            ("ephemeral_5m_input_tokens", f"written for {_MINUTES['5m']}"),
            ("ephemeral_1h_input_tokens", "written for an hour (ttl 1h)"),
        ),
        python=_START_ONLY,
        see=("cache_creation_input_tokens", "cache", "cost"),
        sources=(source.CACHING, source.SDK_TYPES),
    ),
    Entry(
        name="output_tokens",
        group="usage",
        summary="Everything that the model wrote, thinking and tool calls included",
        explanation=prose(
            """
            That of message_start is a placeholder, and no count. The count is in message_delta, for the whole message.
            It is what is billed also where the thinking that came is a summary, or left out.
            """
        ),
        example=_usage(_FRESH, _OUT),
        fields=(),
        python=_PYTHON.replace("; None where the API did not send it", ", always an int"),
        see=("output_tokens_details", "message_delta", "usage"),
    ),
    Entry(
        name="output_tokens_details",
        group="usage",
        summary="How much of the output was thinking",
        explanation="A part of output_tokens, for information: it is billed as all output is, and not once more.",
        example=_usage(_FRESH, _OUT, '"output_tokens_details":{"thinking_tokens":61}'),
        fields=(("thinking_tokens", "tokens of thinking as the model wrote it, not as it is shown"),),
        python=_PYTHON,
        see=("output_tokens", "thinking", "usage"),
    ),
    Entry(
        name="server_tool_use",
        group="usage",
        summary="How often tools were used that run on the API's side",
        explanation=prose(
            """
            Searches are billed by their number, and what they found as input. Fetched pages cost their tokens only.
            Code execution is billed by time, and is not told here.
            """
        ),
        example=_usage(_FRESH, _OUT, '"server_tool_use":{"web_search_requests":2,"web_fetch_requests":0}'),
        fields=(
            ("web_search_requests", "searches"),
            ("web_fetch_requests", "pages that were fetched"),
        ),
        python=_PYTHON,
        see=("block:server_tool_use", "web_search_tool_result", "cost"),
        sources=(source.PRICING, source.WEB_FETCH, source.SDK_TYPES),
    ),
    Entry(
        name="service_tier",
        group="usage",
        summary="How the request was served: standard, priority or batch",
        explanation=prose(
            """
            batch is half the price, for everything that is counted in tokens. priority is capacity that was agreed with
            Anthropic, so what such a message costs, no list says. The request may ask for auto or standard_only; this
            is what came of it.
            """
        ),
        example=_usage(_FRESH, _OUT, '"service_tier":"standard"'),
        fields=(),
        python=_START_ONLY,
        see=("cost", "speed", "usage"),
        sources=(source.BATCHES, source.PRICING, source.SDK_TYPES),
    ),
    Entry(
        name="speed",
        group="usage",
        summary="Whether the model ran in fast mode",
        explanation=prose(
            """
            fast is asked for in the request, and has prices of its own, of which the cache's are multiples too. To
            switch it on or off loses the cache of everything but the tools.
            """
        ),
        example=_usage(_FRESH, _OUT, '"speed":"fast"'),
        fields=(),
        python=_START_ONLY,
        see=("service_tier", "cost", "cache"),
        sources=(source.PRICING, source.CACHING, source.SDK_TYPES),
    ),
    Entry(
        name="inference_geo",
        group="usage",
        summary="In which part of the world the model ran",
        explanation="Tokens cost a tenth more where the request asked for inference in the USA only (us).",
        example=_usage(_FRESH, _OUT, '"inference_geo":"us"'),
        fields=(),
        python=_START_ONLY,
        see=("cost", "service_tier", "usage"),
        sources=(source.RESIDENCY, source.SDK_TYPES),
    ),
    Entry(
        name="iterations",
        group="usage",
        summary="Each sampling that made the message, with counts of its own",
        explanation=prose(
            """
            A message may be made in several steps. Those of type message are in the counts of the whole usage.
            compaction and advisor_message are billed beside it, the latter by the model that it names. After a fallback
            the whole usage is that of fallback_message; an attempt of another model that was declined is billed where
            it had begun to answer.
            """
        ),
        example=_usage(
            _FRESH, _OUT, '"iterations":[{"type":"compaction","input_tokens":100,"output_tokens":83},'
            '{"type":"message","input_tokens":180,"output_tokens":89}]',
        ),
        fields=(
            ("type", "message, compaction, advisor_message or fallback_message"),
            ("model", "whose sampling it was, where that may differ"),
            ("input_tokens", "and the other counts, as in usage"),
        ),
        python="A field of BetaUsage, with client.beta only.",
        beta=True,
        see=("compaction", "advisor_tool_result", "fallback", "cost"),
        sources=(source.FALLBACK, source.COMPACTION, source.ADVISOR, source.SDK_TYPES),
    ),
    Entry(
        name="fallback_credit",
        group="usage",
        summary="What became of the fallback_credit_token that the request carried",
        explanation=prose(
            """
            A request that repeats a declined one with another model may carry the token, so that its input is billed as
            if the conversation had been with that model all along. redeemed: it is. not_applied: it is not, and reason
            says why. What the input costs after it, the counts do not tell.
            """
        ),
        example=_usage(_FRESH, _OUT, '"fallback_credit":{"type":"redeemed"}'),
        fields=(("type", "redeemed or not_applied"), ("reason", "why it was not applied")),
        python="A field of BetaUsage, with client.beta only.",
        beta=True,
        see=("fallback", "iterations", "cost"),
        sources=(source.FALLBACK, source.SDK_TYPES),
    ),
    sources=(source.STREAMING, source.SDK_TYPES),
)  # fmt: skip
