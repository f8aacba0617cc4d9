"""A visitor drives Train by mouse and keyboard while the curves update; nothing jumps or fades."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.train_page import AT_FULL_SPEED, ENDLESS, pause, start, until
from training.settings import SETTINGS

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

PLOT = ".curves svg[data-plot]"
TURN_THREE = """([places, pause]) => ["alpha", "l2", "hidden_size"].forEach((key, number) => setTimeout(() => {
  const slider = document.querySelector(`.st-key-${key}_slider input`);
  slider.value = places[number];
  slider.dispatchEvent(new Event("input"));
  slider.dispatchEvent(new Event("change"));
}, number * pause))"""
"""Moves three sliders in such quick succession that each is moved before the server has answered the one before."""
CHOOSE_AND_TURN = """([speed, place, pause]) => {
  [...document.querySelectorAll(".st-key-speed button")].find((each) => each.textContent === speed).click();
  setTimeout(() => {
    const slider = document.querySelector(".st-key-alpha_slider input");
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    slider.dispatchEvent(new Event("change"));
  }, pause);
}"""
"""Chooses a speed and changes α before the server has answered."""


def address_has(app: App, name: str, value: str) -> None:
    expect(app.page).to_have_url(re.compile(rf"[?&]{name}={re.escape(quote(value, safe=''))}(&|$)"))


def test_what_changes_within_one_round_trip_is_all_in_the_address(new_app: NewApp) -> None:
    """The answer to the first change, in flight while the second is made, does not revert the second."""
    app = new_app(path="train")
    until(app, "Ready")
    for turn, pause_ms in enumerate((5, 20, 40, 80, 120)):
        speed, place = ("10/s", "Full")[turn % 2], 3 + turn
        app.page.evaluate(CHOOSE_AND_TURN, [speed, place, pause_ms])
        value = f"{SETTINGS['learning_rate'].suggestions[place]:g}"
        expect(app.widget("alpha").locator("input")).to_have_value(value)
        address_has(app, "speed", speed)
        address_has(app, "alpha", value)
        app.settle()
        address_has(app, "alpha", value)
        assert app.chosen("speed") == speed
    app.reload()
    expect(app.widget("alpha").locator("input")).to_have_value(value)
    assert app.chosen("speed") == speed


def test_settings_changed_during_training_take_effect_and_are_marked(new_app: NewApp) -> None:
    """Change α by keyboard and mouse, then the optimizer: training continues, and address and plots are updated."""
    app = new_app(path=AT_FULL_SPEED)
    until(app, "Ready")
    change_marks = [app.page.locator(PLOT).nth(number).locator(".change") for number in range(2)]
    before = start(app)
    assert [marks.count() for marks in change_marks] == [0, 0]
    app.slide("alpha", "0.05")
    address_has(app, "alpha", "0.05")
    for marks in change_marks:
        expect(marks).not_to_have_count(0)
    expect(app.page.locator(".curves .labels").first).to_contain_text("→ 0.05")
    assert app.wait_for_step(before + 1) > before

    marked, entries = change_marks[0].count(), app.page.evaluate("history.length")
    app.drag("alpha", 0.5)
    expect(app.page).not_to_have_url(re.compile(r"[?&]alpha=0\.05(&|$)"))
    address_has(app, "alpha", app.slider("alpha"))
    expect(change_marks[0]).to_have_count(marked + 1)
    assert app.page.evaluate("history.length") == entries, "a change adds no entry to the history"
    app.type("alpha", "0.037")
    address_has(app, "alpha", "0.037")
    expect(app.widget("alpha_slider").locator("input")).to_have_attribute("aria-valuetext", "0.037")
    expect(change_marks[0]).to_have_count(marked + 2)
    app.widget("alpha_slider").get_by_role("button", name="Reset to 0.1").click()
    expect(app.widget("alpha").locator("input")).to_have_value("0.1")
    app.unfold("schedule")
    app.type("batch_size", "0")
    expect(app.widget("batch_size").get_by_text("between 1 and 150000")).to_be_in_viewport()
    app.type("batch_size", "100.5")
    address_has(app, "batch_size", "100")
    sentence = "Whole numbers only: 100.5 became 100."
    expect(app.page.get_by_text(sentence)).to_be_attached()
    expect(app.widget("batch_size").get_by_test_id("stNumberInput")).to_have_attribute("data-rounded", sentence)
    app.screenshot("rounded")
    expect(app.page.locator(".curves .labels").first).to_contain_text("batch 64 → 100")
    app.choose("optimizer", "Momentum")
    address_has(app, "optimizer", "Momentum")
    assert app.page.evaluate("history.length") == entries, "nor does one that the server writes to the address"
    turned = {"alpha": "learning_rate", "l2": "l2", "hidden_size": "hidden_size"}
    for turn, pause_ms in enumerate((40, 80, 120, 160)):
        places = [12 + turn, 7 + turn, 3 + turn]
        app.page.evaluate(TURN_THREE, [places, pause_ms])
        values = [f"{SETTINGS[name].suggestions[place]:g}" for name, place in zip(turned.values(), places, strict=True)]
        expect(app.widget("new_run").first).to_contain_text(f"{values[2]} units")
        for key, value in zip(turned, values, strict=True):
            expect(app.widget(key).locator("input")).to_have_value(value)
            address_has(app, key, value)
    app.slide("hidden_size", "64")
    app.slide("alpha", "0.1")
    expect(app.offer).to_have_count(0)
    before = app.step()
    assert app.wait_for_step(before + 1) > before
    expect(app.page.locator("#dev_accuracy")).to_have_text(
        re.compile(r"^9\d\.\d% \(\d\d\.\d to 9\d\.\d\)$"), timeout=30_000
    )

    stopped = pause(app)
    app.page.wait_for_timeout(500)
    assert app.step() == stopped
    app.click("step")
    app.wait_for_step(stopped + 1)
    until(app, "Paused")
    app.settle()
    assert app.step() == stopped + 1
    app.choose("hidden_layers", "3")
    offer = app.widget("new_run_hidden_layers").get_by_role("button")
    expect(offer).to_be_in_viewport(ratio=1)
    app.choose("hidden_layers", "1")
    expect(offer).to_have_count(0)
    app.click("reset")
    until(app, "Ready")
    assert app.step() == 0


def test_an_alpha_is_found_and_a_run_stops_early_with_its_best_weights(new_app: NewApp) -> None:
    """Folded settings show their effect where it happens: in the status line, on the curves and in a sentence."""
    app = new_app(path="train?optimizer=adam&alpha=0.001&speed=Full")
    until(app, "Ready")
    app.unfold("schedule")
    app.click("find_alpha")
    expect(app.widget("group_schedule")).to_contain_text("The loss was lowest at", timeout=20_000)
    suggested = app.widget("take_alpha").inner_text().removeprefix("Take α ")
    app.screenshot("alpha_found")
    app.click("take_alpha")
    address_has(app, "alpha", suggested)
    app.choose("schedule", "Cosine")
    address_has(app, "schedule", "Cosine")
    expect(app.widget("group_schedule").locator(".changed")).to_have_text("Cosine schedule")
    app.unfold("regularization")
    app.type("patience", "2")
    expect(app.widget("group_regularization").locator(".changed")).to_have_text("patience 2")  # the server has it
    app.click("train")
    expect(app.page.locator("#alpha_now")).to_be_visible()
    until(app, "Finished", seconds=60)
    expect(app.page.locator("#problem")).to_contain_text("had not fallen for 2 epochs")
    expect(app.page.locator(".curves .labels").first).to_contain_text("back to step")
    app.screenshot("stopped_early")


def test_the_curves_are_zoomed_read_and_put_on_other_axes(new_app: NewApp) -> None:
    """Settings of the view alone stay in the browser, survive redraws, and work by mouse and keyboard."""
    app = new_app(path="train?epochs=100000&l2=10")
    until(app, "Ready")
    start(app, at_least=300)
    page, loss = app.page, app.page.locator(PLOT).first
    whole, steps = page.locator(".curves [data-tool=zoom]"), page.locator(".curves .steps")
    box = loss.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=4)
    page.mouse.up()
    expect(whole).to_be_visible()
    zoomed = steps.last.inner_html()
    app.wait_for_step(app.step() + 200)
    assert steps.last.inner_html() == zoomed, "a redraw keeps the zoom"
    loss.dblclick()
    expect(whole).to_be_hidden()

    pause(app)
    page.mouse.move(box["x"] + 0.4 * box["width"], y)
    at = page.locator(".curves .at")
    expect(at.last).to_have_text(re.compile(r"^Step [\d,]+$"))
    told = [text.replace("\n", " ") for text in page.locator(".curves .curve_title").all_inner_texts()]
    assert re.search(r"train \d\.\d{3}.*dev \d\.\d{3}.*objective \d\.\d{3}", told[0])
    assert re.search(r"train \d+\.\d%.*dev \d+\.\d%", told[1])
    page.mouse.move(5, 5)
    expect(at.last).to_have_text("")

    page.locator(".curves [data-tool=loss]").click()
    page.locator(".curves select").select_option("80%")
    expect(page.locator(".curves .grid").last).to_contain_text("85%")
    page.locator(".curves [data-tool=steps]").click()
    expect(steps.last).to_contain_text("100")
    page.locator(".curves .plots").focus()
    page.keyboard.press("ArrowLeft")
    expect(at.last).to_have_text(re.compile(r"^Step [\d,]+$"))
    page.keyboard.press("+")
    expect(whole).to_be_visible()
    page.keyboard.press("Escape")
    expect(whole).to_be_hidden()


@pytest.mark.alone
def test_the_first_steps_ease_in_while_a_drawing_made_beside_them_is_read(new_app: NewApp) -> None:
    """Draw on the small paper at once, and watch the reading change with the first steps; Draw has the drawing too."""
    app = new_app(path="train?epochs=100000")
    until(app, "Ready")
    app.draw(strokes := digit("7"))
    reading = app.widget("own_reading").locator("#probabilities")
    app.answer(strokes=len(strokes))
    untrained = reading.inner_text()
    early = start(app, at_least=1)
    assert early < 30
    expect(reading).not_to_have_text(untrained, use_inner_text=True)
    app.wait_for_step(300, seconds=20)
    expect(app.page.locator("#answer")).to_have_text("7")
    pause(app)
    app.go("Draw")
    app.expect_answer("7", strokes=len(strokes))


def in_view(app: App, *selectors: str) -> None:
    """Check that these are inside the viewport and that nothing else lies over their centres."""
    for selector in selectors:
        expect(app.page.locator(selector).first).to_be_in_viewport(ratio=0.99, timeout=20_000)
        assert app.page.evaluate(
            """selector => {
                const here = document.querySelector(selector), box = here.getBoundingClientRect();
                const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return here.contains(top) || top.contains(here);
            }""",
            selector,
        ), f"{selector} is covered"


def test_what_is_watched_is_above_the_fold_and_stays_while_alpha_is_turned(new_app: NewApp) -> None:
    """On a desktop, controls, curves, network and drawing; on a phone, the button, accuracy and both curves."""
    drawing, button, alpha = ".st-key-own_paper .st-key-drawing", ".st-key-train button", ".st-key-alpha"
    app = new_app(path=ENDLESS)
    until(app, "Ready")
    in_view(app, button, alpha, "#dev_accuracy", ".st-key-network", drawing, "#own")
    app.widget("mistakes_desk").scroll_into_view_if_needed()
    in_view(app, button, alpha)
    phone = new_app("phone", path=ENDLESS)
    until(phone, "Ready")
    for setting in ("alpha", "l2", "hidden_size"):
        phone.widget(setting).evaluate("each => each.scrollIntoView({block: 'end'})")
        in_view(phone, button, "#dev_loss", "#dev_accuracy", f".st-key-{setting}")


def test_the_train_button_and_a_slider_work_by_keyboard(new_app: NewApp) -> None:
    """Tab soon reaches the Train button, which Enter presses, and α, which the arrow keys change."""
    app = new_app(path=ENDLESS)
    until(app, "Ready")
    focused = """key => document.activeElement.matches(
        `.st-key-${key} button[kind], .st-key-${key}_slider input[type=range]`)"""

    def tab_to(key: str, within: int = 120) -> None:
        for _ in range(within):
            app.page.keyboard.press("Tab")
            if app.page.evaluate(focused, key):
                return
        raise AssertionError(f"Tab does not reach {key}.")

    app.page.wait_for_load_state("networkidle")  # each kind of widget is loaded from its own file
    for key in ("hidden_size", "alpha"):
        expect(app.widget(f"{key}_slider").locator("input[type=range]")).to_be_attached()
    tab_to("train", within=10)
    expect(app.widget("train").get_by_role("button")).to_have_css("outline-style", "solid")
    app.page.evaluate("document.activeElement.blur()")
    tab_to("alpha")
    app.page.keyboard.press("ArrowLeft")
    assert app.slider("alpha") == "0.07"
    address_has(app, "alpha", "0.07")
    tab_to("train")
    app.page.keyboard.press("Enter")
    until(app, "Training")
    before = app.wait_for_step(20)
    app.page.keyboard.press("Enter")
    until(app, "Paused")
    assert app.step() >= before
