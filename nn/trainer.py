"""Mini-batch gradient descent: which examples come next, and one step along their gradient."""

import math
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from nn.augmentation import Distortion, distort
from nn.batches import CHUNK, Images, Labels, Rows, gather, slices
from nn.network import Network
from nn.optimizers import Optimizer


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of training, not an error in a call
    """The loss or a parameter is no longer finite.

    Attributes:
        step: The number of the step that failed; the network holds the last parameters whose loss was finite.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"The loss stopped being a number at step {step:,}.")
        self.step = step


@dataclass(frozen=True)
class Position:
    """Progress of training: steps taken, epochs completed, and examples seen in the current epoch."""

    step: int
    epoch: int
    seen: int


class Trainer:
    """Trains a network, one mini-batch at a time.

    Each epoch visits every training example once, in a new random order, in batches of `batch_size`; the last one may
    be smaller. A batch size of at least `examples` is full-batch descent: one step an epoch, in the order of the rows.
    The attributes may be changed between steps and apply from the next step on.

    Attributes:
        network: The network, trained in place.
        optimizer: Turns gradients into steps.
        learning_rate: α, above 0.
        l2: λ, at least 0, divided by the number of training examples (see nn.losses.l2_penalty).
        batch_size: Examples per step, at least 1.
        distortion: How far each image is distorted, at random every time it is used; None for not at all.
    """

    def __init__(
        self,
        network: Network,
        optimizer: Optimizer,
        images: Images,
        labels: Labels,
        rows: Rows | None = None,
        *,
        learning_rate: float,
        l2: float = 0.0,
        batch_size: int,
        rng: np.random.Generator,
    ) -> None:
        """Prepare for the first step.

        Args:
            network: See Attributes.
            optimizer: See Attributes.
            images: (m, inputs) uint8 pixels, scaled to [0, 1] batch by batch, or floats in [0, 1]; never written to.
            labels: (m,) integers in 0 … classes - 1; never written to.
            rows: Indices of the training examples; all by default.
            learning_rate: See Attributes.
            l2: See Attributes.
            batch_size: See Attributes.
            rng: Draws the order of each epoch.

        Raises:
            ValueError: When the arguments do not fit together, or there are no training examples.
        """
        self._rows = np.arange(len(labels)) if rows is None else rows
        if not len(self._rows):
            raise ValueError("rows must name at least one training example; got none")
        if images.ndim != 2 or images.shape[1] != network.sizes[0]:
            raise ValueError(f"images must have the shape (m, {network.sizes[0]}); got {images.shape}")
        if len(labels) != len(images):
            raise ValueError(f"labels must be as many as images, {len(images)}; got {len(labels)}")
        if int(labels.min()) < 0 or int(labels.max()) >= network.sizes[-1]:
            raise ValueError(f"labels must lie in 0 to {network.sizes[-1] - 1}; got {labels.min()} to {labels.max()}")
        self.network = network
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.l2 = l2
        self.batch_size = batch_size
        self.distortion: Distortion | None = None
        self._images = images
        self._labels = labels
        self._rng = rng
        self._distortion_rng = rng.spawn(1)[0]  # independent, so that distortion does not change the order of examples
        self._order = self._rows
        self._step = 0
        self._epoch = 0
        self._seen = 0
        self._gradient = np.empty_like(network.vector)  # (count,), allocated once
        self._gradients = network.views(self._gradient)
        self._last_good = network.vector.copy()  # (count,), the last parameters whose loss was finite

    @property
    def examples(self) -> int:
        """m, the number of training examples."""
        return len(self._rows)

    @property
    def position(self) -> Position:
        """The progress of training."""
        return Position(self._step, self._epoch, self._seen)

    def step(self) -> float:
        """Take one step and return the loss J of its batch, computed before the step.

        Raises:
            Diverged: When the loss or a parameter is no longer finite. The network goes back to the last parameters
                whose loss was finite, and the optimizer is reset.
            ValueError: When the batch size is below 1.
        """
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {self.batch_size}")
        rows, theta = self._next_batch(), self.network.vector
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss = self._loss_and_gradient(rows)
            if not math.isfinite(loss):
                self._give_up()
            self._last_good[:] = theta
            # A NumPy float64 would turn the arithmetic of a float32 network into float64.
            self.optimizer.update(theta, self._gradient, float(self.learning_rate))
            # The sum of squares is finite only if every parameter is.
            if not math.isfinite(theta @ theta):
                self._give_up()
        self._step += 1
        self._seen += len(rows)
        if self._seen >= self.examples:
            self._epoch += 1
            self._seen = 0
        return loss

    def _give_up(self) -> NoReturn:
        """Go back to the last good parameters and raise Diverged."""
        self.network.vector[:] = self._last_good
        self.optimizer.reset()  # its state led here, and may not be finite either
        raise Diverged(self._step + 1)

    def _next_batch(self) -> Rows:
        """Return the rows of the next batch, drawing a new order at the start of an epoch."""
        if self._seen == 0:
            full_batch = self.batch_size >= self.examples
            self._order = self._rows if full_batch else self._rng.permutation(self._rows)
        return self._order[self._seen : self._seen + self.batch_size]

    def _loss_and_gradient(self, rows: Rows) -> float:
        """Return the loss J of a batch, and leave its gradient in `_gradient`.

        A batch of more than CHUNK examples is processed in pieces to bound its memory: its mean is the mean of the
        pieces, weighted by their sizes.
        """
        if len(rows) <= CHUNK:
            return self._piece(rows, self._gradients)
        loss, piece = 0.0, np.empty_like(self._gradient)
        gradients = self.network.views(piece)
        self._gradient.fill(0)
        for part in slices(len(rows)):
            share = len(rows[part]) / len(rows)
            loss += share * self._piece(rows[part], gradients)
            self._gradient += share * piece
        return loss

    def _piece(self, rows: Rows, out: list[NDArray[np.floating[Any]]]) -> float:
        """Return the loss J of some examples, and write its gradient to `out`."""
        images, labels = gather(self._images, self._labels, rows, self.network.dtype)
        if self.distortion is not None:
            images = distort(images, self.distortion, rng=self._distortion_rng).astype(self.network.dtype, copy=False)
        return self.network.gradients(images, labels, l2=float(self.l2), examples=self.examples, out=out)[0]
