"""A press, and a choice, counts once, even where the browser sends it twice.

Streamlit sends a press in a task of its own, after the click. A fragment's timer that runs out before that task sends
what the page holds, the press included, and then the press is sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.train_page import ENDLESS, start, until

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

pytestmark = pytest.mark.alone

# The task in which the press is sent comes late, as on a page that is busy: the timers of its fragments come first.
PRESS_AMID_TIMERS = """selector => {
    const soon = window.setTimeout;
    window.setTimeout = (task, wait, ...rest) => soon(task, Math.max(wait ?? 0, 600), ...rest);
    document.querySelector(selector).click();
    window.setTimeout = soon;
}"""


def press_amid_timers(app: App, selector: str) -> None:
    app.page.evaluate(PRESS_AMID_TIMERS, selector)


def test_one_press_on_new_run_begins_one_run(new_app: NewApp) -> None:
    start(app := new_app(path=ENDLESS))
    press_amid_timers(app, ".st-key-new_run button")
    until(app, "Ready")
    app.go("Draw")
    assert app.options("network") == ["Built-in network (99.5%)", "Run 2", "Run 1"]


def test_one_press_on_pause_pauses(new_app: NewApp) -> None:
    start(app := new_app(path=ENDLESS))
    press_amid_timers(app, ".st-key-train button")
    until(app, "Paused")
    app.settle()
    at = app.step()
    app.page.wait_for_timeout(1_000)
    assert app.step() == at


def test_a_cell_and_a_digit_that_are_chosen_once_stay_chosen(new_app: NewApp) -> None:
    app = new_app(path=f"{ENDLESS}&alpha=0.03")
    app.click("train")
    app.wait_for_step(200)
    press_amid_timers(app, "[data-cell='4 4']")
    title = app.page.locator("#gallery_title")
    expect(title).to_have_text("4 read as 4")
    press_amid_timers(app, ".gallery button")
    inspect = app.widget("inspect").get_by_role("button")
    expect(inspect).to_be_enabled()
    app.page.wait_for_timeout(3_000)
    expect(title).to_have_text("4 read as 4")
    expect(inspect).to_be_enabled()
