"""Content codings, undone piece by piece. See RFC 9110, section 8.4.1."""

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol


class _Coding(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class ContentDecoder:
    """Decodes a body by its Content-Encoding header as it arrives. What cannot be decoded is passed on as it came.

    `error` says why decoding was given up: damaged data, or a coding for which no library is installed.
    """

    def __init__(self, content_encoding: str = "") -> None:
        self.error: str | None = None
        self._codings: list[_Coding] = []
        names = [name.strip().lower() for name in content_encoding.split(",")]
        # The coding that was applied last is undone first.
        for name in reversed([name for name in names if name and name != "identity"]):
            coding = _CODINGS[name]() if name in _CODINGS else None
            if coding is None:
                self._give_up(f"{name}: no decoder for it is installed")
                break
            self._codings.append(coding)

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that this piece brings, b"" where more must come first."""
        if not self._codings:
            return chunk
        decoded = chunk
        try:
            for coding in self._codings:
                decoded = coding.decompress(decoded)
        except Exception as error:  # noqa: BLE001 each library has exceptions of its own
            self._give_up(str(error))
            return chunk
        return decoded

    def _give_up(self, why: str) -> None:
        self._codings = []
        self.error = why


class _Gzip:
    """A sequence of gzip members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decompress(self, data: bytes) -> bytes:
        decoded = self._member.decompress(data)
        while self._member.eof and (rest := self._member.unused_data):
            self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            decoded += self._member.decompress(rest)
        return decoded


class _Deflate:
    """The zlib format, or the bare deflate data that some servers send under this name."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj()
        self._head: bytes | None = b""

    def decompress(self, data: bytes) -> bytes:
        if self._head is None:
            return self._decoder.decompress(data)
        self._head += data
        try:
            decoded = self._decoder.decompress(data)
        except zlib.error:
            self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
            decoded = self._decoder.decompress(self._head)
            self._head = None
        if decoded:
            self._head = None
        return decoded


class _Zstandard:
    """A sequence of Zstandard frames, with the standard library's decoder or its backport."""

    def __init__(self, decompressor: Callable[[], Any]) -> None:
        self._new = decompressor
        self._frame = decompressor()

    def decompress(self, data: bytes) -> bytes:
        if self._frame.eof:
            self._frame = self._new()
        decoded: bytes = self._frame.decompress(data)
        while self._frame.eof and (rest := self._frame.unused_data):
            self._frame = self._new()
            decoded += self._frame.decompress(rest)
        return decoded


class _Brotli:
    def __init__(self, decompressor: Any) -> None:
        self.decompress: Callable[[bytes], bytes] = getattr(decompressor, "decompress", None) or decompressor.process


def _brotli() -> _Coding | None:
    library = _first_of("brotli", "brotlicffi")
    return _Brotli(library.Decompressor()) if library else None


def _zstandard() -> _Coding | None:
    library = _first_of("compression.zstd", "backports.zstd")
    return _Zstandard(library.ZstdDecompressor) if library else None


def _first_of(*modules: str) -> Any:
    for module in modules:
        try:
            return import_module(module)
        except ImportError:
            continue
    return None


_CODINGS: dict[str, Callable[[], _Coding | None]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _brotli,
    "zstd": _zstandard,
}
