"""Collect: drawings of custom classes, by mouse and by finger, train a network that reads them by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing.browser_pen import Finger, Mouse, on_screen
from testing.sample_digits import digit

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

SIGNS = {"cat": "3", "house": "1"}
"""What is drawn for each class: shapes that a network trained on a few drawings tells apart."""

PRESS_AT_ONCE = """() => document.addEventListener("pointerup", () => {
    for (const until = performance.now() + 300; performance.now() < until;);
    document.querySelector(".st-key-next_drawing button").click();
}, {capture: true, once: true})"""
"""Presses Next as soon as the pen is lifted, on a page too busy to have reported the stroke by then."""


def asked(app: App) -> str:
    return app.page.locator("#asked b").inner_text()


def draw(app: App, name: str, number: int, *, finger: bool = False) -> None:
    """Draw what is asked for, each time in a different place."""
    surface = app.widget("pad_sheet").locator("canvas.upper-canvas")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box is not None
    pen = Finger(app.page) if finger else Mouse(app.page)
    for stroke in digit(SIGNS[name]):
        pen.follow([on_screen(x, y, 0.8, (4.0 * number, 0.0), box) for x, y in stroke])


def collect(app: App, each: int, *, finger: bool = False) -> None:
    """Draw this many of each; submit every other one with a key or button, and let the rest submit themselves."""
    tiles = app.page.locator(".collected .tiles button")
    for number in range(2 * each):
        expect(tiles).to_have_count(number)
        expect(app.page.locator(".turned")).to_have_count(0)
        draw(app, asked(app), number, finger=finger)
        if number % 2:
            app.click("next_drawing") if finger else app.page.keyboard.press("Space")
    expect(tiles).to_have_count(2 * each)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_own_classes_are_drawn_struck_out_trained_on_and_read(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen, path="collect")
    finger = screen == "phone"
    expect(app.widget("pad_sheet")).to_be_in_viewport(ratio=1)
    expect(app.page.locator("#asked")).to_contain_text("Draw 0")
    app.page.locator("[class*=st-key-classes_] button:visible").click()
    app.page.get_by_role("button", name="cat, house").click()
    app.page.get_by_role("button", name="Draw these").click()
    expect(app.page.locator("#asked b")).to_have_text("cat")
    collect(app, 4, finger=finger)

    tiles = app.page.locator(".collected .tiles button")
    tiles.first.click()
    expect(tiles.first).to_have_attribute("aria-pressed", "true")
    expect(app.page.locator("#collected_summary")).to_contain_text("7 drawings, 1 struck out")
    expect(app.page.locator(".collected .said").first).to_have_text("3 of 10")
    app.screenshot(f"collected-{screen}")

    app.reload()
    expect(tiles).to_have_count(8)
    app.page.get_by_role("button", name="Train on them").click()
    expect(app.page.get_by_role("heading", level=1)).to_have_text("Train a network")
    expect(app.widget("dataset").get_by_role("combobox")).to_have_value("Your handwriting")
    app.page.get_by_role("button", name="Try your drawing").click(timeout=60_000)
    app.settle()
    app.draw(strokes := digit(SIGNS["cat"]), size=0.8, finger=finger)
    app.expect_answer("cat", strokes=len(strokes))
    expect(app.page.locator(".sentence").first).to_contain_text("That's cat.")
    assert app.page.locator("#answer").evaluate("name => name.scrollWidth <= name.clientWidth"), "The name is cut off."


def test_undo_takes_back_a_drawing_that_went_by_itself(new_app: NewApp) -> None:
    app = new_app(path="collect")
    surface = app.widget("pad_sheet").locator("canvas.upper-canvas")
    box = surface.bounding_box()
    assert box is not None
    Mouse(app.page).follow([on_screen(x, y, 1, (0, 0), box) for x, y in digit("4")[0]])
    tiles = app.page.locator(".collected .tiles button")
    expect(tiles).to_have_count(1)
    expect(app.page.locator("#asked b")).to_have_text("1")
    app.click("undo")
    expect(tiles).to_have_count(0)
    expect(app.page.locator("#asked b")).to_have_text("0")
    expect(app.page.locator("#paper_description")).to_contain_text("1 stroke on the paper")
    for stroke in digit("4")[1:]:
        Mouse(app.page).follow([on_screen(x, y, 1, (0, 0), box) for x, y in stroke])
    expect(tiles).to_have_count(1)


def test_a_drawing_handed_on_while_the_page_is_busy_is_shown(new_app: NewApp) -> None:
    """The stroke and the button must come in two messages: with one, only the paper would be redrawn."""
    app = new_app(path="collect")
    app.page.evaluate(PRESS_AT_ONCE)
    draw(app, "house", 0)
    expect(app.page.locator(".collected .tiles button")).to_have_count(1)
    expect(app.page.locator(".turned")).to_have_count(0)
