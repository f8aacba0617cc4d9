"""Draw, further: what is no digit is refused, a reading explains itself, and a correction is learned and undone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from testing.sample_digits import digit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp


def scribble() -> list[NDArray[np.float64]]:
    """Back and forth over the whole canvas, as to strike something out."""
    t = np.linspace(0, 1, 120)
    return [np.column_stack((40 + 200 * (0.5 + 0.5 * np.sin(19 * t)), 40 + 190 * t + 18 * np.sin(61 * t)))]


def two_digits() -> list[NDArray[np.float64]]:
    """A 3 and a 5 beside each other."""
    return [0.42 * stroke + (5 + shift, 80) for name, shift in (("3", 0), ("5", 140)) for stroke in digit(name)]


def correct(app: App, label: int) -> None:
    """Say what the drawing was, and wait until the network has learned it."""
    app.page.get_by_role("button", name="Not right?").click()
    app.page.locator("[data-testid=stPopoverBody]").get_by_role("radio", name=str(label), exact=True).click()
    app.page.get_by_role("button", name="Teach it").click()
    expect(app.page.locator("#lesson")).to_contain_text("dev accuracy")
    app.settle()


def sure_of(app: App) -> list[float]:
    """The probabilities as the page shows them, a moment after the answer."""
    app.settle()
    return [float(text) for text in app.page.locator("dl.probabilities dd").all_inner_texts()[:10]]


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        (scribble(), "That doesn't look like a digit"),
        (two_digits(), "One digit at a time, please"),
        ([np.array([[140.0, 140.0], [140.5, 140.0]])], "a dot"),
    ],
    ids=["scribble", "two digits", "dot"],
)
def test_what_is_no_digit_is_refused_in_a_sentence(app: App, strokes: list[NDArray[np.float64]], sentence: str) -> None:
    app.draw(strokes)
    assert app.answer(strokes=len(strokes)) == "–"
    expect(app.page.locator(".sentence")).to_contain_text(sentence)
    expect(app.page.locator("#decided")).to_contain_text("unless “not a digit” gets")


def test_a_correction_changes_the_answer_and_can_be_undone(app: App) -> None:
    """A 7 that is called a 1: nobody's mistake, but the network must follow."""
    app.draw(digit("7"))
    assert app.answer(strokes=1) == "7"
    before = sure_of(app)
    correct(app, 1)
    assert app.answer(strokes=1) == "1"
    assert app.chosen("network") == "Built-in network, corrected"
    lesson = app.page.locator("#lesson").inner_text()
    assert "this digit" in lesson
    app.click("unlearn")
    expect(app.page.locator("#lesson")).to_have_count(0)
    assert app.answer(strokes=1) == "7"
    assert app.chosen("network") == "Built-in network (99.5%)"
    assert sure_of(app) == before


def test_two_corrections_are_undone_one_after_the_other(app: App) -> None:
    app.draw(digit("7"))
    assert app.answer(strokes=1) == "7"
    before = sure_of(app)
    correct(app, 1)
    after_one = sure_of(app)
    correct(app, 2)
    expect(app.page.locator("#lesson")).to_contain_text("a 2 in")
    app.click("unlearn")
    expect(app.page.locator("#lesson")).to_contain_text("a 1 in")
    app.settle()
    assert sure_of(app) == after_one
    app.click("unlearn")
    expect(app.page.locator("#lesson")).to_have_count(0)
    app.settle()
    assert sure_of(app) == before


@pytest.mark.parametrize("taken", ["download_strokes", "download_corrected"])
def test_what_was_taken_away_is_learned_again_on_blank_paper(new_app: NewApp, tmp_path: Path, taken: str) -> None:
    """Somebody who comes back another day has the file, and nothing on the canvas."""
    app = new_app()
    app.draw(digit("7"))
    correct(app, 1)
    file = app.download(taken, tmp_path)
    later = new_app()
    later.page.get_by_role("button", name="Not right?").click()
    later.page.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(file)
    expect(later.page.locator("#lesson")).to_contain_text("dev accuracy")
    later.settle()
    later.draw(digit("7"))
    assert later.answer(strokes=1) == "1"


def test_corrected_digits_can_be_taken_away_and_brought_again(app: App, tmp_path: Path) -> None:
    app.draw(digit("7"))
    correct(app, 1)
    file = app.download("download_strokes", tmp_path)
    (corrected,) = json.loads(file.read_text())["digits"]
    assert corrected["label"] == "1"
    assert len(corrected["strokes"]) == 1
    assert app.download("download_corrected", tmp_path).read_text().splitlines()[1].startswith("1,")
    app.click("unlearn")
    expect(app.page.locator("#lesson")).to_have_count(0)
    app.settle()
    app.page.get_by_role("button", name="Not right?").click()
    app.page.locator("[data-testid=stPopoverBody] input[type=file]").set_input_files(file)
    expect(app.page.locator("#lesson")).to_contain_text("dev accuracy")
    app.settle()
    assert app.answer(strokes=1) == "1"


def test_a_reading_explains_itself(app: App) -> None:
    app.draw(digit("2"))
    app.answer(strokes=1)
    app.page.get_by_text("Why this answer?").click()
    cards = app.page.locator(".cards li")
    expect(cards.first).to_contain_text("All steps")
    assert cards.count() == 5
    assert cards.first.locator("strong").inner_text().startswith("2")
    expect(app.page.locator(".nearest li")).to_have_count(8)
    assert app.page.locator(".nearest li").all_inner_texts().count("2") >= 5
    expect(app.page.locator(".evidence")).to_contain_text("evidence for 2")
    app.screenshot("why")
