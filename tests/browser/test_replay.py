"""The replay slider works by mouse, finger and keyboard while the network keeps training."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.train_page import ENDLESS, pause, start, until

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

SLIDER = "#look_back"
PLOT = ".curves svg[data-plot]"
FRACTION = "slider => slider.value / slider.max"


def train_slowly(app: App, at_least: int) -> None:
    """Train at 100 steps per second until this step."""
    app.choose("speed", "100/s")
    start(app, at_least)


def slider(app: App) -> Locator:
    return app.page.locator(SLIDER)


def slider_text(app: App) -> Locator:
    """The text beside the slider's name: a step, or "latest"."""
    return app.page.locator(":has(> label[for=look_back]) output")


def box_of(element: Locator) -> FloatRect:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    return box


def replayed_step(app: App) -> int:
    """The earlier step that the slider shows."""
    found = re.fullmatch(r"step ([\d,]+)", slider_text(app).inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def wait_until_replayed(app: App) -> int:
    """Wait until the whole page shows the slider's step, and return it.

    The slider may move to another step meanwhile: checkpoints are thinned out as the run grows.
    """
    for _ in range(200):
        step = replayed_step(app)
        shown = app.page.locator(".curve_title, .note:has(+ .samples)").all_text_contents()
        if len(shown) >= 3 and all(f"at step {step:,}" in text for text in shown):
            return step
        app.page.wait_for_timeout(100)
    raise AssertionError(f"The page does not show step {step:,}, but: {shown}")


SHARES = "bars => bars.map(bar => bar.style.getPropertyValue('--share'))"


def replay_rules(app: App) -> Locator:
    """The vertical rules in the plots at the replayed step."""
    return app.page.locator(f"{PLOT} .replayed")


def expect_aligned(app: App) -> None:
    """Check that the thumb is under the replayed step: the slider is the x axis of the plots above it."""
    box = box_of(slider(app))
    thumb = box["x"] + 7 + (box["width"] - 14) * float(slider(app).evaluate(FRACTION))
    for line in replay_rules(app).all():
        assert box_of(line)["x"] == pytest.approx(thumb, abs=1)


def test_dragging_the_slider_replays_the_page_while_training_goes_on(new_app: NewApp) -> None:
    """Plots, weights and test digits update during the drag; the run continues, and the thumb stays in place."""
    app = new_app(path=ENDLESS)
    until(app, "Ready")
    expect(slider(app)).to_be_disabled()
    expect(slider_text(app)).to_have_text("available once training starts")
    train_slowly(app, 200)
    bars = app.page.locator(".network_picture .bar")
    latest = bars.evaluate_all(SHARES)
    box = box_of(slider(app))
    y = box["y"] + box["height"] / 2
    app.page.mouse.move(box["x"] + box["width"] - 8, y)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=6)
    step = wait_until_replayed(app)
    fraction = slider(app).evaluate(FRACTION)
    assert 0.35 < fraction < 0.65
    assert bars.evaluate_all(SHARES) != latest
    expect(replay_rules(app)).to_have_count(2)
    app.wait_for_step(app.step() + 100)
    assert (replayed_step(app), slider(app).evaluate(FRACTION)) == (step, fraction)
    before = 0.25 * step / app.step()  # however far the run has got, an earlier step is nearer
    app.page.mouse.move(box["x"] + 7 + (box["width"] - 14) * before, y, steps=6)
    expect(slider_text(app)).not_to_have_text(f"step {step:,}")
    assert replayed_step(app) < step
    app.page.mouse.up()
    app.wait_for_step(app.step() + 50)
    wait_until_replayed(app)
    until(app, "Training")

    app.page.get_by_role("button", name="Latest", exact=True).click()
    expect(slider_text(app)).to_have_text("latest")
    expect(replay_rules(app)).to_have_count(0)
    expect(app.page.locator(".curve_title").first).not_to_contain_text("at step")
    titles = app.page.locator(".curve_title").all_inner_texts()
    app.wait_for_step(app.step() + 100)
    assert app.page.locator(".curve_title").all_inner_texts() != titles

    pause(app)
    box = box_of(slider(app))
    for place in (0.5, 0.0):
        app.page.mouse.click(box["x"] + 7 + (box["width"] - 14) * place, box["y"] + box["height"] / 2)
        wait_until_replayed(app)
        app.settle()
        expect_aligned(app)
    app.click("reset")
    until(app, "Ready")
    expect(slider(app)).to_be_disabled()


def test_arrow_keys_step_through_the_snapshots_and_a_finger_reaches_the_steps_in_view(new_app: NewApp) -> None:
    """Arrow keys move by one snapshot, Page keys by five, Home and End to the ends; screen readers get the step.

    On a logarithmic or zoomed axis, a finger reaches the steps in view; the keyboard all of them, and the view follows.
    """
    app = new_app("phone", path=ENDLESS)
    app.click_in("more", "epoch")
    app.wait_for_step(63)
    until(app, "Paused")
    app.settle()

    def tap(place: float) -> int:
        box = box_of(slider(app))
        app.page.touchscreen.tap(box["x"] + 7 + (box["width"] - 14) * place, box["y"] + box["height"] / 2)
        return wait_until_replayed(app)

    expect(app.page.get_by_role("slider", name="Replay")).to_have_attribute("aria-valuetext", "latest, step 63")
    slider(app).focus()
    for key, heard in [
        ("ArrowLeft", "step 49"),
        ("ArrowLeft", "step 36"),
        ("Home", "step 0"),
        ("ArrowRight", "step 1"),
        ("ArrowRight", "step 4"),
        ("PageUp", "step 49"),
        ("ArrowUp", "latest, step 63"),
        ("ArrowRight", "latest, step 63"),
        ("PageDown", "step 9"),
        ("End", "latest, step 63"),
    ]:
        app.page.keyboard.press(key)
        expect(slider(app)).to_have_attribute("aria-valuetext", heard)
        expect(slider(app)).to_be_focused()
    app.settle()
    app.page.keyboard.press("ArrowLeft")
    assert wait_until_replayed(app) == 49
    app.settle()
    expect(slider(app)).to_be_focused()

    app.page.locator(".curves [data-tool=steps]").click()
    assert tap(0.5) == 9, "the middle of a logarithmic axis to step 63 is step 7"
    expect_aligned(app)
    app.page.locator(".curves .plots").focus()
    app.page.keyboard.press("+")
    expect(app.page.locator(".curves [data-tool=zoom]")).to_be_visible()
    expect(slider_text(app)).to_have_text("step 9, outside the zoom")
    assert tap(0.5) == 25, "from step 16 to 47"
    expect_aligned(app)
    slider(app).focus()
    for key, step in (("ArrowLeft", 16), ("ArrowLeft", 9), ("ArrowLeft", 4), ("Home", 0)):
        app.page.keyboard.press(key)
        assert wait_until_replayed(app) == step
        expect_aligned(app)
    expect(app.page.locator(".curves [data-tool=zoom]")).to_be_visible()
    app.page.locator(".curves [data-tool=steps]").click()
    expect_aligned(app)
