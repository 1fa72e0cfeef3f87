import asyncio

from textual.suggester import Suggester

from inspector.tui.paths import paths_from


class PathSuggester(Suggester):
    """Suggests the first file or folder whose path begins with what is typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        # A folder may be large, or far away.
        found = await asyncio.to_thread(paths_from, value)
        return next((path for path in found if path.startswith(value)), None)
