"""Helpers for the Train page: start a run, wait for its status, pause it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from testing.browser_driver import App

ENDLESS = "train?epochs=100000&speed=100/s"
"""The path of a run that is too slow to finish within a test, and leaves the processor to the page."""

AT_FULL_SPEED = "train?epochs=100000&speed=Full"
"""The path of such a run that takes all the processor time it can get."""


def until(app: App, state: str, seconds: float = 30) -> None:
    """Wait for the status line to say Ready, Training, Paused, Finished or Diverged."""
    expect(app.status.locator("strong")).to_have_text(state, timeout=1000 * seconds)


def start(app: App, at_least: int = 20) -> int:
    """Press Train and wait until at least this step; return the step shown."""
    app.click("train")
    until(app, "Training")
    return app.wait_for_step(at_least)


def pause(app: App) -> int:
    """Press Pause; return the step at which it stopped."""
    app.click("train")
    until(app, "Paused")
    app.settle()
    return app.step()
