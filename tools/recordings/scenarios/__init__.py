"""What the exchanges send. A scenario's name is its file's, its docstring the one line that says what it teaches."""

from tools.recordings.scenarios import beta, failures, network, server_tools, text, tools, unusual

# In the order in which the library shows them.
SCENARIOS = (
    text.plain_text,
    text.thinking,
    text.thinking_omitted,
    text.thinking_redacted,
    tools.tool_use,
    tools.parallel_tools,
    tools.tool_loop_1,
    tools.tool_loop_2,
    tools.tool_without_arguments,
    tools.max_tokens_in_tool_input,
    server_tools.web_search_citations,
    server_tools.document_citations,
    server_tools.code_execution,
    beta.mcp,
    beta.compaction,
    beta.fallback,
    text.refusal,
    failures.overloaded_mid_stream,
    failures.rate_limited,
    failures.cut_clean,
    failures.cut_framing,
    failures.connection_reset,
    failures.read_timeout,
    failures.cancelled,
    failures.not_a_stream,
    network.buffered_burst,
    network.stall_with_pings,
    unusual.unicode,
    unusual.unknown_types,
)
