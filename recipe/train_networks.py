"""Train the networks of a recipe, resuming from the last finished epoch.

Each epoch of each network has its own random generators, so the state of a run consists of the weights, their average,
the optimizer state and the epoch, and a resumed run ends with bit-identical weights.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from data.dataset import DIGITS
from data.file_io import write_atomically
from models import weights
from nn.augmentation import distort
from nn.batches import as_inputs
from nn.ensemble import joined
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer
from recipe import cross_validation
from recipe.reading_accuracy import Answers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe.hyperparameters import Recipe
    from recipe.training_set import TrainingSet

# Updating the average every ten steps is nearly as good as every step, and almost free.
_AVERAGE_EVERY = 10


def train(
    recipe: Recipe,
    training_set: TrainingSet,
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    paths: Sequence[Path],
    *,
    epochs: int,
    quiet: bool = False,
) -> Network:
    """Train one network per path, one after the other, and join them into one: see nn/ensemble.py.

    Args:
        recipe: The hyperparameters.
        training_set: The training data.
        dev: Images (m, 784) and labels (m,) for reporting progress.
        paths: The checkpoint of each network; see `train_one`.
        epochs: Passes over the training examples.
        quiet: Show no progress bar.

    Returns:
        The network as loaded from its file; see `weights.rounded`.

    Raises:
        Diverged: the loss became infinite or NaN.
    """
    networks = [
        train_one(recipe, training_set, dev, path, number=number, epochs=epochs, quiet=quiet)
        for number, path in enumerate(paths)
    ]
    return weights.rounded(joined(networks), recipe.stored_as)


def train_one(
    recipe: Recipe,
    training_set: TrainingSet,
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    path: Path,
    *,
    number: int,
    epochs: int,
    quiet: bool = False,
) -> Network:
    """Train one network of the ensemble.

    Args:
        recipe: See `train`, which also lists the errors.
        training_set: See `train`.
        dev: See `train`.
        path: The checkpoint, written after each epoch. Training resumes from it if it has the same recipe and data.
        number: The index of the network in the ensemble; it seeds the initial weights, the order and the distortions.
        epochs: See `train`.
        quiet: See `train`.
    """

    def generator(epoch: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng((recipe.seed, epoch, purpose, number))

    # The initial weights count as epoch 0.
    network = Network.initialize(
        (training_set.images.shape[1], *recipe.hidden_sizes, len(DIGITS) + 1),
        rng=generator(0, 0),
        activation=recipe.activation,
        initializer=recipe.initializer,
    )
    average = network.copy()
    optimizer = Optimizer(OPTIMIZERS[recipe.optimizer])
    key = _key(recipe, number, epochs, training_set)
    finished = 0
    saved = read_resume_file(path, key, len(network.vector))
    if saved is not None:
        finished = int(saved.pop("epochs"))
        network.vector[:] = saved.pop("network")
        average.vector[:] = saved.pop("average")
        optimizer.steps, optimizer.state = int(saved.pop("t")), saved
    with tqdm(total=epochs, initial=finished, unit="epoch", disable=quiet) as progress:
        for epoch in range(finished + 1, epochs + 1):
            images, labels = training_set.epoch(generator(epoch, 3))
            steps = -(-len(labels) // recipe.batch_size)
            trainer = Trainer(
                network,
                optimizer,
                distort(images, recipe.distortion, rng=generator(epoch, 1)),
                labels,
                learning_rate=recipe.learning_rate,
                l2=recipe.l2,
                batch_size=recipe.batch_size,
                rng=generator(epoch, 2),
            )
            for step in range(steps):
                done = (epoch - 1 + step / steps) / epochs
                trainer.learning_rate = recipe.learning_rate * (1 + np.cos(np.pi * done)) / 2
                trainer.step()
                if step % _AVERAGE_EVERY == 0:
                    average.vector += (1 - recipe.averaging) * (network.vector - average.vector)
            write_resume_file(
                path,
                key,
                epochs=epoch,
                network=network.vector,
                average=average.vector,
                t=optimizer.steps,
                **optimizer.state,
            )
            if not quiet:
                progress.set_postfix_str(f"dev {_accuracy(average, *dev):.2%}")
            progress.update()
    return average


def _accuracy(network: Network, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> float:
    """Return the share of images (m, 784) whose most likely digit is the true one."""
    logits = network.logits(as_inputs(images, network.dtype))
    return float(Answers.of(cross_validation.UNFITTED, logits, labels).correct.mean())


def _key(recipe: Recipe, number: int, epochs: int, training_set: TrainingSet) -> str:
    """Return the key that a checkpoint must match to be resumed."""
    settings = asdict(recipe)
    for name in ("epochs", "fold_epochs", "networks", "stored_as"):  # these do not affect one network
        del settings[name]
    digest = hashlib.sha256(json.dumps([settings, number, epochs]).encode())
    for part in training_set.arrays:
        digest.update(part.tobytes())
    return digest.hexdigest()


def read_resume_file(path: Path, key: str, parameters: int) -> dict[str, Any] | None:
    """Return the arrays of a resume file, or None if there is no match.

    Args:
        path: The path of the file, which may not exist.
        key: The key it must have been written with.
        parameters: The number of parameters of its network.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as members:
            arrays = dict(members)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    if str(arrays.pop("key", "")) != key or arrays["network"].shape != (parameters,):
        return None
    return arrays


def write_resume_file(path: Path, key: str, **arrays: Any) -> None:  # noqa: ANN401 - whatever the optimizer keeps
    """Write the state of a training run; only a run with the same key can resume it."""
    file = io.BytesIO()
    np.savez(file, key=np.array(key), **arrays)
    write_atomically(path, file.getvalue())
