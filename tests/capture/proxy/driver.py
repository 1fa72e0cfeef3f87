"""Drives the machine of a connection without sockets: answers its commands, and keeps what they did."""

from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inspector.capture.proxy.commands import (
    AbortClient,
    BeginRecording,
    CheckUpstream,
    CloseClient,
    CloseUpstream,
    Command,
    ConnectUpstream,
    DecryptClient,
    EndRecording,
    PauseClient,
    PauseUpstream,
    RecordRead,
    RecordRequestBody,
    RecordRequestEnd,
    RecordResponse,
    RecordStop,
    RecordTaken,
    ResetClient,
    ResumeClient,
    ResumeUpstream,
    SendToClient,
    SendToUpstream,
    StartTimer,
    StopTimer,
    TunnelClient,
)
from inspector.capture.proxy.events import (
    ClientBytes,
    ClientLost,
    ClientTook,
    Event,
    Timer,
    UpstreamBytes,
    UpstreamChecked,
    UpstreamConnected,
)
from inspector.capture.proxy.machine import ProxyMachine
from inspector.capture.proxy.settings import ProxySettings, UpstreamAddress

SETTINGS = ProxySettings(
    UpstreamAddress.parse("http://upstream:99/base"), Path("unused"), hop="inspector-1", response_s=7
)


@dataclass
class Told:
    """What the machine had recorded of one round trip."""

    method: bytes
    body: bytes = b""
    whole_request: bool = False
    status: int | None = None
    content: bytes = b""
    times: list[int] = field(default_factory=list)
    taken: list[tuple[int, bool]] = field(default_factory=list)
    stopped: bool = False
    end: EndRecording | None = None


class Driver:
    """`feed` gives the commands that come of an event and of what follows from it.

    It connects, and says that the idle connection is `fresh`, at once, unless `by_hand`. What is sent to the client is
    taken at once unless `full`. Commands that make no sense in their order fail an assertion.
    """

    def __init__(self, *, fresh: bool = True, by_hand: bool = False, **settings: Any) -> None:
        self._commands: deque[Command] = deque()
        self.machine = ProxyMachine(replace(SETTINGS, **settings), self._commands.append)
        self.fresh = fresh
        self.by_hand = by_hand
        self.full = False
        self.to_client = b""
        # What was sent on each connection to the upstream.
        self.to_upstream: list[bytes] = []
        self.connected = self.connecting = False
        self.client_is_there = True
        self.client_paused = self.upstream_paused = False
        self.timers: set[Timer] = set()
        self.told: list[Told] = []
        self._sent = False

    @property
    def recording(self) -> Told:
        """The one that is open."""
        assert self.told
        assert self.told[-1].end is None
        return self.told[-1]

    def feed(self, event: Event) -> list[Command]:
        events = deque([event])
        commands: list[Command] = []
        while events or (self._sent and not self.full):
            if not events:
                self._sent = False
                events.append(ClientTook())
            self.machine.handle(events.popleft())
            while self._commands:
                commands.append(command := self._commands.popleft())
                if answer := self._carry_out(command):
                    events.append(answer)
        return commands

    def client(self, data: bytes) -> list[Command]:
        return self.feed(ClientBytes(data))

    def upstream(self, data: bytes, at_ns: int = 0) -> list[Command]:
        return self.feed(UpstreamBytes(data, at_ns))

    def connect(self) -> list[Command]:
        assert self.connecting
        self.connecting, self.connected = False, True
        return self.feed(UpstreamConnected())

    def leave(self) -> list[Command]:
        """The client's connection is gone: nothing may be left open."""
        self.client_is_there = False
        commands = self.feed(ClientLost())
        assert not self.connected
        assert not self.connecting
        assert all(told.end for told in self.told)
        assert not self.timers
        return commands

    def _carry_out(self, command: Command) -> Event | None:
        match command:
            case SendToClient(data):
                assert data
                assert self.client_is_there
                self.to_client += data
                self._sent = True
            case ConnectUpstream():
                assert not self.connected
                assert not self.connecting
                self.to_upstream.append(b"")
                self.upstream_paused = False
                self.connected, self.connecting = not self.by_hand, self.by_hand
                return UpstreamConnected() if self.connected else None
            case CheckUpstream():
                return None if self.by_hand else UpstreamChecked(self.fresh)
            case SendToUpstream(data):
                assert self.connected
                self.to_upstream[-1] += data
            case CloseUpstream():
                assert self.connected or self.connecting
                self.connected = self.connecting = False
            case PauseUpstream() | ResumeUpstream():
                assert self.connected
                assert self.upstream_paused == isinstance(command, ResumeUpstream)
                self.upstream_paused = not self.upstream_paused
            case PauseClient() | ResumeClient():
                assert self.client_paused == isinstance(command, ResumeClient)
                self.client_paused = not self.client_paused
            case StartTimer(timer, seconds):
                assert seconds > 0
                self.timers.add(timer)
            case StopTimer(timer):
                self.timers.remove(timer)
            case CloseClient() | ResetClient() | AbortClient() | DecryptClient() | TunnelClient():
                assert self.client_is_there
            case _:
                self._record(command)
        return None

    def _record(self, command: Command) -> None:
        match command:
            case BeginRecording(head):
                assert all(told.end for told in self.told)
                self.told.append(Told(head.method))
            case RecordRequestBody(content):
                self.recording.body += content
            case RecordRequestEnd():
                assert not self.recording.whole_request
                self.recording.whole_request = True
            case RecordResponse(head, _):
                assert self.recording.status is None
                self.recording.status = head.status
            case RecordRead(content, at_ns):
                assert self.recording.status is not None
                assert not self.recording.stopped
                self.recording.content += content
                self.recording.times.append(at_ns)
            case RecordTaken(waited):
                self.recording.taken.append((len(self.recording.times), waited))
            case RecordStop():
                assert not self.recording.stopped
                self.recording.stopped = True
            case EndRecording():
                assert self.recording.stopped
                self.recording.end = command
