"""The deltas: what a content_block_delta can carry."""

from collections.abc import Mapping

from inspector.protocol import source
from inspector.protocol.entry import DeltaEntry, block_delta, prose, table

DELTAS: Mapping[str, DeltaEntry] = table(
    DeltaEntry(
        name="text_delta",
        label="text delta",
        role="text",
        brings="text",
        field="text",
        into="text",
        derived="text",
        blocks=("text",),
        summary="The next piece of a text block",
        explanation=prose(
            """
            Append text to the text of the block. The pieces are cut where it suits the sender: in the middle of a word,
            of a Markdown fence, sometimes of an emoji that is made of several code points. A piece may be empty.

            Print it as it comes and flush. If you render Markdown, render the text so far, never the piece alone. If
            you pass it on over SSE, encode it as JSON: a piece may contain newlines, and a newline ends a data line.
            """
        ),
        example=block_delta('{"type":"text_delta","text":" in both cities.\\n\\n"}'),
        fields=(("text", "piece to append"),),
        python=prose(
            """
            create(stream=True) yields the delta only. stream() follows it with a text event (text, snapshot), and
            text_stream gives just the pieces; both share one iterator.
            """
        ),
        typescript="finalText() joins several text blocks with a space, Python's get_final_text() with nothing.",
        see=("text", "citations_delta", "content_block_delta"),
    ),
    DeltaEntry(
        name="input_json_delta",
        label="input json",
        role="tool",
        brings="json",
        field="partial_json",
        into="input",
        derived="input_json",
        blocks=("tool_use", "server_tool_use", "mcp_tool_use"),
        summary="The next piece of a tool call's input, as a fragment of JSON text",
        explanation=prose(
            """
            Append partial_json to a string for each block and parse that string once, at content_block_stop. A fragment
            on its own is almost never valid JSON. The first is usually empty, and a tool without arguments may get
            nothing but empty ones: then the input is {}. The input in content_block_start is an empty placeholder, not
            a prefix.

            The input is whole only if the string parses strictly and the message was not cut short. After max_tokens it
            ends anywhere, and a lenient parser then hands you a shorter object, or {"amount": 12} where 1200 was meant.

            By default the API holds each value of the input back until it is complete, so a long silence followed by a
            burst is normal here. eager_input_streaming on the tool lets pieces through as they are generated,
            unchecked.
            """
        ),
        example=block_delta('{"type":"input_json_delta","partial_json":"{\\"city\\": \\"Par"}', 1),
        fields=(("partial_json", "fragment of JSON text to append; may be empty"),),
        python=prose(
            """
            create(stream=True) yields the fragment only. stream() parses the whole string again at every delta, which
            is quadratic for large inputs, and follows with an input_json event (partial_json, snapshot). An unfinished
            string value is left out of the snapshot, an unfinished number is kept as it stands; cut-off JSON passes
            without an error, impossible JSON raises ValueError in mid-stream.
            """
        ),
        typescript=prose(
            """
            Parses when the input is asked for, and withholds an unfinished number. Rejects NaN and a second JSON value
            after the first, both of which Python lets pass.
            """
        ),
        see=("tool_use", "server_tool_use", "mcp_tool_use", "max_tokens", "content_block_stop"),
    ),
    DeltaEntry(
        name="citations_delta",
        label="citation",
        role="text",
        brings="item",
        field="citation",
        into="citations",
        derived="citation",
        blocks=("text",),
        summary="One citation to add to the list of a text block",
        explanation=prose(
            """
            Each delta brings one whole citation for the block's citations list: nothing in it is partial, and it
            supports the text of that block. The API starts a new text block wherever the sources change, so a cited
            answer consists of many short text blocks. Joined without any separator, they read as one text.

            citation.type tells where the source is. Three kinds point into a document of the request: plain text by
            characters, a PDF by pages, custom content by blocks. Two point to search results: your own search_result
            blocks, or those of the web search tool. Every kind has cited_text; start indices count from 0, page numbers
            from 1, and every end is exclusive.
            """
        ),
        example=block_delta(
            '{"type":"citations_delta","citation":{"type":"char_location","cited_text":"The bridge opened in 1932. ",'
            '"document_index":0,"document_title":"Bridges","start_char_index":120,"end_char_index":147}}'
        ),
        fields=(
            ("citation.type", "kind of the location"),
            ("citation.cited_text", "the text that is cited"),
            ("char_location", "start_char_index, end_char_index in the plain text document_index"),
            ("page_location", "start_page_number, end_page_number in the PDF document_index"),
            ("content_block_location", "start_block_index, end_block_index in the content of document_index"),
            ("web_search_result_location", "url, title, encrypted_index (send back as it is)"),
            ("search_result_location", "search_result_index, source, title, start_block_index, end_block_index"),
        ),
        python=prose(
            """
            create(stream=True) yields the delta only. stream() appends it to the citations of the block and follows
            with a citation event (citation, snapshot).
            """
        ),
        see=("text", "text_delta", "web_search_tool_result"),
    ),
    DeltaEntry(
        name="thinking_delta",
        label="thinking",
        role="thinking",
        brings="text",
        field="thinking",
        into="thinking",
        derived="thinking",
        blocks=("thinking",),
        summary="The next piece of the model's reasoning",
        explanation=prose(
            """
            Append thinking to the thinking of the block. What you read is, on most models, a summary of the reasoning
            and shorter than what is billed: usage.output_tokens_details.thinking_tokens has the real figure.

            With thinking.display set to omitted the text never comes and the block has only its signature; pings fill
            the silence. A beta then adds estimated_tokens to the deltas: increments of a coarse estimate, made for a
            progress display. Sum them up, and bill from usage.
            """
        ),
        example=block_delta('{"type":"thinking_delta","thinking":"Two cities, so two calls. "}'),
        fields=(
            ("thinking", "piece to append"),
            ("estimated_tokens", "beta: increment of a rough token count, for display only"),
        ),
        python=prose(
            """
            create(stream=True) yields the delta only. stream() appends it and follows with a thinking event (thinking,
            snapshot). text_stream does not contain it.
            """
        ),
        see=("thinking", "signature_delta", "redacted_thinking"),
    ),
    DeltaEntry(
        name="signature_delta",
        label="signature",
        role="thinking",
        brings="value",
        field="signature",
        into="signature",
        derived="signature",
        blocks=("thinking",),
        summary="The signature of a thinking block, whole, just before the block ends",
        explanation=prose(
            """
            Comes once in each thinking block, right before content_block_stop. It is an opaque proof that the thinking
            came from Claude. Set it, do not append it: it is not cut into pieces.

            It matters on the next turn. In a conversation with tools, the thinking block goes back to the API with this
            signature unchanged, or the request is refused with a 400. A block that stops without one has lost it on the
            way, most likely in a gateway, or does not come from Claude.
            """
        ),
        example=block_delta('{"type":"signature_delta","signature":"RXhhbXBsZVNpZ25hdHVyZQ=="}'),
        fields=(("signature", "the whole signature; opaque"),),
        python=prose(
            """
            create(stream=True) yields the delta only. stream() assigns it, so that of several the last one wins, and
            follows with a signature event (signature).
            """
        ),
        see=("thinking", "thinking_delta", "invalid_request_error"),
    ),
    DeltaEntry(
        name="compaction_delta",
        sources=(source.SDK_TYPES,),
        label="compaction",
        role="text",
        brings="value",
        field="content",
        into="content",
        also=("encrypted_content",),
        derived="compaction",
        blocks=("compaction",),
        summary="The summary of a compaction block, whole, in one delta",
        explanation=prose(
            """
            A delta by name only: it brings the complete content of a compaction block at once. Set both fields, do not
            append. Expect a long silence before it, since a whole conversation is being summarised.

            content is null if the compaction failed to produce a usable summary. The block can be sent back even then,
            and counts for nothing.
            """
        ),
        example=block_delta(
            '{"type":"compaction_delta","content":"The user is planning a trip to Lyon; trains are booked.",'
            '"encrypted_content":null}'
        ),
        fields=(
            ("content", "the summary, or null if compaction failed"),
            ("encrypted_content", "opaque; send back as it is"),
        ),
        python=prose(
            """
            client.beta.messages.stream() assigns both fields and follows with a compaction event.
            client.messages.stream() yields the delta but does not store it: the block's content stays null.
            create(stream=True) yields the delta.
            """
        ),
        beta=True,
        see=("compaction", "stop_reason:compaction"),
    ),
    sources=(source.STREAMING, source.SDK_TYPES),
)

CITATIONS = frozenset({
    "char_location", "page_location", "content_block_location", "web_search_result_location", "search_result_location",
})  # fmt: skip
"""What `citation.type` of a citations_delta can be, as anthropic-python 2.14 has it."""
