"""Whoever uses a keyboard or a screen reader finds their way: axe-core knows no serious violation on any page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from testing.sample_digits import digit

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Scheme, Screen

SERIOUS = {"serious", "critical"}


def violations(app: App) -> list[str]:
    """What axe-core finds that is serious: the rule, and where."""
    app.page.mouse.move(0, 0)  # a help text that is just fading in has too little contrast
    expect(app.page.get_by_test_id("stTooltipContent")).to_have_count(0)
    found: list[dict[str, Any]] = Axe().run(app.page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}\n  "
        + "\n  ".join(str(node["html"])[:300] for node in each["nodes"])
        for each in found
        if each["impact"] in SERIOUS
    ]


def drawn_on(app: App) -> None:
    """Draw: a digit read, and why."""
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
    app.page.get_by_text("Why this answer?").click()
    app.settle()


def trained(app: App) -> None:
    """Train: a network that has learned for an epoch, with its mistakes."""
    app.click("epoch")
    app.wait_for_step(63)
    app.settle()


def two_trained(app: App) -> None:
    """Compare: two runs that differ in one thing, at rest."""
    app.click("train_both")
    app.page.locator("#legend").wait_for()
    app.click("pause_both")
    app.widget("go_on").wait_for()
    app.settle()


def left_alone(_: App) -> None:
    """The page as it comes."""


STATES = {"": drawn_on, "train": trained, "compare": two_trained, "learn": left_alone, "dataset": left_alone}


@pytest.mark.parametrize(("screen", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")])
@pytest.mark.parametrize("path", STATES)
def test_axe_finds_no_serious_violation(new_app: NewApp, path: str, screen: Screen, scheme: Scheme) -> None:
    app = new_app(screen, scheme, path=path)
    STATES[path](app)
    found = violations(app)
    assert not found, "\n".join(found)
