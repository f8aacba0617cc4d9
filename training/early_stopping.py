"""Early stopping: end a run when its loss on dev no longer falls, and return to the weights with the lowest loss.

(Prechelt 1998, *Early stopping: but when?*; Goodfellow, Bengio, Courville, *Deep Learning*, 2016, algorithm 7.1.)

Losses are compared at the end of each epoch, on the dev digits of the curves. The steps at which the curves are
measured would not do: they depend on the pace of a run, and its final weights must not.
"""

import math
from dataclasses import dataclass

from training.checkpoints import Checkpoint


@dataclass(frozen=True)
class Return:
    """A return to earlier weights.

    Attributes:
        step: The last step taken before it.
        to_step: The step after which the weights were the best; the optimizer starts over from there.
    """

    step: int
    to_step: int


@dataclass
class EarlyStopping:
    """The best epoch of a run so far.

    Attributes:
        best: Its weights; None before the first epoch.
        least: Its loss on dev.
        judged: The last step of the last epoch judged.
        epochs: Epochs since the best one.
    """

    best: Checkpoint | None = None
    least: float = math.inf
    judged: int = 0
    epochs: int = 0

    def gives_up(self, here: Checkpoint, dev_loss: float, patience: int) -> bool:
        """Record the loss at the end of an epoch; return whether it is the `patience`-th without a lower one.

        Args:
            here: The network at this point; copied if it is the best.
            dev_loss: Its loss on dev.
            patience: Epochs to wait, at least 1.
        """
        if here.step == self.judged:
            return False
        self.judged = here.step
        self.epochs += 1
        if dev_loss < self.least:
            self.best = Checkpoint(here.step, here.epoch, here.network.copy().freeze())
            self.least, self.epochs = dev_loss, 0
        return self.epochs >= patience

    def go_on(self) -> None:
        """Start counting epochs from 0 again."""
        self.epochs = 0
