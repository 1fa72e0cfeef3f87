"""Files that are cut, damaged or hostile: what can be read is shown, with a note, or there is one clear line."""

import gzip
import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.formats.mitmproxy import parse_tnetstring
from inspector.formats.vcr import parse_yaml
from inspector.recording import UnreadableError
from tests.formats.containers import (
    cassette,
    curl_i,
    event_stream,
    exchanges_of,
    flows,
    gzip_bytes,
    gzipped,
    har,
    json_cassette,
    message,
)
from tests.formats.containers import tnetstring as netstring
from tests.support import block, finish, sse, start, text

EVENTS = [start(), *block(0, text("Grüße 😀"), type="text", text=""), *finish()]
STREAM = sse(*EVENTS)

_FILES: dict[str, bytes] = {
    "har": har(STREAM, STREAM),
    "har, as text": json.dumps(json.loads(har(STREAM, STREAM, encoded=False)), indent=2).encode(),
    "vcr": cassette(STREAM, gzip_bytes(STREAM), headers=gzipped()),
    "vcr, as text": cassette(STREAM, STREAM, text=True),
    "vcr, as JSON": json_cassette(STREAM, STREAM),
    "bedrock": event_stream(*EVENTS),
    "mitmproxy": flows(STREAM, STREAM),
    "curl -i": curl_i(gzip_bytes(STREAM), headers=gzipped()),
}


def _check(content: bytes) -> None:
    said = ""
    exchanges = []
    try:
        exchanges = exchanges_of(content)
    except UnreadableError as error:
        said = str(error)
    assert bool(said) != bool(exchanges)
    assert "\n" not in said
    for exchange in exchanges:
        assert not exchange.index.notes.texts()
        assert "\n" not in "".join(exchange.notes)
        assert exchange.view().as_dict()["metrics"]["bytes"] == len(exchange.body())


@pytest.mark.parametrize("name", _FILES)
@given(data=st.data())
def test_a_cut_file_is_read_or_refused_in_one_line(name: str, data: st.DataObject) -> None:
    content = _FILES[name]
    _check(content[: data.draw(st.integers(0, len(content)))])


@pytest.mark.parametrize("name", _FILES)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(name: str, data: st.DataObject) -> None:
    content = bytearray(_FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.sampled_from([0, 1, 40]))
        content[at : at + cut] = data.draw(st.sampled_from(_INSERTED) | st.binary(max_size=3))
    _check(bytes(content))


_INSERTED = [b'"', b"'", b"\\ud83d", b"[" * 3000, b"&a ", b"*a", b"99999999:", b"\xff", b"\0", b"\n", b"{", b"1e999"]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (har(STREAM, STREAM, encoded=False), "the JSON is cut or damaged at line 1, character "),
        (cassette(STREAM, STREAM, text=True), "the YAML is cut or damaged at line "),
        (json_cassette(STREAM, STREAM), "the JSON is cut or damaged at line "),
        (flows(STREAM, STREAM), "the file is cut or damaged in flow 2: "),
    ],
)
def test_a_file_that_is_cut_in_its_second_body(content: bytes, note: str) -> None:
    cut = content[: content.rindex(b"message_delta")]
    first, second = exchanges_of(cut)
    assert (first.body(), first.notes) == (STREAM, [])
    assert STREAM.startswith(second.body())
    assert len(second.body()) > len(STREAM) // 2
    assert any(clause.startswith(note) for clause in second.notes)


def test_a_flow_that_is_damaged_in_the_middle_of_the_file() -> None:
    (exchange,) = exchanges_of(flows(STREAM) + b"7:oops" + flows(STREAM))
    assert exchange.body() == STREAM
    assert len(exchange.notes) == 1
    assert exchange.notes[0].startswith("flow 2 cannot be read")


def test_flows_of_other_protocols_are_counted() -> None:
    (exchange,) = exchanges_of(flows(STREAM) + netstring({"type": "tcp", "messages": []}))
    assert exchange.notes == ["1 flows of other protocols than HTTP left out"]
    with pytest.raises(UnreadableError, match="holds no HTTP flow: 1 flows of other protocols than HTTP left out"):
        exchanges_of(netstring({"version": 21, "type": "tcp"}))


def test_a_wrong_checksum_at_the_end_of_a_coded_body_spoils_only_the_checksum() -> None:
    coded = gzip_bytes(STREAM)
    for build in (har, cassette, flows):
        (exchange,) = exchanges_of(build(coded[:-8] + b"\0" * 8, headers=gzipped()))
        assert exchange.body() == STREAM + b"\0" * 8
        (note,) = exchange.notes
        assert note.startswith("the body could not be decoded (content-encoding: gzip): ")


@pytest.mark.parametrize("build", [har, cassette, flows])
def test_a_coded_body_that_is_cut_gives_what_it_has(build: Callable[..., bytes]) -> None:
    (exchange,) = exchanges_of(build(gzip.compress(STREAM, 0)[:-40], headers=gzipped()))
    assert STREAM.startswith(exchange.body())
    assert len(exchange.body()) == len(STREAM) - 32


