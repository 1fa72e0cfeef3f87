from inspector.net.headers import HOP_BY_HOP, replayable


def test_what_described_the_body_or_the_hop_is_left_out_in_any_case() -> None:
    kept = [("Content-Type", "text/event-stream"), ("x-a", "1"), ("X-A", "2"), ("request-id", "r")]
    dropped = [
        ("Connection", "keep-alive, X-Hop"), ("x-hop", "1"), ("Keep-Alive", "timeout=5"), ("Transfer-Encoding", "chunked"),
        ("content-encoding", "gzip"), ("Content-Length", "5"), ("Trailer", "x"), ("TE", "trailers"), ("Upgrade", "h2c"),
    ]  # fmt: skip
    assert replayable([*kept[:2], *dropped, *kept[2:]]) == kept
    assert replayable(dropped) == []


def test_the_framing_is_not_only_for_the_next_hop() -> None:
    """A proxy that passes chunks on as they came needs the fields that announce them."""
    assert not HOP_BY_HOP & {"transfer-encoding", "trailer", "content-length"}
    assert all(name == name.lower() for name in HOP_BY_HOP)
