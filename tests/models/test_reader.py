"""A reader brings a drawing, its network and an answer together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, ink
from models import weights
from models.reader import Reader
from models.weights import SavedNetwork, WeightsError
from nn.network import Network

DIGITS = Path(__file__).parents[2] / "models" / "digits.npz"

SEVEN = [np.array([[60, 60], [200, 60], [110, 220]])]
ONE = [np.array([[140, 40], [138, 240]])]
ZERO = [140 + 80 * np.stack([0.7 * np.cos(t := np.linspace(0, 6.5, 60)), np.sin(t)], axis=1)]


def network(sizes: tuple[int, ...] = (784, 12, 8, 10), dtype: type = np.float32) -> Network:
    return Network.initialize(sizes, rng=np.random.default_rng(0), dtype=dtype)


@pytest.fixture(scope="module")
def shipped() -> Reader:
    return Reader.load(DIGITS)


@pytest.mark.parametrize(("strokes", "digit"), [(SEVEN, 7), (ONE, 1), (ZERO, 0)], ids=["7", "1", "0"])
def test_the_shipped_network_reads_strokes_and_the_canvas_they_were_drawn_on(
    shipped: Reader, strokes: list[NDArray[np.float64]], digit: int
) -> None:
    for reading in (
        shipped.read_strokes(strokes),
        *(
            shipped.read_pixels(ink.canvas_from_strokes(strokes, side=280, size=size, pen_width=pen))
            for size, pen in ((60, 8), (180, 14), (240, 28))
        ),
    ):
        assert reading.digit == digit
        assert reading.probabilities.argmax() == digit
        assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_path_may_be_text(shipped: Reader) -> None:
    assert Reader.load(str(DIGITS)).about == shipped.about


def test_a_reading_holds_what_the_network_was_given_and_what_its_hidden_layers_made_of_it() -> None:
    net = network()
    reading = Reader(net).read_strokes(SEVEN)
    np.testing.assert_array_equal(reading.image, ink.image_from_strokes(SEVEN))
    first = np.maximum(reading.image.reshape(784) @ net.parameters[0] + net.parameters[1], 0)
    second = np.maximum(first @ net.parameters[2] + net.parameters[3], 0)
    assert [layer.shape for layer in reading.hidden] == [(12,), (8,)]
    np.testing.assert_allclose(reading.hidden[0], first, atol=1e-5)
    np.testing.assert_allclose(reading.hidden[1], second, atol=1e-5)
    logits = second @ net.parameters[4] + net.parameters[5]
    np.testing.assert_allclose(reading.probabilities, np.exp(logits) / np.exp(logits).sum(), atol=1e-5)


def test_pixels_pass_through_their_own_normalization() -> None:
    canvas = ink.canvas_from_strokes(SEVEN, side=280, size=100, pen_width=9)
    reading = Reader(network()).read_pixels(canvas)
    np.testing.assert_array_equal(reading.image, ink.image_from_pixels(canvas))


def test_without_ink_there_is_no_digit(shipped: Reader) -> None:
    for reading in (
        shipped.read_strokes([]),
        shipped.read_strokes([np.empty((0, 2))]),
        shipped.read_pixels(np.zeros((280, 280, 4), np.uint8)),
        shipped.read_pixels(np.full((50, 60), 255, np.uint8)),
    ):
        assert reading.digit is None
        assert not reading.image.any()
        assert reading.probabilities.shape == (10,)


@pytest.mark.parametrize("shape", [(-1, 784), (-1, 28, 28)], ids=["flat", "square"])
def test_images_of_mnist_are_read_as_bytes_and_as_floats(shipped: Reader, shape: tuple[int, ...]) -> None:
    embedded = csv_files.embedded()
    images = embedded.images[::25].reshape(shape)
    of_bytes = shipped.probabilities(images)
    assert of_bytes.shape == (200, 10)
    assert (of_bytes.argmax(axis=1) == embedded.labels[::25]).mean() >= 0.98
    for dtype in (np.float32, np.float64):
        np.testing.assert_allclose(shipped.probabilities((images / 255).astype(dtype)), of_bytes, atol=1e-5)


def test_no_images_give_no_rows() -> None:
    assert Reader(network()).probabilities(np.empty((0, 28, 28), np.uint8)).shape == (0, 10)


def test_a_network_of_this_session_reads_like_one_from_a_file(tmp_path: Path) -> None:
    net = network()
    weights.write(SavedNetwork(net, {"name": "mine"}), tmp_path / "mine.npz")
    loaded, session = Reader.load(tmp_path / "mine.npz"), Reader(net)
    np.testing.assert_array_equal(loaded.read_strokes(ONE).probabilities, session.read_strokes(ONE).probabilities)
    assert loaded.about == {"name": "mine"}
    assert session.about == {}
    assert session.classes == tuple("0123456789")


def test_a_network_in_float64_reads_too() -> None:
    assert Reader(network(dtype=np.float64)).read_strokes(ONE).probabilities.dtype == np.float64


def test_a_network_for_other_images_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^This network takes 64 inputs, but a drawing gives 784: choose "):
        Reader(network((64, 8, 10)))


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK")
    with pytest.raises(WeightsError, match=r"^broken\.npz cannot be used"):
        Reader.load(path)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((28, 28)),
        np.zeros((2, 27, 28)),
        np.zeros((2, 783), np.uint8),
        np.zeros((2, 784), np.int64),
        np.full((2, 784), 255.0),
        np.full((2, 784), -0.1),
        np.full((2, 784), np.nan),
    ],
    ids=["one image", "27 rows", "783 pixels", "int64", "0 to 255 as floats", "negative", "NaN"],
)
def test_images_in_another_form_are_refused(images: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"^images "):
        Reader(network()).probabilities(images)
