"""The content blocks that only beta features bring."""

from inspector.protocol import source
from inspector.protocol.entry import BlockEntry, block_start, prose, table

_GA = "client.messages.stream() does not know the type: it keeps the fields, but in an object of an unrelated class."

BETA_BLOCKS = table(
    BlockEntry(
        name="mcp_tool_use",
        role="tool",
        required=("id", "name", "input"),
        summary="The model uses a tool of an MCP server that the API is connected to",
        explanation=prose(
            """
            The MCP connector calls the server for you: this block is the call, mcp_tool_result with the same id the
            answer, both in the same message. Not for you to run, and stop_reason is not tool_use because of it.

            The input comes in input_json_delta as with any tool call. name is the tool's name on its server; two
            servers can have tools of the same name, so show server_name as well.
            """
        ),
        example=block_start(
            '{"type":"mcp_tool_use","id":"mcptoolu_01Example0000000000","name":"list_trains","server_name":"rail",'
            '"input":{}}',
            1,
        ),
        fields=(
            ("id", "id of the call, mcptoolu_…"),
            ("name", "the tool's name on the server"),
            ("server_name", "the server, as named in the request"),
            ("input", "{} at the start; the real input comes in deltas"),
        ),
        python=prose(
            """
            client.beta.messages.stream() parses the input at each delta and yields input_json events.
            client.messages.stream() does neither: input stays {}.
            """
        ),
        beta=True,
        see=("mcp_tool_result", "mcp_tool_listing", "tool_use", "input_json_delta"),
    ),
    BlockEntry(
        name="mcp_tool_result",
        role="other",
        summary="What an MCP tool returned",
        explanation=prose(
            """
            Arrives whole when the MCP server has answered. content is a string or a list of text blocks. With is_error
            true the tool reported a failure; the model sees that and goes on, so the stream does not fail.
            """
        ),
        example=block_start(
            '{"type":"mcp_tool_result","tool_use_id":"mcptoolu_01Example0000000000","is_error":false,'
            '"content":[{"type":"text","text":"08:00, 09:30"}]}',
            2,
        ),
        fields=(
            ("tool_use_id", "id of the mcp_tool_use that it answers"),
            ("is_error", "whether the tool reported a failure"),
            ("content", "what it returned: a string or text blocks"),
        ),
        python=f"client.beta.messages.stream() appends it as it came. {_GA}",
        beta=True,
        see=("mcp_tool_use", "mcp_tool_listing"),
    ),
    BlockEntry(
        name="mcp_tool_listing",
        role="other",
        summary="The tools that an MCP server offered for this message",
        explanation=prose(
            """
            Before the model can use an MCP server, the API asks it for its tools. This block records the answer. Sent
            back with the assistant message, it saves asking again and keeps the list of tools the same for the whole
            conversation.
            """
        ),
        example=block_start(
            '{"type":"mcp_tool_listing","mcp_server_name":"rail","tools":[{"name":"list_trains",'
            '"description":"Trains between two cities","input_schema":{"type":"object"}}]}'
        ),
        fields=(
            ("mcp_server_name", "the server"),
            ("tools[].name", "a tool of the server"),
            ("tools[].description", "its description, or null"),
            ("tools[].input_schema", "its JSON schema"),
        ),
        python=f"client.beta.messages.stream() appends it as it came. {_GA}",
        beta=True,
        see=("mcp_tool_use", "mcp_tool_result"),
    ),
    BlockEntry(
        name="advisor_tool_result",
        role="other",
        summary="Advice that the model took from another model",
        explanation=prose(
            """
            The advisor tool lets the model ask a second model in mid-turn. The call is a server_tool_use named advisor;
            this block is the answer, whole, after a silence as long as the advisor needs. content is an advisor_result
            with readable text, an advisor_redacted_result with an encrypted one, or an error.

            The advisor's tokens are listed apart, as advisor_message in usage.iterations. Its stop_reason max_tokens
            means that the advice was cut short, not the message.
            """
        ),
        example=block_start(
            '{"type":"advisor_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":'
            '{"type":"advisor_result","text":"Check the timetable before booking.","stop_reason":"end_turn"}}',
            2,
        ),
        fields=(
            ("tool_use_id", "id of the server_tool_use that it answers"),
            ("content.text", "the advice, in an advisor_result"),
            ("content.encrypted_content", "the advice, in an advisor_redacted_result; send back as it is"),
            ("content.stop_reason", "why the advisor stopped, or null"),
            (
                "content.error_code",
                "max_uses_exceeded, prompt_too_long, too_many_requests, overloaded, unavailable, "
                "execution_time_exceeded, model_not_found",
            ),
        ),
        python=f"client.beta.messages.stream() appends it as it came. {_GA}",
        beta=True,
        see=("server_tool_use", "message_delta"),
    ),
    BlockEntry(
        name="compaction",
        role="other",
        summary="A summary that takes the place of the conversation before it",
        explanation=prose(
            """
            When the context grows beyond a threshold (or when the request asks for it), the API has the conversation
            summarised and goes on from the summary. The block starts with null content; one compaction_delta brings the
            whole summary after a pause that can be long.

            Send it back with the next request, or the old conversation is read and compacted all over again; the
            messages that it summarises may be left out. signature, encrypted_content and tool_changes go back
            unchanged. The tokens of the compaction stand in usage.iterations and are not part of the top-level usage.
            """
        ),
        example=block_start('{"type":"compaction","content":null,"encrypted_content":null}'),
        fields=(
            ("content", "the summary; null at the start, and null at the end if compaction failed"),
            ("encrypted_content", "opaque; send back as it is"),
            ("signature", "signature over the summary; send back as it is"),
            ("tool_changes", "tools added and removed in the range summarised; send back as they are"),
        ),
        python=prose(
            """
            client.beta.messages.stream() fills it from compaction_delta and yields a compaction event.
            client.messages.stream() loses the summary: content stays null.
            """
        ),
        beta=True,
        see=("compaction_delta", "stop_reason:compaction", "message_delta"),
    ),
    BlockEntry(
        name="fallback",
        role="other",
        summary="The point at which another model takes over after a refusal",
        explanation=prose(
            """
            If the request allows a fallback and the first model declines, a second one continues in the same stream.
            The block marks the seam: what stands before it is by the model in from, what comes after by the one in to.
            It has no deltas, and there is one for each hop.

            Its absence proves nothing: whether a fallback model served the reply is told by a fallback_message entry in
            usage.iterations. The model of message_start is the one that began, not the one that answered.
            """
        ),
        example=block_start(
            '{"type":"fallback","from":{"model":"claude-opus-5"},"to":{"model":"claude-sonnet-4-6"},'
            '"trigger":{"type":"refusal","category":"cyber"}}',
            1,
        ),
        fields=(
            ("from.model", "the model that declined"),
            ("to.model", "the model that continues"),
            ("trigger.type", "refusal"),
            ("trigger.category", "policy area of the refusal, or null"),
        ),
        python=prose(
            """
            client.beta.messages.stream() appends it and sets message.model to to.model; from is called from_ in Python.
            client.messages.stream() keeps the first model's name.
            """
        ),
        beta=True,
        see=("refusal", "message_delta"),
    ),
    sources=(source.SDK_TYPES,),
)
