"""From logits to a decision: calibrated probabilities, and whether to reject an image as not a digit.

A network that was also trained on non-digits has one output for them in addition to one for each class. Its class
probabilities are conditional on the image belonging to one of the classes; a threshold on the probability that it
belongs to none decides rejection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from nn.calibration import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE
from nn.losses import softmax

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from models.weights import SavedNetwork

    Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class DecisionRule:
    """Turns logits (m, outputs) into decisions.

    Attributes:
        temperature: Divides the logits before the softmax; see nn/calibration.py.
        reject_index: The index of the output for non-digits; None for a network without one, which never rejects.
        threshold: In [0, 1]; an image with a greater probability of being a non-digit is rejected.
    """

    temperature: float = 1.0
    reject_index: int | None = None
    threshold: float = 1.0

    @classmethod
    def from_saved(cls, saved: SavedNetwork) -> Self:
        """Return the rule stored in the `about` of a saved network.

        {"temperature": T, "refusal": {"class": its name, "threshold": …}}. The file is untrusted: invalid values count
        as missing.
        """
        temperature = _temperature(saved.about)
        match saved.about.get("refusal"):
            case {"class": str(name), "threshold": int(threshold) | float(threshold)} if (
                name in saved.classes and len(saved.classes) > 1 and 0 <= threshold <= 1
            ):
                return cls(temperature, saved.classes.index(name), float(threshold))
        return cls(temperature)

    def probabilities(self, logits: Floats) -> Floats:
        """Return the probability (m, classes) of each class, given that it is one of them; rows sum to 1."""
        return softmax(self.class_logits(logits) / self.temperature)

    def reject_probability(self, logits: Floats) -> Floats:
        """Return the probability (m,) of a non-digit, among all outputs; zeros without a reject output."""
        if self.reject_index is None:
            return np.zeros(len(logits), logits.dtype)
        return softmax(logits / self.temperature)[:, self.reject_index]

    def rejects(self, logits: Floats) -> NDArray[np.bool_]:
        """Return a mask (m,) of the rejected images."""
        rejected: NDArray[np.bool_] = self.reject_probability(logits) > self.threshold
        return rejected

    def decisions(self, logits: Floats) -> NDArray[np.int64]:
        """Return the class (m,) read from each row of logits, from 0; -1 where the image is rejected."""
        return np.where(self.rejects(logits), -1, self.class_logits(logits).argmax(axis=1))

    def class_logits(self, logits: Floats) -> Floats:
        """Return the logits (m, classes) without the reject output."""
        return logits if self.reject_index is None else np.delete(logits, self.reject_index, axis=1)


def _temperature(about: Mapping[str, Any]) -> float:
    match about.get("temperature"):
        case int(stated) | float(stated) if LOWEST_TEMPERATURE <= stated <= HIGHEST_TEMPERATURE:
            return float(stated)
    return 1.0
