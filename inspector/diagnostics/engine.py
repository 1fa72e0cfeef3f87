"""Runs the rules over an exchange: once over what is there, or again and again while it grows."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from inspector.diagnostics.finding import RULES, Check, Finding, Moment, Problem, Rule
from inspector.diagnostics.grammar import StructuralEvent, block_as_of, end_of, message_as_of
from inspector.diagnostics.sdk_claims import settled
from inspector.diagnostics.sdk_reading import SdkReading
from inspector.diagnostics.stream import Raw, Stream
from inspector.sse import Frame
from inspector.text.json_text import loads_or
from inspector.text.wording import clip
from inspector.timeline import Exchange
from inspector.timeline.message import Block, Message

# A broken sender makes the same mistake at every event; nobody reads more of it.
MOST_OF_A_CODE: Final = 100


class Diagnosis:
    """The findings of one exchange, also of one that grows: `update()` costs what has come since the last one.

    Of each code at most MOST_OF_A_CODE findings are kept. A check that fails is a bug, or a recording that nobody
    thought of: it is not run again on this exchange, the others are, and `notes` says so.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.notes: list[str] = []
        self._dropped: Counter[str] = Counter()
        self._dropped_again: set[tuple[str, int | None]] = set()
        self._stream = Stream(exchange, lambda: self.findings)
        self._reading = SdkReading(self._stream)
        self._found: dict[tuple[str, int | None], tuple[Finding, Problem]] = {}
        self._given: set[tuple[str, int | None]] = set()
        self._counts: Counter[str] = Counter()
        self._kinds = self._walked = self._odd = 0
        self._structure = self._everything = re.compile(b"(?!)")
        self._blocks: dict[int, Block] = {}
        self._taken: list[int] = []
        self._restarts: dict[int, int] = {}
        self._unfinished_blocks: list[tuple[Message, Block]] = []
        self._unfinished_messages: list[Message] = []
        self._checks: dict[Moment, list[tuple[Rule, Check]]] | None = None

    @property
    def findings(self) -> list[Finding]:
        """What was found so far, sorted by event; what is about the whole exchange comes last."""
        kept = [(finding, problem) for finding, problem in self._found.values() if self._counts_here(finding.code)]
        try:
            findings = settled(kept, self._reading)
        except Exception as error:  # noqa: BLE001
            # What the SDKs do is not worked out then; what was found is not lost.
            self._failed("what the SDKs make of it", error)
            findings = [finding for finding, _ in kept]
        return sorted(findings, key=_order)

    @property
    def left_out(self) -> dict[str, int]:
        """How many further findings of a code there are beside those that are kept."""
        return {code: count for code, count in self._dropped.items() if self._counts_here(code)}

    def update(self, whole: bool = False) -> list[Finding]:
        """Takes in what the exchange's index holds now; the findings that are new. Never raises.

        `whole`: nothing more comes even if the source does not say how it ended, as in an imported file.
        """
        try:
            self._update(whole)
        except Exception as error:  # noqa: BLE001
            self._failed("the rules", error)
            self._checks = {}
        new = [finding for finding in self.findings if (finding.code, finding.event) not in self._given]
        self._given.update((finding.code, finding.event) for finding in new)
        return new

    def _update(self, whole: bool) -> None:
        stream, index = self._stream, self.exchange.index
        grown = index.count > self._walked
        stream.find_pauses()
        if grown:
            upto = index.count
            self._new_kinds()
            self._new_blocks()
            self._walk(upto)
            while self._odd < len(index.odd) and index.odd[self._odd] <= upto:
                n = index.odd[self._odd]
                self._odd += 1
                frame = self.exchange.frame(n)
                raw = Raw(n, frame, _data(frame))
                self._reading.skip(raw)
                self._run("frame", raw)
            self._done(ended=False)
        ends = not stream.ended and (index.end is not None or (whole and self.exchange.is_import))
        if ends:
            stream.ended = True
            self._done(ended=True)
        if grown or ends:
            self._run("progress")
        if ends:
            self._run("end")

    def _counts_here(self, code: str) -> bool:
        """Whether a rule is for such an exchange at all, as far as it is known."""
        return RULES[code].scope != "messages" or not self._stream.is_endpoint

    def _new_kinds(self) -> None:
        kinds = self.exchange.index.event_types.known
        if self._kinds == len(kinds):
            return
        structure = [code for code, kind in enumerate(kinds) if code and _is_structure(kind.event)]
        everything = [code for code, kind in enumerate(kinds) if code and kind.event not in ("ping", "")]
        self._structure, self._everything = _any_of(structure), _any_of(everything)
        for code in range(max(1, self._kinds), len(kinds)):
            self._run("event type", code)
        self._kinds = len(kinds)

    def _new_blocks(self) -> None:
        messages = self.exchange.index.messages
        for number, message in enumerate(messages):
            if number < len(self._taken) - 1:
                continue
            if number == len(self._taken):
                self._taken.append(0)
                self._unfinished_messages.append(message)
            for block in message.blocks[self._taken[number] :]:
                if not block.implied:
                    self._blocks[block.start_n] = block
                self._unfinished_blocks.append((message, block))
                self._run("opened", block)
            self._taken[number] = len(message.blocks)

    def _walk(self, upto: int) -> None:
        index, grammar = self.exchange.index, self._stream.grammar
        first = self._walked
        # A copy: a bytearray that a pattern looks at cannot grow.
        codes = bytes(index.code[first:upto])
        at = 0
        while match := (self._everything if grammar.watches_deltas else self._structure).search(codes, at):
            at = match.end()
            n = first + at
            step = StructuralEvent(n, index.event_types[codes[at - 1]].event, index.block[n - 1])
            self._run("structure", step)
            if step.event == "message_start" and grammar.start_n is not None and grammar.stop_n is None:
                message = self._stream.message_at(n)
                self._restarts.setdefault(message.start_n if message else n, n)
            grammar.take(step, self._blocks.pop(n, None))
        self._walked = upto

    def _done(self, ended: bool) -> None:
        last = self._stream.message
        blocks = []
        for message, block in self._unfinished_blocks:
            restart_n = self._restarts.get(message.start_n)
            end = end_of(block, message, restart_n)
            if restart_n is not None and block.start_n >= restart_n:
                # Its deltas went to the blocks of the message before: P03 says all there is to say.
                continue
            if end is not None or ended or message is not last:
                self._run("block", block if end is None else block_as_of(block, end))
            else:
                blocks.append((message, block))
        self._unfinished_blocks = blocks
        messages = []
        for message in self._unfinished_messages:
            if ended or message.stop_n or message is not last:
                self._run("message", message_as_of(message, self._restarts.get(message.start_n)))
            else:
                messages.append(message)
        self._unfinished_messages = messages

    def _run(self, moment: Moment, *subject: Any) -> None:
        if self._checks is None:
            self._checks = self._chosen()
        for rule, check in self._checks.get(moment, ()):
            if rule.scope != "exchange" and not self._stream.is_streamed:
                continue
            try:
                for problem in check(self._stream, *subject):
                    self._keep(rule, problem, again=moment == "progress")
            except Exception as error:  # noqa: BLE001
                self._failed(f"rule {rule.code}", error)
                self._checks = {
                    when: [pair for pair in pairs if pair[1] is not check] for when, pairs in self._checks.items()
                }

    def _chosen(self) -> dict[Moment, list[tuple[Rule, Check]]]:
        """The checks that are for such a source, by moment."""
        chosen: dict[Moment, list[tuple[Rule, Check]]] = {}
        if self.exchange.kept in ("message", "nothing"):
            # Nothing can be said of a stream that nobody has.
            return chosen
        for rule in RULES.values():
            if rule.scope != "endpoint" or self._stream.is_probe:
                for moment, check in rule.checks:
                    chosen.setdefault(moment, []).append((rule, check))
        return chosen

    def _failed(self, what: str, error: Exception) -> None:
        note = f"{what} cannot be applied to it any further: {type(error).__name__}: {clip(str(error))}"
        if note not in self.notes:
            self.notes.append(note)

    def _keep(self, rule: Rule, problem: Problem, again: bool) -> None:
        """Takes a problem up; `again`: its check yields the same ones each time that it runs."""
        key = rule.code, problem.event
        if key not in self._found:
            if self._counts[rule.code] == MOST_OF_A_CODE:
                if key not in self._dropped_again:
                    self._dropped[rule.code] += 1
                    if again:
                        self._dropped_again.add(key)
                return
            self._counts[rule.code] += 1
        t_ns = problem.t_ns if problem.t_ns is not None else self._stream.t_ns(problem.event)
        self._found[key] = finding_of(rule, problem, t_ns), problem


def finding_of(rule: Rule, problem: Problem, t_ns: int | None) -> Finding:
    """The finding that a problem of a rule is."""
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=problem.severity or rule.severity,
        event=problem.event,
        t_ms=None if t_ns is None else t_ns / 1e6,
        message=problem.message,
        fix=problem.fix or rule.fix,
        python=problem.python or rule.python,
        typescript=problem.typescript or rule.typescript,
    )


def diagnose(exchange: Exchange) -> list[Finding]:
    """Everything that the rules find in what is indexed of an exchange, sorted by event."""
    diagnosis = Diagnosis(exchange)
    diagnosis.update(whole=True)
    return diagnosis.findings


def _data(frame: Frame) -> Any:
    return loads_or(frame.data) if frame.dispatched else None


def _is_structure(event: str) -> bool:
    return event not in ("content_block_delta", "ping", "")


def _any_of(codes: Iterable[int]) -> re.Pattern[bytes]:
    escaped = b"".join(re.escape(bytes([code])) for code in codes)
    return re.compile(b"[" + escaped + b"]" if escaped else b"(?!)", re.S)


def _order(finding: Finding) -> tuple[bool, int, str]:
    return finding.event is None, finding.event or 0, finding.code
