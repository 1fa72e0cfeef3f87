class Notes:
    """What about a file was odd but did not stop it from being read."""

    def __init__(self) -> None:
        self._damaged: list[int] = []
        self._unknown: dict[str, int] = {}

    def damaged(self, line: int) -> None:
        """A line (from 1) that cannot be read."""
        self._damaged.append(line)

    def unknown(self, kind: str) -> None:
        """A line of a kind that this version does not know."""
        self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def texts(self) -> list[str]:
        """One clause for each oddity."""
        texts = []
        if count := len(self._damaged):
            which = ", ".join(map(str, self._damaged[:5])) + (", …" if count > 5 else "")
            texts.append(f"{count} damaged line{'s' * (count > 1)} left out ({which})")
        for kind, count in self._unknown.items():
            texts.append(f"{count} line{'s' * (count > 1)} of unknown kind {kind!r} left out")
        return texts
