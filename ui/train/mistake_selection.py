"""Which of a network's mistakes are selected: on dev or test, a cell of the confusion matrix, one digit."""

import hashlib
import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.dataset import Examples
from nn.evaluation import Outcomes, outcomes
from nn.network import Network

MeasuredSplit = Literal["Dev", "Test"]
Cell = tuple[int, int]
"""The true class and the reading, as indices."""

_PAUSE_FACTOR = 10
"""During training, pause this many times as long as a measurement took: it uses at most a tenth of a core."""


@dataclass(frozen=True, eq=False)
class MeasuredOutcomes:
    """The outcomes of a network on all examples of a split, and its step."""

    step: int
    outcomes: Outcomes


@dataclass
class MistakeSelection:
    """What is selected.

    Attributes:
        split: Dev or test.
        cell: The selected cell of the confusion matrix; None for the worst of all mistakes.
        digit: The selected digit's index in the split; None if there is none.
    """

    split: MeasuredSplit = "Dev"
    cell: Cell | None = None
    digit: int | None = None
    _dev: MeasuredOutcomes | None = None
    _fingerprint: bytes = b""
    _due: float = 0.0

    def choose_split(self, split: MeasuredSplit) -> None:
        """Select another split; the cell stays, the digit is deselected."""
        if split != self.split:
            self.split, self.digit = split, None

    def choose_cell(self, cell: Cell | None) -> None:
        """Select a cell, or none."""
        if cell != self.cell:
            self.cell, self.digit = cell, None

    def dev_outcomes(self, network: Network, step: int, dev: Examples, *, training: bool) -> MeasuredOutcomes:
        """Return the outcomes of a network on dev, measured again only if its weights have changed.

        Args:
            network: Read only.
            step: Its step.
            dev: The same examples at each call.
            training: Whether its weights will soon change again, so that the last outcomes will do for a while.
        """
        fingerprint = hashlib.blake2b(network.vector.data, digest_size=16).digest()
        if self._dev is not None and (fingerprint == self._fingerprint or (training and time.monotonic() < self._due)):
            return self._dev
        began = time.monotonic()
        self._dev, self._fingerprint = measure(network, step, dev), fingerprint
        ended = time.monotonic()
        self._due = ended + _PAUSE_FACTOR * (ended - began)
        return self._dev


def measure(network: Network, step: int, digits: Examples) -> MeasuredOutcomes:
    """Measure a network on examples; its weights may be huge, just before it diverges."""
    with np.errstate(over="ignore", invalid="ignore"):
        return MeasuredOutcomes(step, outcomes(network, digits.images, digits.labels, digits.rows))


def worst_first(made: Outcomes, cell: Cell | None) -> NDArray[np.int64]:
    """Return the indices of the examples in a cell, or of all mistakes, (k,), highest loss first."""
    if cell is None:
        chosen = np.flatnonzero(made.read != made.labels)
    else:
        truth, read = cell
        chosen = np.flatnonzero((made.labels == truth) & (made.read == read))
    order: NDArray[np.int64] = chosen[np.argsort(-made.losses[chosen], kind="stable")]
    return order
