"""Temperature and calibration error against numbers worked by hand and against known probabilities."""

import numpy as np
import pytest

from nn.calibration import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, expected_calibration_error, fit_temperature
from nn.losses import cross_entropy, softmax


def test_the_error_of_a_worked_example() -> None:
    """Two bins: 0.3 and 0.5, one of them right; 0.9 and 0.7, both right."""
    confidence = np.array([0.3, 0.5, 0.9, 0.7])
    right = np.array([True, False, True, True])
    by_hand = 2 / 4 * abs(1 / 2 - 0.4) + 2 / 4 * abs(1 - 0.8)
    assert expected_calibration_error(confidence, right, bins=2) == pytest.approx(by_hand)


def test_a_confidence_on_a_bin_boundary_belongs_to_the_lower_bin() -> None:
    """In the upper bin, 0.5 (wrong) would share a bin with 0.6 (right), and their errors would nearly cancel."""
    confidence, right = np.array([0.5, 0.6]), np.array([False, True])
    assert expected_calibration_error(confidence, right, bins=2) == pytest.approx((0.5 + 0.4) / 2)


def test_confidences_of_0_and_1_fall_in_a_bin() -> None:
    assert expected_calibration_error(np.array([0.0, 1.0]), np.array([False, True])) == 0.0


@pytest.mark.parametrize("claimed", [1.0, 0.95])
def test_the_error_is_the_excess_of_confidence_over_accuracy(claimed: float) -> None:
    confidence = np.full(100, claimed, np.float32)
    right = np.arange(100) < 80
    assert expected_calibration_error(confidence, right) == pytest.approx(claimed - 0.8, abs=1e-6)


def test_calibrated_confidences_have_almost_no_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0, 1, 200_000)
    assert expected_calibration_error(confidence, rng.uniform(0, 1, 200_000) < confidence) < 0.006


@pytest.mark.parametrize("truth", [0.4, 1.0, 2.5])
def test_the_temperature_used_to_sample_labels_is_recovered(truth: float) -> None:
    rng = np.random.default_rng(1)
    logits = 4 * rng.standard_normal((20_000, 5))
    cumulative = softmax(logits / truth).cumsum(axis=1)
    labels = np.minimum((rng.uniform(size=(20_000, 1)) > cumulative).sum(axis=1), 4)
    assert fit_temperature(logits, labels) == pytest.approx(truth, rel=0.04)


def test_the_temperature_of_two_logits_matches_the_closed_form() -> None:
    """For two logits a margin z apart and a share p right, softmax(z / T) = p gives T = z / log(p / (1 - p))."""
    logits = np.tile([3.0, 0.0], (10, 1))
    labels = np.array([0] * 8 + [1] * 2)
    assert fit_temperature(logits, labels) == pytest.approx(3 / np.log(0.8 / 0.2), rel=1e-4)


def test_no_temperature_nearby_is_better() -> None:
    rng = np.random.default_rng(2)
    logits = 6 * rng.standard_normal((500, 10)).astype(np.float32)
    labels = np.where(rng.uniform(size=500) < 0.7, logits.argmax(axis=1), rng.integers(0, 10, 500))
    found = fit_temperature(logits, labels)
    best = cross_entropy(logits / found, labels)
    assert all(cross_entropy(logits / (found * factor), labels) > best for factor in (0.9, 1.1))


def test_the_temperature_stays_within_its_bounds() -> None:
    logits = np.array([[5.0, 0.0], [0.0, 5.0]])
    assert fit_temperature(logits, np.array([0, 1])) == pytest.approx(LOWEST_TEMPERATURE, rel=1e-3)
    assert fit_temperature(logits, np.array([1, 0])) == pytest.approx(HIGHEST_TEMPERATURE, rel=1e-3)


def test_calibration_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^labels must hold"):
        fit_temperature(np.empty((0, 10)), np.empty(0, np.int64))
    for confidence, right in ((np.empty(0), np.empty(0, bool)), (np.ones(2), np.ones(3, bool))):
        with pytest.raises(ValueError, match=r"^confidence and right must be as many"):
            expected_calibration_error(confidence, right)
    for beyond in (1.5, -0.1, np.nan):
        with pytest.raises(ValueError, match=r"^confidence must lie in \[0, 1\]"):
            expected_calibration_error(np.array([beyond]), np.array([True]))
