"""Draw in a browser with a mouse or a finger, and find where a point of a drawing is on the screen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from testing.sample_digits import CANVAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import FloatRect, Page


class Mouse:
    """A mouse that draws."""

    def __init__(self, page: Page, interval: float = 0.0) -> None:
        """Prepare to move every `interval` seconds."""
        self._mouse, self._interval = page.mouse, interval

    def follow(self, points: Sequence[tuple[float, float]]) -> None:
        """Press at the first point, move through all of them, release at the last."""
        self.press(points)
        self.lift()

    def press(self, points: Sequence[tuple[float, float]]) -> None:
        """Press at the first point and move through all of them."""
        self._mouse.move(*points[0])
        self._mouse.down()
        down = time.monotonic()
        for number, point in enumerate(points[1:], start=1):
            time.sleep(max(0.0, down + number * self._interval - time.monotonic()))
            self._mouse.move(*point)

    def lift(self) -> None:
        """Release."""
        self._mouse.up()


class Finger:
    """A finger that draws, simulated with touch events."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def follow(self, points: Sequence[tuple[float, float]]) -> None:
        """Touch at the first point, move through all of them, lift at the last."""
        self.press(points)
        self.lift()

    def press(self, points: Sequence[tuple[float, float]]) -> None:
        """Touch at the first point and move through all of them."""
        self._send("touchStart", [points[0]])
        for point in points[1:]:
            self._send("touchMove", [point])

    def lift(self) -> None:
        """Lift the finger."""
        self._send("touchEnd", [])

    def _send(self, kind: str, points: Sequence[tuple[float, float]]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def on_screen(x: float, y: float, size: float, offset: tuple[float, float], box: FloatRect) -> tuple[float, float]:
    """Return a point of a drawing, on paper of side CANVAS, in pixels of the page; see `App.draw`."""
    middle = CANVAS / 2
    return (
        float(box["x"] + ((x - middle) * size + middle + offset[0]) * box["width"] / CANVAS),
        float(box["y"] + ((y - middle) * size + middle + offset[1]) * box["height"] / CANVAS),
    )
