"""L: limits that the user sets with `inspector check`; measured in inspector/diagnostics/limits.py."""

from inspector.diagnostics.finding import define

L01 = define(
    "L01", "First token later than allowed", "error",
    what="""
        More time passed from the request to the first content that is not empty than `--max-ttft` allows. Thinking
        counts as content.
        """,
    why="Whoever waits looks at an empty screen for so long.",
    example="the first token came after 2.31 s, 2.00 s are allowed",
    fix="""
        See where the time went (B03 says it): a long prompt wants a cache, thinking can be shown, and what holds
        bytes back is a proxy's.
        """,
    scope="limits",
)  # fmt: skip

L02 = define(
    "L02", "Gap longer than allowed", "error",
    what="""
        Between two network reads of a message more time passed than `--max-gap` allows. Pings count as something that
        came.
        """,
    why="The text stands still for so long, and a client with such a timeout gives up.",
    example="no byte came for 6.20 s before event 48, 5.00 s are allowed",
    fix="""
        Look at what comes after the gap: many events at once were held back on the way, a single one was late where it
        was made.
        """,
    scope="limits",
)  # fmt: skip

L03 = define(
    "L03", "Slower than allowed", "error",
    what="""
        Fewer output tokens a second came, from the first content delta to the last one, than `--min-tokens-per-s` asks
        for.
        """,
    why="An answer takes so much longer than it should.",
    example="18.2 tokens a second, at least 30 are asked for",
    fix="Compare with the same request sent to the API itself; another model or a lower effort is faster.",
    scope="limits",
)  # fmt: skip
