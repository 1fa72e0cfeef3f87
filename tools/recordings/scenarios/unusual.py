from collections.abc import Iterator

from tools.recordings.script import SONNET, Script

ZWJ = "\u200d"

# Each tuple is cut into deltas just there; whatever is a string alone is cut as usual.
UNICODE: tuple[str | tuple[str, ...], ...] = (
    "A tour of characters that streams like to break.\n\n",
    "**Emoji of several code points**, one delta for each: ",
    (
        "👩",
        ZWJ,
        "👩",
        ZWJ,
        "👧",
        ZWJ,
        "👦",
        " 🇫",
        "🇷",
        " 👍",
        "🏽",
        " 🏳",
        "\ufe0f",
        ZWJ,
        "🌈",
        " 1",
        "\ufe0f",
        "\u20e3",
        "\n\n",
    ),
    "**Combining marks** after their letters: ",
    ("Cafe", "\u0301", " n", "\u0303", " o", "\u0302\u0323", " Z", "\u0351\u036b\u0343\u036a", "algo\n\n"),
    "**Right to left**: שלום, זרם של אירועים (3 חלקים). مرحبًا، بثٌّ حيّ. Then left to right again.\n\n",
    "**Wide**: 流式传输的事件 ストリーミング 이벤트 스트림 ｆｕｌｌ, and half-width ｶﾀｶﾅ\n\n",
    "**Shaped by their neighbours**: नमस्ते, हिन्दी, สวัสดีครับ, ગુજરાતી, မြန်မာ\n\n",
    "**Beyond the first plane**: 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓂀 𐍈 🜁\n\n",
    "**Line ends that are none in JSON or SSE**: ",
    ("LS\u2028", "PS\u2029", "NEL\u0085", "VT and FF as escapes \v\f", "\n\n"),
    "**Hardly visible**: ",
    (
        "no-break\u00a0space, ",
        "zero\u200bwidth, ",
        "soft\u00adhyphen, ",
        "BOM\ufeff, ",
        "override \u202eabc\u202c",
        "\n\n",
    ),
    "**Control characters**, harmless if shown as pictures: ",
    ("ESC \x1b[31mred\x1b[0m", ", BEL \a", ", NUL \0", ", DEL \x7f", ", TAB \t.\n\n"),
)


def unicode(s: Script) -> None:
    """Emoji, accents, right-to-left, wide text, U+2028: split over deltas, and characters split over reads."""
    s.request("Show me text that is hard to stream: emoji, accents, every direction, and odd line ends.")
    s.start()
    index = s.open({"type": "text", "text": ""})
    for piece in UNICODE:
        s.text_deltas(index, piece)
    s.text_deltas(index, ["**Split over three reads**: "])
    for globe in ("🌍", "é", "語"):
        delta = {"type": "text_delta", "text": f"{globe} "}
        s.delta(index, delta)
        last = s.sendings[-1]
        start = last.raw.index(globe.encode())
        last.cuts = tuple(range(start + 1, start + len(globe.encode())))
    escaped = r'{"type":"text_delta","text":"\n\n**Escaped**: \u00e9 \ud83d\ude80"}'
    event = f'{{"type":"content_block_delta","index":{index},"delta":{escaped}}}'
    s.send_text("content_block_delta", event, (20, 40))
    s.close(index)
    s.finish("end_turn")


def unknown_types(s: Script) -> None:
    """Types from the future: an event, a block and two deltas that nobody knows. Keep them, show them, go on."""
    s.request("Tell me about lighthouses, with a sketch if you can.", SONNET)
    s.start()
    s.send({"type": "progress_note", "progress": {"stage": "sketching", "percent": 40}}, (300, 500))
    index = s.open({"type": "text", "text": ""})
    s.text_deltas(
        index,
        "A lighthouse says two things: *here is land*, and *I am this one*. The first it says with brightness, the "
        "second with its rhythm, since no two lights in sight of each other blink alike.",
    )
    s.delta(index, {"type": "tone_delta", "tone": "calm", "confidence": 0.83})
    s.close(index)
    s.pause(600)
    sketch = s.open({"type": "sketch", "format": "strokes", "strokes": []})
    for stroke in _strokes():
        s.delta(sketch, {"type": "sketch_delta", "stroke": stroke}, (120, 300))
    s.close(sketch)
    s.text("The lamp turns slowly; what you see as a flash is its beam passing over you.")
    s.finish("end_turn")


def _strokes() -> Iterator[list[list[int]]]:
    yield [[40, 100], [46, 20]]
    yield [[60, 100], [54, 20]]
    yield [[44, 20], [56, 20], [50, 8], [44, 20]]
    yield [[56, 14], [95, 4]]
    yield [[56, 16], [95, 26]]
