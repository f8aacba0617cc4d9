"""Runs over each other, as a person compares them: chosen, smoothed, told under the pointer, and one thing changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing import frame_recorder
from testing.sample_digits import digit
from tests.browser.train_page import ENDLESS, pause, start

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

pytestmark = pytest.mark.alone

PLOT = "[data-testid=stVegaLiteChart]"
BOTH = ("Run 2 · α 0.1", "Run 3 · α 0.3")
"""What two runs side by side are called where the Train page was visited before."""


def legend(app: App) -> Locator:
    """The entries of the legend, each with the name of a run and how far it is."""
    return app.page.locator("#legend li")


def names(app: App) -> list[str]:
    return app.page.locator("#legend b").all_inner_texts()


def steps(app: App) -> list[int]:
    """How far each run is that is drawn, as the legend says: all of one look."""
    told = app.page.locator("#legend").inner_text()
    return [int(each.replace(",", "")) for each in re.findall(r"step ([\d,]+)", told)]


def row(app: App, label: str) -> list[str]:
    """The cells of a row of the table."""
    return (
        app.page.locator("#differences tr", has=app.page.get_by_text(label, exact=True)).locator("td").all_inner_texts()
    )


def train_both(app: App, at_least: int) -> None:
    """Press Train both, and wait until both are so far."""
    app.click("train_both")
    until_both(app, at_least)


def until_both(app: App, at_least: int, seconds: float = 40) -> None:
    """Wait until all runs drawn are so far."""
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


def opened(new_app: NewApp, screen: Screen = "desktop") -> App:
    """The page, where a run that does not end by itself was set up on the Train page before."""
    app = new_app(screen, path=ENDLESS)
    if screen == "phone":  # the links are in a menu there
        app.page.get_by_test_id("stExpandSidebarButton").click()
    app.go("Compare")
    expect(app.widget("nothing_yet")).to_be_visible()
    return app


def test_an_empty_page_says_what_will_stand_there_and_leads_to_the_train_page(new_app: NewApp) -> None:
    app = new_app(path="compare")
    expect(app.widget("nothing_yet")).to_contain_text("Your runs' curves will appear here")
    expect(app.widget("train_both").get_by_role("button")).to_be_in_viewport()
    app.widget("nothing_yet").get_by_role("link").click()
    expect(app.page.get_by_role("heading", name="Train a network")).to_be_visible()


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_one_thing_is_changed_and_both_are_trained_watched_paused_and_gone_on_with(
    new_app: NewApp, screen: Screen
) -> None:
    app = opened(new_app, screen)
    train_both(app, 200)
    expect(legend(app)).to_have_count(2)
    assert names(app) == list(BOTH)
    assert app.page.locator(f"{PLOT} canvas, {PLOT} svg").count() == 2
    assert row(app, "Learning rate α") == ["0.1", "0.3"]
    pause_both(app)
    before = steps(app)
    app.page.wait_for_timeout(700)
    assert steps(app) == before
    app.click("go_on")
    until_both(app, max(before) + 100)
    pause_both(app)
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot(f"compare-{screen}")


def test_both_keep_one_pace_though_one_has_far_more_to_do(new_app: NewApp) -> None:
    """With 1,024 hidden units a step takes some twenty times as long as with 64: alone, the other would run away."""
    app = opened(new_app)
    app.choose("change_what", "Hidden size")
    app.slide("change_hidden_size", "1024")
    expect(app.page.locator("#change_note")).to_contain_text("second run 1024")
    app.settle()
    train_both(app, 150)
    pause_both(app)
    slow, fast = sorted(steps(app))
    print(f"steps {slow} and {fast}")
    assert fast < 3 * slow


def test_each_of_both_reads_drawings(new_app: NewApp) -> None:
    app = opened(new_app)
    train_both(app, 600)
    pause_both(app)
    app.go("Draw")
    assert app.options("network") == ["Built-in network (99.5%)", "Run 1", "Run 2", "Run 3"]
    app.choose("network", "Run 3")
    app.settle()
    app.draw(digit("3"))
    assert app.answer(strokes=1) == "3"
    app.go("Compare")
    assert names(app) == list(BOTH)


def test_a_run_that_gave_way_on_the_train_page_is_compared_with_the_one_that_learns_now(new_app: NewApp) -> None:
    app = new_app(path=ENDLESS)
    start(app, 100)
    pause(app)
    app.slide("alpha", "0.03")
    app.settle()
    app.click("new_run")
    expect(app.status).to_contain_text("Ready")
    start(app, 50)
    app.go("Compare")
    assert names(app) == ["Run 1 · α 0.1", "Run 2 · α 0.03"]
    assert row(app, "Learning rate α") == ["0.1", "0.03"]
    first, second = steps(app)
    until_both(app, min(first, second))
    app.page.wait_for_timeout(1500)
    assert steps(app)[0] == first
    assert steps(app)[1] > second, "the run of the Train page is seen to go on"
    app.go("Train")
    pause(app)


def test_runs_are_left_out_and_taken_in_again(new_app: NewApp) -> None:
    app = opened(new_app)
    train_both(app, 50)
    pause_both(app)
    app.widget("compared").get_by_role("button", name=f"Remove {BOTH[0]}").click()
    expect(legend(app)).to_have_count(1)
    app.settle()
    assert names(app) == [BOTH[1]]
    app.choose("compared", BOTH[0])
    expect(legend(app)).to_have_count(2)
    app.settle()


def test_the_pointer_tells_the_values_of_all_runs(new_app: NewApp) -> None:
    app = opened(new_app)
    train_both(app, 200)
    pause_both(app)
    for plot, form in zip(app.page.locator(PLOT).all(), (r"\d\.\d{3}", r"\d+\.\d"), strict=True):
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        for place in (0.6, 0.62):
            app.page.mouse.move(box["x"] + box["width"] * place, box["y"] + box["height"] / 2)
        told = app.page.locator("#vg-tooltip-element")
        expect(told).to_be_visible()
        for name in BOTH:
            expect(told).to_contain_text(re.compile(rf"{re.escape(name)}\s*{form}.*train\s+{form}"))
        app.page.mouse.move(5, 5)
        expect(told).to_be_hidden()


def test_smoothing_and_the_ends_of_the_axes_are_at_hand(new_app: NewApp) -> None:
    app = opened(new_app)
    app.choose("change_what", "Batch size")
    app.settle()
    train_both(app, 100)
    pause_both(app)
    marks = app.page.locator(f"{PLOT} svg").last
    before = marks.inner_html()
    app.slide("smoothing", "0.60")
    app.settle()
    expect(marks).not_to_have_text("")
    app.choose("accuracy_from", "80%")
    app.choose("along", "Epochs")
    expect(marks).to_contain_text("Epoch")
    expect(marks).to_contain_text("85")
    assert marks.inner_html() != before


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_nothing_jumps_or_fades_while_both_train(new_app: NewApp, screen: Screen) -> None:
    app = opened(new_app, screen)
    watched = [PLOT, f"{PLOT} :is(canvas, svg)", ".st-key-train_both", ".st-key-pause_both", "#differences"]
    train_both(app, 20)  # so that the steps counted grow by a digit or two
    frame_recorder.wait_until_still(app.page, watched)
    frame_recorder.record(app.page, watched)
    app.page.wait_for_timeout(3000)
    seen = frame_recorder.recorded(app.page)
    for number, selector in enumerate(watched):
        places = {frame.places[number] for frame in seen}
        assert len(places) == 1, f"{selector} moved or blinked: {places}"
    assert min(frame.opacity for frame in seen) == 1
    pause_both(app)


def test_a_connection_that_comes_back_finds_both(new_app: NewApp) -> None:
    app = opened(new_app)
    train_both(app, 100)
    app.disconnect()
    before = min(steps(app))
    app.reconnect()
    until_both(app, before + 100)
    pause_both(app)
