"""Look's map: a visitor finds their drawing among dev digits, follows a run, and opens what they find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect

from testing.sample_digits import digit
from tests.browser.train_page import ENDLESS, start

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

MAP = ".digit_map"
OWN = "map => map.digitMap.data.own?.image"
"""Your drawing as the network receives it."""
UNDERLINE = np.linspace((60, 250), (220, 250), 8)
POINTS = "map => JSON.stringify(map.digitMap.points)"


def layer_points(app: App) -> str:
    """Where the digits are drawn now."""
    return str(app.page.locator(MAP).evaluate(POINTS))


def place_of(app: App, place: int) -> tuple[float, float]:
    """Where a digit is on the screen."""
    box = app.page.locator(f"{MAP} canvas").bounding_box()
    assert box is not None
    x, y = app.page.locator(MAP).evaluate("(map, place) => map.digitMap.screen(place)", place)
    return box["x"] + x, box["y"] + y


def test_a_visitor_explores_the_map_of_a_run_in_training(new_app: NewApp) -> None:
    app = new_app(path=ENDLESS)
    start(app)
    app.go("Draw")
    app.draw(digit("3"))
    app.answer(strokes=1)
    app.settle()
    app.go("Look")
    app.choose("look_view", "Map")
    told, note, title = (app.page.locator(f"{MAP} {each}") for each in (".told", ".note", ".title"))
    expect(note).to_contain_text(re.compile(r"hold \d+% of the variance of the \d+ activations\. Axes of step"))

    # Your drawing moves while the pen is down, and stays where it ended up.
    seen = app.page.locator(MAP).evaluate(OWN)
    with app.pen_down(UNDERLINE):
        app.page.wait_for_function(f"before => ({OWN})(document.querySelector('{MAP}')) !== before", arg=seen)
    app.answer(strokes=2)

    # It moves while the run trains, and shows an earlier step under Replay.
    before, step = layer_points(app), app.step()
    app.wait_for_step(step + 20)
    app.page.wait_for_function(f"before => ({POINTS})(document.querySelector('{MAP}')) !== before", arg=before)
    app.page.locator("#look_back").press("Home")
    expect(app.status).to_contain_text("step 0")
    app.page.get_by_role("button", name="Latest", exact=True).click()
    expect(app.status).not_to_contain_text("step 0")
    app.go("Train")
    app.click("train")
    app.go("Look")
    app.settle()

    # Layers, by their names and by the slider between them.
    hidden = layer_points(app)
    app.page.get_by_role("button", name="Logits", exact=True).click()
    expect(note).to_contain_text("of the 10 logits")
    app.page.wait_for_function(f"before => ({POINTS})(document.querySelector('{MAP}')) !== before", arg=hidden)
    app.page.get_by_role("slider", name="Layer").press("ArrowLeft")
    expect(note).to_contain_text("On the way from Hidden to Logits")

    # A drag or a class selects digits, and Escape clears the selection.
    box = app.page.locator(f"{MAP} canvas").bounding_box()
    assert box is not None
    left, top, right, bottom = box["x"] + 4, box["y"] + 4, box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    app.page.mouse.move(left, top)
    app.page.mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom)):
        app.page.mouse.move(x, y, steps=3)
    app.page.mouse.up()
    expect(title).to_contain_text(re.compile(r"^500 digits, \d+ misread: \d+ × \d"))
    app.page.locator(f"{MAP} canvas").press("Escape")
    expect(title).to_contain_text(re.compile(r"instead of the \d+ misread"))
    app.page.locator(f"{MAP} .legend button").nth(4).click()
    expect(app.page.locator(f"{MAP} .list button")).not_to_have_count(0)
    expect(title).to_contain_text(re.compile(r"^\d+ digits, \d+ misread: \d+ × 4"))

    # A digit and your drawing say what they are; the keyboard opens a digit.
    app.page.mouse.move(*place_of(app, 500))
    expect(told).to_contain_text("Your drawing, read as")
    app.page.locator(f"{MAP} canvas").press("ArrowRight")
    expect(app.page.locator(f"{MAP} .spoken")).to_have_text(re.compile(r"\d, read (right|as \d) · .*%"))
    app.page.locator(f"{MAP} canvas").press("Enter")
    expect(app.page.locator("#origin")).to_contain_text("Dev digit")


def test_nothing_glides_under_reduced_motion(new_app: NewApp) -> None:
    app = new_app("phone", path="look")
    app.page.emulate_media(reduced_motion="reduce")
    app.choose("look_view", "Map")
    layers = app.page.get_by_role("slider", name="Layer")
    expect(layers).to_have_attribute("step", "1")
    layers.press("ArrowRight")
    expect(app.page.locator(f"{MAP} .note")).to_contain_text("of the 10 logits")
    placed = app.page.locator(MAP).evaluate("map => JSON.stringify(map.digitMap.placed())")
    assert layer_points(app) == placed
    (seven,) = digit("7")
    with app.pen_down(seven, finger=True):
        app.page.wait_for_function(f"() => ({OWN})(document.querySelector('{MAP}'))")
        expect(app.page.locator("#answer")).to_have_text("7")
    assert app.overflow() == 0
    app.screenshot("map-phone")
