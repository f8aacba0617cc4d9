"""Mini-batch gradient descent: which examples come next, and one step along their gradient."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.augmentation import Distortion, distort
from nn.batches import Images, Labels, Rows, gather
from nn.dropout import Dropout
from nn.network import Floats, Network
from nn.optimizers import Optimizer, clip
from nn.schedules import SCHEDULES, alpha_in_effect


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of training, not an error in a call
    """The loss or a parameter is no longer finite.

    Attributes:
        step: The number of the step that failed; the network holds the last parameters whose loss was finite.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"The loss stopped being a number at step {step:,}.")
        self.step = step


def examples_per_piece(parameters: int) -> int:
    """Return how many examples pass through a network at once in training: about 20 ms on one core, with distortion."""
    size = 512
    while size > 1 and size * parameters > 2**28:
        size //= 2
    return size


@dataclass(frozen=True)
class Position:
    """Progress of training: steps taken, epochs completed, and examples seen in the current epoch."""

    step: int
    epoch: int
    seen: int


@dataclass(frozen=True, eq=False)
class TrainerState:
    """What a trainer's next steps depend on, besides its attributes and examples; taken between two steps.

    Attributes:
        position: The progress of training.
        vector: (count,), the parameters.
        last_good: (count,), the parameters to go back to if the next loss is not finite.
        optimizer_steps: Steps that the optimizer has taken.
        optimizer_state: Its arrays (count,), by name; empty before the first step.
        order: (m,), the rows in the order of the current epoch; irrelevant at its start.
        rng_states: Of the generators of the order, the distortion and the dropout, as NumPy returns them.
    """

    position: Position
    vector: Floats
    last_good: Floats
    optimizer_steps: int
    optimizer_state: Mapping[str, Floats]
    order: Rows
    rng_states: tuple[Mapping[str, Any], ...]


@dataclass
class _Batch:
    """The batch of a step in progress.

    Attributes:
        rows: Its examples.
        gradient: (count,), the sum of what its pieces have contributed.
        rng_states: The states of the trainer's random generators before the batch, if it has several pieces.
        done: How many examples have been processed.
        loss: Their share of the batch's loss.
    """

    rows: Rows
    gradient: Floats
    rng_states: tuple[Any, ...]
    done: int = 0
    loss: float = 0.0


