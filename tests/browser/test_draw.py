"""Draw, with mouse and finger: canvas, photo and correction, as far as only a browser can show them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from benchmarks.photograph_simulation import photograph
from testing.sample_digits import CANVAS, digit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Locator

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

COUNT_INK = """
canvas => {
    const {width, height} = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    return pixels.filter((value, index) => index % 4 === 3 && value > 127).length;
}
"""
SHARES = "bars => bars.map(bar => bar.style.getPropertyValue('--share'))"
SCROLL_TOP = "document.querySelector('[data-testid=stMain]').scrollTop"

SCRIBBLE = """
(canvas, count) => {
    const {left, top, width, height} = canvas.getBoundingClientRect();
    let arrived = 0;
    const arrive = () => arrived++;
    document.addEventListener('mousemove', arrive);
    for (let i = 0; i < count; i++) {
        const x = left + width * (0.5 + 0.4 * Math.cos(i)), y = top + height * (0.5 + 0.4 * Math.sin(i));
        const at = {clientX: x, clientY: y, pointerId: 1, isPrimary: true, buttons: 1, bubbles: true, composed: true};
        canvas.dispatchEvent(new PointerEvent('pointermove', at));
        canvas.dispatchEvent(new MouseEvent('mousemove', at));
    }
    document.removeEventListener('mousemove', arrive);
    return arrived;
}
"""
"""Moves the pen, which is down, and returns how many of its movements the page noticed."""

PLACES = ((1.0, (0.0, 0.0)), (0.6, (-35.0, 25.0)), (0.35, (60.0, -60.0)), (1.3, (0.0, 0.0)))
"""Sizes, and offsets from the centre of the canvas; the last digits extend beyond its edge."""

CORNERS = [(3, 3), (277, 277)]


def inked_pixels(app: App) -> int:
    """The number of canvas pixels with ink."""
    return int(app.widget("drawing").locator("canvas.lower-canvas").last.evaluate(COUNT_INK))


def probabilities(app: App) -> list[str]:
    """The probabilities in the network picture, which is redrawn shortly after the answer, to all their digits."""
    app.settle()
    return [str(each) for each in app.page.locator(".network_picture .bar").evaluate_all(SHARES)]


def places(parts: Sequence[Locator]) -> list[tuple[float, float]]:
    """The upper left corners of elements, in pixels of the screen."""
    boxes = [part.bounding_box() for part in parts]
    return [(box["x"], box["y"]) for box in boxes if box is not None]


def from_corner(x: float, y: float) -> NDArray[np.float64]:
    """A stroke from a corner of the canvas to its centre."""
    return np.linspace((x, y), (140, 140), 12)


def upload_photo(app: App, file: Path) -> None:
    app.page.get_by_role("button", name="Upload a photo", exact=True).click()
    app.page.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(file)


def test_a_mouse_draws_anywhere_on_the_canvas(app: App) -> None:
    for name, (size, offset) in zip("2478", PLACES, strict=True):
        app.draw(strokes := digit(name), size=size, offset=offset)
        app.expect_answer(name, strokes=len(strokes))
        app.clear()
    for corner in CORNERS:
        app.draw([from_corner(*corner)])
        app.answer(strokes=1)
        app.clear()
    app.draw([np.linspace((140, 40), (140, 330), 20)])
    app.expect_answer("1", strokes=1)  # a stroke that leaves the canvas is still read
    app.clear()
    app.draw([np.array([(140, 40), (140, 90), (300, 120), (310, 160), (140, 200), (140, 250)])])
    app.answer(strokes=1)
    assert inked_pixels(app) > 0


def test_the_canvas_shows_what_is_read_after_undo_clear_and_another_page(app: App) -> None:
    first, second = digit("4")
    app.answer(strokes=0)
    expect(app.page.locator("#input_image, .st-key-reading_actions")).to_have_count(0)
    app.draw([first])
    app.answer(strokes=1)
    one_stroke = probabilities(app), inked_pixels(app)
    app.draw([second])
    app.expect_answer("4", strokes=2)
    two_strokes = probabilities(app), inked_pixels(app)
    app.undo()
    app.answer(strokes=1)
    assert (probabilities(app), inked_pixels(app)) == one_stroke
    app.draw([second])
    app.expect_answer("4", strokes=2)

    app.go("Train")
    app.go("Draw")
    app.expect_answer("4", strokes=2)
    assert (probabilities(app), inked_pixels(app)) == two_strokes
    bars = app.page.locator(".network_picture .bar")
    expect(bars).to_have_count(11)  # "none" among them
    app.choose("network", "Run 1")
    expect(bars).to_have_count(10)
    app.answer(strokes=2)
    assert probabilities(app) != two_strokes[0]
    assert inked_pixels(app) == two_strokes[1]
    app.choose("network", "Built-in network (99.4%)")
    expect(bars).to_have_count(11)
    assert probabilities(app) == two_strokes[0]

    app.draw([np.array([[140.0, 140.0], [140.0, 140.0]])])
    app.answer(strokes=3)
    assert inked_pixels(app) >= two_strokes[1], "A dot is a stroke."
    for left in (2, 1):
        app.undo()
        app.answer(strokes=left)
    assert inked_pixels(app) == one_stroke[1]
    app.clear()
    assert inked_pixels(app) == 0
    app.draw(digit("7"))
    app.expect_answer("7", strokes=1)
    app.clear()
    assert inked_pixels(app) == 0, "A second clear works as the first did."


def test_an_endless_stroke_ends_at_the_limit_and_nothing_can_be_added_until_it_is_undone(app: App) -> None:
    """Otherwise its message would become too large, and the server would close the connection."""
    begun = np.array([[40.0, 140.0], [240.0, 140.0]])
    with app.pen_down(begun):
        assert app.canvas.evaluate(SCRIBBLE, 12_000) == pytest.approx(10_000, abs=30)
    sentence = app.page.get_by_text("Only the first 5,000 points are read. Clear the paper to start over.")
    expect(sentence).to_be_visible()
    app.answer(strokes=1)
    buttons, notice = app.widget("paper_buttons").bounding_box(), app.page.get_by_test_id("stAlert").bounding_box()
    assert buttons is not None
    assert notice is not None
    assert buttons["y"] + buttons["height"] <= notice["y"]
    expect(app.widget("canvas")).to_have_css("pointer-events", "none")
    inked = inked_pixels(app)
    app.draw([from_corner(0, 0)])
    assert inked_pixels(app) == inked
    app.undo()
    app.answer(strokes=0)
    expect(sentence).to_be_hidden()
    app.draw(digit("1"))
    app.expect_answer("1", strokes=1)


def test_a_finger_draws_and_the_page_does_not_scroll(new_app: NewApp) -> None:
    """A touch on the canvas draws instead of scrolling; a touch beside it scrolls, so the page is scrollable."""
    phone = new_app("phone")
    phone.canvas.scroll_into_view_if_needed()
    before = phone.page.evaluate(SCROLL_TOP)
    for corner in CORNERS:
        phone.draw([from_corner(*corner)], finger=True)
        phone.answer(strokes=1)
        phone.clear()
    upward = [stroke[::-1] for stroke in digit("1")]
    phone.draw(upward, finger=True)
    phone.expect_answer("1", strokes=1)
    assert phone.page.evaluate(SCROLL_TOP) == before
    phone.clear()
    phone.draw(digit("4"), finger=True)
    phone.expect_answer("4", strokes=2)
    assert phone.page.evaluate(SCROLL_TOP) == before
    beside_the_canvas = [np.linspace((-10, 270), (-10, 20), 12)]
    phone.draw(beside_the_canvas, finger=True)
    phone.page.wait_for_function(f"before => {SCROLL_TOP} > before", arg=before)
    phone.expect_answer("4", strokes=2)


def follow_with_the_pen_down(app: App, finger: bool) -> None:
    """Draw a 7, and check that it is read before the pen is lifted, and finally from what the canvas reports."""
    (seven,) = digit("7")
    answer = app.page.locator("#answer")
    with app.pen_down(seven, finger=finger):
        expect(answer).to_have_attribute("data-moving", "")
        expect(answer).to_have_text("7")
        expect(answer).to_have_attribute("data-strokes", "0")
        expect(app.page.locator(".bars .first .share")).to_have_text(re.compile(r"\d"))
        expect(app.page.locator(".spoken")).to_have_text("Draw a digit, 0 to 9.")
    app.expect_answer("7", strokes=1)
    expect(answer).not_to_have_attribute("data-moving", "")
    expect(app.page.locator(".spoken")).to_contain_text("That's a 7.")


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_answer_follows_the_pen(new_app: NewApp, screen: Screen) -> None:
    """With a mouse and with a finger; no stroke in quick succession is lost."""
    app, finger = new_app(screen), screen == "phone"
    follow_with_the_pen_down(app, finger)
    app.clear()
    follow_with_the_pen_down(app, finger)
    app.clear()
    five_lines = [np.linspace((40 + 40 * column, 60), (50 + 40 * column, 220), 4) for column in range(5)]
    app.draw(five_lines, finger=finger)
    app.answer(strokes=5)
    app.settle()
    app.undo()
    app.answer(strokes=4)


def test_a_photo_covers_the_drawing_until_a_stroke_begins(app: App, tmp_path: Path) -> None:
    taken = photograph("shadow", 1)
    Image.fromarray(taken.pixels).save(tmp_path / "photo.jpg")
    first, second = digit("4")
    app.draw([first])
    app.answer(strokes=1)
    upload_photo(app, tmp_path / "photo.jpg")
    photo = app.page.locator("#picture img")
    expect(photo).to_be_visible()
    expect(app.page.locator("#answer")).to_have_text(str(taken.label))
    app.settle()
    assert photo.bounding_box() == pytest.approx(app.widget("canvas").bounding_box(), abs=1)
    app.screenshot("photo")
    box = app.widget("canvas").bounding_box()
    assert box is not None
    (start, *rest) = [(box["x"] + x * box["width"] / CANVAS, box["y"] + y * box["height"] / CANVAS) for x, y in second]
    app.page.mouse.move(*start)
    app.page.mouse.down()
    for point in rest:
        app.page.mouse.move(*point)
    expect(photo).to_be_hidden()  # otherwise the photo would hide the stroke until it ends
    app.page.mouse.up()
    app.expect_answer("4", strokes=2)
    expect(photo).to_have_count(0)
    app.undo()
    app.answer(strokes=1)


def test_a_reading_is_explained_corrected_downloaded_undone_and_corrected_from_the_file(
    app: App, tmp_path: Path
) -> None:
    app.draw(digit("7"))
    app.expect_answer("7", strokes=1)
    before = probabilities(app)
    app.page.get_by_text("Why this answer?").click()
    expect(app.page.locator(".cards li")).to_have_count(5)
    expect(app.page.locator(".nearest li")).to_have_count(8)
    expect(app.page.locator(".evidence")).to_contain_text("evidence for 7")
    app.screenshot("why")

    app.page.get_by_role("button", name="Not right?").click()
    app.page.locator("[data-testid=stPopoverBody]").get_by_role("radio", name="1", exact=True).click()
    app.page.get_by_role("button", name="Teach it").click()
    lesson = app.page.locator("#lesson")
    expect(lesson).to_contain_text("dev accuracy", timeout=20_000)
    app.settle()
    app.expect_answer("1", strokes=1)
    assert app.chosen("network") == "Built-in network, corrected"
    file = app.download("download_strokes", tmp_path)
    (corrected,) = json.loads(file.read_text())["digits"]
    assert (corrected["label"], len(corrected["strokes"])) == ("1", 1)
    assert app.download("download_corrected", tmp_path).read_text().splitlines()[1].startswith("1,")
    app.click("unlearn")
    expect(lesson).to_have_count(0)
    app.expect_answer("7", strokes=1)
    assert probabilities(app) == before
    app.page.get_by_role("button", name="Not right?").click()
    app.page.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(file)
    expect(lesson).to_contain_text("dev accuracy", timeout=20_000)
    app.settle()
    app.expect_answer("1", strokes=1)


def test_examples_are_drawn_from_the_keyboard(app: App) -> None:
    app.answer(strokes=0)
    examples = [("A clean 4", 2, "4"), ("A cat", 10, "–"), ("A messy 7", 2, "7")]
    for name, strokes, digit_read in examples:
        app.page.get_by_role("button", name=name, exact=True).press("Enter")
        app.page.mouse.move(300, 300)  # Fabric follows any pointer while it draws
        app.expect_answer(digit_read, strokes=strokes)
    app.settle()
    inked = inked_pixels(app)
    app.undo()
    app.answer(strokes=1)
    assert inked_pixels(app) < inked
    app.page.get_by_role("button", name="Random", exact=True).press("Enter")
    expect(app.page.locator("#beneath img")).to_be_visible()
    app.answer(strokes=0)
    expect(app.page.get_by_role("button", name="Not right?")).to_be_visible()


def test_a_ghost_is_read_as_it_traces_and_goes_when_the_pen_comes_down(app: App) -> None:
    answer, example = app.page.locator("#answer"), app.page.locator(".answer.example")
    expect(example).to_be_visible()
    expect(answer).to_have_text("3")
    assert inked_pixels(app) == 0
    first, second = digit("4")
    app.draw([first])
    expect(app.page.locator(".ghost")).to_have_count(0)
    expect(example).to_have_count(0)
    app.draw([second])
    app.expect_answer("4", strokes=2)
    app.clear()
    expect(app.page.locator(".ghost")).to_have_count(0)
    app.expect_answer("–", strokes=0)


def test_paper_and_answer_are_on_the_screen_together_and_stay_in_place(new_app: NewApp) -> None:
    """Nothing that appears with the first digit moves what was there; and the paper has a name."""
    app = new_app()
    paper, bars = app.page.get_by_role("img", name="Paper to draw on"), app.page.locator("#probabilities")
    parts = (paper, bars, app.page.get_by_role("button", name="A cat", exact=True), app.widget("network_picture"))
    expect(paper).to_have_attribute("aria-describedby", "paper_description")
    for width, height, side in ((1280, 800, 400), (390, 844, 342), (844, 390, 266), (1920, 1080, 400)):
        app.page.set_viewport_size({"width": width, "height": height})
        expect(paper).to_have_css("width", f"{side}px")
        app.page.evaluate(f"{SCROLL_TOP} = 0")
        before = places(parts)
        for part in parts[:3]:
            expect(part).to_be_in_viewport(ratio=1)
        app.draw(digit("4"))
        app.expect_answer("4", strokes=2)
        expect(app.page.locator("#paper_description")).to_contain_text("2 strokes on the paper.")
        expect(app.page.get_by_role("button", name="Not right?")).to_be_visible()
        assert places(parts) == before
        app.clear()
