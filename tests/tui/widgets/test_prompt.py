"""The prompt: a question is awaited, and has one answer, however it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from inspector.tui.settings import Settings
from inspector.tui.shell import Shell
from inspector.tui.widgets.line_list import LineList
from inspector.tui.widgets.prompt import Prompt
from tests.tui.conftest import shown, until


class Asking(Shell):
    """A screen with a list, and the prompt below it."""

    CSS = "#prompt { height: 1; layout: horizontal; display: none; } #prompt-hint { width: 20; }"

    def __init__(self) -> None:
        super().__init__(Settings(), None)

    def compose(self) -> ComposeResult:
        yield LineList("list", "list", [[("one", "")]])
        yield Prompt()

    def on_mount(self) -> None:
        self.query_one(LineList).focus()


def asked(app: App[Any], text: str = "", edited: Callable[[str], None] | None = None, **how: bool) -> Any:
    """A question that waits for its answer."""
    return asyncio.ensure_future(app.query_one(Prompt).ask("go to", text, "a hint", edited=edited, **how))


async def answer(pilot: Pilot[Any], question: Any) -> Any:
    await until(pilot, question.done)
    return question.result()


async def opened(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.focused, Input))


def closed(app: App[Any]) -> bool:
    return (
        not app.query_one(Prompt).display
        and not app.screen.has_class("-asking")
        and app.focused is app.query_one("#list")
    )


async def test_enter_answers_and_esc_does_not() -> None:
    async with Asking().run_test() as pilot:
        for keys, wanted in (
            (["a", "b", "enter"], "ab"),
            (["a", "escape"], None),
            (["enter"], ""),
            (["x", "ctrl+c"], None),
        ):
            question = asked(pilot.app)
            await opened(pilot)
            assert pilot.app.screen.has_class("-asking")
            assert shown(pilot.app, "#prompt-label").startswith("go to")
            assert "a hint" in shown(pilot.app, "#prompt-hint")
            await pilot.press(*keys)
            assert await answer(pilot, question) == wanted
            assert closed(pilot.app)


async def test_what_stands_there_is_replaced_or_typed_on() -> None:
    async with Asking().run_test() as pilot:
        for replaced, wanted in ((True, "c"), (False, "abc")):
            question = asked(pilot.app, "ab", replaced=replaced)
            await opened(pilot)
            await pilot.press("c", "enter")
            assert await answer(pilot, question) == wanted


async def test_who_asks_hears_each_edit_until_the_answer() -> None:
    edits: list[str] = []
    async with Asking().run_test() as pilot:
        question = asked(pilot.app, edited=edits.append)
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: edits == ["a"])
        await pilot.press("b", "backspace")
        await until(pilot, lambda: edits[-1] == "a" and len(edits) > 1)
        await pilot.press("enter")
        assert await answer(pilot, question) == "a"
        other = asked(pilot.app)
        await opened(pilot)
        await pilot.press("z", "enter")
        assert await answer(pilot, other) == "z"
        assert "z" not in edits


async def test_a_second_question_ends_the_first() -> None:
    async with Asking().run_test() as pilot:
        first = asked(pilot.app)
        await opened(pilot)
        second = asked(pilot.app)
        assert await answer(pilot, first) is None
        await pilot.press("a", "enter")
        assert await answer(pilot, second) == "a"
        assert closed(pilot.app)


async def test_the_keys_elsewhere_end_it() -> None:
    async with Asking().run_test() as pilot:
        question = asked(pilot.app)
        await opened(pilot)
        pilot.app.set_focus(pilot.app.query_one(LineList))
        assert await answer(pilot, question) is None
        assert closed(pilot.app)


async def test_an_answer_that_nobody_waits_for_is_no_harm() -> None:
    async with Asking().run_test() as pilot:
        question = asked(pilot.app)
        await opened(pilot)
        question.cancel()
        await pilot.pause()
        await pilot.press("a", "enter")
        assert closed(pilot.app)


async def test_on_a_screen_that_has_ended_nothing_is_asked() -> None:
    """A screen's keys are worked off in turns, and the question may come a turn after its end."""
    async with Asking().run_test() as pilot:
        prompt = pilot.app.query_one(Prompt)
        question = asked(pilot.app)
        await opened(pilot)
        await prompt.remove()
        assert await prompt.ask("go to") is None
        assert await answer(pilot, question) is None