class Trainer:
    """Trains a network, one mini-batch at a time.

    Each epoch visits every training example once, in a new random order, in batches of `batch_size`; the last one may
    be smaller. A batch size of at least `examples` is full-batch descent: one step per epoch, in the order of the rows.
    The attributes may be changed between steps and apply from the next step on.

    Attributes:
        network: The network, trained in place.
        optimizer: Turns gradients into steps.
        learning_rate: α, above 0.
        schedule: How α changes during the run: a value of SCHEDULES.
        warm_up: The number of first steps over which α rises from 0.
        epochs: The epochs that the schedule spans, at least 1; then it starts over.
        l2: λ, at least 0, divided by the number of training examples (see nn.losses.l2_penalty); part of the loss
            unless the optimizer's decay is decoupled.
        batch_size: Examples per step, at least 1.
        distortion: How far each image is distorted, at random every time it is used; None for no distortion.
        dropout: The probability that a hidden unit is left out, independently for each example; in [0, 1).
        label_smoothing: ε of label smoothing, in [0, 1); see nn.losses.
        clip_norm: The norm to which longer gradients are scaled; 0 for no clipping.
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
        self.schedule = SCHEDULES["constant"]
        self.warm_up = 0
        self.epochs = 1
        self.dropout = self.label_smoothing = self.clip_norm = 0.0
        self._images = images
        self._labels = labels
        self._rng = rng
        # Independent, so that neither changes the order of the examples.
        self._distortion_rng, self._dropout_rng = rng.spawn(2)
        self._order = self._rows
        self._batch: _Batch | None = None
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

    @property
    def alpha(self) -> float:
        """The learning rate in effect at the next step."""
        done = (self._epoch * self.examples + self._seen) / (self.epochs * self.examples)
        return alpha_in_effect(float(self.learning_rate), self.schedule.factor, done, self.warm_up, self._step + 1)

    def step(self) -> float:
        """Take one step and return the loss J of its batch, computed before the step.

        Raises:
            Diverged: When the loss or a parameter is no longer finite. The network goes back to the last parameters
                whose loss was finite, and the optimizer is reset. Any other error, such as MemoryError, has the same
                effect.
            ValueError: When the batch size is below 1.
        """
        while (loss := self.advance()) is None:
            pass
        return loss

    def advance(self) -> float | None:
        """Process the next piece of a step; return the loss J of its batch if that was the last piece, otherwise None.

        A large batch is processed in pieces, which bounds its memory and lets other runs take their turns: its mean is
        the mean of the pieces, weighted by their sizes. Only the last piece changes the network and the position.

        Raises:
            Diverged, ValueError: See `step`.
        """
        batch = self._batch = self._batch or self._next_batch()
        rows = batch.rows[batch.done : batch.done + self._piece_size]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self._process(rows, batch)
            if batch.done < len(batch.rows):
                return None
            self._batch = None
            try:
                self._descend(batch)
            except Exception:
                self.network.vector[:] = self._last_good
                self.optimizer.reset()  # its state led here, and may not be finite or may be that of half a step
                raise
        self._step += 1
        self._seen += len(batch.rows)
        if self._seen >= self.examples:
            self._epoch += 1
            self._seen = 0
        return batch.loss

    @property
    def between_steps(self) -> bool:
        """Whether the next piece is the first of a step."""
        return self._batch is None

    def abandon_step(self) -> None:
        """Undo the pieces of a step in progress, so that it starts over, with the attributes' values at that time."""
        if self._batch is not None:
            for rng, state in zip(self._generators, self._batch.rng_states, strict=False):  # none for a single piece
                rng.bit_generator.state = state
            self._batch = None

    def go_back(self, vector: Floats) -> None:
        """Continue from earlier parameters (count,); call it between two steps. The optimizer forgets all steps."""
        self.network.vector[:] = vector
        self.optimizer.reset()

    def state(self) -> TrainerState:
        """Return a copy of everything the next steps depend on, without the pieces of a step in progress."""
        begun = self._batch.rng_states if self._batch is not None else ()
        return TrainerState(
            self.position,
            self.network.vector.copy(),
            self._last_good.copy(),
            self.optimizer.steps,
            {name: array.copy() for name, array in self.optimizer.state.items()},
            self._order.copy(),
            begun or tuple(rng.bit_generator.state for rng in self._generators),
        )

    def restore(self, state: TrainerState) -> None:
        """Continue where another trainer with the same attributes and examples was, to bit-identical weights.

        Raises:
            ValueError: The state does not fit the network, the optimizer or the examples, or a random generator is of
                an unknown kind.
        """
        position, theta = state.position, self.network.vector
        arrays = {"vector": state.vector, "last_good": state.last_good, **state.optimizer_state}
        for name, array in arrays.items():
            if array.shape != theta.shape or array.dtype != theta.dtype:
                raise ValueError(f"{name} must be {theta.dtype} of the shape {theta.shape}; got {array.shape}")
        kept = tuple(state.optimizer_state)
        if kept and kept != self.optimizer.rule.state:
            raise ValueError(f"the optimizer keeps {', '.join(self.optimizer.rule.state) or 'nothing'}; got {kept}")
        if min(position.step, position.epoch, position.seen) < 0 or position.seen >= self.examples:
            raise ValueError(f"position must lie within an epoch of {self.examples} examples; got {position}")
        if position.seen and not np.array_equal(np.sort(state.order), np.sort(self._rows)):
            raise ValueError("order must hold each training example once")
        generators = [_generator(each) for each in state.rng_states]
        if len(generators) != len(self._generators):
            raise ValueError(f"rng_states must be {len(self._generators)}; got {len(generators)}")
        self._rng, self._distortion_rng, self._dropout_rng = generators
        theta[:], self._last_good[:] = state.vector, state.last_good
        self.optimizer.steps = state.optimizer_steps
        self.optimizer.state = {name: array.copy() for name, array in state.optimizer_state.items()}
        self._order, self._batch = state.order.copy(), None
        self._step, self._epoch, self._seen = position.step, position.epoch, position.seen

    @property
    def _generators(self) -> tuple[np.random.Generator, ...]:
        return self._rng, self._distortion_rng, self._dropout_rng

    @property
    def _piece_size(self) -> int:
        return examples_per_piece(len(self._gradient))

    def _next_batch(self) -> _Batch:
        """Return the next batch, drawing a new order at the start of an epoch."""
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {self.batch_size}")
        is_divided = min(self.batch_size, self.examples - self._seen) > self._piece_size
        rng_states = tuple(rng.bit_generator.state for rng in self._generators if is_divided)
        if self._seen == 0:
            full_batch = self.batch_size >= self.examples
            self._order = self._rows if full_batch else self._rng.permutation(self._rows)
        rows = self._order[self._seen : self._seen + self.batch_size]
        return _Batch(rows, np.zeros_like(self._gradient) if is_divided else self._gradient, rng_states)

    def _process(self, rows: Rows, batch: _Batch) -> None:
        """Add the loss and the gradient of some examples of a batch to those of its earlier pieces."""
        images, labels = gather(self._images, self._labels, rows, self.network.dtype)
        if self.distortion is not None:
            images = distort(images, self.distortion, rng=self._distortion_rng).astype(self.network.dtype, copy=False)
        l2 = 0.0 if self.optimizer.rule.decoupled_decay else float(self.l2)
        share = len(rows) / len(batch.rows)
        loss, _ = self.network.gradients(
            images,
            labels,
            l2=l2,
            examples=self.examples,
            out=self._gradients,
            smoothing=float(self.label_smoothing),
            dropout=Dropout(float(self.dropout), self._dropout_rng) if self.dropout else None,
        )
        if batch.gradient is not self._gradient:
            batch.gradient += share * self._gradient
        batch.loss += share * loss
        batch.done += len(rows)

    def _descend(self, batch: _Batch) -> None:
        """Update the network along the gradient of a batch."""
        theta = self.network.vector
        if not math.isfinite(batch.loss):
            raise Diverged(self._step + 1)
        self._last_good[:] = theta
        if self.clip_norm:
            clip(self.network.views(batch.gradient), float(self.clip_norm))
        alpha = self.alpha
        if self.optimizer.rule.decoupled_decay and self.l2:
            remainder = 1 - alpha * (float(self.l2) / self.examples)
            for W in self.network.weights:
                np.multiply(W, remainder, out=W)
        # A NumPy float64 would turn the arithmetic of a float32 network into float64.
        self.optimizer.update(theta, batch.gradient, alpha)
        # The sum of squares is finite only if every parameter is.
        if not math.isfinite(theta @ theta):
            raise Diverged(self._step + 1)


def _generator(state: Mapping[str, Any]) -> np.random.Generator:
    """Return a generator in the given state, in NumPy's form, which also names the kind of generator."""
    kinds = {kind.__name__: kind for kind in (np.random.PCG64, np.random.PCG64DXSM)}
    if state["bit_generator"] not in kinds:
        raise ValueError(f"bit_generator must be one of {', '.join(kinds)}; got {state['bit_generator']!r}")
    bits = kinds[state["bit_generator"]]()
    bits.state = dict(state)  # type: ignore[assignment]  # NumPy's type for it is private
    return np.random.Generator(bits)
