"""The examples of the Draw page are read as their buttons say, and replace everything that was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.reader import Rejection
from testing import sample_digits
from tests.unit.ui.visit import as_fabric
from ui.draw import examples
from ui.state import shared_resources
from ui.widgets import canvas
from ui.widgets.canvas import CANVAS
from ui.widgets.live_reading import LiveReader, first_points

if TYPE_CHECKING:
    from tests.unit.ui.visit import Visit


@pytest.mark.parametrize(("name", "digit"), [(examples.GHOST, 3), ("A clean 4", 4), ("A messy 7", 7), ("A cat", None)])
def test_an_example_is_read_as_what_it_is(name: str, digit: int | None) -> None:
    strokes = examples.strokes(name)
    reading = shared_resources.shipped_reader().read_strokes(strokes, canvas=CANVAS)
    assert reading.digit == digit
    if digit is None:
        assert reading.rejection is Rejection.NOT_A_DIGIT
    else:
        assert reading.probabilities[digit] > 0.99
    points = np.concatenate(strokes)
    assert 0 <= points.min() <= points.max() <= CANVAS.width


def test_an_example_comes_on_clear_paper(visit: Visit) -> None:
    visit.draw(as_fabric(sample_digits.digit("4")))
    revision = visit.session.canvas.drawing.revision
    visit.click("example_1")
    assert visit.session.canvas.drawing.initial == []
    assert visit.session.canvas.drawing.revision > revision
    assert visit.page_state(examples.Tried).name == "A messy 7"


def test_a_random_digit_is_one_of_dev_and_the_next_example_takes_it_away(visit: Visit) -> None:
    visit.click("example_random")
    shown = visit.session.canvas.edited_digit
    assert shown is not None
    reader = shared_resources.shipped_reader()
    dev, _ = visit.session.networks.embedded_dev(visit.session.networks.chosen, reader).take()
    assert (dev == shown.reshape(-1)).all(axis=1).any()
    visit.click("example_0")
    assert visit.session.canvas.edited_digit is None


def test_the_ghost_is_read_as_an_example_and_never_as_the_visitors_drawing(visit: Visit) -> None:
    assert not visit.answer["is_example"]
    visit.page_state(LiveReader).traced = 1
    visit.app.run()
    assert visit.answer["is_example"]
    assert (visit.answer["numeral"], visit.answer["strokes"]) == ("3", 0)
    assert "example" in visit.answer["sentence"]
    assert canvas.digit_source(visit.session.canvas) is None
    visit.draw(as_fabric(sample_digits.digit("4")))
    assert not visit.answer["is_example"]
    assert visit.answer["numeral"] == "4"
    visit.draw([])
    assert not visit.answer["is_example"], "The ghost comes once, not after each Clear."


def test_a_share_of_the_points_crosses_strokes() -> None:
    strokes = [np.zeros((4, 2)), np.ones((6, 2))]
    assert [len(stroke) for stroke in first_points(strokes, 0.6)] == [4, 2]
    assert [len(stroke) for stroke in first_points(strokes, 0.01)] == [1]
    assert [len(stroke) for stroke in first_points(strokes, 1)] == [4, 6]
