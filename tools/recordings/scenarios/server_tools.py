from tools.recordings.script import Json, Script

BRIDGE = (
    "The bridge was opened to traffic in May 1932. It carries the road between the two harbours.",
    "Its main span measures 503 metres. Painting it takes a crew about ten years.",
)


def _search_result(s: Script, title: str, url: str, page_age: str | None) -> Json:
    return {
        "type": "web_search_result",
        "title": title,
        "url": url,
        "encrypted_content": s.opaque(420),
        "page_age": page_age,
    }


def _found(s: Script, cited: str, title: str, url: str) -> Json:
    return {
        "type": "web_search_result_location",
        "cited_text": cited,
        "url": url,
        "title": title,
        "encrypted_index": s.opaque(110),
    }


def web_search_citations(s: Script) -> None:
    """A web search that the API runs: the query in fragments, the results whole, then text with citations."""
    tides = ("Why there are two tides a day", "https://tides.example/why-two")
    moon = ("The Moon's pull, explained", "https://moon.example/pull")
    s.request(
        "Why are there two high tides a day? Please look it up.",
        tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}],
    )
    s.start(2039)
    call = s.id("srvtoolu_")
    start = {"type": "server_tool_use", "id": call, "name": "web_search", "input": {}, "caller": {"type": "direct"}}
    s.tool("web_search", {"query": "why two high tides a day moon"}, start)
    s.pause(1600)
    results = [
        _search_result(s, *tides, "2 weeks ago"),
        _search_result(s, *moon, "March 3, 2026"),
        _search_result(s, "Harbour tables for November", "https://harbour.example/tables", None),
    ]
    s.whole({"type": "web_search_tool_result", "tool_use_id": call, "content": results, "caller": {"type": "direct"}})
    s.pause(500)
    s.text("There are two because the Moon pulls unevenly:\n\n- ")
    s.text(
        "On the side that faces the Moon, water is drawn towards it and rises",
        [_found(s, "Water nearest to the Moon is pulled most strongly and heaps up below it.", *moon)],
    )
    s.text(".\n- ")
    s.text(
        "On the far side the pull is weaker than at the Earth's centre, so the water there stays behind and rises as "
        "well",
        [
            _found(s, "On the opposite side the water lags behind the Earth, which makes a second bulge.", *tides),
            _found(s, "The second bulge surprises most people.", *moon),
        ],
    )
    s.text(".\n\nThe Earth turns through both bulges in a day, so most coasts see high water twice.")
    s.finish("end_turn", usage={"input_tokens": 10682, "server_tool_use": {"web_search_requests": 1}})


def document_citations(s: Script) -> None:
    """Text that cites a document of the request: citation deltas say where in it each statement stands."""
    document = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": " ".join(BRIDGE)},
        "title": "The harbour bridge",
        "citations": {"enabled": True},
    }
    question = {"type": "text", "text": "When was the bridge opened, and how long is it?"}
    s.request([{"role": "user", "content": [document, question]}])
    s.start()

    def cited(text: str) -> Json:
        start = " ".join(BRIDGE).index(text)
        return {
            "type": "char_location",
            "cited_text": text,
            "document_index": 0,
            "document_title": "The harbour bridge",
            "start_char_index": start,
            "end_char_index": start + len(text),
            "file_id": None,
        }

    s.text("The document answers both questions. ")
    s.text("The bridge has been open to traffic since May 1932", [cited(BRIDGE[0][:44])])
    s.text(", and ")
    s.text("its main span is 503 metres long", [cited(BRIDGE[1][:35])])
    s.text(
        ". It says nothing of the whole length with the ramps, so take the span as the least that it measures. You "
        "did not ask, but it also mentions why there is always scaffolding somewhere: "
    )
    s.text("a full coat of paint takes about ten years", [cited(BRIDGE[1][36:])])
    s.text(".")
    s.finish("end_turn")


def code_execution(s: Script) -> None:
    """Code that the API runs: the command in fragments, its output whole, the container in message_delta."""
    s.request(
        "What is the 40th Fibonacci number? Compute it, don't guess.",
        tools=[{"type": "code_execution_20250825", "name": "code_execution"}],
    )
    s.start(2293)
    s.text("I'll compute it.")
    call = s.id("srvtoolu_")
    start = {
        "type": "server_tool_use",
        "id": call,
        "name": "bash_code_execution",
        "input": {},
        "caller": {"type": "direct"},
    }
    code = "python3 -c 'a, b = 0, 1\nfor _ in range(40): a, b = b, a + b\nprint(a)'"
    s.tool("bash_code_execution", {"command": code}, start)
    s.pause(1900)
    output = {
        "type": "bash_code_execution_result",
        "stdout": "102334155\n",
        "stderr": "",
        "return_code": 0,
        "content": [],
    }
    s.whole({"type": "bash_code_execution_tool_result", "tool_use_id": call, "content": output})
    s.pause(400)
    s.text(
        "The 40th Fibonacci number is **102,334,155**, counting from F(1) = F(2) = 1.\n\n"
        "The program keeps only the last two numbers and adds them forty times, so it would reach the 4,000th just as "
        "easily."
    )
    container = {"id": s.id("container_"), "expires_at": "2026-11-22T11:25:07Z"}
    usage = {"input_tokens": 4714, "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0}}
    s.finish("end_turn", usage=usage, container=container)
