"""Calibration: confidence that matches accuracy.

Of the answers given with 90% confidence, 90% should be right. Trained networks tend to be overconfident; dividing the
logits by one number, the temperature, corrects that without changing any answer (Guo, Pleiss, Sun and Weinberger, 2017,
"On calibration of modern neural networks").
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.losses import cross_entropy

Floats = NDArray[np.floating[Any]]

BINS = 15
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0

_GOLDEN = (np.sqrt(5) - 1) / 2
_ENOUGH = 1e-5


def fit_temperature(logits: Floats, labels: NDArray[np.integer[Any]]) -> float:
    """Return the temperature T that minimizes the cross-entropy of softmax(logits / T).

    Cross-entropy is convex in 1/T, so as a function of log T it falls to a single minimum and rises again; golden
    section search finds it.

    Args:
        logits: (m, classes) floats, of examples that the network was not trained on.
        labels: (m,) integers in 0 … classes - 1.

    Returns:
        T between LOWEST_TEMPERATURE and HIGHEST_TEMPERATURE; the lowest if every answer is right.

    Raises:
        ValueError: When there are no examples.

    Source: Guo et al. (2017), section 4.2, temperature scaling.
    """
    if not len(labels):
        raise ValueError("labels must hold at least one example; got none")

    def loss(log_temperature: float) -> float:
        return cross_entropy(logits / np.exp(log_temperature), labels)

    low, high = float(np.log(LOWEST_TEMPERATURE)), float(np.log(HIGHEST_TEMPERATURE))
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    of_left, of_right = loss(left), loss(right)
    while high - low > _ENOUGH:
        if of_left <= of_right:
            high, right, of_right = right, left, of_left
            left = high - _GOLDEN * (high - low)
            of_left = loss(left)
        else:
            low, left, of_left = left, right, of_right
            right = low + _GOLDEN * (high - low)
            of_right = loss(right)
    return float(np.exp((low + high) / 2))


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Return Σ over bins of (fraction of the examples) · |accuracy - mean confidence|.

    Args:
        confidence: (m,) in [0, 1], the probability of the predicted class.
        right: (m,), whether the prediction was right.
        bins: The number of bins, of equal width; a confidence on a boundary belongs to the lower bin.

    Raises:
        ValueError: When there are no examples, the arguments differ in length, or a confidence is outside [0, 1].

    Source: Guo et al. (2017), equation 3.
    """
    if not len(confidence) or len(confidence) != len(right):
        raise ValueError(f"confidence and right must be as many, at least 1; got {len(confidence)} and {len(right)}")
    if not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError(f"confidence must lie in [0, 1]; got {confidence.min():g} to {confidence.max():g}")
    # (0, 1/M], (1/M, 2/M], … as in the paper; 0 goes to the first.
    bin_of = np.maximum(np.ceil(confidence.astype(np.float64) * bins).astype(np.int64) - 1, 0)  # (m,)
    surplus = np.bincount(bin_of, right.astype(np.float64) - confidence, minlength=bins)  # (bins,)
    return float(np.abs(surplus).sum() / len(confidence))
