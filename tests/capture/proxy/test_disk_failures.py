"""Disks that are full, and folders that are gone."""

import os
import resource
import shutil
import threading
from pathlib import Path

import orjson

from tests.capture.proxy.bare import (
    EVENTS,
    POST,
    STREAM_HEAD,
    Server,
    Wire,
    answering,
    fixed,
    proxied,
    streamed,
)
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, wait_until


def test_a_full_disk_stops_the_recording_and_not_the_stream(tmp_path: Path) -> None:
    more = threading.Event()
    big = b"data: " + b"x" * 100_000 + b"\n\n"

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD + chunk(EVENTS[0]))
        assert more.wait(LIMIT_S)
        wire.send(chunk(big) * 2 + b"0\r\n\r\n")
        wire.request()
        wire.send(streamed(big))
        wire.request()
        wire.send(fixed())

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST)
        client.until(EVENTS[0] + b"\r\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
        try:
            more.set()
            assert client.until(b"\r\n0\r\n\r\n") == chunk(big) * 2 + b"0\r\n\r\n"
            client.send(POST)
            assert client.until(b"\r\n0\r\n\r\n") == streamed(big)
            for _ in range(2):
                assert proxy.logged.acquire(timeout=LIMIT_S)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        client.send(POST)
        assert client.exactly(len(fixed())) == fixed()
        assert proxy.logged.acquire(timeout=LIMIT_S)
    first, second, third = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert orjson.loads(first.splitlines()[3])["event"] == "ping"
    assert not first.endswith(b"\n")
    assert not second.endswith(b"\n")
    assert orjson.loads(third.splitlines()[-1])["reason"] == "complete"
    once, summary = proxy.notes
    assert "file too large: not everything is recorded, the streams go on" in once
    assert summary.startswith("2 of 3 exchanges are not in ")


def test_a_full_disk_costs_no_descriptors_and_leaves_no_file(tmp_path: Path) -> None:
    count = 30
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (
        Server(answering(*[fixed()] * count)) as upstream,
        proxied(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            descriptors = set()
            for _ in range(count):
                client.send(POST)
                assert client.exactly(len(fixed())) == fixed()
                assert proxy.logged.acquire(timeout=20)
                descriptors.add(len(os.listdir("/proc/self/fd")))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert max(descriptors) - min(descriptors) < count // 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_no_reason_to_stop(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    with (
        Server(answering(fixed(), fixed())) as upstream,
        proxied(upstream.url, folder) as proxy,
        proxy.client() as client,
    ):
        for _ in range(2):
            client.send(POST)
            assert client.exactly(len(fixed())) == fixed()
    once, summary = proxy.notes
    assert "file exists: not everything is recorded" in once
    assert summary.startswith("2 of 2 exchanges are not in ")


def test_a_folder_that_vanishes_is_said_once_and_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    with (
        Server(answering(fixed(), fixed(), fixed())) as upstream,
        proxied(upstream.url, folder) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        client.exactly(len(fixed()))
        proxy.recorded()
        shutil.rmtree(folder)
        for _ in range(2):
            client.send(POST[:-1])
            wait_for_a_file(folder)
            shutil.rmtree(folder)
            client.send(POST[-1:])
            assert client.exactly(len(fixed())) == fixed()
            assert proxy.logged.acquire(timeout=LIMIT_S)
    once, summary = proxy.notes
    assert "recordings have vanished from it" in once
    assert summary.startswith("2 of 3 exchanges are not in ")


def wait_for_a_file(folder: Path) -> None:
    wait_until(lambda: folder.is_dir() and any(folder.iterdir()))
