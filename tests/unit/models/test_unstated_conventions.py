"""What a file does not state: the right answers give the network that was meant, and the accuracies identify them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files
from models import unstated_conventions, weights
from models.unstated_conventions import INPUT_SCALES, POSSIBILITIES, accuracies, answered, possibilities
from models.weights import SavedNetwork
from nn.activations import ACTIVATIONS
from nn.batches import as_inputs
from nn.network import Network, forward

IMAGES: NDArray[Any] = np.random.default_rng(3).integers(0, 256, (20, 784), np.uint8)
NETWORK = Network.initialize((784, 6, 10), rng=np.random.default_rng(1))


@pytest.mark.parametrize("scale", INPUT_SCALES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_answered_network_reads_pixels_as_the_file_s_reads_its_own_inputs(activation: str, scale: str) -> None:
    saved = SavedNetwork(NETWORK, {"name": "x"}, ("activation", "scale"))
    result = answered(saved, (activation, scale))
    assert (result.unstated, result.about) == ((), {"name": "x"})
    inputs = {
        "unit": IMAGES / 255,
        "bytes": IMAGES.astype(float),
        "signed": IMAGES / 127.5 - 1,
        "standardized": (IMAGES / 255 - 0.1307) / 0.3081,
    }[scale]
    hidden = len(NETWORK.weights) - 1
    expected = forward(NETWORK.parameters, inputs, [ACTIVATIONS[activation].function] * hidden)[1][-1]
    np.testing.assert_allclose(result.network.logits(as_inputs(IMAGES)), expected, rtol=1e-3, atol=1e-3)


def test_a_bias_in_the_last_row_gives_the_same_network() -> None:
    rows = [np.vstack([W, b]) for W, b in zip(NETWORK.weights, NETWORK.biases, strict=True)]
    network = Network([array for matrix in rows for array in (matrix[1:], matrix[0])])
    result = answered(SavedNetwork(network, {}, ("bias",)), ("last",)).network
    np.testing.assert_array_equal(result.vector, NETWORK.vector)
    assert answered(SavedNetwork(network, {}, ("bias",)), ("first",)).network.vector.tolist() == network.vector.tolist()


@pytest.mark.parametrize("answers", possibilities(("activation", "scale")), ids="-".join)
def test_the_accuracies_find_what_was_meant(answers: tuple[str, str]) -> None:
    """Labels from the network itself: only with the right answers does it read all of them."""
    digits = csv_files.embedded()
    network = Network.initialize((784, 20, 10), rng=np.random.default_rng(1), activation=answers[0])
    saved = SavedNetwork(network, {}, ("activation", "scale"))
    images = digits.images[:200]
    labels = answered(saved, answers).network.logits(as_inputs(images)).argmax(axis=1)
    measured = accuracies(saved, images, labels)
    assert list(measured) == sorted(measured, key=lambda given: -measured[given])
    assert len(measured) == len(ACTIVATIONS) * len(INPUT_SCALES)
    assert measured[answers] == max(measured.values()) == 1


def test_what_load_assumes_is_the_first_answer_to_each_question() -> None:
    first = {question: next(iter(answers)) for question, answers in POSSIBILITIES.items()}
    saved = SavedNetwork(NETWORK, {}, tuple(first))
    result = answered(saved, tuple(first.values())).network
    assert result.activations == NETWORK.activations
    np.testing.assert_array_equal(result.vector, NETWORK.vector)


def test_a_scale_that_overflows_is_refused() -> None:
    network = Network([np.full((784, 10), 1e33, np.float32), np.zeros(10, np.float32)])
    saved = SavedNetwork(network, {}, ("scale",))
    with pytest.raises(ValueError, match="overflow"):
        answered(saved, ("bytes",))
    assert len(accuracies(saved, IMAGES, np.zeros(20, int))) == len(INPUT_SCALES)


def test_our_own_files_leave_nothing_open() -> None:
    for file_format in weights.FORMATS:
        assert weights.load(weights.save(SavedNetwork(NETWORK), file_format)).unstated == ()


def test_a_large_network_reads_few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unstated_conventions, "_MULTIPLICATIONS", 1)
    saved = SavedNetwork(NETWORK, {}, ("activation",))
    labels = np.full(200, 9)
    labels[:50] = NETWORK.logits(as_inputs(np.zeros((1, 784), np.uint8))).argmax()
    assert accuracies(saved, np.zeros((200, 784), np.uint8), labels)["relu",] == 1
