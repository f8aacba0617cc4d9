"""What comes out of the printer: a run as one page, and the other pages without menu and buttons, in light colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.test_together import open_room
from ui.widgets.palette import LIGHT

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

MARGIN = dict.fromkeys(("top", "bottom", "left", "right"), "12mm")

CONTROLS = """() => [...document.querySelectorAll('nav.menu, .stButton button, .stDownloadButton button, .page_tool')]
    .filter(each => each.checkVisibility()).map(each => each.textContent)"""


def pages(app: App, paper: str = "A4") -> int:
    """Print the page as PDF, and return how many sheets it takes."""
    pdf = app.page.pdf(format=paper, margin=MARGIN)  # type: ignore[arg-type]
    return int(re.findall(rb"/Type /Pages\s.*?/Count (\d+)", pdf, re.DOTALL)[0])


def as_printed(app: App) -> None:
    """Show on the screen what is printed."""
    app.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    app.page.emulate_media(media="print")


def on_screen_again(app: App) -> None:
    app.page.evaluate("dispatchEvent(new Event('afterprint'))")
    app.page.emulate_media(media="null")


def colour(app: App, selector: str) -> str:
    found = app.page.locator(selector).first.evaluate("element => getComputedStyle(element).color")
    return "#" + "".join(f"{int(each):02x}" for each in re.findall(r"\d+", found)[:3])


def test_a_run_is_printed_on_one_page_of_either_size(new_app: NewApp) -> None:
    app = new_app(scheme="dark")
    app.go("Train")
    app.page.get_by_text("Experiments", exact=True).click()
    app.page.get_by_role("button", name="Try no hidden layer").click()
    expect(app.page.locator("#status")).to_contain_text("Training")
    expect(app.page.get_by_role("button", name="Print the run")).to_be_disabled()
    app.page.get_by_role("button", name="Pause").click()
    expect(app.page.get_by_role("button", name="Print the run")).to_be_enabled()
    app.settle()
    assert (pages(app), pages(app, "Letter")) == (1, 1)
    as_printed(app)
    sheet = app.page.locator("#run_sheet")
    for words in ("Run 1", "Name", "Date", "Is a hidden layer needed?", "784-10", "Learning rate α", "Worst mistakes"):
        expect(sheet).to_contain_text(words)
    expect(sheet.locator("polyline")).to_have_count(4)
    assert sheet.locator("img").evaluate_all("images => images.every(each => each.naturalWidth === 28)")
    expect(app.page.locator("[data-testid=stApp]")).to_be_hidden()
    assert colour(app, "#run_sheet h1") == LIGHT.ink
    app.screenshot("printed-run")
    on_screen_again(app)
    expect(sheet).to_have_count(0)


def test_other_pages_are_printed_in_light_colours_without_what_is_pressed(new_app: NewApp) -> None:
    app = new_app(scheme="dark")
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
    for page in ("Draw", "Look", "Break it", "Compare", "Dataset", "Collect"):
        if page != "Draw":
            app.go(page)
        app.settle()
        assert 1 <= pages(app) <= 5
        as_printed(app)
        assert app.page.evaluate(CONTROLS) == []
        assert colour(app, "h1") == LIGHT.ink
        wide = app.page.locator(".stMainBlockContainer").bounding_box()
        assert wide is not None
        assert wide["width"] <= 703, "It is cut off at the edge of the paper."
        on_screen_again(app)


MANY_PUPILS = """() => {
    const table = document.querySelector('.room_counts tbody');
    for (let row = 0; row < 30; row++) table.insertRow().insertCell().textContent = '7';
}"""


def test_a_room_is_printed_with_all_its_pupils_and_a_code_that_scans(new_app: NewApp) -> None:
    app = new_app(scheme="dark", path="collect")
    open_room(app, "7B", "cat, house")
    counts = app.page.locator(".room_counts")
    counts.wait_for()
    app.page.evaluate(MANY_PUPILS)
    as_printed(app)
    assert counts.evaluate("table => table.scrollHeight - table.clientHeight") <= 0
    code = app.page.locator(".room_board img")
    assert code.evaluate("image => getComputedStyle(image).filter") == "none", "scanners need dark on light"
    on_screen_again(app)
