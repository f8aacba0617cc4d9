"""The selection among a network's mistakes: dev or test, a confusion-matrix cell, one digit."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.dataset import Examples
from nn.evaluation import Outcomes, highest_loss_first, outcomes
from nn.network import Network

MeasuredSplit = Literal["dev", "test"]
Cell = tuple[int, int]
"""The true class and the reading, as indices."""

_PAUSE_FACTOR = 10
"""During training, wait this many times the duration of a measurement: at most a tenth of a core is used."""


@dataclass(frozen=True, eq=False)
class MeasuredOutcomes:
    """A network's outcomes on all examples of a split, and its training step."""

    step: int
    outcomes: Outcomes


class LatestOutcomes:
    """A network's outcomes on some examples, measured again only after its weights have changed."""

    def __init__(self) -> None:
        """Measure nothing yet."""
        self._latest: MeasuredOutcomes | None = None
        self._fingerprint = b""
        self._due = 0.0

    def of(self, network: Network, step: int, examples: Examples, *, training: bool) -> MeasuredOutcomes:
        """Return the outcomes.

        Args:
            network: The network, which is not modified.
            step: Its training step.
            examples: The examples, the same at each call.
            training: Whether the weights are about to change again; if so, slightly outdated outcomes may be returned.
        """
        fingerprint = hashlib.blake2b(network.vector.data, digest_size=16).digest()
        known = fingerprint == self._fingerprint or (training and time.monotonic() < self._due)
        if self._latest is not None and known:
            return self._latest
        began = time.monotonic()
        self._latest, self._fingerprint = measure(network, step, examples), fingerprint
        ended = time.monotonic()
        self._due = ended + _PAUSE_FACTOR * (ended - began)
        return self._latest


@dataclass
class MistakeSelection:
    """The selection.

    Attributes:
        split: Dev or test.
        cell: The selected confusion-matrix cell; None shows the worst of all mistakes.
        digit: The index of the selected digit in the split; None if none is selected.
        dev: The outcomes on dev.
    """

    split: MeasuredSplit = "dev"
    cell: Cell | None = None
    digit: int | None = None
    dev: LatestOutcomes = field(default_factory=LatestOutcomes)

    def choose_split(self, split: MeasuredSplit) -> None:
        """Select a split; a change keeps the cell and deselects the digit."""
        if split != self.split:
            self.split, self.digit = split, None

    def choose_cell(self, cell: Cell | None) -> None:
        """Select a cell, or none."""
        if cell != self.cell:
            self.cell, self.digit = cell, None


def measure(network: Network, step: int, digits: Examples) -> MeasuredOutcomes:
    """Measure a network on examples, even if its weights are huge, as they may be just before divergence."""
    with np.errstate(over="ignore", invalid="ignore"):
        return MeasuredOutcomes(step, outcomes(network, digits.images, digits.labels, digits.rows))


def worst_first(made: Outcomes, cell: Cell | None) -> NDArray[np.int64]:
    """Return the indices of the examples in a cell, or of all mistakes, (k,), highest loss first."""
    if cell is None:
        chosen = np.flatnonzero(made.read != made.labels)
    else:
        truth, read = cell
        chosen = np.flatnonzero((made.labels == truth) & (made.read == read))
    return highest_loss_first(made, chosen)
