"""The content blocks: what a content_block_start can open."""

from collections.abc import Mapping

from inspector.protocol import source
from inspector.protocol.beta_blocks import BETA_BLOCKS
from inspector.protocol.entry import BlockEntry, block_start, prose, table
from inspector.protocol.result_blocks import RESULT_BLOCKS

_MODEL_BLOCKS = table(
    BlockEntry(
        name="text",
        role="text",
        required=("text",),
        summary="What the model says",
        explanation=prose(
            """
            Prose, code or JSON: the answer itself. It starts empty and is filled by text_delta; where the request
            brought documents or search results, citations_delta adds sources to it.

            A message can have several text blocks, before and after tool calls and, in a cited answer, one for each
            change of sources. Join them without a separator. A text block that stays empty is legal. With a JSON schema
            in output_config.format the text is JSON, which is valid only if the message ended with end_turn.
            """
        ),
        example=block_start('{"type":"text","text":""}'),
        fields=(
            ("text", "the text; empty at the start"),
            ("citations", "sources of this text, or null"),
        ),
        python=prose(
            """
            stream() appends to text and yields a text event for each delta; get_final_text() joins all text blocks with
            nothing in between. A start without text makes the first delta a TypeError.
            """
        ),
        typescript="finalText() joins the text blocks with a space.",
        see=("text_delta", "citations_delta", "end_turn"),
    ),
    BlockEntry(
        name="thinking",
        role="thinking",
        required=("thinking",),
        summary="The model's reasoning before it answers, with a signature",
        explanation=prose(
            """
            Comes first when thinking is on, and between tool calls too when the model thinks in between. It is filled
            by thinking_delta and sealed by one signature_delta. The text is usually a summary; billed is the reasoning
            itself, which usage.output_tokens_details.thinking_tokens counts.

            A thinking block without any text is normal: with thinking.display omitted only the signature arrives. When
            you send tool results back, return the thinking blocks of that turn unchanged, signature included. Editing,
            reordering or dropping them gets the next request refused with a 400 or the thinking ignored.
            """
        ),
        example=block_start('{"type":"thinking","thinking":"","signature":""}'),
        fields=(
            ("thinking", "the reasoning; empty at the start"),
            ("signature", "opaque proof of origin; empty until signature_delta"),
        ),
        python=prose(
            """
            stream() appends thinking, assigns signature, and yields thinking and signature events. text_stream leaves
            it out.
            """
        ),
        see=("thinking_delta", "signature_delta", "redacted_thinking"),
    ),
    BlockEntry(
        name="redacted_thinking",
        role="thinking",
        required=("data",),
        summary="Reasoning that is withheld: an encrypted blob to send back as it is",
        explanation=prose(
            """
            Stands in place of a thinking block whose text may not be shown. data is encrypted and of no use to you, but
            the model can read it on the next turn, so send the block back unchanged.

            It arrives whole and has no deltas. Code that collects only deltas, or keeps only blocks of types it knows,
            drops it, and notices on the next turn.
            """
        ),
        example=block_start('{"type":"redacted_thinking","data":"RXhhbXBsZVJlZGFjdGVkVGhpbmtpbmc="}'),
        fields=(("data", "encrypted reasoning; opaque"),),
        python="stream() keeps it as it came in content_block_start; it has no derived event.",
        see=("thinking", "content_block_start"),
    ),
    BlockEntry(
        name="tool_use",
        role="tool",
        required=("id", "name", "input"),
        summary="The model asks you to run one of your tools",
        explanation=prose(
            """
            id and name are there at once, the input comes afterwards as JSON text in input_json_delta. The input {} of
            content_block_start is only a placeholder. Several calls in one message are independent of each other: run
            them in any order, and return all their results together in the next user message, each with the id of its
            call.

            Wait for stop_reason tool_use before you run anything. A stream that was cut or ran into max_tokens can
            leave a call whose input parses leniently but is not what the model meant. And check the input against your
            schema: with eager_input_streaming nobody has done so before you.

            Tools of a toolset such as browser or computer have toolset_name besides name. caller tells whether the
            model itself made the call or code that it runs in the code execution container.
            """
        ),
        example=block_start(
            '{"type":"tool_use","id":"toolu_01Example00000000000000","name":"get_weather","input":{}}', 1
        ),
        fields=(
            ("id", "id of the call, toolu_…; goes into the tool_result"),
            ("name", "the tool"),
            ("input", "{} at the start; the real input comes in deltas"),
            ("caller", "direct, or the code execution version that made the call, with its tool_id"),
            ("toolset_name", "the toolset that the tool belongs to, if any"),
        ),
        python=prose(
            """
            stream() replaces input with a lenient parse of all fragments so far after each delta and yields input_json
            events. A call cut off by max_tokens ends, without an error, with the values finished so far and an
            unfinished number as it stands.
            """
        ),
        typescript="Parses the input when it is asked for; the inputJson listener gets fragment and snapshot.",
        see=("input_json_delta", "stop_reason:tool_use", "server_tool_use", "max_tokens"),
    ),
    BlockEntry(
        name="server_tool_use",
        role="tool",
        required=("id", "name", "input"),
        summary="The model uses a tool that runs on Anthropic's side",
        explanation=prose(
            """
            Looks like tool_use but is not for you to run: the API executes it while the stream is open, and a result
            block with the same id in tool_use_id follows in the same message. Between the two there may be seconds with
            nothing but pings.

            Do not send a tool_result for it. If the message ends with pause_turn, the result may still be missing; send
            the assistant message back as it is and the API goes on.
            """
        ),
        example=block_start(
            '{"type":"server_tool_use","id":"srvtoolu_01Example00000000000","name":"web_search","input":{}}', 1
        ),
        fields=(
            ("id", "id of the call, srvtoolu_…"),
            (
                "name",
                "web_search, web_fetch, code_execution, bash_code_execution, text_editor_code_execution, "
                "tool_search_tool_regex, tool_search_tool_bm25; beta: advisor",
            ),
            ("input", "{} at the start; the real input comes in deltas"),
            ("caller", "direct, or the code execution version that made the call, with its tool_id"),
        ),
        python="stream() treats it as tool_use: input is parsed leniently at each delta, with input_json events.",
        see=("web_search_tool_result", "tool_use", "pause_turn", "input_json_delta"),
    ),
    sources=(source.STREAMING, source.SDK_TYPES),
)

BLOCKS: Mapping[str, BlockEntry] = {**_MODEL_BLOCKS, **RESULT_BLOCKS, **BETA_BLOCKS}

TOOL_INPUT_BLOCKS: frozenset[str] = frozenset(name for name, block in BLOCKS.items() if block.role == "tool")
"""The block types whose input comes as JSON text in input_json_delta."""
