"""A click takes effect once even if the browser sends it twice, as described in ui/workarounds/click_once.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.train_page import ENDLESS, start, until

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

# Delays the task that sends the click, as on a busy page, so that the timers of fragments fire first.
CLICK_AFTER_TIMERS = """selector => {
    const soon = window.setTimeout;
    window.setTimeout = (task, wait, ...rest) => soon(task, Math.max(wait ?? 0, 600), ...rest);
    document.querySelector(selector).click();
    window.setTimeout = soon;
}"""


def click_after_timers(app: App, selector: str) -> None:
    app.page.evaluate(CLICK_AFTER_TIMERS, selector)


def test_a_click_that_is_sent_twice_counts_once(new_app: NewApp) -> None:
    """A cell and a digit stay chosen, Pause pauses, and New run begins one run."""
    app = new_app(path=f"{ENDLESS}&alpha=0.03")
    start(app, at_least=200)
    click_after_timers(app, "[data-cell='4 4']")
    title = app.page.locator("#gallery_title")
    expect(title).to_have_text("4 read as 4")
    click_after_timers(app, ".gallery button")
    inspect = app.widget("inspect").get_by_role("button")
    expect(inspect).to_be_enabled()
    for _ in range(3):  # redraws, each of which would send the click again
        app.wait_for_step(app.step() + 1)
    expect(title).to_have_text("4 read as 4")
    expect(inspect).to_be_enabled()

    click_after_timers(app, ".st-key-train button")
    until(app, "Paused")
    app.settle()
    at = app.step()
    start(app, at_least=at + 1)
    app.widget("more").get_by_role("button").click()
    app.widget("new_run").wait_for()
    click_after_timers(app, ".st-key-new_run button")
    until(app, "Ready")
    app.go("Draw")
    assert app.options("network") == ["Built-in network (99.4%)", "Run 2", "Run 1"]
