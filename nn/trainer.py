"""Mini-batch descent: which examples come next, and one step along their gradient."""

import math
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from nn.augmentation import Distortion, distort
from nn.batches import CHUNK, Images, Labels, Rows, chunks, gather
from nn.network import Network
from nn.optimizers import Optimizer


class Diverged(ArithmeticError):  # noqa: N818 - it is an outcome of training, not a mistake in a call
    """The loss or a weight stopped being a finite number.

    Attributes:
        step: The number of the step at which it happened; the network holds the last weights whose loss was finite.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"The loss stopped being a number at step {step:,}.")
        self.step = step


@dataclass(frozen=True)
class Position:
    """How far training has come: steps taken, passes over the data finished, and examples seen of the present one."""

    step: int
    epoch: int
    seen: int


class Trainer:
    """Trains a network, one mini-batch at a time.

    Each epoch visits every training example once, in an order drawn anew, in batches of `batch_size`; the last one
    may be smaller. A batch that holds everything needs no order: that is full-batch descent, a step an epoch.
    The attributes may be changed between steps and take hold at the next.

    Attributes:
        network: What is trained, in place.
        optimizer: Turns gradients into steps.
        learning_rate: α, above 0.
        l2: λ, at least 0, shared among the training examples (see nn.losses.l2_penalty).
        batch_size: Examples a step, at least 1.
        distortion: How far each image is distorted, anew whenever it is seen; None leaves images as they are.
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
        """Make ready to train.

        Args:
            network: See Attributes.
            optimizer: See Attributes.
            images: (m, inputs) uint8 pixels, turned to [0, 1] batch by batch, or floats in [0, 1]; only read.
            labels: (m,) integers in 0 … classes - 1; only read.
            rows: Which of them are training examples; all when left out.
            learning_rate: See Attributes.
            l2: See Attributes.
            batch_size: See Attributes.
            rng: Draws the order of each epoch.

        Raises:
            ValueError: When an argument does not fit the others, or there is nothing to train on.
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
        self._distorting = rng.spawn(1)[0]  # of its own, so that the order of the examples stays the same
        self._order = self._rows
        self._step = 0
        self._epoch = 0
        self._seen = 0
        # `_other` has the weights before the last step, whose loss was a number. The next step is written over them and
        # exchanged for the network's: two sets in turn, and no copy of them at each step.
        vector, other, self._gradient = _side_by_side(network.vector)
        network.take_up(vector)
        self._other = network.like(other)
        self._gradients = network.views(self._gradient)

    @property
    def examples(self) -> int:
        """m, the number of training examples."""
        return len(self._rows)

    @property
    def position(self) -> Position:
        """How far training has come."""
        return Position(self._step, self._epoch, self._seen)

    def step(self) -> float:
        """Take one step and return the loss J of its batch, from before the step.

        Raises:
            Diverged: When the loss or a parameter is no longer finite; the network keeps the last weights whose
                loss was, and the optimizer forgets.
            ValueError: When the batch size is below 1.
        """
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {self.batch_size}")
        rows = self._next_rows()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss = self._loss_and_gradient(rows)
            if not math.isfinite(loss):
                self.network.exchange(self._other)
                self._stop()
            following = self._other.vector
            # A NumPy scalar of float64 would turn the arithmetic of a float32 network into float64.
            self.optimizer.update(self.network.vector, self._gradient, float(self.learning_rate), out=following)
            # A sum of squares is finite only if every parameter is.
            if not math.isfinite(following @ following):
                self._stop()
        self.network.exchange(self._other)
        self._step += 1
        self._seen += len(rows)
        if self._seen >= self.examples:
            self._epoch += 1
            self._seen = 0
        return loss

    def _stop(self) -> NoReturn:
        """Raise Diverged; the network, and what it would fall back to, are the last weights whose loss was a number."""
        self._other.vector[:] = self.network.vector
        self.optimizer.restore({})  # what it remembers led here, and may not be finite either
        raise Diverged(self._step + 1)

    def epoch(self) -> float:
        """Take steps to the end of the present epoch and return their mean loss.

        Raises:
            Diverged: See `step`.
        """
        present, losses = self._epoch, []
        while self._epoch == present:
            losses.append(self.step())
        return float(np.mean(losses))

    def _next_rows(self) -> Rows:
        """Return the rows of the next batch, drawing a new order where an epoch begins."""
        if self._seen == 0:
            everything = self.batch_size >= self.examples
            self._order = self._rows if everything else self._rng.permutation(self._rows)
        return self._order[self._seen : self._seen + self.batch_size]

    def _loss_and_gradient(self, rows: Rows) -> float:
        """Return the loss J of a batch, and leave its gradient in `_gradient`.

        A batch of more than CHUNK examples goes through in pieces: the mean over all of them is the mean over each
        piece, weighted by its size.
        """
        if len(rows) <= CHUNK:
            return self._piece(rows, self._gradients)
        loss = 0.0
        self._gradient.fill(0)
        piece: NDArray[np.floating[Any]] = np.empty_like(self._gradient)
        gradients = self.network.views(piece)
        for chunk in chunks(rows):
            share = len(chunk) / len(rows)
            loss += share * self._piece(chunk, gradients)
            self._gradient += share * piece
        return loss

    def _piece(self, rows: Rows, out: list[NDArray[np.floating[Any]]]) -> float:
        inputs, labels = gather(self._images, self._labels, rows, self.network.dtype)
        if self.distortion is not None:
            inputs = distort(inputs, self.distortion, rng=self._distorting).astype(self.network.dtype, copy=False)
        return self.network.gradients(inputs, labels, l2=float(self.l2), examples=self.examples, out=out)[0]


def _side_by_side(vector: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return three copies of a vector (count,), as rows (3, count), in one piece of memory.

    From 4 MB on NumPy asks the system for large pages, which each of them alone may be too short for: with 784-800-10 a
    step took 4% less time so.
    """
    line = 64 // vector.itemsize  # each begins at a cache line as far as the first does
    rows = np.empty((3, -(-len(vector) // line) * line), vector.dtype)[:, : len(vector)]
    rows[:] = vector
    return rows
