"""A press counts once, even where the browser sends it twice.

Streamlit sends a press in a task of its own, after the click. A fragment's timer that runs out before that task sends
what the page holds, the press included, and then the press is sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.runs import ENDLESS, start, until

if TYPE_CHECKING:
    from tests.browser.conftest import NewApp
    from tests.browser.driver import App

# The task in which the press is sent comes late, as on a page that is busy: the timers of its fragments come first.
PRESS_AMID_TIMERS = """key => {
    const soon = window.setTimeout;
    window.setTimeout = (task, wait, ...rest) => soon(task, Math.max(wait ?? 0, 600), ...rest);
    document.querySelector(`.st-key-${key} button`).click();
    window.setTimeout = soon;
}"""


def press_amid_timers(app: App, key: str) -> None:
    app.page.evaluate(PRESS_AMID_TIMERS, key)


def test_one_press_on_new_run_begins_one_run(new_app: NewApp) -> None:
    start(app := new_app(path=ENDLESS))
    press_amid_timers(app, "new_run")
    until(app, "Ready")
    app.go("Draw")
    assert app.options("network") == ["Saved weights", "Run 2", "Run 1"]


def test_one_press_on_pause_pauses(new_app: NewApp) -> None:
    start(app := new_app(path=ENDLESS))
    press_amid_timers(app, "train")
    until(app, "Paused")
    app.settle()
    at = app.step()
    app.page.wait_for_timeout(1_000)
    assert app.step() == at
