"""Response times of the app in Chromium: from pen up to the painted answer, and from a slider to its effect."""

from __future__ import annotations

import io
import itertools
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from testing import frame_recorder
from testing.browser_driver import App
from testing.browser_errors import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from testing.app_server import Server

STROKE = (np.array([[140.0, 60.0], [138.0, 100.0], [141.0, 150.0], [139.0, 215.0]]),)
"""A "1", drawn from top to bottom."""

# Resolves to the milliseconds from pen up to the first frame after the answer has changed.
ANSWERED = """
() => { window.answered = new Promise(resolve => {
    addEventListener('pointerup', lifted => {
        const look = () => {
            if (document.querySelector('#answer')?.dataset.strokes !== '1') return requestAnimationFrame(look);
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - lifted.timeStamp)));
        };
        look();
    }, {once: true, capture: true});
}); }
"""


@contextmanager
def _tab(browser: Browser, server: Server, path: str = "") -> Iterator[App]:
    """Open the app in a tab of a browser that has never seen it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        with tempfile.TemporaryDirectory() as pictures:
            app = App(context.new_page(), server.url, Watch(context, server.url), Path(pictures))
            app.open(path)
            yield app
    finally:
        context.close()


def first_page(browser: Browser, server: Server) -> float:
    """Return the seconds from the first request to a fresh server until its canvas can be drawn on."""
    asked = time.monotonic()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.goto(server.url)
        page.locator("canvas.upper-canvas").wait_for()
        page.locator("#answer").wait_for()
        return time.monotonic() - asked
    finally:
        context.close()


def answers(browser: Browser, server: Server, strokes: int) -> list[float]:
    """Draw strokes on an empty canvas; return the milliseconds from the end of each to its answer painted."""
    waits = []
    with _tab(browser, server) as app:
        for _ in range(strokes + 1):
            app.page.evaluate(ANSWERED)
            app.draw(STROKE)
            waits.append(float(app.page.evaluate("window.answered")))
            app.clear()
    return waits[1:]  # the first includes one-time loading


def redraws_before_alpha_takes_effect(browser: Browser, server: Server, moves: int) -> list[int]:
    """Move α in a running network; return how many redraws pass each time before a step uses the new value."""
    with _tab(browser, server, "train?epochs=100000&speed=Full") as app:
        app.click("train")
        app.wait_for_step(100)
        frame_recorder.record(app.page, [])
        slider = app.widget("alpha").locator("input[type=range]")
        moved = []
        for key in itertools.islice(itertools.cycle(["ArrowLeft", "ArrowRight"]), moves):
            slider.press(key)
            moved.append(float(app.page.evaluate("performance.now()")) / 1000)
            app.page.wait_for_timeout(1200)
        seen = frame_recorder.recorded(app.page)
        with tempfile.TemporaryDirectory() as folder:
            history = pd.read_csv(io.BytesIO(app.download("download_history", Path(folder)).read_bytes()))
    held = [int(step) for step in history["changed"].dropna().str.extractall(r"at step (\d+)")[0]]
    redraws = [now for before, now in itertools.pairwise(seen) if now.step is not None and now.step != before.step]
    return [
        sum(1 for frame in redraws if frame.time > moment and (frame.step or 0) <= step)
        for moment, step in zip(moved, held, strict=True)
    ]
