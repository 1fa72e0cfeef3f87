"""The events of a stream, in the order in which one meets them."""

from collections.abc import Mapping

from inspector.protocol import source
from inspector.protocol.entry import EventEntry, block_delta, block_start, error_event, prose, table
from inspector.protocol.message_events import MESSAGE_DELTA, MESSAGE_START, MESSAGE_STOP

EVENT_GRAMMAR = """\
stream  = { ping } message_start { ping | block }
          message_delta { ping | message_delta } message_stop
        | the beginning of one, then error
        | the beginning of one, then nothing more: it was cut
block   = content_block_start { ping | content_block_delta } content_block_stop
          all with the same index; the blocks count 0, 1, 2, and so on

{ x } is any number of x, | separates alternatives. Events with other names may
come at any place: skip them.
"""
"""The order of events in a stream, for people to read; at most 80 columns."""

EVENTS: Mapping[str, EventEntry] = table(
    MESSAGE_START,
    EventEntry(
        name="content_block_start",
        label="block start",
        tone="block",
        required=(
            ("index", int),
            ("content_block.type", str),
        ),
        summary="Opens one content block: its index and its type, mostly still empty",
        explanation=prose(
            """
            Announces the next entry of content. index counts from 0 without gaps and is the block's place in the
            finished message; content_block tells the type and carries whatever is known from the beginning, such as the
            id and the name of a tool call.

            Text, thinking and tool input start empty and are filled by deltas. Other types arrive whole in this event
            and are followed directly by content_block_stop: server tool results, redacted_thinking, container_upload
            and some beta blocks. Code that only looks at deltas loses them. Such an event can be large, since a search
            result brings all its pages at once.

            The API opens one block at a time. Read the type here and remember it for the index, because deltas and stop
            refer to the block by its index only. Meet a type that you do not know with a default branch: new types are
            added without a new API version.
            """
        ),
        example=block_start(
            '{"type":"tool_use","id":"toolu_01Example00000000000000","name":"get_weather","input":{}}', 1
        ),
        fields=(
            ("index", "place of the block in content, from 0"),
            ("content_block.type", "type of the block"),
            ("content_block", "the block as far as it is known; the other fields depend on the type"),
        ),
        python=prose(
            """
            create(stream=True) yields RawContentBlockStartEvent. stream() yields the same and appends the block to
            content without looking at index: a gap makes the next delta fail with IndexError, and an index used twice
            sends its deltas to the older block. A type it does not know is kept, with all its fields.
            """
        ),
        typescript="A gap in the indices loses the text of that block silently.",
        see=("content_block_delta", "content_block_stop", "text", "tool_use"),
    ),
    EventEntry(
        name="content_block_delta",
        label="block delta",
        tone="block",
        required=(
            ("index", int),
            ("delta.type", str),
        ),
        summary="A piece of one block: text, thinking, tool input, a citation, a signature",
        explanation=prose(
            """
            Most events of a stream are of this kind. index says which block grows, delta.type says how: text_delta,
            thinking_delta and input_json_delta carry a piece to append, citations_delta an entry for a list,
            signature_delta and compaction_delta a value that is simply set.

            Pieces are cut anywhere, in the middle of a word or of a JSON string, and may be empty: the first
            input_json_delta of a tool call usually is. One event need not be one token, and one network read may bring
            half an event or twenty. Concatenate, and parse at the stop.
            """
        ),
        example=block_delta('{"type":"text_delta","text":"Paris has 1"}'),
        fields=(
            ("index", "the block that grows"),
            ("delta.type", "kind of the piece"),
            ("delta", "the piece itself: text, thinking, partial_json, citation or signature"),
        ),
        python=prose(
            """
            create(stream=True) yields RawContentBlockDeltaEvent. stream() yields the same, followed by a derived event
            with the value so far: text, thinking, input_json, citation, signature, and compaction on the beta surface.
            The derived event is left out, and the piece dropped without a word, where the delta does not fit its block.
            An index that was never started is an IndexError, a missing index a TypeError.
            """
        ),
        typescript=prose(
            """
            A delta for a block that never started fails with "Cannot read properties of undefined"; one without an
            index is dropped silently. The text and inputJson listeners read the last block, so their snapshot is wrong
            if blocks overlap.
            """
        ),
        see=("text_delta", "input_json_delta", "thinking_delta", "citations_delta", "signature_delta"),
    ),
    EventEntry(
        name="content_block_stop",
        label="block stop",
        tone="block",
        required=(("index", int),),
        summary="Closes one content block: nothing more will be added to it",
        explanation=prose(
            """
            From here on the block with this index is final. It is the right moment to parse the input of a tool call,
            to render a paragraph of Markdown for good, or to keep the signature of a thinking block.

            It says nothing about whether the content is complete. If the reply ran into max_tokens inside a tool call,
            the block is closed all the same and its JSON ends in the middle. So wait for the stop_reason before you
            execute anything.
            """
        ),
        example='{"type":"content_block_stop","index":1}',
        fields=(("index", "the block that is finished"),),
        python=prose(
            """
            create(stream=True) yields RawContentBlockStopEvent. stream() yields ParsedContentBlockStopEvent in its
            place, which has the finished content_block as well; structured output is validated here, so a pydantic
            ValidationError can come out of the iteration. A stop for a block that never started is an IndexError.
            """
        ),
        typescript="If the stop is missing, the contentBlock listener never fires for that block.",
        see=("content_block_start", "message_delta", "input_json_delta"),
    ),
    MESSAGE_DELTA,
    MESSAGE_STOP,
    EventEntry(
        name="ping",
        label="ping",
        tone="quiet",
        summary="A sign of life without content; keeps idle connections open",
        explanation=prose(
            """
            May come at any place and any number of times, even before message_start, or not at all in a short stream.
            It has no bearing on the message: skip it.

            Its use is to those in between and to you. Proxies with an idle timeout see traffic, and you can tell a
            model that is thinking (pings go on) from a connection that has died (nothing at all). If you pass a stream
            on to a browser, pass on a ping or a comment too, or the next hop will run into its own timeout.
            """
        ),
        example='{"type":"ping"}',
        fields=(),
        python="Swallowed by create(stream=True) and stream(); you never see one. It does restart the read timeout.",
        typescript="Swallowed as well.",
        see=("message_start", "timeout_error"),
    ),
    EventEntry(
        name="error",
        label="error",
        tone="error",
        required=(("error.type", str),),
        summary="The request failed after HTTP 200 had been sent; the stream ends here",
        explanation=prose(
            """
            Once a stream has begun, the status line is gone, so a failure can only be reported inside the body.
            error.type is one of the error types and corresponds to the status that the response would otherwise have
            had: overloaded_error stands for 529, for instance. No message_stop follows, and the text so far is not an
            answer.

            Code that decides by status sees a 200 and concludes that all is well, and the SDK's automatic retry is over
            as soon as the headers have arrived. So decide by error.type, and retry the whole request yourself. The
            retry is a new sample: discard what was shown, do not append to it. Where details.error_code is given, it
            names the cause in a stable way; the wording of message may change.

            The event needs its name on the wire. Both SDKs ignore an error object in a frame without a name, and yield
            one under another name like any other event.
            """
        ),
        example=error_event("overloaded_error", "Overloaded"),
        fields=(
            ("error.type", "the error type, such as overloaded_error"),
            ("error.message", "for people; do not match on it"),
            ("error.details.error_code", "stable name of the cause, if there is one"),
            ("request_id", "id of the request, for a support case"),
        ),
        python=prose(
            """
            create(stream=True) and stream() raise plain APIStatusError with status_code 200, never OverloadedError or
            one of its siblings. type, error_code, body and request_id tell what happened. It is not retried.
            """
        ),
        typescript="APIError with status undefined and type set.",
        see=("overloaded_error", "api_error", "rate_limit_error", "message_stop"),
    ),
    sources=(source.STREAMING, source.SDK_TYPES),
)
