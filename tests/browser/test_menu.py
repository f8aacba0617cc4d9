"""The menu leads to every page, follows the theme, presents, and lists shortcuts that work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.train_page import until
from ui.widgets.palette import DARK, LIGHT

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen


def as_rgb(colour: str) -> str:
    """Return #rrggbb as getComputedStyle writes it."""
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour.removeprefix("#")))


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_menu_leads_to_a_page_and_back(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen)
    menu = app.page.get_by_role("navigation", name="Pages")
    for title in ["Dataset", "Draw"]:
        app.go(title)
        expect(menu.locator("[aria-current=page]")).to_have_text(re.compile(title))
    bar, height = menu.bounding_box(), app.page.viewport_size
    assert bar is not None
    assert height is not None
    assert bar["y"] + bar["height"] == height["height"] if screen == "phone" else bar["y"] == 0
    app.page.go_back()
    expect(app.page.get_by_role("heading", level=1)).to_have_text("The digits")
    expect(menu.locator("[aria-current=page]")).to_have_text(re.compile("Dataset"))


def test_an_open_page_follows_the_theme_the_shortcuts_and_the_switch_to_presenting(app: App) -> None:
    app.draw(strokes := digit("5"))
    app.answer(strokes=len(strokes))
    app.settle()  # the canvas, too, has reported the strokes
    column = app.page.locator(".bars .first .column span")
    for scheme, colours in [("dark", DARK), ("light", LIGHT)]:
        app.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(column).to_have_css("background-color", as_rgb(colours.ink))
        expect(app.page.locator(".st-key-canvas > div")).to_have_css("filter", colours.canvas)
        expect(app.page.locator("nav.menu .home path")).to_have_css("stroke", as_rgb(colours.accent))
        app.settle()  # the page is redrawn in these colours

    app.page.keyboard.press("z")
    app.answer(strokes=len(strokes) - 1)
    app.page.keyboard.press("c")
    app.answer(strokes=0)
    app.page.keyboard.press("?")
    shortcuts = app.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    app.page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()

    heading = app.page.get_by_role("heading", level=1)
    sentence = app.page.locator(".sentence")
    size = sentence.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    app.page.keyboard.press("p")
    switch = app.page.get_by_role("button", name="Present")
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert sentence.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 1.2 * size
    expect(heading).to_be_hidden()
    app.go("Train")
    expect(app.page.locator("html")).to_have_class(re.compile("presenting"))
    switch.click()
    expect(app.page.locator("html")).not_to_have_class(re.compile("presenting"))

    heading.click()  # so that Space does not press the switch again
    app.page.keyboard.press("s")
    app.wait_for_step(1)
    app.page.keyboard.press("r")
    until(app, "Ready")
    app.page.keyboard.press("Space")
    expect(app.page.get_by_role("button", name="Pause")).to_be_visible()
    app.page.keyboard.press("Space")
    expect(app.page.get_by_role("button", name="Pause")).to_have_count(0)
