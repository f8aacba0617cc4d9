"""Morphs: the ends are the images, the hidden line is straight in the logits, and the answer turns where it should."""

import numpy as np
import pytest

from nn.morph import hidden_path, pixel_path, turning_point
from nn.network import Network


def test_the_ends_of_both_lines_are_the_two_images() -> None:
    rng = np.random.default_rng(1)
    network = Network.initialize((6, 5, 3), rng=rng, dtype=np.float64)
    images = rng.random((2, 6))
    for path in (pixel_path, hidden_path):
        np.testing.assert_allclose(path(network, images[0], images[1], np.array([0.0, 1.0])), network.logits(images))


def test_the_hidden_line_is_that_of_the_mean_activations() -> None:
    rng = np.random.default_rng(1)
    network = Network.initialize((6, 5, 4, 3), rng=rng, dtype=np.float64)
    first, second = rng.random((2, 6))
    middle = network.hidden(np.stack([first, second]))[-1].mean(axis=0)
    expected = middle @ network.weights[-1] + network.biases[-1]
    np.testing.assert_allclose(hidden_path(network, first, second, np.array([0.5]))[0], expected)


def test_the_answer_turns_where_the_logits_cross() -> None:
    """On a linear network z = (1 - t, 3t): they cross at t = 1/4."""
    network = Network([np.array([[1.0, 0.0], [0.0, 3.0]]), np.zeros(2)])
    first, second = np.eye(2)

    def answers(shares: np.ndarray) -> np.ndarray:
        return pixel_path(network, first, second, shares).argmax(axis=1)

    assert turning_point(answers) == pytest.approx(0.25, abs=2e-4)
    assert turning_point(lambda shares: np.zeros(len(shares), np.int64)) is None
