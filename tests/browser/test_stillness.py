"""Nothing on the page jumps or fades in any frame while a run trains, its mistakes change, and it is replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing import frame_recorder
from testing.frame_recorder import nothing_moves_or_fades
from tests.browser.test_mistakes import cell
from tests.browser.test_replay import SLIDER, box_of, replayed_step, slider, wait_until_replayed
from tests.browser.train_page import AT_FULL_SPEED, pause

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

pytestmark = pytest.mark.alone

PLOT = ".curves svg[data-plot]"
TRAINED = [".curves", PLOT, ".st-key-train", ".st-key-alpha", "#status"]
MISTAKEN = [".confusion", ".st-key-gallery_head", ".st-key-gallery_room", ".st-key-digit_actions"]
REPLAYED = [".curves", PLOT, ".st-key-train", "#status", SLIDER, ".network_picture .lines", ".samples"]


def train(app: App) -> None:
    """Curves redraw without a click; the exact rate is left to a benchmark."""
    expect(app.page.locator(PLOT)).to_have_count(2)
    frame_recorder.wait_until_still(app.page, TRAINED)
    app.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 60")
    with nothing_moves_or_fades(app.page, TRAINED) as seen:
        app.click("train")
        app.wait_for_step(20)
        app.page.wait_for_timeout(4000)
    running = [frame for frame in seen if frame.status.startswith("Training")]
    rate = frame_recorder.changes_a_second(running)
    print(f"{rate:.1f} redraws a second")
    assert rate >= 1  # holds even on a busy machine
    assert {frame.scrolled for frame in seen} == {seen[0].scrolled}
    assert seen[0].scrolled > 0


def watch_mistakes(app: App) -> None:
    """What is chosen stays chosen."""
    app.wait_for_step(200)
    cell(app, 4, 9).click()
    title, summary = app.page.locator("#gallery_title"), app.page.locator("#mistakes_summary")
    expect(title).to_have_text("4 read as 9")
    with nothing_moves_or_fades(app.page, MISTAKEN) as seen:
        for _ in range(2):
            before = summary.inner_text()
            expect(summary).not_to_have_text(before, use_inner_text=True, timeout=30_000)
    assert len(seen) > 20
    expect(app.page.locator(".confusion td[aria-selected=true] button")).to_have_attribute("data-cell", "4 9")
    expect(title).to_have_text("4 read as 9")


def replay(app: App) -> None:
    app.choose("speed", "100/s")
    slider(app).focus()
    with nothing_moves_or_fades(app.page, REPLAYED):
        for key in ("Home", "ArrowRight", "End"):
            app.page.keyboard.press(key)
            app.page.wait_for_timeout(1500)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_nothing_jumps_or_fades_in_training_mistakes_and_replay(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen, path=f"{AT_FULL_SPEED}&alpha=0.03")
    train(app)
    watch_mistakes(app)
    replay(app)
    if screen == "phone":
        pause(app)
        box = box_of(slider(app))
        app.page.touchscreen.tap(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
        wait_until_replayed(app)
        assert replayed_step(app) < 0.5 * app.step()
        assert app.overflow() <= 0
