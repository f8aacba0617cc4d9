"""Draw: a digit is read at each finished stroke, whoever draws it and with whatever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from testing.local_data import ink
from testing.sample_digits import WRITTEN, digit, recorded
from tests.unit.ink.photographs import photograph

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

INK = """
canvas => {
    const {width, height} = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    return pixels.filter((value, index) => index % 4 === 3 && value > 127).length;
}
"""
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"

PLACES = ((1.0, (0.0, 0.0)), (0.6, (-35.0, 25.0)), (0.35, (60.0, -60.0)))
"""Size, and place from the middle of the canvas: large, middling to the lower left, small to the upper right."""

FLAG, STEM = "1 with a flag", "1"
CORNERS = [(3, 3), (277, 3), (3, 277), (277, 277)]


def inked(app: App) -> int:
    """How many pixels of the canvas a person sees inked."""
    return int(app.widget("drawing").locator("canvas.lower-canvas").last.evaluate(INK))


def probabilities(app: App) -> str:
    """The ten numbers in the strip, which follow the answer a moment later."""
    app.settle()
    return app.page.locator("dl.probabilities").inner_text()


def _thinned(stroke: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every third point and the last: the tablet took more of them than a browser tells of a quick hand."""
    return np.concatenate([stroke[:-1:3], stroke[-1:]])


def from_corner(x: float, y: float) -> NDArray[np.float64]:
    """A stroke from a corner of the canvas to its middle."""
    return np.linspace((x, y), (140, 140), 12)


def bring(app: App, file: Path) -> None:
    """Choose a picture to be read."""
    app.page.get_by_role("button", name="Upload a photo", exact=True).click()
    app.page.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(file)


def test_every_digit_of_our_own_is_read_right(app: App) -> None:
    read = {}
    for name in WRITTEN:
        app.draw(strokes := digit(name))
        read[name] = app.answer(strokes=len(strokes))
        app.clear()
    assert read == {name: name[0] for name in WRITTEN}


def test_recorded_digits_are_read_right(app: App) -> None:
    """A hundred digits of thirty people, drawn with the mouse at three sizes and places: 97% at least."""
    path, right, wrong = ink(), 0, []
    for number, (label, strokes) in enumerate(recorded(100, path=path)):
        size, offset = PLACES[number % len(PLACES)]
        app.draw([_thinned(stroke) for stroke in strokes], size=size, offset=offset)
        answer = app.answer(strokes=len(strokes))
        right += answer == str(label)
        if answer != str(label):
            wrong.append(f"{label} as {answer}")
        app.clear()
    print(f"{right} of 100 recorded digits read right; {', '.join(wrong) or 'none'} misread")
    assert right >= 97, wrong


def test_each_finished_stroke_is_read_without_a_press(app: App) -> None:
    first, second = digit("4")
    app.answer(strokes=0)
    blank = probabilities(app)
    app.draw([first])
    app.answer(strokes=1)
    after_one = probabilities(app)
    assert after_one != blank
    app.draw([second])
    assert app.answer(strokes=2) == "4"
    assert probabilities(app) != after_one


def test_undo_takes_the_last_stroke_back(app: App) -> None:
    first, second = digit("4")
    app.draw([first])
    app.answer(strokes=1)
    after_one, ink_of_one = probabilities(app), inked(app)
    app.draw([second])
    assert app.answer(strokes=2) == "4"
    assert inked(app) > ink_of_one
    app.undo()
    app.answer(strokes=1)
    assert probabilities(app) == after_one
    assert inked(app) == ink_of_one


def test_a_stroke_after_undo_takes_the_place_of_the_one_undone(app: App) -> None:
    app.draw(digit("4"))
    app.answer(strokes=2)
    app.undo()
    app.answer(strokes=1)
    app.draw(digit("4")[1:])
    assert app.answer(strokes=2) == "4"


