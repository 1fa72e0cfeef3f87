from typing import Final, NamedTuple


class Kind(NamedTuple):
    """What an event is: its type (`data.type`, else the SSE name), and the type of its block or delta, "" if none."""

    event: str
    part: str = ""


NOT_DISPATCHED: Final = 0
_OVERFLOW: Final = 255


class Kinds:
    """A byte for each kind that a stream holds. The 255th and later distinct ones share the last code."""

    def __init__(self) -> None:
        self.known = [Kind("")]
        self._codes: dict[Kind, int] = {}

    def code(self, kind: Kind) -> int:
        code = self._codes.get(kind)
        if code is None:
            code = min(len(self.known), _OVERFLOW)
            if code == len(self.known):
                self.known.append(kind if code < _OVERFLOW else Kind("…"))
            self._codes[kind] = code
        return code

    def __getitem__(self, code: int) -> Kind:
        return self.known[code]

    def codes(self, event: str) -> list[int]:
        """The codes of every kind with this event type."""
        return [code for code, kind in enumerate(self.known) if kind.event == event]
