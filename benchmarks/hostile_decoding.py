"""Bodies that grow out of all proportion when they are decoded, beside a stream: ours beside mitmproxy's reverse mode.

    python benchmarks/hostile_decoding.py [--mitmdump COMMAND]

A gigabyte of zeros in gzip, br and zstd, gzip in gzip, a million empty gzip members, zstd that asks for a window of a
gigabyte. What is printed is that of `bodies_beside_stream.py`.
"""

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import repeat
from typing import Any

import brotli
from bodies_beside_stream import Body, compare
from proxies import options

_ZEROS = bytes(1 << 20)
_MEGABYTES = 1024


def main() -> None:
    arguments = options(__doc__).parse_args()
    zstd: Any = import_module("backports.zstd")
    packed = all_of(zlib.compressobj(wbits=31), _ZEROS)
    compare(
        arguments,
        {
            "1 GB of zeros, gzip": body("gzip", packed),
            "1 GB of zeros, br": body("br", brotli_zeros()),
            "1 GB of zeros, zstd": body("zstd", all_of(zstd.ZstdCompressor(), _ZEROS)),
            "1 GB of zeros, gzip in gzip": body("gzip, gzip", gzip.compress(packed)),
            "a million empty gzip members": body("gzip", gzip.compress(b"", mtime=0) * 1_000_000),
            "zstd with a window of 1 GB": body("zstd", struct.pack("<IBB", 0xFD2FB528, 0, 20 << 3) + bytes(64)),
        },
    )


def body(coding: str, content: bytes) -> Body:
    return coding, lambda: iter([content])


def all_of(compressor: Any, piece: bytes) -> bytes:
    return b"".join([*map(compressor.compress, repeat(piece, _MEGABYTES)), compressor.flush()])


def brotli_zeros() -> bytes:
    compressor = brotli.Compressor(quality=5)
    feed: Callable[[bytes], bytes] = compressor.process
    pieces: Iterator[bytes] = map(feed, repeat(_ZEROS, _MEGABYTES))
    return b"".join([*pieces, compressor.finish()])


if __name__ == "__main__":
    main()
