"""Record the page frame by frame: how often the figures change, and whether anything jumps or fades."""

from __future__ import annotations

import itertools
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

RECORD = """
selectors => {
    const main = document.querySelector('[data-testid=stMain]');
    const frames = window.frames_seen = [];
    const opacity = element => element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
    const look = time => {
        if (window.frames_seen !== frames) return;
        const found = selectors.map(selector => [...document.querySelectorAll(selector)]);
        frames.push({
            time: time / 1000,
            status: document.querySelector('#status')?.innerText ?? '',
            scrolled: main.scrollTop,
            places: found.map(elements => elements.map(element => {
                const box = element.getBoundingClientRect();
                return `top ${box.top.toFixed(1)} height ${box.height.toFixed(1)}`;
            }).join(', ')),
            opacity: Math.min(...found.flat().map(opacity)),
        });
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}
"""

TAKE = "() => { const frames = window.frames_seen; window.frames_seen = null; return frames; }"


@dataclass(frozen=True)
class Frame:
    """One frame of the page.

    Attributes:
        time: seconds on the browser's clock.
        status: the status line.
        scrolled: how far the page is scrolled down, in pixels.
        places: for each selector, the on-screen positions and heights of the elements it matches; "" if there are none.
        opacity: the lowest opacity among these elements; 1 if none is fading.
    """

    time: float
    status: str
    scrolled: float
    places: list[str]
    opacity: float

    @property
    def step(self) -> int | None:
        """The step in the status line."""
        found = re.search(r"step ([\d,]+)", self.status)
        return int(found[1].replace(",", "")) if found else None


def record(page: Page, selectors: list[str]) -> None:
    """Start recording every frame, with the elements that match these CSS selectors."""
    page.evaluate(RECORD, selectors)


def recorded(page: Page) -> list[Frame]:
    """Stop recording and return all frames since `record`."""
    return [Frame(**frame) for frame in page.evaluate(TAKE)]


def wait_until_still(page: Page, selectors: list[str], seconds: float = 20) -> None:
    """Wait until every CSS selector matches and the matched elements have not moved for a second."""
    for _ in range(round(seconds)):
        record(page, selectors)
        page.wait_for_timeout(1000)
        seen = recorded(page)
        if all(frame.places == seen[0].places and "" not in frame.places for frame in seen):
            return
    raise AssertionError(f"The page still moves after {seconds} s: {seen[0].places}, {seen[-1].places}")


@contextmanager
def nothing_moves_or_fades(page: Page, selectors: list[str]) -> Iterator[list[Frame]]:
    """Wait until these elements are still, then check that they stay so in every frame of the block.

    The list has the frames after the block.
    """
    wait_until_still(page, selectors)
    record(page, selectors)
    seen: list[Frame] = []
    yield seen
    seen += recorded(page)
    for number, selector in enumerate(selectors):
        places = {frame.places[number] for frame in seen}
        assert len(places - {""}) == len(places) == 1, f"{selector} moved or blinked: {places}"
    assert min(frame.opacity for frame in seen) == 1


def changes_a_second(frames: list[Frame]) -> float:
    """Return how many times per second the status line changed, between its first change and its last."""
    at = [now.time for before, now in itertools.pairwise(frames) if now.status != before.status]
    return (len(at) - 1) / (at[-1] - at[0]) if len(at) > 1 else 0.0