def test_clear_leaves_blank_paper_and_says_so(app: App) -> None:
    app.draw(digit("3"))
    assert app.answer(strokes=1) == "3"
    assert inked(app) > 0
    app.clear()
    assert app.answer(strokes=0) == "–"
    expect(app.page.get_by_role("status").filter(has_text="blank")).to_be_visible()
    assert inked(app) == 0
    app.draw(digit("7"))
    assert app.answer(strokes=1) == "7"
    app.clear()
    assert inked(app) == 0, "A second clear must clear as the first did."


def test_a_dot_is_a_stroke_and_can_be_undone(app: App) -> None:
    app.draw([np.array([[140.0, 140.0], [140.0, 140.0]])])
    app.answer(strokes=1)
    assert inked(app) > 0
    app.draw(digit("2"))
    app.answer(strokes=2)
    app.undo()
    app.undo()
    assert app.answer(strokes=0) == "–"
    assert inked(app) == 0


def test_a_finger_draws_and_the_page_stays_where_it_is(new_app: NewApp) -> None:
    """A touch that begins on the canvas draws; one beside it scrolls, which shows that it could have."""
    phone = new_app("phone")
    phone.canvas.scroll_into_view_if_needed()
    before = phone.page.evaluate(SCROLLED)
    upward = [stroke[::-1] for stroke in digit("1")]
    phone.draw(upward, finger=True)
    assert phone.answer(strokes=1) == "1"
    assert phone.page.evaluate(SCROLLED) == before
    phone.clear()
    phone.draw(digit("4"), finger=True)
    assert phone.answer(strokes=2) == "4"
    assert phone.page.evaluate(SCROLLED) == before
    beside_the_canvas = [np.linspace((320, 270), (320, 20), 12)]
    phone.draw(beside_the_canvas, finger=True)
    phone.page.wait_for_function(f"before => {SCROLLED} > before", arg=before)
    assert phone.answer(strokes=2) == "4"


@pytest.mark.parametrize("hand", ["mouse", "finger"])
def test_a_stroke_may_begin_in_any_corner(new_app: NewApp, hand: str) -> None:
    app = new_app("phone")
    for corner in CORNERS:
        app.draw([from_corner(*corner)], finger=hand == "finger")
        app.answer(strokes=1)
        app.clear()


def test_a_stroke_that_leaves_the_canvas_is_read_where_it_ends(app: App) -> None:
    app.draw([np.linspace((140, 40), (140, 330), 20)])
    assert app.answer(strokes=1) == "1"
    app.clear()
    out_and_in = np.array([(140, 40), (140, 90), (300, 120), (310, 160), (140, 200), (140, 250)])
    app.draw([out_and_in])
    app.answer(strokes=1)
    assert inked(app) > 0


@pytest.mark.parametrize(("size", "offset"), [(0.4, (80.0, 80.0)), (0.4, (-80.0, -80.0)), (1.3, (0.0, 0.0))])
def test_a_digit_is_read_wherever_it_stands_and_however_large(
    app: App, size: float, offset: tuple[float, float]
) -> None:
    read = {}
    for name in "235":
        app.draw(strokes := digit(name), size=size, offset=offset)
        read[name] = app.answer(strokes=len(strokes))
        app.clear()
    assert read == {name: name for name in "235"}


def test_the_drawing_is_there_when_one_comes_back_from_another_page(app: App) -> None:
    app.draw(digit("4"))
    assert app.answer(strokes=2) == "4"
    before = probabilities(app), inked(app)
    app.go("Train")
    app.go("Draw")
    assert app.answer(strokes=2) == "4"
    expect(app.page.locator("dl.probabilities")).to_have_text(before[0], use_inner_text=True)
    assert inked(app) == before[1]
    app.undo()
    app.answer(strokes=1)
    app.go("Dataset")
    app.go("Draw")
    app.answer(strokes=1)
    assert 0 < inked(app) < before[1]


