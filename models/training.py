"""Train one network by the recipe, from its last finished epoch on where it was interrupted.

Each epoch draws from generators of its own, seeded by (seed, epoch), so that weights, their average, optimizer and
epoch are all there is to remember, and an interrupted run reaches the very weights of one that was not.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from data.dataset import DIGITS
from models import checkpoint, cross_validation
from models.measurements import Answers
from nn.augmentation import distort
from nn.batches import as_inputs
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Trainer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from models.settings import Recipe
    from models.training_set import TrainingSet

# Steps between two that the average takes in: nearly as good as every one, and next to nothing in time.
_AVERAGE_EVERY = 10


def train(
    recipe: Recipe,
    material: TrainingSet,
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    path: Path,
    *,
    epochs: int,
    quiet: bool = False,
) -> Network:
    """Train a network by the recipe.

    Args:
        recipe: What to do.
        material: What to learn from.
        dev: Images (m, 784) and labels (m,) to report progress on.
        path: Of the checkpoint, written after each epoch; taken up when it is there and of the same recipe and data.
        epochs: Passes over the training examples.
        quiet: Show no progress bar.

    Raises:
        Diverged: the loss stopped being a number.
    """
    # (seed, epoch, purpose) seeds each generator; the first weights count as epoch 0.
    network = Network.initialize(
        (material.images.shape[1], *recipe.hidden_sizes, len(DIGITS) + 1),
        rng=np.random.default_rng((recipe.seed, 0, 0)),
        activation=recipe.activation,
        initializer=recipe.initializer,
    )
    average = network.copy()
    optimizer = OPTIMIZERS[recipe.optimizer].make()
    key = _key(recipe, epochs, material)
    finished = 0
    saved = checkpoint.read(path, key, len(network.vector))
    if saved is not None:
        finished = int(saved.pop("epochs"))
        network.vector[:] = saved.pop("network")
        average.vector[:] = saved.pop("average")
        optimizer.restore({name: value if value.ndim else int(value) for name, value in saved.items()})
    with tqdm(total=epochs, initial=finished, unit="epoch", disable=quiet) as progress:
        for epoch in range(finished + 1, epochs + 1):
            images, labels = material.epoch(np.random.default_rng((recipe.seed, epoch, 3)))
            steps = -(-len(labels) // recipe.batch_size)
            trainer = Trainer(
                network,
                optimizer,
                distort(images, recipe.distortion, rng=np.random.default_rng((recipe.seed, epoch, 1))),
                labels,
                learning_rate=recipe.learning_rate,
                l2=recipe.l2,
                batch_size=recipe.batch_size,
                rng=np.random.default_rng((recipe.seed, epoch, 2)),
            )
            for step in range(steps):
                done = (epoch - 1 + step / steps) / epochs
                trainer.learning_rate = recipe.learning_rate * (1 + np.cos(np.pi * done)) / 2
                trainer.step()
                if step % _AVERAGE_EVERY == 0:
                    average.vector += (1 - recipe.averaging) * (network.vector - average.vector)
            checkpoint.write(
                path, key, epochs=epoch, network=network.vector, average=average.vector, **optimizer.state()
            )
            if not quiet:
                progress.set_postfix_str(f"dev {_right(average, *dev):.2%}")
            progress.update()
    return average


def _right(network: Network, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> float:
    """The share of images (m, 784) whose likeliest digit is the true one."""
    logits = network.logits(as_inputs(images, network.dtype))
    return float(Answers.of(cross_validation.UNFITTED, logits, labels).right.mean())


def _key(recipe: Recipe, epochs: int, material: TrainingSet) -> str:
    """What a checkpoint must have been made with to be taken up."""
    settings = asdict(replace(recipe, epochs=epochs, fold_epochs=epochs))  # those of other networks do not matter
    digest = hashlib.sha256(json.dumps(settings).encode())
    for part in material.parts:
        digest.update(part.tobytes())
    return digest.hexdigest()
