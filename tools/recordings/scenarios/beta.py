from tools.recordings.script import OPUS, SONNET, Json, Script


def _iteration(kind: str, input_tokens: int, output_tokens: int, cache_read: int = 0, **more: str) -> Json:
    return {
        "type": kind,
        **more,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cache_read_input_tokens": cache_read,
        "cache_creation_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    }


def mcp(s: Script) -> None:
    """A tool on an MCP server, called by the API (beta): its input in fragments, its result whole."""
    s.request(
        "Which of my library books are due this week?",
        betas=("mcp-client-2025-11-20",),
        mcp_servers=[
            {"type": "url", "name": "library", "url": "https://mcp.library.example/", "authorization_token": "-"}
        ],
        tools=[{"type": "mcp_toolset", "mcp_server_name": "library"}],
    )
    s.start(690)
    s.text("I'll ask the library.")
    call = s.id("mcptoolu_")
    start = {"type": "mcp_tool_use", "id": call, "name": "loans", "input": {}, "server_name": "library"}
    s.tool("loans", {"due_before": "2026-11-29", "sort": "due"}, start)
    s.pause(1300)
    loans = "2026-11-24 The Tidal Atlas\n2026-11-27 Bread for Two\n2026-11-28 A Short History of Queues"
    content = [{"type": "text", "text": loans}]
    s.whole({"type": "mcp_tool_result", "tool_use_id": call, "is_error": False, "content": content})
    s.pause(400)
    s.text(
        "Three are due before Sunday:\n\n"
        "1. *The Tidal Atlas*, on Tuesday\n"
        "2. *Bread for Two*, on Friday\n"
        "3. *A Short History of Queues*, on Saturday\n\n"
        "The first one is the urgent one. Shall I ask whether it can be renewed?"
    )
    s.finish("end_turn", usage={"input_tokens": 3042, "server_tool_use": {"web_search_requests": 0}})


def compaction(s: Script) -> None:
    """A long conversation is shortened first (beta): the summary is one delta that replaces; then the reply."""
    s.request(
        [
            {"role": "user", "content": "Let us plan the garden, bed by bed."},
            {
                "role": "assistant",
                "content": "Gladly. Which bed gets the most sun? " + "We went through it at length. " * 40,
            },
            {"role": "user", "content": "So what goes into the bed by the wall?"},
        ],
        SONNET,
        betas=("compact-2026-01-12",),
        context_management={
            "edits": [{"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50000}}]
        },
    )
    s.start(100, cache_read=55096)
    index = s.open({"type": "compaction", "content": None})
    s.pause(2600)
    summary = (
        "The user plans a garden with four beds. Agreed so far: beans and maize in the long bed, salad in the shade of "
        "the shed, herbs next to the door. Open: the warm bed by the south wall. The user dislikes rhubarb."
    )
    s.delta(index, {"type": "compaction_delta", "content": summary, "encrypted_content": s.opaque(180)})
    s.close(index)
    s.text(
        "By the south wall I would put **tomatoes and basil**. The wall stores the day's heat, which tomatoes love, "
        "and basil likes the same water and the same warmth.\n\n"
        "Leave a hand's width between the plants and the stones, so that the leaves dry after rain. And no rhubarb, I "
        "remember."
    )
    replied = s.output_tokens + 4
    s.finish(
        "end_turn",
        usage={
            "input_tokens": 181,
            "cache_read_input_tokens": 0,
            "iterations": [_iteration("compaction", 100, 83, 55096), _iteration("message", 181, replied)],
        },
    )


def fallback(s: Script) -> None:
    """The model asked for declines and another one answers (beta): a fallback block marks the hand-over."""
    sonnet = "claude-sonnet-4-6"
    s.request(
        "How do locksmiths open a door without breaking it?",
        OPUS,
        betas=("server-side-fallback-2026-07-01",),
        fallbacks=[{"model": sonnet}],
    )
    s.start()
    s.pause(900)
    trigger = {"type": "refusal", "category": "general_harms"}
    s.whole({"type": "fallback", "from": {"model": OPUS}, "to": {"model": sonnet}, "trigger": trigger})
    s.pause(700)
    s.text(
        "A locksmith first checks whether the door is locked at all. If it has merely fallen shut, a stiff plastic "
        "card or a bent wire moves the latch back in seconds.\n\n"
        "If it is locked, the usual way is to feel for the pins inside the cylinder, one by one, or, with a worn "
        "lock, to drill the cylinder and put in a new one. The door itself stays whole."
    )
    replied = s.output_tokens + 4
    asked = s.usage["input_tokens"]
    s.finish(
        "end_turn",
        usage={
            "iterations": [
                _iteration("message", asked, 0, model=OPUS),
                _iteration("fallback_message", asked, replied, model=sonnet),
            ]
        },
    )
