"""The weights of a run at some steps of its way, to look back at: never so many that a long run would grow.

Kept are the steps whose number is a square: 0, 1, 4, 9, …, close together early, where a network changes fast. When
there are too many, every second one goes: the squares of even numbers stay, then those of multiples of four, and so
on. So the k-th of n is always (k/n)² of the way to the newest.
"""

from dataclasses import dataclass

from nn.network import Network

MOST, LEAST = 60, 8
"""Checkpoints of a run at the most; and so many may there be however large its network is.

Both are even, for the first and the newest to stay when they are thinned. The largest network that can be chosen,
784-1024-1024-1024-10 with 11.7 MB of weights, has LEAST, 93 MB of them.
"""

BYTES = 5_000_000
"""Memory that a run's checkpoints may take, as long as that is enough for LEAST."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A run's network after `step` steps; `epoch` counts passes over the training digits, in parts."""

    step: int
    epoch: float
    network: Network


class Checkpoints:
    """The checkpoints of one way from initial weights on, oldest first.

    Attributes:
        limit: How many there may be.
        next_step: The step at which the next one is to be added, from 0 on.
    """

    def __init__(self, network: Network) -> None:
        """Make room for networks of the size of this one."""
        self.limit = max(LEAST, min(MOST, BYTES // network.vector.nbytes)) // 2 * 2
        self.next_step = 0
        self._kept: list[Checkpoint] = []
        self._apart = 1  # the square roots of the steps kept are the multiples of this

    def add(self, epoch: float, network: Network) -> None:
        """Add a copy of the network, as it is after `next_step` steps."""
        if len(self._kept) == self.limit:
            self._kept = self._kept[::2]
            self._apart *= 2
        self._kept.append(Checkpoint(self.next_step, epoch, network.copy().freeze()))
        self.next_step = (len(self._kept) * self._apart) ** 2

    def kept(self) -> tuple[Checkpoint, ...]:
        """Return the checkpoints as they stand, for someone who looks on while the run goes on."""
        return tuple(self._kept)
