"""The three events that concern the message as a whole."""

from inspector.protocol.entry import EventEntry, prose

MESSAGE_START = EventEntry(
    name="message_start",
    label="message_start",
    tone="message",
    required=(
        ("message.content", list),
        ("message.usage", dict),
        ("message.id", str),
        ("message.model", str),
        ("message.type", "message"),
        ("message.role", "assistant"),
        ("message.usage.input_tokens", int),
        ("message.usage.output_tokens", int),
    ),
    summary="Opens the message: id, model, input usage; the content is still empty",
    explanation=prose(
        """
        The first event of every stream that works (a ping may come before it). Its message is the reply as it stands
        before anything has been generated: an id, the model that answers, an empty content list and a null stop_reason.
        Everything that follows fills in this one object. The model may read differently from the name you asked for,
        because an alias has been resolved.

        Its usage tells the input side. input_tokens leaves out what the prompt cache handled, so the whole input is
        input_tokens + cache_creation_input_tokens + cache_read_input_tokens. The split of cache writes by lifetime, the
        service tier, the speed and the region stand only here. output_tokens is a placeholder, commonly 1 to 8: do not
        bill or budget from it, the real count comes with message_delta. With server tools, the input counts grow during
        the stream as well.

        There is exactly one in a stream. A second one before message_stop means that a gateway has repeated an event or
        joined two generations; the text after it does not belong to the text before it.
        """
    ),
    example=(
        '{"type":"message_start","message":{"id":"msg_01ExampleStart000000000","type":"message",'
        '"role":"assistant","model":"claude-sonnet-4-6","content":[],"stop_reason":null,"stop_sequence":null,'
        '"usage":{"input_tokens":180,"cache_creation_input_tokens":0,"cache_read_input_tokens":1024,'
        '"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":2,'
        '"service_tier":"standard"}}}'
    ),
    fields=(
        ("message.id", "id of the message, msg_…"),
        ("message.model", "the model that answers"),
        ("message.content", "always []; the blocks come as events"),
        ("message.stop_reason", "always null here; set by message_delta"),
        ("message.usage.input_tokens", "input that the cache neither read nor wrote"),
        ("message.usage.cache_read_input_tokens", "input served from the prompt cache"),
        ("message.usage.cache_creation_input_tokens", "input written to the prompt cache"),
        ("message.usage.cache_creation", "those writes by lifetime: ephemeral_5m_…, ephemeral_1h_input_tokens"),
        ("message.usage.output_tokens", "a placeholder, not a count"),
        ("message.usage.output_tokens_details", "thinking_tokens: how much of the output was reasoning"),
        ("message.usage.server_tool_use", "web_search_requests and web_fetch_requests"),
        ("message.usage.service_tier", "standard, priority or batch"),
        ("message.usage.speed", "standard or fast"),
        ("message.usage.inference_geo", "region in which the model ran"),
        ("message.container", "id and expires_at of the code execution container, if one is used"),
        ("message.diagnostics", "why the prompt cache missed, if the request asked for it"),
        ("message.context_management", "beta: edits that the API made to the context"),
        ("message.input_transformations", "beta: thinking blocks of the request that were dropped or let pass"),
    ),
    python=prose(
        """
        create(stream=True) yields RawMessageStartEvent. stream() yields the same and builds its snapshot from message;
        without message.content or message.usage it fails later with AttributeError. It silently ignores a second
        message_start: the first id stays, and the deltas that follow land in the blocks of the first. Before this event
        no snapshot exists, and if it never comes get_final_message() ends in a bare AssertionError.
        """
    ),
    typescript="A second message_start throws. If none came, finalMessage() rejects.",
    see=("message_delta", "message_stop", "content_block_start", "ping"),
)

