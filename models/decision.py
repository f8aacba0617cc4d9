"""From logits to an answer: how sure a network is, and whether it refuses.

A network that was shown what is no digit has one output for that, besides one for each class. What it says of the
classes is said as if the drawing were one of them; how likely it is none stands apart, and is held against a threshold.
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
class Judgement:
    """What turns logits (m, outputs) into answers.

    Attributes:
        temperature: what the logits are divided by before the softmax; see nn/calibration.py.
        refusing: the index of the output for what is no digit; None for a network that has none, and never refuses.
        threshold: in [0, 1]; what is no digit with a greater probability than this is refused.
    """

    temperature: float = 1.0
    refusing: int | None = None
    threshold: float = 1.0

    @classmethod
    def stated(cls, saved: SavedNetwork) -> Self:
        """Return the one that a saved network's about states.

        {"temperature": T, "refusal": {"class": its name, "threshold": …}}. Whoever wrote the file may have written
        anything: what cannot be used counts as not there.
        """
        temperature = _stated_temperature(saved.about)
        match saved.about.get("refusal"):
            case {"class": str(name), "threshold": int(threshold) | float(threshold)} if (
                name in saved.classes and len(saved.classes) > 1 and 0 <= threshold <= 1
            ):
                return cls(temperature, saved.classes.index(name), float(threshold))
        return cls(temperature)

    def probabilities(self, logits: Floats) -> Floats:
        """The probability of each class, given that it is one of them: (m, classes), rows that add up to 1."""
        return softmax(self.of_classes(logits) / self.temperature)

    def doubt(self, logits: Floats) -> Floats:
        """The probability (m,) that it is none, among all outputs; zeros without an output for it."""
        if self.refusing is None:
            return np.zeros(len(logits), logits.dtype)
        return softmax(logits / self.temperature)[:, self.refusing]

    def refuses(self, doubt: Floats) -> NDArray[np.bool_]:
        """Whether so much doubt (m,) is too much: (m,)."""
        refused: NDArray[np.bool_] = doubt > self.threshold
        return refused

    def of_classes(self, logits: Floats) -> Floats:
        """The logits (m, classes) of the classes alone."""
        return logits if self.refusing is None else np.delete(logits, self.refusing, axis=1)


def _stated_temperature(about: Mapping[str, Any]) -> float:
    match about.get("temperature"):
        case int(stated) | float(stated) if LOWEST_TEMPERATURE <= stated <= HIGHEST_TEMPERATURE:
            return float(stated)
    return 1.0
