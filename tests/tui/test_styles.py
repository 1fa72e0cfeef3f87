"""Every theme that can be chosen can be read."""

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from inspector.panes.drawing.palette import COLORS, PALETTES, QUIET
from inspector.session.sources import find
from inspector.tui.app import InspectorApp
from inspector.tui.settings import Options, Settings
from inspector.tui.styles import Styles, contrast
from tests.streams import Record
from tests.tui.conftest import settled

THEMES = [*BUILTIN_THEMES, *PALETTES]
ROLES = [*COLORS, *QUIET]


def styles_of(theme: str) -> Styles:
    return Styles(PALETTES[theme] if theme in PALETTES else BUILTIN_THEMES[theme].to_color_system().generate())


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_out_against_its_ground(theme: str) -> None:
    styles = styles_of(theme)
    for role in ROLES:
        color = styles.of(role).color
        if styles.background.ansi is not None:
            # Nobody knows the terminal's colours, but they are its own.
            assert color is None or color.triplet is None
        else:
            assert color
            assert color.triplet
            assert contrast(Color(*color.triplet), styles.background) >= (2.5 if role in QUIET else 3.0)


@pytest.mark.parametrize("theme", [name for name in THEMES if name.startswith("ansi")])
def test_no_piece_has_the_colour_of_the_cursor(theme: str) -> None:
    styles = styles_of(theme)
    cursor = styles.of("cursor")
    assert cursor.reverse
    assert cursor.bgcolor is None


@pytest.mark.parametrize("theme", ["ansi-light", "ansi-dark"])
async def test_the_row_at_the_cursor_can_be_read(record: Record, theme: str) -> None:
    app = InspectorApp(find([str(record())]), Options(), settings=Settings(theme=theme))
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("j")
        await pilot.pause()
        row = screen.timeline.render_line(0)
        assert "message_start" in row.text
        assert {segment.style.color for segment in row if segment.style and segment.text.strip()} == {
            app.paint.foreground.rich_color
        }
        assert all(segment.style and segment.style.reverse for segment in row if segment.text.strip())


def test_the_own_themes_are_drawn_as_they_are() -> None:
    for name, palette in PALETTES.items():
        styles = styles_of(name)
        for color in set(COLORS.values()):
            assert styles.color(color).hex.lower() == palette[color]


def test_contrast_is_what_wcag_says() -> None:
    assert contrast(Color(0, 0, 0), Color(255, 255, 255)) == pytest.approx(21)
    assert contrast(Color(255, 255, 255), Color(255, 255, 255)) == 1
    assert contrast(Color(119, 119, 119), Color(255, 255, 255)) == pytest.approx(4.48, abs=0.01)
