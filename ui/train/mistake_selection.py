"""What a person looks at of a network's mistakes: on dev or test, a cell of the confusion matrix, one digit."""

import hashlib
import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.dataset import Examples
from nn.evaluation import Outcomes, outcomes
from nn.network import Network

Part = Literal["Dev", "Test"]
Cell = tuple[int, int]
"""What digits are, and what was read in them: indices of classes."""

_PAUSE = 10
"""A network in training is read anew after so many times what it took: at most a tenth of a core is spent on it."""


@dataclass(frozen=True, eq=False)
class MeasuredOutcomes:
    """What a network makes of all digits of a part, and the step at which it was asked."""

    step: int
    outcomes: Outcomes


@dataclass
class MistakeSelection:
    """What a person looks at.

    Attributes:
        part: Dev or test.
        cell: The cell chosen of the confusion matrix; None for the worst of all mistakes.
        digit: The digit chosen, by its place in the part; None when there is none.
    """

    part: Part = "Dev"
    cell: Cell | None = None
    digit: int | None = None
    _dev: MeasuredOutcomes | None = None
    _network: bytes = b""
    _due: float = 0.0

    def choose_part(self, part: Part) -> None:
        """Look at another part; the cell stays, the digit is of the part before."""
        if part != self.part:
            self.part, self.digit = part, None

    def choose_cell(self, cell: Cell | None) -> None:
        """Choose a cell, or none."""
        if cell != self.cell:
            self.cell, self.digit = cell, None

    def dev_outcomes(self, network: Network, step: int, dev: Examples, *, training: bool) -> MeasuredOutcomes:
        """Return what a network makes of dev; it is asked anew when it is not what it was the last time.

        Args:
            network: It is only read.
            step: The step at which it stands.
            dev: The same digits at each call.
            training: Whether it will soon be another one, so that the last answer may do for a while.
        """
        mark = hashlib.blake2b(network.vector.data, digest_size=16).digest()
        if self._dev is not None and (mark == self._network or (training and time.monotonic() < self._due)):
            return self._dev
        began = time.monotonic()
        self._dev, self._network = measure(network, step, dev), mark
        ended = time.monotonic()
        self._due = ended + _PAUSE * (ended - began)
        return self._dev


def measure(network: Network, step: int, digits: Examples) -> MeasuredOutcomes:
    """Have a network read digits; its weights may be huge, just before a divergence."""
    with np.errstate(over="ignore", invalid="ignore"):
        return MeasuredOutcomes(step, outcomes(network, digits.images, digits.labels, digits.rows))


def worst_first(made: Outcomes, cell: Cell | None) -> NDArray[np.int64]:
    """Return the places of the digits in a cell, or of all mistakes, (k,), the greatest loss first."""
    if cell is None:
        chosen = np.flatnonzero(made.read != made.labels)
    else:
        truth, read = cell
        chosen = np.flatnonzero((made.labels == truth) & (made.read == read))
    order: NDArray[np.int64] = chosen[np.argsort(-made.losses[chosen], kind="stable")]
    return order
