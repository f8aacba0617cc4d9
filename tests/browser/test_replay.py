"""Looking back along a run, by mouse, by finger and by keyboard, while the network goes on learning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing import frame_recorder, sample_digits
from tests.browser.train_page import ENDLESS, pause, start, until

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

pytestmark = pytest.mark.alone

SLIDER = "#look_back"
WHERE = ".scrub output"
PLOT = "[data-testid=stVegaLiteChart]"


def train(app: App, at_least: int) -> None:
    """Train at a hundred steps a second until this step."""
    app.choose("speed", "100/s")
    start(app, at_least)


def slider(app: App) -> Locator:
    return app.page.locator(SLIDER)


def box_of(element: Locator) -> FloatRect:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    return box


def looked_at(app: App) -> int:
    """The step that the slider shows; it must be looking back."""
    found = re.fullmatch(r"step ([\d,]+)", app.page.locator(WHERE).inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def titles(app: App) -> list[str]:
    return app.page.locator(".curve_title").all_inner_texts()


def shown_of(app: App, step: int) -> None:
    """Wait until all of the page shows the network of a step."""
    for text in (f"What it reads at step {step:,} in 24 digits", "Loss", "Accuracy"):
        expect(app.page.locator(".note, .curve_title", has_text=text).first).to_be_visible(timeout=20_000)
    for title in app.page.locator(".curve_title").all():
        expect(title).to_contain_text(f"at step {step:,}", timeout=20_000)


def rule(app: App) -> Locator:
    """The rule at the step looked at, in each of the plots."""
    return app.page.locator(f"{PLOT} svg .mark-rule.role-mark line")


def units(app: App) -> str:
    return app.page.locator("#hidden_units").get_attribute("src") or ""


def test_before_the_first_step_it_says_what_will_stand_there(new_app: NewApp) -> None:
    app = new_app(path="train")
    until(app, "Ready")
    expect(slider(app)).to_be_disabled()
    expect(app.page.locator(WHERE)).to_contain_text("once it has trained")
    app.click("step")
    app.wait_for_step(1)
    expect(slider(app)).to_be_enabled()
    expect(app.page.locator(WHERE)).to_have_text("now")


def test_a_drag_moves_the_whole_page_while_the_hand_is_on_it_and_training_goes_on(new_app: NewApp) -> None:
    """Loss, weights, test digits and rule follow the hand before it lets go; the run does not wait for it."""
    app = new_app(path=ENDLESS)
    train(app, 300)
    newest = units(app)
    box = box_of(slider(app))
    y = box["y"] + box["height"] / 2
    app.page.mouse.move(box["x"] + box["width"] - 8, y)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=6)
    step = looked_at(app)
    shown_of(app, step)
    assert 0.35 < step / float(slider(app).get_attribute("max") or 0) < 0.65
    assert units(app) != newest
    expect(rule(app)).to_have_count(2)
    app.page.mouse.move(box["x"] + box["width"] * 0.2, y, steps=6)
    assert looked_at(app) < step
    shown_of(app, looked_at(app))
    app.page.mouse.up()
    app.wait_for_step(app.step() + 50)
    shown_of(app, looked_at(app))
    until(app, "Training")


def test_the_hand_keeps_its_grip_while_the_run_grows(new_app: NewApp) -> None:
    """Redraws come four times a second: none may move the thumb from under the pointer, or take it away."""
    app = new_app(path=ENDLESS)
    train(app, 100)
    box = box_of(slider(app))
    y = box["y"] + box["height"] / 2
    app.page.mouse.move(box["x"] + box["width"] - 8, y)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + box["width"] * 0.4, y, steps=4)
    step = looked_at(app)
    place = slider(app).evaluate("each => each.value / each.max")
    app.wait_for_step(app.step() + 200)
    assert looked_at(app) == step
    assert slider(app).evaluate("each => each.value / each.max") == place
    app.page.mouse.move(box["x"] + box["width"] * 0.1, y, steps=4)
    assert looked_at(app) < step
    app.page.mouse.up()


def test_the_thumb_stands_under_the_rule(new_app: NewApp) -> None:
    """The slider is the axis of steps of the plots above it, to a few pixels."""
    app = new_app(path=ENDLESS)
    train(app, 200)
    pause(app)
    box = box_of(slider(app))
    for place in (0.75, 0.4, 0.0):
        app.page.mouse.click(box["x"] + 7 + (box["width"] - 14) * place, box["y"] + box["height"] / 2)
        shown_of(app, looked_at(app))
        app.settle()
        thumb = box["x"] + 7 + (box["width"] - 14) * float(slider(app).evaluate("each => each.value / each.max"))
        for line in rule(app).all():
            assert box_of(line)["x"] == pytest.approx(thumb, abs=5)


def test_now_brings_it_back_and_it_follows_the_training_again(new_app: NewApp) -> None:
    app = new_app(path=ENDLESS)
    train(app, 200)
    slider(app).focus()
    app.page.keyboard.press("Home")
    shown_of(app, 0)
    app.page.get_by_role("button", name="Latest", exact=True).click()
    expect(app.page.locator(WHERE)).to_have_text("now")
    expect(app.page.locator(".curve_title").first).not_to_contain_text("at step")
    expect(rule(app)).to_have_count(0)
    before = titles(app)
    app.wait_for_step(app.step() + 100)
    assert titles(app) != before


def test_by_keyboard_each_kept_step_is_reached_and_told(new_app: NewApp) -> None:
    """Arrows go from one kept step to the next, Home and End to the ends; a screen reader hears which it is."""
    app = new_app(path=ENDLESS)
    app.click("epoch")
    app.wait_for_step(63)
    until(app, "Paused")
    app.settle()
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
    shown_of(app, 49)
    app.settle()
    expect(slider(app)).to_be_focused()


def test_what_is_read_in_ones_own_drawing_changes_along_the_way(new_app: NewApp) -> None:
    app = new_app()
    strokes = sample_digits.digit("3")
    app.draw(strokes)
    app.answer(len(strokes))
    app.go("Train")
    expect(app.page.locator("#own")).to_be_visible()
    train(app, 400)
    pause(app)
    shares = app.page.locator("#own .share")
    slider(app).focus()
    app.page.keyboard.press("Home")
    shown_of(app, 0)
    first = shares.all_inner_texts()
    app.page.keyboard.press("End")
    expect(app.page.locator("#own strong")).to_have_text("3")
    expect(app.page.locator(".note", has_text="This network's reading of it now")).to_be_visible()
    assert shares.all_inner_texts() != first


def test_without_a_drawing_it_says_where_to_draw(new_app: NewApp) -> None:
    app = new_app(path="train")
    until(app, "Ready")
    expect(app.page.locator("#own")).to_contain_text("Draw a digit on the Draw page")


@pytest.mark.parametrize("key", ["reset", "new_run"])
def test_reset_and_a_new_run_bring_it_back_to_now(new_app: NewApp, key: str) -> None:
    app = new_app(path=ENDLESS)
    train(app, 100)
    pause(app)
    slider(app).focus()
    app.page.keyboard.press("Home")
    shown_of(app, 0)
    app.click(key)
    until(app, "Ready")
    expect(slider(app)).to_be_disabled()
    expect(app.page.locator(".curve_title").first).not_to_contain_text("at step")
    train(app, 50)
    expect(app.page.locator(WHERE)).to_have_text("now")
    app.page.keyboard.press("Escape")
    slider(app).focus()
    app.page.keyboard.press("Home")
    shown_of(app, 0)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_nothing_jumps_or_fades_when_one_looks_back_and_while_it_trains(new_app: NewApp, screen: Screen) -> None:
    app = new_app(screen, path=ENDLESS)
    watched = [PLOT, f"{PLOT} :is(canvas, svg)", ".st-key-train", "#status", SLIDER, "#hidden_units", ".samples"]
    train(app, 100)
    slider(app).focus()
    frame_recorder.wait_until_still(app.page, watched)
    frame_recorder.record(app.page, watched)
    for key in ("Home", "ArrowRight", "ArrowRight", "End"):
        app.page.keyboard.press(key)
        app.page.wait_for_timeout(1500)
    seen = frame_recorder.recorded(app.page)
    for number, selector in enumerate(watched):
        places = {frame.places[number] for frame in seen}
        assert len(places) == 1, f"{selector} moved or blinked: {places}"
    assert min(frame.opacity for frame in seen) == 1


def test_a_finger_moves_it_too(new_app: NewApp) -> None:
    app = new_app("phone", path=ENDLESS)
    train(app, 200)
    pause(app)
    box = box_of(slider(app))
    app.page.touchscreen.tap(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    shown_of(app, looked_at(app))
    assert looked_at(app) < 0.5 * app.step()
    assert app.overflow() <= 0
