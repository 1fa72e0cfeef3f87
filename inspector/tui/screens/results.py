"""What a search over several streams has found."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import BindingType

from inspector.panes.drawing.lines import MORE, Line, cut_line, fill
from inspector.panes.scanner import Scanner
from inspector.session.search import Found, Hit, SessionSearch
from inspector.session.sources import Source
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted, seconds
from inspector.tui.commands import asks, key
from inspector.tui.screens.chooser import Choice, ChooserScreen
from inspector.tui.shell import shell_of

_LOOK_S: Final = 0.1
# What stands before a match is to leave it in sight.
_BEFORE: Final = 4


class ResultsScreen(ChooserScreen):
    """A text is looked for in all streams of a session; each match is a line, and opens the stream there."""

    HEADING = "matches"
    GROUP = "search"
    BINDINGS: ClassVar[list[BindingType]] = [key("slash,S", "search", "Search again; esc leaves and stops a search")]

    def __init__(
        self, title: str, sources: Callable[[], Sequence[Source]], about: Callable[[Source], str], text: str = ""
    ) -> None:
        """`sources` are looked through in their order; `about` says something of one of them."""
        super().__init__()
        self._about = about
        self._list_name = title
        self._sources = sources
        self._text = text
        self._search: SessionSearch | None = None
        self._scanner: Scanner | None = None
        self._seen: tuple[int, bool] | None = None
        self._groups: list[tuple[tuple[int, int], list[Choice]]] = []

    async def on_mount(self) -> None:
        """Asks for the text at once."""
        self.set_focus(self.lines)
        self._search_for(self._text)
        self.set_interval(_LOOK_S, self._look)
        await self.search(self._text)

    def on_unmount(self) -> None:
        """Ends the search."""
        self._stop()

    def offers(self) -> Sequence[tuple[str, str, str]]:
        """To search for something else."""
        return (("/", "search", "search"),)

    def title_line(self) -> Line:
        """What is searched, how far, and how much has been found."""
        search = self._search
        line: Line = [("inspector  ", "dim"), (sanitise(self._list_name), "strong"), ("  search all streams", "faint")]
        if search is None:
            return line
        line[2:] = [(f"  /{sanitise(search.text)}  ", "accent strong")]
        # Of what is in the list, not of what the search has come to since.
        counts = [count for (_, count), _ in self._groups if count]
        many = counted(sum(counts), "match", "matches")
        line.append((f"{many} in {len(counts):,} of {search.total:,} streams", ""))
        _, done = self._seen or (0, False)
        if done and search.given_up:
            line.append(("  given up: it takes too long", "warning"))
        elif not done:
            line.append((f"  searching {search.progress:.0%}", "warning"))
        return line

    def choices(self) -> list[Choice]:
        """Each stream with matches, and its matches."""
        found = self._search.found if self._search else []
        # What was drawn of streams that have been looked through stays.
        for at, group in enumerate(found):
            stamp = id(group), group.count
            if at == len(self._groups):
                self._groups.append((stamp, list(self._group(group))))
            elif self._groups[at][0] != stamp:
                self._groups[at] = stamp, list(self._group(group))
        return [choice for _, group in self._groups for choice in group]

    @asks
    async def search(self, text: str) -> None:
        """Asks for another text, and looks at once for what has been typed so far.

        Without an answer: back to what was searched before, or to where the user came from.
        """
        before = self._search.text if self._search else ""
        hint = "in all streams · regular expression · a capital letter makes case matter"
        if found := await self.prompt.ask("/", text, hint, edited=self._search_for) or before:
            self._search_for(found)
        else:
            self.dismiss()

    async def action_search(self) -> None:
        """Asks for another text."""
        await self.search("")

    def _search_for(self, text: str) -> None:
        if self._search and self._search.text == text:
            return
        self._stop()
        self._groups = []
        self._moved = False
        self.lines.choose(0)
        if text:
            self._search = SessionSearch(text, self._sources)
            self._scanner = Scanner(self._search, self._search.close)
        self._seen = None
        self._look()

    def _stop(self) -> None:
        if self._scanner:
            self._scanner.stop()
        self._search = self._scanner = None

    def _look(self) -> None:
        search = self._search
        news = (search.news, search.done) if search else (0, True)
        if news != self._seen:
            self._seen = news
            self.show_choices()
        elif search and not search.done:
            self.show_title()

    def _group(self, found: Found) -> Iterator[Choice]:
        name = sanitise(found.source.name)
        if found.problem:
            why = sanitise(found.problem)
            yield Choice(lambda _: [("✗ ", "error strong"), (name, "strong"), (f"  {why}", "error")])
            return
        more = found.count - len(found.hits)
        many = counted(found.count, "match", "matches") + (f", the first {len(found.hits)}" if more else "")
        about = self._about(found.source)
        yield Choice(lambda _: [(name, "heading strong"), (f"  {many}", ""), (f"  {about}", "dim")])
        n_width = len(f"{found.hits[-1].n:,}")
        t_width = max(len(seconds(hit.t_ns)) for hit in found.hits)
        text = self._search.text if self._search else ""
        for hit in found.hits:
            yield Choice(
                partial(_hit_line, hit, n_width, t_width),
                partial(shell_of(self).open_source, found.source, (hit.n, text)),
                f"{name} · event {hit.n:,} · {hit.before[-40:]}{hit.text}{hit.after}",
                (found.source.key, hit.n),
            )
        if more:
            yield Choice(lambda _: [(f"  … {more:,} more: open the stream, n goes on", "dim")])


def _hit_line(hit: Hit, n_width: int, t_width: int, width: int) -> Line:
    line: Line = [
        (f"  {hit.n:>{n_width},} ", "faint"),
        (f"{seconds(hit.t_ns):>{t_width}} ", "faint"),
        (fill(hit.label, 13) + " ", hit.tone),
    ]
    room = width - sum(cell_len(text) for text, _ in line)
    before = hit.before
    # The match is to be in sight, whatever stands before it.
    most = max(room // _BEFORE, room - cell_len(hit.text) - cell_len(hit.after))
    if cell_len(before) > most:
        while before and cell_len(before) >= most:
            before = before[1:]
        before = MORE + before
    return cut_line([*line, (before, ""), (hit.text, "found"), (hit.after, "")], width)
