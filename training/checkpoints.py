"""Checkpoints: the weights of a run at earlier steps, for replay, in bounded memory.

Checkpoints are taken at square steps: 0, 1, 4, 9, …, which are dense early on, when a network changes fast. When there
are too many, every second one is dropped, leaving the squares of even numbers, then those of multiples of four, and so
on. The k-th of n checkpoints is therefore always at about (k/n)² of the steps.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nn.network import Network

MOST, LEAST = 60, 8
"""The maximum number of checkpoints of a run, and the number guaranteed for a network of any size.

Both are even, so that dropping every second one keeps the first and the last. The largest available network,
784-1024-1024-1024-10 with 11.7 MB of weights, keeps LEAST, which take 93 MB.
"""

BYTES = 5_000_000
"""Memory for the checkpoints of a run, unless LEAST need more."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The network of a run after `step` steps; `epoch` counts passes over the training examples, with fractions."""

    step: int
    epoch: float
    network: Network


def most_kept(network_bytes: int) -> int:
    """Return the maximum number of checkpoints of a network with this many bytes of weights."""
    return max(LEAST, min(MOST, BYTES // network_bytes)) // 2 * 2


class Checkpoints:
    """The checkpoints of a run since its initial weights, oldest first.

    Attributes:
        limit: The maximum number of checkpoints kept.
        stride: The square roots of the kept steps are multiples of this.
    """

    def __init__(self, network: Network, kept: Iterable[Checkpoint] = (), stride: int = 1) -> None:
        """Choose the limit for networks of this size; begin empty, or with another instance's checkpoints."""
        self.limit = most_kept(network.vector.nbytes)
        self.stride = stride
        self._kept = list(kept)

    @property
    def next_step(self) -> int:
        """The step of the next checkpoint, starting at 0."""
        return (len(self._kept) * self.stride) ** 2

    def add(self, epoch: float, network: Network) -> None:
        """Add a copy of the network after `next_step` steps."""
        step = self.next_step
        if len(self._kept) == self.limit:
            self._kept = self._kept[::2]
            self.stride *= 2
        self._kept.append(Checkpoint(step, epoch, network.copy().freeze()))

    def kept(self) -> tuple[Checkpoint, ...]:
        """Return the current checkpoints; later additions do not affect the tuple."""
        return tuple(self._kept)
