"""The blocks in which tools that run on Anthropic's side leave their results."""

from inspector.protocol import source
from inspector.protocol.entry import BlockEntry, block_start, prose, table

_WHOLE = "stream() appends it as it came in content_block_start; it has no derived event of its own."
_CALL = ("tool_use_id", "id of the server_tool_use that it answers")

RESULT_BLOCKS = table(
    BlockEntry(
        name="web_search_tool_result",
        role="other",
        summary="What a web search found, or why it failed",
        explanation=prose(
            """
            Arrives whole in content_block_start, with all hits at once, and is easily the largest event of a stream.
            content is a list of web_search_result entries if the search worked and a single error object if it did not:
            check which before you iterate. A failed search is no failed request, the model is told and goes on.

            The text of the pages is in encrypted_content, for the model only. Send the block back unchanged if you
            continue the conversation. What was read counts as input: input_tokens in message_delta is larger than in
            message_start, and usage.server_tool_use counts the searches, which are billed on their own.
            """
        ),
        example=block_start(
            '{"type":"web_search_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":['
            '{"type":"web_search_result","title":"Weather in Lyon","url":"https://weather.example/lyon",'
            '"encrypted_content":"RXhhbXBsZVBhZ2U=","page_age":"2 hours ago"}]}',
            2,
        ),
        fields=(
            _CALL,
            ("content[].title", "title of a hit"),
            ("content[].url", "its address"),
            ("content[].page_age", "how old the page is, or null"),
            ("content[].encrypted_content", "the page for the model; opaque"),
            (
                "content.error_code",
                "invalid_tool_input, unavailable, max_uses_exceeded, too_many_requests, query_too_long, "
                "request_too_large",
            ),
            ("caller", "who made the call: the model, or code that it runs"),
        ),
        python=_WHOLE,
        see=("server_tool_use", "citations_delta", "web_fetch_tool_result"),
    ),
    BlockEntry(
        name="web_fetch_tool_result",
        role="other",
        summary="A web page or PDF that the model fetched, or why it could not",
        explanation=prose(
            """
            Arrives whole, with the document inside: text as plain text, a PDF as base64, so it can be very large.
            content is a web_fetch_result or a web_fetch_tool_result_error.

            The model may only fetch addresses that have appeared in the conversation; url_not_in_prior_context says
            that it tried another one. The document counts as input tokens.
            """
        ),
        example=block_start(
            '{"type":"web_fetch_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":'
            '{"type":"web_fetch_result","url":"https://rail.example/timetable","retrieved_at":"2026-11-22T10:00:00Z",'
            '"content":{"type":"document","title":"Timetable","source":{"type":"text","media_type":"text/plain",'
            '"data":"Paris 08:00, Lyon 10:04"}}}}',
            2,
        ),
        fields=(
            _CALL,
            ("content.url", "what was fetched"),
            ("content.retrieved_at", "when, ISO 8601, or null"),
            ("content.content", "the document: title, source, citations"),
            (
                "content.error_code",
                "invalid_tool_input, url_too_long, url_not_allowed, url_not_in_prior_context, url_not_accessible, "
                "unsupported_content_type, too_many_requests, max_uses_exceeded, unavailable, content_too_large",
            ),
            ("caller", "who made the call: the model, or code that it runs"),
        ),
        python=_WHOLE,
        see=("server_tool_use", "web_search_tool_result", "citations_delta"),
    ),
    BlockEntry(
        name="code_execution_tool_result",
        role="other",
        summary="Output of Python code that the model ran in its container",
        explanation=prose(
            """
            Arrives whole when the code has finished; until then the stream is silent but for pings. A return_code other
            than 0 is a program that failed, not a tool that failed: content is still a code_execution_result, with the
            traceback in stderr. Only a code_execution_tool_result_error means that the code could not be run.

            Files that the code wrote are listed in content.content by file_id, to be fetched from the Files API. If the
            code called the web search tool, an encrypted_code_execution_result comes instead, with encrypted_stdout in
            place of stdout.
            """
        ),
        example=block_start(
            '{"type":"code_execution_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":'
            '{"type":"code_execution_result","stdout":"42\\n","stderr":"","return_code":0,"content":[]}}',
            2,
        ),
        fields=(
            _CALL,
            ("content.stdout", "what the code printed"),
            ("content.stderr", "its error output"),
            ("content.return_code", "0 if the code ended normally"),
            ("content.content[].file_id", "files that it wrote"),
            ("content.encrypted_stdout", "in place of stdout in an encrypted_code_execution_result"),
            ("content.error_code", "invalid_tool_input, unavailable, too_many_requests, execution_time_exceeded"),
        ),
        python=_WHOLE,
        see=("server_tool_use", "bash_code_execution_tool_result", "container_upload"),
    ),
    BlockEntry(
        name="bash_code_execution_tool_result",
        role="other",
        summary="Output of a shell command that the model ran in its container",
        explanation=prose(
            """
            The shell's counterpart of code_execution_tool_result, from newer versions of the code execution tool. A
            command that ends with another code than 0 is an ordinary result, and the model sees it and usually tries
            again.

            The container outlives the message: message.container has its id and expires_at, and the next request can go
            on in it.
            """
        ),
        example=block_start(
            '{"type":"bash_code_execution_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":'
            '{"type":"bash_code_execution_result","stdout":"data.csv\\n","stderr":"","return_code":0,"content":[]}}',
            2,
        ),
        fields=(
            _CALL,
            ("content.stdout", "standard output of the command"),
            ("content.stderr", "its error output"),
            ("content.return_code", "its exit status"),
            ("content.content[].file_id", "files that it wrote"),
            (
                "content.error_code",
                "invalid_tool_input, unavailable, too_many_requests, execution_time_exceeded, output_file_too_large",
            ),
        ),
        python=_WHOLE,
        see=("server_tool_use", "code_execution_tool_result", "text_editor_code_execution_tool_result"),
    ),
    BlockEntry(
        name="text_editor_code_execution_tool_result",
        role="other",
        summary="Result of viewing or editing a file in the model's container",
        explanation=prose(
            """
            content.type says which of three commands it was, and each has fields of its own: view shows a file, create
            writes one, str_replace changes one and reports the lines that changed. An error has an error_code, such as
            file_not_found.

            These are edits in the container, not on your machine. Editing your files is done by tools of your own,
            which come as tool_use.
            """
        ),
        example=block_start(
            '{"type":"text_editor_code_execution_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":'
            '{"type":"text_editor_code_execution_create_result","is_file_update":false}}',
            2,
        ),
        fields=(
            _CALL,
            ("content.type", "text_editor_code_execution_ + view_result, create_result or str_replace_result"),
            ("content.content", "view: the text; with file_type, start_line, num_lines, total_lines"),
            ("content.is_file_update", "create: whether the file was there before"),
            ("content.lines", "str_replace: the changed lines; with old_start, old_lines, new_start, new_lines"),
            (
                "content.error_code",
                "invalid_tool_input, unavailable, too_many_requests, execution_time_exceeded, file_not_found",
            ),
        ),
        python=_WHOLE,
        see=("server_tool_use", "bash_code_execution_tool_result", "tool_use"),
    ),
    BlockEntry(
        name="tool_search_tool_result",
        role="other",
        summary="Which deferred tools a tool search found",
        explanation=prose(
            """
            With many tools, definitions can be marked defer_loading, and the model looks up those it needs. The block
            lists the names it found; from then on the model may call them, and such calls come as ordinary tool_use.

            There is nothing for you to do but to send the block back unchanged on the next turn.
            """
        ),
        example=block_start(
            '{"type":"tool_search_tool_result","tool_use_id":"srvtoolu_01Example00000000000","content":'
            '{"type":"tool_search_tool_search_result","tool_references":[{"type":"tool_reference",'
            '"tool_name":"get_weather"}]}}',
            2,
        ),
        fields=(
            _CALL,
            ("content.tool_references[].tool_name", "a tool that was found"),
            ("content.error_code", "invalid_tool_input, unavailable, too_many_requests, execution_time_exceeded"),
            ("content.error_message", "what went wrong, or null"),
        ),
        python=_WHOLE,
        see=("server_tool_use", "tool_use"),
    ),
    BlockEntry(
        name="container_upload",
        role="other",
        summary="A file that lies in the code execution container",
        explanation=prose(
            """
            Names a file in the container by its file_id. It arrives whole, has no deltas and answers no tool call, so
            do not look for a tool_use_id.
            """
        ),
        example=block_start('{"type":"container_upload","file_id":"file_011Example0000000000000"}', 2),
        fields=(("file_id", "id of the file"),),
        python=_WHOLE,
        see=("code_execution_tool_result", "bash_code_execution_tool_result"),
    ),
    sources=(source.SDK_TYPES,),
)
