"""Presenting on a full-HD projector: each page fits the screen, and can be read from the back row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.test_together import open_room

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

SMALL_TYPE = """() => {
    const found = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode, element = text.parentElement, range = document.createRange();
        range.selectNodeContents(text);
        const {width, height} = range.getBoundingClientRect();
        const isSeen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
        if (!text.textContent.trim() || !isSeen || Math.min(width, height) < 3) continue;
        if (element.closest('nav.menu, .ghost')) continue;
        const size = parseFloat(getComputedStyle(element).fontSize) * element.currentCSSZoom;
        if (size < 23.9) found.add(`${Math.round(size)}px: ${text.textContent.trim().slice(0, 40)}`);
    }
    for (const field of document.querySelectorAll('[data-testid=stMain] :is(input:not([type=range]), textarea)'))
        if (field.checkVisibility() && parseFloat(getComputedStyle(field).fontSize) < 23.9) found.add(field.ariaLabel);
    return [...found];
}"""
"""The text on the page smaller than 24px."""

SCROLLS = """() => {
    const page = document.querySelector('[data-testid=stMain]');
    return page.scrollHeight - page.clientHeight;
}"""

CUT = "legends => legends.map(each => each.scrollWidth > each.clientWidth + 1)"

STOPPED_EARLY = "train?wrong_labels=20&epochs=150&patience=5&speed=Full"
"""A run with as much to show as any: the outcome of a prediction, three curves, and why it ended."""

BELOW_THE_SCREEN = """
() => [...document.querySelectorAll('[data-testid=stMain] :is(img, canvas, svg, text, p, span, button, input)')]
    .filter(each => each.checkVisibility() && !each.closest('.unseen, .summary'))
    .filter(each => each.getBoundingClientRect().width > 3 && each.getBoundingClientRect().bottom > innerHeight + 1)
    .map(each => `${each.tagName} ${each.textContent.trim().slice(0, 40)}`)
"""


def presented(app: App, name: str) -> None:
    app.settle()
    app.screenshot(f"presenting-{name}")
    assert app.page.evaluate(SMALL_TYPE) == []
    assert app.page.evaluate(BELOW_THE_SCREEN) == []
    assert app.page.evaluate(SCROLLS) <= 0


def test_each_page_fits_the_screen_in_type_for_the_back_row(new_app: NewApp) -> None:
    app = new_app(path=STOPPED_EARLY)
    app.page.set_viewport_size({"width": 1920, "height": 1080})
    app.page.keyboard.press("p")
    app.page.keyboard.press("Space")
    expect(app.page.locator("#status")).to_contain_text("Finished")
    presented(app, "train")
    assert app.page.locator(".curve_title .legend").evaluate_all(CUT) == [False, False]
    app.go("Draw")
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
    presented(app, "draw")
    app.go("Look")
    presented(app, "look")
    for view, drawn in (
        ("Map", ".digit_map canvas"),
        ("Dreams", "#dream_step:text('Step 60 of 60')"),
        ("Engine", "#measured"),
        ("Landscape", ".terrain circle"),
    ):
        app.widget("look_view").get_by_text(view, exact=True).click()
        app.settle()
        expect(app.page.locator(drawn).first).to_be_attached()
        presented(app, view.lower())
    app.go("Break it")
    expect(app.page.locator(".damage_left").last).not_to_have_text("…")
    presented(app, "break-it")
    app.go("Compare")
    presented(app, "compare")
    app.go("Collect")
    app.page.locator(".collected .tiles i").first.wait_for()
    presented(app, "collect")
    open_room(app, "7B", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9")
    expect(app.page.locator("#room_way_in")).to_be_visible()
    expect(app.page.locator("#room_total")).to_be_visible()
    presented(app, "together-teacher")
