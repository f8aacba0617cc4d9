"""Find a learning rate: take steps from the initial weights while α rises, and see where the loss is lowest.

(Smith 2017, *Cyclical learning rates for training neural networks*, section 3.3.) Unlike in the paper, α rises
exponentially rather than linearly, because the right α may be of any order of magnitude, and the loss on the batches is
watched instead of the accuracy.
"""

import math
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Split
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES
from nn.trainer import Diverged, Trainer
from training.initial_trainer import initial_trainer
from training.settings import SETTINGS, Settings

STEPS = 100
_DECADES = (-3, 2)
"""From a thousandth to a hundred times the optimizer's typical α."""

_SMOOTHING = 0.8
"""The weight of the earlier losses in a moving average: single batches are too noisy to compare."""

_RISEN = 4.0
"""The loss, in multiples of the lowest, at which no larger α needs to be tried."""

_BEFORE_LOWEST = 1 / 3
"""The suggestion, as a share of the α with the lowest loss.

With eleven networks on the embedded digits (four optimizers, batches of 8 to 512, none to three hidden layers), it was
within a factor of three of the best of 0.03, 0.1, … 30 times the typical α, by dev loss after five epochs.
"""


class AlphaFinder:
    """A copy of a run's initial network on which α rises.

    Attributes:
        settings: The settings of the run; α, its schedule and warm-up play no part.
        alphas: The α of each step, (STEPS,), ascending.
    """

    def __init__(self, settings: Settings, split: Split) -> None:
        """Prepare for the first step."""
        self.settings = settings
        self.alphas = OPTIMIZERS[settings.optimizer].typical_alpha * np.logspace(*_DECADES, STEPS)
        self._averages: list[float] = []
        self._average = 0.0
        self._trainer: Trainer | None = initial_trainer(settings, split, len(split.train.classes))
        self._trainer.schedule, self._trainer.warm_up = SCHEDULES["constant"], 0

    def advance(self, seconds: float) -> float | None:
        """Take steps for about this long; return 0 if there are more to take, None if not."""
        until = time.monotonic() + seconds
        while self._trainer is not None:
            if self._trainer.between_steps:
                self._trainer.learning_rate = float(self.alphas[len(self._averages)])
            try:
                loss = self._trainer.advance()
            except Diverged:
                self._trainer = None
                break
            if loss is not None and self._is_enough(loss):
                self._trainer = None
            elif time.monotonic() >= until:
                return 0.0
        return None

    def release_memory(self) -> None:
        """Keep everything: it is needed until the last step, and freed then."""

    @property
    def over(self) -> bool:
        """Whether the last step has been taken."""
        return self._trainer is None

    @property
    def losses(self) -> NDArray[Any]:
        """The moving average of the loss after each step so far, (n,) float64, in nats."""
        return np.array(self._averages)

    @property
    def lowest(self) -> float | None:
        """The α with the lowest loss; None if the loss never fell."""
        index = int(np.argmin(self._averages)) if self._averages else 0
        return float(self.alphas[index]) if index else None

    @property
    def suggested(self) -> float | None:
        """The suggestion of the slider nearest to a third of the α with the lowest loss; None if it never fell."""
        return None if self.lowest is None else SETTINGS["learning_rate"].nearest(_BEFORE_LOWEST * self.lowest)

    def _is_enough(self, loss: float) -> bool:
        """Record the loss of a step; return whether it was the last."""
        self._average = _SMOOTHING * self._average + (1 - _SMOOTHING) * loss
        self._averages.append(self._average / (1 - _SMOOTHING ** (len(self._averages) + 1)))
        risen = self._averages[-1] > _RISEN * min(self._averages)
        return risen or not math.isfinite(loss) or len(self._averages) == STEPS
