from tools.recordings.script import Script


def buffered_burst(s: Script) -> None:
    """A proxy buffers: every event comes in one single read, seconds late, though sent one by one."""
    s.request("Describe a good bug report in a few sentences.")
    s.in_one_read = True
    s.headers |= {"server": "nginx", "via": "1.1 gateway.example"}
    s.start()
    s.pause(2400)
    s.text(
        "A good bug report lets somebody else see the bug without you. It says what you did, step by step, what you "
        "expected, and what came instead, with the exact message rather than a description of it.\n\n"
        "It names the versions that matter, and it is small: if the fault shows with three lines of input, the other "
        "three thousand only hide it.\n\n"
        "If it comes and goes, say how often, and what changes when it does.\n\n"
        "And it holds one bug. Two in one report get half the attention each, and the second one is closed with the "
        "first."
    )
    s.finish("end_turn")


def stall_with_pings(s: Script) -> None:
    """The reply stops for seven seconds in mid-sentence; pings show that the connection lives; it goes on."""
    s.request("How does a canal lock lift a boat?")
    s.start()
    index = s.open({"type": "text", "text": ""})
    s.text_deltas(
        index, "A canal lock is a chamber between two gates. The boat comes in at the lower level, the gate behind"
    )
    for _ in range(3):
        s.ping((1900, 2100))
    s.pause(1100)
    s.text_deltas(
        index,
        " it shuts, and a small sluice lets water in from above until the boat floats at the upper level. Then the "
        "upper gate opens, as there is the same water on both sides of it.\n\n"
        "No pump is needed: the water always flows downhill.",
    )
    s.close(index)
    s.finish("end_turn")
