"""The vital signs of a run at its checkpoints: measured afterwards, so that training steps cost no more.

What the optimizer did at a checkpoint is found by running it on a copy. Its state is not kept, so it first takes some
steps there, on new batches with the settings of that time; only the last of these steps counts.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.dataset import Split
from nn.batches import as_inputs
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES, alpha_in_effect
from nn.trainer import Diverged
from nn.vital_signs import LayerSigns, vital_signs
from training.checkpoints import Checkpoint
from training.history import Change
from training.initial_trainer import trainer_of
from training.settings import Settings

MOST, LEAST = 500, 64
"""The number of training examples on which a small network is measured, and the largest one."""

STEPS = 20
"""Steps on a copy for an optimizer with a state: momentum is then within 12% of what it would be (0.9²⁰)."""

_STEPPED_PER_MEASURED = 10
"""The maximum number of examples for these steps, per example measured, unless a single step takes more."""


def sample_size(network: Network) -> int:
    """Return on how many training examples, always the first, a network is measured: about 20 ms on one core."""
    return max(LEAST, min(MOST, 60_000_000 // network.vector.size))


def settings_at(step: int, settings: Settings, changes: Sequence[Change]) -> Settings:
    """Return the settings of the step after this one, given the latest settings and all changes, oldest first."""
    later: dict[str, object] = {}
    for change in changes:
        if change.step > step:
            later.setdefault(change.name, change.before)
    return replace(settings, **later)  # type: ignore[arg-type]


def checkpoint_signs(
    checkpoint: Checkpoint, settings: Settings, changes: Sequence[Change], split: Split
) -> tuple[LayerSigns, ...]:
    """Return the vital signs of each layer at a checkpoint; the update ratio is NaN where a step diverges.

    `settings` are the latest of the run, and `changes` those since the checkpoint, oldest first.
    """
    then, train = settings_at(checkpoint.step, settings, changes), split.train
    rule, copy = OPTIMIZERS[then.optimizer], checkpoint.network.copy()
    trainer = trainer_of(copy, then, split, np.random.default_rng((then.seed, 3)))
    done = checkpoint.epoch / then.epochs
    factor = SCHEDULES[then.schedule].factor
    trainer.learning_rate = alpha_in_effect(then.learning_rate, factor, done, then.warm_up, checkpoint.step + 1)
    trainer.schedule, trainer.warm_up = SCHEDULES["constant"], 0
    sample = sample_size(copy)
    most = _STEPPED_PER_MEASURED * sample
    steps = min(STEPS, checkpoint.step + 1, max(1, most // trainer.batch_size)) if rule.state else 1
    before = copy.vector
    try:
        for _ in range(steps):
            before = copy.vector.copy()
            trainer.step()
        update = copy.vector - before
    except Diverged:
        update = np.full_like(copy.vector, np.nan)
    pixels, labels = train.take(limit=sample)
    l2 = 0.0 if rule.decoupled_decay else then.l2
    with np.errstate(over="ignore", invalid="ignore"):  # weights may be huge just before a divergence
        return vital_signs(
            checkpoint.network,
            as_inputs(pixels),
            labels,
            update,
            l2=l2,
            examples=len(train),
            smoothing=then.label_smoothing,
        )