MESSAGE_DELTA = EventEntry(
    name="message_delta",
    label="message_delta",
    tone="message",
    required=(
        ("delta", dict),
        ("usage.output_tokens", int),
    ),
    summary="Sets the fields of the message known only at its end: stop_reason, usage",
    explanation=prose(
        """
        Comes after the last block and tells why the model stopped. Usually there is one; several are allowed, and then
        the last one counts. Despite its name it is no increment: what it carries replaces what message_start said.

        That holds for usage above all. The counts are cumulative totals for the whole message; adding them to those of
        message_start counts the input twice and adds the placeholder to the output. Only output_tokens must be there.
        Where input_tokens, the cache counts or server_tool_use are given they replace the earlier figures, and with
        server tools they are larger, because every search result the model read was input too. Where they are absent,
        the figures of message_start stay. The split of cache writes, service_tier, speed and inference_geo are never
        repeated.

        If the stream is cut before this event, neither the reason nor the number of output tokens is known, although
        the tokens have been generated and may be billed.
        """
    ),
    example=(
        '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
        '"usage":{"input_tokens":180,"cache_creation_input_tokens":0,"cache_read_input_tokens":1024,'
        '"output_tokens":89}}'
    ),
    fields=(
        ("delta.stop_reason", "why the model stopped"),
        ("delta.stop_sequence", "which of your stop sequences it wrote, else null"),
        ("delta.stop_details", "after a refusal: category and explanation, else null"),
        ("delta.container", "the code execution container, if one was used"),
        ("usage.output_tokens", "total output of the message; the figure to bill from"),
        ("usage.input_tokens", "total uncached input, if it is given"),
        ("usage.cache_creation_input_tokens", "total input written to the cache, if it is given"),
        ("usage.cache_read_input_tokens", "total input read from the cache, if it is given"),
        ("usage.server_tool_use", "number of web searches and web fetches, if it is given"),
        ("usage.output_tokens_details", "thinking_tokens: reasoning within output_tokens"),
        ("usage.iterations", "beta: usage of each step: message, compaction, advisor_message, fallback_message"),
        ("usage.fallback_credit", "beta: what became of the fallback_credit_token of the request"),
        ("context_management", "beta: edits that the API made to the context"),
        ("input_transformations", "beta: replaces the list of message_start after a fallback in mid-stream"),
    ),
    python=prose(
        """
        create(stream=True) yields RawMessageDeltaEvent. stream() yields the same and overwrites stop_reason,
        stop_sequence, stop_details and those usage fields that are present. Without usage it raises AttributeError.
        iterations, fallback_credit, context_management and input_transformations are merged only by
        client.beta.messages.stream().
        """
    ),
    typescript="Without usage the stream helper raises a TypeError.",
    see=("message_start", "message_stop", "end_turn", "max_tokens", "refusal"),
)

MESSAGE_STOP = EventEntry(
    name="message_stop",
    label="message_stop",
    tone="message",
    summary="Closes the message: the only proof that the stream is complete",
    explanation=prose(
        """
        The last event. It carries nothing; what counts is that it came: the message is complete.

        A connection that ends without it was cut, however politely it was closed. The usual causes are a proxy's idle
        timeout, a restart, or a gateway that forgets the final blank line. The connection cannot be resumed, nor a tool
        call or thinking; text can be gone on from: sent back as a partial assistant message up to Claude 4.5, with
        newer models quoted in a user message that asks to go on. If a message_delta with a stop_reason did arrive, the
        content is whole and only the end was lost.

        Nothing but a ping should come after it.
        """
    ),
    example='{"type":"message_stop"}',
    fields=(),
    python=prose(
        """
        create(stream=True) yields RawMessageStopEvent. stream() yields ParsedMessageStopEvent in its place, which has
        the finished message. If it is missing, neither complains: iteration just ends, and get_final_message() returns
        what there is, with stop_reason None if no message_delta came. Events after it are still accumulated.
        """
    ),
    typescript=prose(
        """
        If it is missing, iteration ends silently, but finalMessage() and finalText() reject with "stream ended without
        producing a Message". Events after it do not get into finalMessage().
        """
    ),
    see=("message_delta", "error", "message_start"),
)
