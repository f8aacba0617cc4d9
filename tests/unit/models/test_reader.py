"""A reader runs a drawing through its network and returns an answer."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data import csv_files
from data.dataset import DataError
from ink import mnist_format
from ink.slant import upright
from models import weights
from models.reader import Reader, Rejection
from models.weights import SavedNetwork, WeightsError
from nn.network import Network

DIGITS = Path(__file__).parents[3] / "models" / "digits.npz"

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
            shipped.read_pixels(mnist_format.canvas_from_strokes(strokes, side=280, size=size, pen_width=pen))
            for size, pen in ((60, 8), (180, 14), (240, 28))
        ),
    ):
        assert reading.digit == digit
        assert reading.probabilities.argmax() == digit
        assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_a_path_may_be_a_string(shipped: Reader) -> None:
    assert Reader.load(str(DIGITS)).about == shipped.about


def test_a_reading_has_the_image_and_the_hidden_activations() -> None:
    net = network()
    reading = Reader(net).read_strokes(SEVEN)
    np.testing.assert_array_equal(
        reading.image, mnist_format.image_from_strokes(SEVEN, mnist_format.Normalization(upright=False))
    )
    first = np.maximum(reading.image.reshape(784) @ net.parameters[0] + net.parameters[1], 0)
    second = np.maximum(first @ net.parameters[2] + net.parameters[3], 0)
    assert [layer.shape for layer in reading.hidden] == [(12,), (8,)]
    np.testing.assert_allclose(reading.hidden[0], first, atol=1e-5)
    np.testing.assert_allclose(reading.hidden[1], second, atol=1e-5)
    logits = second @ net.parameters[4] + net.parameters[5]
    np.testing.assert_allclose(reading.probabilities, np.exp(logits) / np.exp(logits).sum(), atol=1e-5)


def test_pixels_are_normalized_by_the_given_steps() -> None:
    canvas = mnist_format.canvas_from_strokes(SEVEN, side=280, size=100, pen_width=9)
    reading = Reader(network()).read_pixels(canvas)
    np.testing.assert_array_equal(
        reading.image, mnist_format.image_from_pixels(canvas, mnist_format.Normalization(upright=False))
    )


UPRIGHT = {"normalization": {"upright": True}}


def test_a_network_trained_on_upright_digits_gets_upright_digits() -> None:
    net = network()
    reader = Reader(SavedNetwork(net, UPRIGHT))
    canvas = mnist_format.canvas_from_strokes(SEVEN, side=280, size=100, pen_width=9)
    np.testing.assert_array_equal(reader.read_strokes(SEVEN).image, mnist_format.image_from_strokes(SEVEN))
    np.testing.assert_array_equal(reader.read_pixels(canvas).image, mnist_format.image_from_pixels(canvas))
    images = csv_files.embedded().images[:20].reshape(-1, 28, 28)
    expected = net.probabilities(upright(images).reshape(-1, 784))
    np.testing.assert_allclose(reader.probabilities(images), expected, atol=1e-6)
    np.testing.assert_allclose(reader.probabilities(images.reshape(-1, 784) / 255), expected, atol=1e-6)
    np.testing.assert_allclose(
        reader.read_image((images[0] / 255).astype(np.float32)).probabilities, expected[0], atol=1e-6
    )


@pytest.mark.parametrize(
    "stated", [None, True, "upright", [], {}, {"upright": False}, {"upright": "yes"}, {"upright": 1}]
)
def test_a_network_without_that_flag_gets_slanted_digits(stated: object) -> None:
    reader = Reader(SavedNetwork(network(), {"normalization": stated}))
    assert reader.normalization == mnist_format.Normalization(upright=False)
    images = csv_files.embedded().images[:20]
    np.testing.assert_array_equal(reader.probabilities(images), Reader(network()).probabilities(images))


def test_normalization_steps_can_be_left_out() -> None:
    reader = Reader(network())
    canvas = mnist_format.Canvas(280, 280, 18)
    for steps in (
        mnist_format.Normalization(),
        mnist_format.Normalization(scaled=False),
        mnist_format.Normalization(one_pen=False),
    ):
        reading = reader.read_strokes(SEVEN, steps, canvas=canvas)
        np.testing.assert_array_equal(reading.image, mnist_format.image_from_strokes(SEVEN, steps, canvas=canvas))
    pixels = mnist_format.canvas_from_strokes(SEVEN, side=280, size=100, pen_width=9)
    plain = mnist_format.Normalization(scaled=False, upright=False, centred=False, one_pen=False)
    np.testing.assert_array_equal(
        reader.read_pixels(pixels, plain).image, mnist_format.image_from_pixels(pixels, plain)
    )
    assert reader.normalization == mnist_format.Normalization(upright=False)


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
def test_mnist_images_are_read_as_bytes_and_as_floats(shipped: Reader, shape: tuple[int, ...]) -> None:
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


def test_a_float64_network_can_read() -> None:
    assert Reader(network(dtype=np.float64)).read_strokes(ONE).probabilities.dtype == np.float64


def test_a_network_for_other_image_sizes_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^This network takes 64 inputs, but a drawing has 784: choose "):
        Reader(network((64, 8, 10)))


def test_a_file_that_is_not_a_network_is_refused(tmp_path: Path) -> None:
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
def test_images_of_the_wrong_shape_are_refused(images: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"^images "):
        Reader(network()).probabilities(images)


SCRIBBLE = [100 + 70 * np.stack([np.sin(5 * (t := np.linspace(0, 6, 200))), np.cos(7.3 * t + 1)], axis=1)]
FACE = [
    *ZERO,
    *([np.array([[x, 110.0], [x + 2, 114]]) for x in (115, 165)]),
    np.array([[105.0, 170], [125, 185], [155, 185], [175, 170]]),
]
LETTER_M = [np.array([[60.0, 200], [70, 60], [130, 150], [190, 60], [200, 200]])]
SEVENTY_ONE = [SEVEN[0] * 0.5 + [-20, 50], ONE[0] * 0.5 + [120, 60]]
NON_DIGITS = {"scribble": SCRIBBLE, "face": FACE, "letter": LETTER_M}


def canvas(strokes: list[NDArray[np.float64]], pen: int = 14) -> NDArray[np.uint8]:
    return mnist_format.canvas_from_strokes(strokes, side=280, size=200, pen_width=pen)


@pytest.mark.parametrize("strokes", NON_DIGITS.values(), ids=NON_DIGITS)
def test_non_digits_are_rejected_from_strokes_and_from_pixels(
    shipped: Reader, strokes: list[NDArray[np.float64]]
) -> None:
    for reading in (shipped.read_strokes(strokes), shipped.read_pixels(canvas(strokes))):
        assert (reading.digit, reading.rejection) == (None, Rejection.NOT_A_DIGIT)
        assert reading.reject_probability > shipped.decision_rule.threshold


def test_two_digits_are_rejected_as_several_digits(shipped: Reader) -> None:
    for reading in (shipped.read_strokes(SEVENTY_ONE), shipped.read_pixels(canvas(SEVENTY_ONE))):
        assert (reading.digit, reading.rejection) == (None, Rejection.SEVERAL_DIGITS)


def test_a_digit_with_distant_strokes_is_one_digit(shipped: Reader) -> None:
    """A 4 with a detached right stroke, and a 5 with a detached bar."""
    four = [np.array([[80.0, 60], [60, 150], [130, 150]]), np.array([[140.0, 60], [138, 230]])]
    five = [
        np.array([[90.0, 70], [85, 130], [130, 120], [160, 160], [130, 215], [75, 205]]),
        np.array([[98.0, 66], [165, 60]]),
    ]
    assert shipped.read_strokes(four).digit == 4
    assert shipped.read_strokes(five).digit == 5


def test_a_dot_is_recognized_without_the_network() -> None:
    tap = [np.array([[140.0, 140], [141, 141]])]
    for reading in (
        Reader(network()).read_strokes(tap),
        Reader(network()).read_strokes(
            [np.array([[140.0, 140], [140, 147]])], canvas=mnist_format.Canvas(280, 280, 18)
        ),
        Reader(network()).read_pixels(mnist_format.canvas_from_strokes(tap, side=280, size=0, pen_width=18)),
    ):
        assert (reading.digit, reading.rejection) == (None, Rejection.DOT)
        assert reading.image.any()


def test_a_blank_canvas_is_rejected_as_blank(shipped: Reader) -> None:
    assert shipped.read_strokes([]).rejection is Rejection.BLANK
    assert shipped.read_pixels(np.zeros((280, 280, 4), np.uint8)).rejection is Rejection.BLANK


def rejecting_reader(threshold: float, temperature: float = 1.0) -> Reader:
    about = {
        "classes": [*"0123456789", "none"],
        "temperature": temperature,
        "refusal": {"class": "none", "threshold": threshold},
    }
    return Reader(SavedNetwork(network((784, 8, 11)), about))


def test_the_threshold_is_read_from_the_file() -> None:
    probability = rejecting_reader(1.0).read_strokes(SEVEN).reject_probability
    assert 0 < probability < 1
    assert rejecting_reader(probability + 0.01).read_strokes(SEVEN).rejection is None
    rejected = rejecting_reader(probability - 0.01).read_strokes(SEVEN)
    assert (rejected.digit, rejected.rejection) == (None, Rejection.NOT_A_DIGIT)


def test_a_network_with_a_reject_output_still_has_ten_classes() -> None:
    reader = rejecting_reader(0.5, temperature=2.0)
    assert reader.classes == tuple("0123456789")
    reading = reader.read_strokes(SEVEN)
    logits = reader.network.logits(reading.image.reshape(1, 784))[0] / 2
    expected = np.exp(logits[:10]) / np.exp(logits[:10]).sum()
    np.testing.assert_allclose(reading.probabilities, expected, atol=1e-6)
    np.testing.assert_allclose(reader.probabilities(reading.image[None])[0], expected, atol=1e-6)
    assert reading.reject_probability == pytest.approx(np.exp(logits[10]) / np.exp(logits).sum(), abs=1e-6)
    assert reader.decision_rule.rejects(reader.logits(reading.image[None]))[0] == (reading.reject_probability > 0.5)


def test_a_network_without_a_reject_output_reads_a_digit_in_any_scribble() -> None:
    reading = Reader(network()).read_strokes(SCRIBBLE)
    assert reading.digit is not None
    assert (reading.rejection, reading.reject_probability) == (None, 0)


def test_the_published_interface_has_the_names_and_shapes_that_others_rely_on(shipped: Reader) -> None:
    """The interface that other programs rely on."""
    file = io.BytesIO()
    Image.fromarray(255 - canvas(SEVEN)[:, :, 3]).save(file, "PNG")
    for reading in (
        Reader.load(str(DIGITS)).read_strokes(SEVEN),
        shipped.read_pixels(canvas(SEVEN)),
        shipped.read_picture(file.getvalue(), "seven.png"),
    ):
        assert (reading.digit, reading.probabilities.shape) == (7, (10,))
        assert reading.image.shape == (28, 28)
        assert reading.image.dtype == np.float32
        assert 0 <= reading.image.min() <= reading.image.max() <= 1
    dataset = csv_files.read(csv_files.EMBEDDED, "digits")
    images = dataset.images[:5].reshape(-1, 28, 28)
    probabilities = shipped.probabilities(images)
    assert probabilities.shape == (5, 10)
    np.testing.assert_allclose(shipped.probabilities(images / 255), probabilities, atol=1e-6)
    assert weights.load(DIGITS.read_bytes(), "digits.npz").network.sizes == weights.load(DIGITS).network.sizes
    for refused in (
        lambda: shipped.read_picture(b"", "empty.png"),
        lambda: csv_files.read(b"", "empty.csv"),
        lambda: weights.load(b"", "empty.npz"),
    ):
        with pytest.raises(ValueError, match=r"^empty\.\w+ [^\n]+\.$"):
            refused()
    with pytest.raises(DataError):
        csv_files.read(b"", "empty.csv")
