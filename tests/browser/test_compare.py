"""A visitor trains, pauses and resumes two runs on Compare, and reads values under the pointer; nothing jumps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing.frame_recorder import nothing_moves_or_fades
from tests.browser.train_page import AT_FULL_SPEED

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

PLOT = ".curves svg[data-plot]"
BOTH = ["Run 2 · α 0.1", "Run 3 · α 0.3"]
"""The names of the two runs on Compare after a visit to the Train page."""

WATCHED = [".curves", PLOT, ".st-key-train_both", ".st-key-pause_both", "#differences"]


def legend(app: App) -> Locator:
    """The entries of the legend, each with the name and step of a run."""
    return app.page.locator("#legend li")


def names(app: App) -> list[str]:
    return app.page.locator("#legend b").all_inner_texts()


def steps(app: App) -> list[int]:
    """The steps in the legend, all from one redraw."""
    text = app.page.locator("#legend").inner_text()
    return [int(each.replace(",", "")) for each in re.findall(r"step ([\d,]+)", text)]


def wait_until_both(app: App, at_least: int, seconds: float = 40) -> None:
    """Wait until all plotted runs have reached this step."""
    for _ in range(round(seconds * 10)):
        if legend(app).count() and min(steps(app)) >= at_least:
            return
        app.page.wait_for_timeout(100)
    raise AssertionError(f"The runs are at steps {steps(app)} after {seconds} s.")


def pause_both(app: App) -> None:
    app.click("pause_both")
    expect(app.widget("go_on")).to_be_visible()
    for entry in legend(app).all():
        expect(entry).to_contain_text("Paused")
    app.settle()


@pytest.mark.alone
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_two_runs_are_trained_without_a_jump_paused_and_resumed(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen, path=AT_FULL_SPEED)  # runs that do not end
    app.go("Compare")
    expect(app.widget("nothing_yet")).to_be_visible()
    app.click("train_both")
    wait_until_both(app, 20)
    with nothing_moves_or_fades(app.page, WATCHED):
        app.page.wait_for_timeout(3000)
    assert names(app) == BOTH
    pause_both(app)
    before = steps(app)
    app.page.wait_for_timeout(700)
    assert steps(app) == before
    if screen == "desktop":
        app.click("go_on")
        wait_until_both(app, max(before) + 100)
        app.disconnect()
        before = steps(app)
        app.reconnect()
        wait_until_both(app, min(before) + 100)
        pause_both(app)
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot(f"compare-{screen}")


def test_runs_are_removed_and_added_smoothed_and_read_under_the_pointer(new_app: NewApp) -> None:
    app = new_app(path=AT_FULL_SPEED)
    app.go("Compare")
    app.choose("change_what", "Batch size")
    app.settle()
    app.click("train_both")
    wait_until_both(app, 100)
    pause_both(app)
    both = names(app)
    told = app.page.locator(".curves .told")
    for plot in app.page.locator(PLOT).all():
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        for place in (0.6, 0.62):
            app.page.mouse.move(box["x"] + box["width"] * place, box["y"] + box["height"] / 2)
        expect(told).to_be_visible()
        for name in both:
            for form, interval in ((r"(\d\.\d{3}|–)", ""), (r"(\d+\.\d%|–)", r"( \([\d.]+ to [\d.]+\))?")):
                told_of_run = rf"{re.escape(name)}\s*dev\s+{form}{interval}\s*train\s+{form}"
                expect(told).to_contain_text(re.compile(told_of_run))
        app.page.mouse.move(5, 5)
        expect(told).to_be_hidden()

    marks = app.page.locator(PLOT).last
    before = marks.inner_html()
    app.slide("smoothing", "0.60")
    app.settle()
    app.page.locator(".curves select").select_option("80%")
    app.choose("along", "Epochs")
    expect(marks).to_contain_text("Epoch")
    expect(marks).to_contain_text("85")
    assert marks.inner_html() != before

    app.widget("compared").get_by_role("button", name=f"Remove {both[0]}").click()
    expect(legend(app)).to_have_count(1)
    app.settle()
    assert names(app) == [both[1]]
    app.choose("compared", both[0])
    expect(legend(app)).to_have_count(2)
    app.settle()

    expect(app.page.locator("#paired")).to_contain_text("of 500 dev digits that Run 2 misread, and misread")
    app.page.locator(".st-key-misread_room .gallery button").first.click()
    app.settle()
    app.click("mislabelled")
    expect(app.page.locator("#misread_note")).to_contain_text("You marked 1 as mislabelled.")
    app.settle()
    app.click("inspect")
    back = app.page.get_by_role("link", name="Back to Compare")
    expect(back).to_be_visible()
    app.settle()
    back.click()
    expect(app.page.locator("#misread_note")).to_contain_text("You marked 1 as mislabelled.")
