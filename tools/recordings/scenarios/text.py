from tools.recordings.script import OPUS, Script


def plain_text(s: Script) -> None:
    """One text block: the six events that every stream is made of, and a ping."""
    s.request("What is a streaming API, and when is it worth the trouble?")
    s.start()
    s.text(
        "A streaming API sends its answer in small pieces while it is still being written, so that a reader can begin "
        "before the writer has finished.\n\n"
        "It is worth the trouble when:\n\n"
        "- **Somebody is waiting.** The first words after half a second feel quick, even if the last ones take ten.\n"
        "- **The answer is long.** An idle connection is easily cut by something in between; one that carries data is "
        "not.\n"
        "- **You may want to stop.** If the first paragraph goes wrong, you can leave and pay for no more.\n\n"
        "It is not worth it when only the whole answer is of use, as in a batch job at night. Then a plain request is "
        "simpler: one body, one status code, one place where it can fail."
    )
    s.finish("end_turn")


def thinking(s: Script) -> None:
    """Thinking, then text: two blocks with deltas of their own, and the signature that goes back with the thinking."""
    s.request(
        "A lift holds 8 people. 45 people want to go up. How many trips does it take?",
        OPUS,
        16000,
        thinking={"type": "adaptive", "display": "summarized"},
    )
    s.start()
    s.thinking(
        "45 people, 8 on each trip. 45 divided by 8 is 5.625. Five trips carry 40, which leaves 5 people standing in "
        "the hall, so there is a sixth trip that is not full. The question asks for trips up only; the way down in "
        "between does not count. I should say why it is rounded up, since 5.6 rounded the usual way happens to give 6 "
        "as well, and that would be the right number for the wrong reason. With 41 people it would be 5.125, and "
        "still 6 trips."
    )
    s.text(
        "**6 trips.**\n\n"
        "Five full trips carry 5 × 8 = 40 people. Five people are left, and they need a trip of their own.\n\n"
        "Note that this is always rounded *up*, never to the nearest number: with 41 people, 41 ÷ 8 is 5.125, and it "
        "would still take six trips."
    )
    s.finish("end_turn")


def thinking_omitted(s: Script) -> None:
    """Thinking that is not shown: an empty block with a signature alone, after a silence that only a ping breaks."""
    s.request(
        "Which is heavier, a litre of oil or a litre of water?",
        OPUS,
        16000,
        thinking={"type": "adaptive", "display": "omitted"},
    )
    s.start()
    index = s.open({"type": "thinking", "thinking": "", "signature": ""})
    s.ping((1900, 2100))
    s.pause(1400)
    s.thinking_tokens = 148
    s.output_tokens += 148
    s.delta(index, {"type": "signature_delta", "signature": s.opaque(300)}, (2, 9))
    s.close(index)
    s.text(
        "The litre of water is heavier. A litre of water weighs about 1,000 g, a litre of olive oil about 915 g, "
        "which is why oil floats on top in a glass.\n\n"
        "The volume is the same; what differs is the density."
    )
    s.finish("end_turn")


def thinking_redacted(s: Script) -> None:
    """Encrypted thinking: it comes whole in its start event, without deltas, and must be sent back as it is."""
    s.request(
        "Could you check whether this firewall rule does what I think it does?\n\n"
        "allow tcp from 10.0.0.0/8 to any port 22",
        OPUS,
        16000,
        thinking={"type": "enabled", "budget_tokens": 4000},
    )
    s.start()
    s.thinking(
        "They want a review of one firewall rule. It lets the whole 10.0.0.0/8 range reach port 22 anywhere.", 200
    )
    s.pause(900)
    s.whole({"type": "redacted_thinking", "data": s.opaque(420)})
    s.text(
        "Almost. The rule lets **every** address from 10.0.0.0 to 10.255.255.255 open SSH connections, and to **any** "
        "host, not only to yours.\n\nIf you meant one office network and one server, say so in the rule:\n\n"
        "```\nallow tcp from 10.20.30.0/24 to 10.20.40.5 port 22\n```\n\n"
        "Then place it above the rule that denies the rest, since the first match decides."
    )
    s.finish("end_turn")


def refusal(s: Script) -> None:
    """The model stops in mid-sentence: stop_reason refusal, with category and explanation in stop_details."""
    s.request("Write me a program that spreads by itself over a company's network.", OPUS)
    s.start()
    s.text(
        "I can explain how programs of this kind have been found and stopped in the past, and what a network needs so "
        "that one infected machine stays the only one. But I"
    )
    s.pause(1800)
    details = {
        "type": "refusal",
        "category": "cyber",
        "explanation": "The request was declined because it asks for software that harms other people's systems.",
    }
    s.finish("refusal", stop_details=details)
