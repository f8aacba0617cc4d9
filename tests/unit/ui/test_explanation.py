"""Explanations of a reading: colours, verdicts and neighbours, checked against independent calculations."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data.dataset import DIGITS
from ink.mnist_format import Canvas, Normalization, image_from_strokes
from models.reader import Reader, Reading
from models.weights import SavedNetwork
from nn.network import Network
from testing import sample_digits
from ui.draw import explanation
from ui.state.digit_sources import StrokeSource
from ui.state.shared_resources import EmbeddedInputs
from ui.widgets.canvas import CANVAS
from ui.widgets.palette import DARK, LIGHT, Palette

FOR, AGAINST = (10, 14), (18, 14)


def pictures(html: str) -> list[NDArray[np.int64]]:
    """Return the images in the HTML, each (height, width, 3)."""
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), np.int64)
        for png in re.findall(r"src='data:image/png;base64,([^']+)'", html)
    ]


def rgb(colour: str) -> NDArray[np.int64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def reader(*, upright: bool = False) -> Reader:
    """Return a reader that uses only two pixels: FOR is evidence for a 3, AGAINST is half as much against it."""
    network = Network.initialize((784, 10), rng=np.random.default_rng(0))
    network.vector[:] = 0
    weights = network.weights[0].reshape(28, 28, 10)
    weights[(*FOR, 3)], weights[(*AGAINST, 3)] = 9.0, -4.5
    return Reader(SavedNetwork(network, {"normalization": {"upright": upright}}))


def reading() -> Reading:
    image = np.zeros((28, 28), np.float32)
    image[FOR] = image[AGAINST] = 1
    return reader().read_image(image)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_speaks_for_a_digit_is_orange_and_what_speaks_against_it_blue(colours: Palette) -> None:
    """With swapped signs, the page would say the opposite of the truth about every pixel."""
    html = explanation.pixel_evidence(reader(), reading(), 3, colours)
    (picture,) = pictures(html)
    np.testing.assert_allclose(picture[FOR], rgb(colours.positive), atol=2)
    halfway = (rgb(colours.paper) + rgb(colours.negative)) / 2
    np.testing.assert_allclose(picture[AGAINST], halfway, atol=4)
    np.testing.assert_allclose(picture[0, 0], rgb(colours.paper), atol=2)
    # Nine tenths, because the mean over the ten digits is subtracted.
    assert "evidence for 3, 8.1 in total" in html
    assert "evidence against, 4.0" in html or "evidence against, 4.1" in html


def test_for_another_digit_the_same_pixels_speak_the_other_way() -> None:
    (picture,) = pictures(explanation.pixel_evidence(reader(), reading(), 5, LIGHT))
    np.testing.assert_allclose(picture[FOR], rgb(LIGHT.negative), atol=2)
    assert picture[AGAINST][0] > picture[AGAINST][2], "orange, not blue"


@pytest.mark.parametrize("upright", [True, False])
def test_each_card_shows_the_drawing_with_the_step_of_its_name_left_out(upright: bool) -> None:
    """For a small, slanted 4 in a corner, skipping each step gives a different image; each card must show its own."""
    strokes = [(stroke @ np.array([[1, 0], [-0.4, 1]])) * 0.4 + (90, 30) for stroke in sample_digits.digit("4")]
    canvas = Canvas(CANVAS.width, CANVAS.height, CANVAS.pen_width)
    html = explanation.skipped_steps(reader(upright=upright), StrokeSource(strokes, canvas), LIGHT)
    titles = re.findall(r"<span>([^<]+)</span>", html)
    wanted = {
        "All steps": Normalization(upright=upright),
        "Not scaled": Normalization(upright=upright, scaled=False),
        "Not upright": Normalization(upright=False),
        "Not centred": Normalization(upright=upright, centred=False),
        "Original stroke width": Normalization(upright=upright, one_pen=False),
    }
    if not upright:
        del wanted["Not upright"]
    assert titles == list(wanted)
    for picture, steps in zip(pictures(html), wanted.values(), strict=True):
        image = image_from_strokes(strokes, steps, canvas=canvas)
        ink = 1 - (picture[:, :, 0] - rgb(LIGHT.ink)[0]) / (rgb(LIGHT.paper)[0] - rgb(LIGHT.ink)[0])
        np.testing.assert_allclose(ink, image, atol=0.02)


@pytest.mark.parametrize("upright", [True, False])
def test_the_nearest_digits_are_the_nearest_in_the_form_that_the_network_got(upright: bool) -> None:
    rng = np.random.default_rng(1)
    plain, standing = rng.random((2, 60, 784)).astype(np.float32)
    labels = rng.integers(0, 10, 60).astype(np.uint8)
    known = EmbeddedInputs(plain, standing, labels, DIGITS)
    seen = reading()
    html = explanation.nearest_digits(reader(upright=upright), seen, known, LIGHT)
    distances = [float(np.linalg.norm(each - seen.image.ravel())) for each in (standing if upright else plain)]
    by_hand = sorted(range(60), key=distances.__getitem__)[: explanation.NEAREST]
    assert re.findall(r"<span>(\d)</span>", html) == [str(labels[row]) for row in by_hand]
