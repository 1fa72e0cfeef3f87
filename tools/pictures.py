"""Makes the pictures in docs/pictures from the real program.

python -m tools.pictures
"""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from inspector.recording.folders import shipped_path
from inspector.session.sources import Source
from inspector.tui.app import InspectorApp
from inspector.tui.settings import Options, Settings

# The reader's own monospaced font will do: a picture must load nothing.
_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}\s*", re.S)
FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"


@dataclass(frozen=True)
class Picture:
    """A screen: a shipped recording ("" for the library), the keys that lead to it, its size, its theme."""

    name: str
    recording: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (120, 36)
    theme: str = ""


PICTURES: Final = (
    Picture("tool-use", "tool-use", ("j", *["pagedown"] * 2, "3")),
    Picture("event", "web-search-citations", ("j", *["j"] * 11, "4")),
    Picture("timing", "stall-with-pings", ("5",)),
    Picture("playing", "stall-with-pings", ("j", "m", *"here", "enter", "d", "left_square_bracket", "space", "space")),
    Picture("findings", "cut-framing", ("6",)),
    Picture("narrow", "parallel-tools", ("j", *["pagedown"] * 2, "3"), (80, 24)),
    Picture("light", "thinking", ("2",), theme="inspector-light"),
    Picture("library", ""),
)


async def draw(picture: Picture) -> str:
    """The screen as SVG."""
    sources = [Source(str(shipped_path(picture.recording)))] if picture.recording else []
    app = InspectorApp(sources, Options(), settings=Settings(theme=picture.theme))
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause()
        await app.workers.wait_for_complete()
        for key in picture.keys:
            await pilot.press(key)
        await pilot.pause(1)
        return _FONT_FACE.sub("", app.export_screenshot(title="inspector", simplify=True))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as state:
        # What the user's own screen keeps is neither shown nor changed.
        os.environ["XDG_STATE_HOME"] = state
        for picture in PICTURES:
            path = FOLDER / f"{picture.name}.svg"
            path.write_text(asyncio.run(draw(picture)))
            print(path.name)


if __name__ == "__main__":
    main()
