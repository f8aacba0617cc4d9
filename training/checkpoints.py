"""Checkpoints: the weights of a run at earlier steps, for replay, in bounded memory.

Checkpoints are taken at square steps: 0, 1, 4, 9, …, which are dense early on, when a network changes fast. When there
are too many, every second one is dropped, leaving the squares of even numbers, then those of multiples of four, and so
on. The k-th of n checkpoints is therefore always at about (k/n)² of the steps.
"""

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
        next_step: The step of the next checkpoint, starting at 0.
    """

    def __init__(self, network: Network) -> None:
        """Choose the limit for networks of this size."""
        self.limit = most_kept(network.vector.nbytes)
        self.next_step = 0
        self._kept: list[Checkpoint] = []
        self._stride = 1  # the square roots of the steps kept are multiples of this

    def add(self, epoch: float, network: Network) -> None:
        """Add a copy of the network after `next_step` steps."""
        if len(self._kept) == self.limit:
            self._kept = self._kept[::2]
            self._stride *= 2
        self._kept.append(Checkpoint(self.next_step, epoch, network.copy().freeze()))
        self.next_step = (len(self._kept) * self._stride) ** 2

    def kept(self) -> tuple[Checkpoint, ...]:
        """Return the current checkpoints; later additions do not affect the tuple."""
        return tuple(self._kept)
