"""Content codings, undone: bodies that real encoders made, however they are cut."""

import gzip
import struct
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording.content_coding import LARGEST_PIECE, ContentDecoder

zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
BODY = "".join(f'event: e{n}\ndata: {{"text":"héllo {n * n}"}}\n\n' for n in range(40)).encode()
HALVES = BODY[:700], BODY[700:]

ENCODED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(BODY)),
    "x-gzip, two members": ("X-GZip", b"".join(map(gzip.compress, HALVES))),
    "deflate": ("deflate", zlib.compress(BODY)),
    "bare deflate": ("deflate", zlib.compress(BODY)[2:-4]),
    "br": ("br", brotli.compress(BODY)),
    "zstd": ("zstd", zstd.compress(BODY)),
    "zstd, two frames": ("zstd", b"".join(map(zstd.compress, HALVES))),
    "zstd, an empty frame between": ("zstd", zstd.compress(b"").join(map(zstd.compress, HALVES))),
    "two codings": (" br , identity,,gzip", gzip.compress(brotli.compress(BODY))),
    "two others": ("zstd,br", brotli.compress(zstd.compress(BODY))),
    "none": ("identity", BODY),
}
each_coding = pytest.mark.parametrize(("name", "body"), ENCODED.values(), ids=ENCODED)


def undone(name: str, chunks: list[bytes]) -> tuple[bytes, str | None]:
    """The body of these reads, and why decoding was given up."""
    decoder = ContentDecoder(name)
    return b"".join(map(decoder.feed, chunks)), decoder.error


@each_coding
def test_cut_at_every_place(name: str, body: bytes) -> None:
    for at in range(len(body) + 1):
        assert undone(name, [body[:at], body[at:]]) == (BODY, None)
    assert undone(name, [bytes([byte]) for byte in body]) == (BODY, None)


@given(st.sampled_from(sorted(ENCODED)), st.lists(st.integers(0, 3000), max_size=8))
def test_cut_at_several_places(coding: str, cuts: list[int]) -> None:
    name, body = ENCODED[coding]
    places = sorted({0, len(body), *(at for at in cuts if at < len(body))})
    assert undone(name, [body[start:end] for start, end in pairwise(places)]) == (BODY, None)


def flushing(coding: str) -> Callable[[bytes], bytes]:
    """An encoder that gives all that it has after each piece, as a streaming server does."""
    if coding == "br":
        compressor = brotli.Compressor()
        return lambda piece: bytes(compressor.process(piece) + compressor.flush())
    if coding == "zstd":
        frames = zstd.ZstdCompressor()
        return lambda piece: bytes(frames.compress(piece, mode=frames.FLUSH_BLOCK))
    packer = zlib.compressobj(wbits=31 if coding == "gzip" else 15)
    return lambda piece: packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_was_flushed_comes_at_once(coding: str) -> None:
    encode, decoder = flushing(coding), ContentDecoder(coding)
    pieces = [line + b"\n\n" for line in BODY.split(b"\n\n") if line]
    assert [decoder.feed(encode(piece)) for piece in pieces] == pieces
    assert decoder.error is None


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_damage_is_passed_on_as_it_came_and_so_is_what_follows(coding: str) -> None:
    encode = flushing(coding)
    body, error = undone(coding, [encode(b"good"), b"\xff" * 64, b"more"])
    assert body == b"good" + b"\xff" * 64 + b"more"
    assert error


@pytest.mark.parametrize(
    ("name", "why"), [("snappy", "snappy"), ("gzip, snappy", "snappy"), ("snappy, gzip", "snappy")]
)
def test_a_coding_that_nobody_knows(name: str, why: str) -> None:
    body, error = undone(name, [b"as it ", b"came"])
    assert body == b"as it came"
    assert error == f"{why}: no decoder for it is known"


@pytest.mark.parametrize(
    ("coding", "module", "package"),
    [("br", "brotli", "brotli"), ("zstd", zstd.__name__, "backports.zstd")],
)
def test_a_package_that_is_missing_is_named(
    coding: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    body, error = undone(coding, [ENCODED[coding][1]])
    assert body == ENCODED[coding][1]
    assert error == f"{coding}: no decoder for it is installed: install the package {package}"


ZEROS = bytes(64 << 20)


def bomb(coding: str) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(ZEROS, quality=1))
    return {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstd.compress}[coding](ZEROS)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("size", [1000, 1 << 16, 1 << 30])
def test_a_body_that_grows_out_of_all_proportion_is_kept_as_it_came_from_there_on(coding: str, size: int) -> None:
    packed = bomb(coding)
    decoder = ContentDecoder(coding)
    kept, rest = 0, []
    for start in range(0, len(packed), size):
        for piece in decoder.pieces(packed[start : start + size]):
            assert len(piece) <= 2 * LARGEST_PIECE
            if decoder.error:
                rest.append(piece)
            else:
                kept += len(piece)
    assert decoder.error == "the body grows to more than 100 times its size"
    assert kept < 24 << 20
    # The step in which it was noticed is there again.
    assert packed.endswith(b"".join(rest))
    assert len(packed) - len(b"".join(rest)) < (24 << 20) // 100


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_what_is_large_but_no_attack_is_decoded(coding: str) -> None:
    body = b"".join(b'{"number":%d,"square":%d}\n' % (n, n * n) for n in range(100_000))
    packed = {"gzip": gzip.compress, "br": lambda text: brotli.compress(text, quality=3), "zstd": zstd.compress}[
        coding
    ](body)
    decoder = ContentDecoder(coding)
    pieces = list(decoder.pieces(packed))
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= 2 * LARGEST_PIECE


def test_so_many_members_that_bring_nothing_are_linear() -> None:
    decoder = ContentDecoder("gzip")
    assert decoder.feed(gzip.compress(b"", mtime=0) * 50_000 + gzip.compress(b"end")) == b"end"
    assert decoder.error is None


def test_only_a_few_codings_are_undone() -> None:
    body, error = undone(", ".join(["gzip"] * 100), [b"as it came"])
    assert body == b"as it came"
    assert error == "100 codings, one upon the other: no more than 4 are undone"


def test_a_window_of_a_gigabyte_is_refused() -> None:
    frame = struct.pack("<IBB", 0xFD2FB528, 0, 20 << 3) + bytes(16)
    body, error = undone("zstd", [frame])
    assert body == frame
    assert error


@given(st.sampled_from(sorted(ENCODED)), st.binary(max_size=40), st.integers(0, 3000))
def test_whatever_follows_it_comes_to_an_end(coding: str, garbage: bytes, at: int) -> None:
    name, body = ENCODED[coding]
    for damaged in (body + garbage, body[:at] + garbage, body[:at] + garbage + body[at:]):
        decoder = ContentDecoder(name)
        sum(map(len, decoder.pieces(damaged)))
        assert sum(1 for _ in decoder.pieces(garbage)) <= 2 + len(garbage)
