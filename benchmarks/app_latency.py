"""Response times of the app in Chromium: during a stroke, after it, and from a slider to its effect."""

from __future__ import annotations

import io
import itertools
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from testing import frame_recorder
from testing.browser_driver import App
from testing.browser_errors import Watch
from testing.sample_digits import digit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from playwright.sync_api import Browser

    from testing.app_server import Server

DRAWN = "02368"
"""Digits with a single stroke, drawn in turn."""

BROKEN = ("Noise", "Blur", "Shift right", "Rotation", "Thickness", "Covered patch", "One step (FGSM)", "Ten steps")
"""Sliders on the Break it page that change the digit."""

HIDDEN_SIZE = 128
"""The number of hidden units in the networks that are broken and inspected."""

EVENTS_PER_SECOND = 120
STROKE_SECONDS = 1.0

# Records one stroke: its frames, when each answer is painted and how old the newest point in it is by then, and the
# time from pen up to the final answer painted. At most one report is in flight, so the next answer is the answer to it.
RECORD_STROKE = """
() => { window.stroke = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("The stroke was not answered within 30 s.")), 30000);
    const answer = document.querySelector('#answer');
    const seen = {frames: [], waits: [], from: 0, to: 0, final: 0};
    let newest = 0, reported = null, frame = 0, isDown = false;
    const painted = then => requestAnimationFrame(() => setTimeout(() => then(performance.now())));
    const {fetch} = window;
    window.fetch = (...given) => {
        if (isDown) reported ??= newest;
        return fetch(...given);
    };
    const look = time => {
        if (frame) seen.frames.push(time - frame);
        frame = isDown ? time : 0;
        if (isDown) requestAnimationFrame(look);
    };
    const observer = new MutationObserver(() => {
        if (isDown && answer.hasAttribute('data-moving') && reported !== null) {
            const since = reported;
            reported = null;
            painted(now => seen.waits.push(now - since));
        } else if (seen.to && !answer.hasAttribute('data-moving') && answer.dataset.strokes === '1') {
            observer.disconnect();
            window.fetch = fetch;
            painted(now => resolve({...seen, final: now - seen.to}));
        }
    });
    observer.observe(answer, {attributes: true});
    addEventListener('pointerdown', event => {
        isDown = true;
        seen.from = newest = event.timeStamp;
        requestAnimationFrame(look);
    }, {once: true, capture: true});
    addEventListener('pointermove', event => { newest = event.timeStamp; }, {capture: true});
    addEventListener('pointerup', event => {
        isDown = false;
        seen.to = event.timeStamp;
    }, {once: true, capture: true});
}); }
"""


NOTE_MOVES = """() => {
    window.moved = [];
    document.addEventListener('change', ({target}) => {
        if (target.type === 'range') moved.push(performance.now() / 1000);
    }, true);
}"""
"""Records when a slider is released, in seconds."""

# The time from now until the broken digit on Break it is painted.
RECORD_BROKEN = """
() => { window.broken = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("No broken digit was shown within 30 s.")), 30000);
    const begun = performance.now();
    new MutationObserver((_, observer) => {
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
    }).observe(document.querySelector('figure.after img'), {attributes: true});
}); }
"""


@dataclass(frozen=True)
class Stroke:
    """What was seen of one stroke; times in milliseconds.

    Attributes:
        answers: Answers painted per second while the pen was down.
        waits: For each of them, the time from the newest point that it covers until it is painted.
        final: From pen up to the final answer painted.
        frames: The length of each frame while the pen was down.
    """

    answers: float
    waits: list[float]
    final: float
    frames: list[float]


@contextmanager
def tab(browser: Browser, server: Server, path: str = "") -> Iterator[App]:
    """Open the app in a tab of a browser that has never seen it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        app = App(context.new_page(), server.url, Watch(context, server.url))
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


def strokes(browser: Browser, server: Server, count: int) -> list[Stroke]:
    """Draw single-stroke digits on an empty canvas, at the speed of a hand, and return what was seen of each."""
    found = []
    with tab(browser, server) as app:
        for name in itertools.islice(itertools.cycle(DRAWN), count + 1):
            app.answer(strokes=0)
            app.page.evaluate(RECORD_STROKE)
            app.draw([_drawn_by_hand(name)], events_per_second=EVENTS_PER_SECOND)
            seen = app.page.evaluate("window.stroke")
            seconds = (seen["to"] - seen["from"]) / 1000
            found.append(Stroke(len(seen["waits"]) / seconds, seen["waits"], seen["final"], seen["frames"]))
            app.clear()
    return found[1:]  # the first includes one-time loading


def _drawn_by_hand(name: str) -> NDArray[np.float64]:
    """Return the points, (n, 2), that a mouse reports while the digit is drawn."""
    (stroke,) = digit(name)
    at = np.linspace(0, len(stroke) - 1, round(EVENTS_PER_SECOND * STROKE_SECONDS))
    return np.column_stack([np.interp(at, np.arange(len(stroke)), along) for along in stroke.T])


def broken(browser: Browser, server: Server) -> list[float]:
    """Train a network for an epoch and break a digit with each slider; return the milliseconds until it is painted."""
    waits = []
    with tab(browser, server, f"train?hidden_size={HIDDEN_SIZE}&epochs=1&speed=Full") as app:
        app.click("train")
        app.status.get_by_text("Finished").wait_for()
        app.go("Break it")
        app.page.locator(".st-key-break_png button:not(:disabled)").wait_for(timeout=120_000)
        for name in BROKEN:
            app.page.evaluate(RECORD_BROKEN)
            app.page.get_by_role("slider", name=name, exact=True).press("ArrowRight")
            waits.append(float(app.page.evaluate("window.broken")))
            app.click("undo_all")
            app.page.locator(".damage.on").wait_for(state="detached")
            app.settle()
    return waits


def redraws_before_alpha_takes_effect(browser: Browser, server: Server, moves: int) -> list[int]:
    """Drag α while a network trains; return how many redraws pass after each release before a step uses the new α."""
    with tab(browser, server, "train?epochs=100000&speed=Full") as app:
        app.click("train")
        app.wait_for_step(100)
        frame_recorder.record(app.page, [])
        app.page.evaluate(NOTE_MOVES)
        for place in itertools.islice(itertools.cycle([0.5, 0.6]), moves):
            app.drag("alpha", place)
            app.page.wait_for_timeout(1200)
        moved = app.page.evaluate("moved")
        seen = frame_recorder.recorded(app.page)
        with tempfile.TemporaryDirectory() as folder:
            history = pd.read_csv(io.BytesIO(app.download("download_history", Path(folder)).read_bytes()))
    held = [int(step) for step in history["changed"].dropna().str.extractall(r"at step (\d+)")[0]]
    redraws = [now for before, now in itertools.pairwise(seen) if now.step is not None and now.step != before.step]
    return [
        sum(1 for frame in redraws if frame.time > moment and (frame.step or 0) <= step)
        for moment, step in zip(moved, held, strict=True)
    ]