def test_the_network_that_reads_can_be_chosen(app: App) -> None:
    """An untrained network reads the same drawing differently, and the drawing stays."""
    app.draw(digit("4"))
    assert app.answer(strokes=2) == "4"
    saved, ink_before = probabilities(app), inked(app)
    app.go("Train")
    app.go("Draw")
    app.choose("network", "Run 1")
    expect(app.page.locator("dl.probabilities")).not_to_have_text(saved, use_inner_text=True)
    app.answer(strokes=2)
    assert inked(app) == ink_before
    app.choose("network", "Built-in network (99.5%)")
    expect(app.page.locator("dl.probabilities")).to_have_text(saved, use_inner_text=True)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_a_photograph_is_read_until_a_stroke_is_drawn(
    new_app: NewApp, tmp_path: Path, screen: Literal["desktop", "phone"]
) -> None:
    """It lies on the canvas, hides what is drawn there, lets the pen through, and nothing of the drawing is lost."""
    app = new_app(screen)
    taken = photograph("shadow", 1)
    Image.fromarray(taken.pixels).save(tmp_path / "photo.jpg")
    first, second = digit("4")
    app.draw([first])
    app.answer(strokes=1)
    bring(app, tmp_path / "photo.jpg")
    lying = app.page.locator("#picture img")
    expect(lying).to_be_visible()
    expect(app.page.locator("#answer")).to_have_text(str(taken.label))
    expect(app.page.get_by_text("Extracted ink")).to_be_visible()
    assert lying.bounding_box() == pytest.approx(app.widget("canvas").bounding_box(), abs=1)
    app.screenshot(f"picture_{screen}")
    app.draw([second])
    assert app.answer(strokes=2) == "4"
    expect(lying).to_have_count(0)
    app.undo()
    app.answer(strokes=1)


def test_a_picture_taken_away_brings_back_the_reading_of_the_canvas(app: App, tmp_path: Path) -> None:
    Image.fromarray(photograph("ruled", 0).pixels).save(tmp_path / "photo.png")
    app.draw(digit("4"))
    assert app.answer(strokes=2) == "4"
    before = probabilities(app)
    bring(app, tmp_path / "photo.png")
    expect(app.page.locator("#answer")).to_have_text(str(photograph("ruled", 0).label))
    app.go("Train")
    app.go("Draw")
    expect(app.page.locator("#picture")).to_be_visible()
    app.click("take_away")
    assert app.answer(strokes=2) == "4"
    assert probabilities(app) == before


def test_a_picture_goes_from_sight_while_the_stroke_is_drawn(app: App, tmp_path: Path) -> None:
    """Else a person would draw under it, and see nothing until they let go."""
    Image.fromarray(photograph("ruled", 0).pixels).save(tmp_path / "photo.png")
    bring(app, tmp_path / "photo.png")
    expect(app.page.locator("#picture")).to_be_visible()
    app.settle()
    box = app.widget("canvas").bounding_box()
    assert box is not None
    app.page.mouse.move(box["x"] + 140, box["y"] + 60)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + 140, box["y"] + 220, steps=5)
    expect(app.page.locator("#picture")).to_be_hidden()
    app.page.mouse.up()
    assert app.answer(strokes=1) == "1"


def test_a_broken_picture_gives_a_sentence_and_loses_nothing(app: App, tmp_path: Path) -> None:
    file = tmp_path / "broken.png"
    Image.fromarray(photograph("ruled", 0).pixels).save(file)
    file.write_bytes(file.read_bytes()[:2000])
    app.draw(digit("4"))
    assert app.answer(strokes=2) == "4"
    before = probabilities(app), inked(app)
    bring(app, file)
    expect(app.alert).to_have_text("broken.png is damaged or cut short: save the picture again and choose that file.")
    assert (probabilities(app), inked(app)) == before
    app.page.keyboard.press("Escape")
    app.undo()
    app.answer(strokes=1)