def test_a_coding_without_a_decoder_is_shown_as_it_came() -> None:
    (exchange,) = exchanges_of(har(b"\x8b\x01\x80", headers=[("content-encoding", "snappy")]))
    assert exchange.body() == b"\x8b\x01\x80"
    assert "snappy: no decoder" in exchange.notes[0]


def test_damaged_base64_gives_what_stands_before_the_damage() -> None:
    log = json.loads(har(STREAM))
    content = log["log"]["entries"][0]["response"]["content"]
    content["text"] = content["text"][:40] + "?!" + content["text"][42:]
    (exchange,) = exchanges_of(json.dumps(log).encode())
    assert exchange.body() == STREAM[:30]
    assert exchange.notes == ["the response body: its Base64 is damaged after 40 characters"]


def test_bytes_that_are_no_text_in_a_cassette() -> None:
    content = cassette(b"data: 1\n\n", text=True).replace(b"data: 1", b"data: \xe9\x01")
    (exchange,) = exchanges_of(content)
    assert exchange.body() == "data: \ufffd\ufffd\n\n".encode()
    assert exchange.notes[0].startswith("the YAML holds what is no text")


def test_aliases_cannot_make_a_small_file_large() -> None:
    names = [f"a{number}" for number in range(30)]
    lines = [f"      {name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise(names)]
    content = (
        "interactions:\n- request:\n    method: POST\n    uri: *a29\n    headers: {x: *a29}\n    parsed_body:\n"
        "      a0: &a0 [x, x]\n" + "\n".join(lines) + "\n  response: {status: {code: 200}, body: {string: 'data: 1'}}\n"
    )
    content = content.replace("uri: *a29", "uri: http://x").replace("headers: {x: *a29}", "headers: {}")
    (exchange,) = exchanges_of(content.encode())
    assert exchange.body() == b"data: 1"
    assert exchange.notes == ["the request body is left out: its aliases stand for more than can be written out"]
    headers = content.replace("status: {code: 200}", "status: {code: 200}, headers: {x: *a29}")
    (exchange,) = exchanges_of(headers.encode())
    assert exchange.view().response == {"status": 200, "headers": [["x", ""]] * 9}


def test_hostile_yaml_makes_no_objects_and_no_loops() -> None:
    value, wrong = parse_yaml(b"a: &a {b: *a, c: !!python/object/apply:os.system [ls]}\nd: {<<: *a}\n")
    assert value == {"a": {"b": None, "c": ["ls"]}, "d": {"<<": {"b": None, "c": ["ls"]}}}
    assert wrong == ""
    value, wrong = parse_yaml(b"a: [1]\nb: " + b"[" * 100_000)
    assert value["a"] == [1]
    assert wrong == "the YAML is nested too deeply: nothing after that place is shown"


@example({"08": "007"})
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_yaml_is_read_as_its_own_loader_reads_it(value: object) -> None:
    import yaml

    for unescaped in (False, True):
        document = yaml.safe_dump(value, allow_unicode=unescaped)
        assert parse_yaml(document.encode()) == (yaml.safe_load(document), "")


def test_netstrings_that_lie_about_their_length() -> None:
    with pytest.raises(ValueError, match="longer than what holds it"):
        parse_tnetstring(b"4:9:ab]")
    with pytest.raises(ValueError, match="no length"):
        parse_tnetstring(b"2:ab}")
    nested = b"0:]"
    for _ in range(60):
        nested = b"%d:%b]" % (len(nested), nested)
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_tnetstring(nested)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"log":{"entries":[]}}', "the HAR file holds no entries"),
        (b'{"log":{"ent', "the HAR file holds no entries: the JSON is cut or damaged at line 1, character 8"),
        (b'{"log":{"entries":' + b"[" * 100_000, "the HAR file holds no entries: it is nested too deeply"),
        (b"interactions: []\nversion: 1\n", "the cassette holds no interactions"),
        (b"interactions: {a: [}\n", "the cassette holds no interactions: the YAML is cut or damaged at line 1"),
        (flows(STREAM)[:100], "the flow file holds no HTTP flow: the file is cut in flow 1"),
    ],
)
def test_what_holds_nothing_is_refused_in_one_line(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        exchanges_of(content)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_entries_that_are_none() -> None:
    kept = json.loads(har(STREAM))
    kept["log"]["entries"] = [7, None, {"request": {"url": 5, "headers": [1, {"name": None}]}}, *kept["log"]["entries"]]
    several = exchanges_of(json.dumps(kept).encode())
    assert [exchange.body() for exchange in several] == [b"", b"", b"", STREAM]
    assert [exchange.notes for exchange in several] == [["the entry has no response"]] * 3 + [[]]


def test_a_body_that_only_calls_itself_bedrock() -> None:
    headers = [("content-type", "application/vnd.amazon.eventstream")]
    damaged = bytearray(message(b"{}", {}))
    damaged[9] ^= 1
    (exchange,) = exchanges_of(flows(bytes(damaged), headers=headers))
    assert exchange.body() == bytes(damaged)
    assert exchange.notes == ["the body is no Bedrock event stream that can be read: it is shown as it came"]
