"""What the Look and Break it pages cost in Chromium: the wait for a view's picture, and how much they slow a run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks import app_latency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Browser

    from testing.app_server import Server
    from testing.browser_driver import App

VIEWS = {
    "Map": ".st-key-digit_map canvas",
    "Dreams": ".dream_grid",
    "Engine": ".activations",
    "Landscape": ".terrain img, .measured .progress",
}
"""The views of Look, with a selector for each one's picture; a landscape being computed shows its progress."""

PAGES = {"the map of Look": "Look", "Break it": "Break it"}
"""Pages to have open while a run trains, with their titles in the menu."""

# Presses the button of a view, and resolves with the milliseconds until its picture is painted.
CHOOSE_VIEW = """
([name, picture]) => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`${name} showed no picture within 30 s.`)), 30000);
    const begun = performance.now();
    const observer = new MutationObserver(() => {
        if (!document.querySelector(picture)) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
    });
    observer.observe(document.body, {childList: true, subtree: true, attributes: true});
    [...document.querySelectorAll('.st-key-look_view button')].find(each => each.innerText.trim() === name).click();
})
"""


def look_views(browser: Browser, server: Server, rounds: int) -> list[float]:
    """Train a network for two epochs and go through the views of Look; return the milliseconds to each picture."""
    waits = []
    with app_latency.tab(browser, server, f"train?hidden_size={app_latency.HIDDEN_SIZE}&epochs=2&speed=Full") as app:
        app.click("train")
        app.status.get_by_text("Finished").wait_for()
        app.go("Look")
        for number in range(rounds + 1):
            for view in VIEWS.items():
                wait = float(app.page.evaluate(CHOOSE_VIEW, list(view)))
                if number:  # the first round includes one-time loading
                    waits.append(wait)
                app.settle()
    return waits


def speed_beside(browser: Browser, server: Server, rounds: int, seconds: float) -> Mapping[str, Sequence[float]]:
    """Train a network with each of PAGES open; return its speeds relative to those with Train open, alternately."""
    found: dict[str, list[float]] = {page: [] for page in PAGES}
    with app_latency.tab(
        browser, server, f"train?hidden_size={app_latency.HIDDEN_SIZE}&epochs=100000&speed=Full"
    ) as app:
        app.click("train")
        app.wait_for_step(100)
        _open(app, "Look")
        app.choose("look_view", "Map")
        _open(app, "Train")
        for _ in range(rounds):
            for page, title in PAGES.items():
                beside_train = _speed(app, "Train", seconds)
                found[page].append(_speed(app, title, seconds) / beside_train)
    return found


def _speed(app: App, title: str, seconds: float) -> float:
    """Return the steps per second while a page is open, including the way from Train and back."""
    begun, first = _step(app)
    if title != "Train":
        _open(app, title)
    app.page.wait_for_timeout(1000 * seconds)
    if title != "Train":
        _open(app, "Train")
    ended, last = _step(app)
    return (last - first) / (ended - begun)


def _open(app: App, title: str) -> None:
    """Go to a page without waiting for it to be idle: while a run trains, no page is idle for long."""
    app.page.get_by_role("link", name=title, exact=True).click()
    app.page.locator("nav.menu a[aria-current=page]", has_text=title).wait_for()


def _step(app: App) -> tuple[float, int]:
    """Return when the Train page next shows a new step, and which step."""
    status = app.status
    status.wait_for()
    before = status.get_attribute("data-now")
    app.page.wait_for_function(
        "before => ![null, before].includes(document.querySelector('#status')?.dataset.now ?? null)", arg=before
    )
    return time.monotonic(), int(status.get_attribute("data-now") or 0)
