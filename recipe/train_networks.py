"""Train networks by the recipe, each from its last finished epoch on where it was interrupted.

Each epoch of each network draws from generators of its own, so that weights, their average, optimizer and epoch are
all there is to remember, and an interrupted run reaches the very weights of one that was not.
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

# Steps between two that the average takes in: nearly as good as every one, and next to nothing in time.
_AVERAGE_EVERY = 10


def train(
    recipe: Recipe,
    material: TrainingSet,
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    paths: Sequence[Path],
    *,
    epochs: int,
    quiet: bool = False,
) -> Network:
    """Train as many networks as there are paths, one after the other, and join them into one: see nn/ensemble.py.

    Args:
        recipe: What to do.
        material: What to learn from.
        dev: Images (m, 784) and labels (m,) to report progress on.
        paths: Of the checkpoint of each network; see `train_one`.
        epochs: Passes over the training examples.
        quiet: Show no progress bar.

    Returns:
        The network as its file gives it back: see `weights.rounded`.

    Raises:
        Diverged: the loss stopped being a number.
    """
    networks = [
        train_one(recipe, material, dev, path, number=number, epochs=epochs, quiet=quiet)
        for number, path in enumerate(paths)
    ]
    return weights.rounded(joined(networks), recipe.stored_as)


def train_one(
    recipe: Recipe,
    material: TrainingSet,
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    path: Path,
    *,
    number: int,
    epochs: int,
    quiet: bool = False,
) -> Network:
    """Train one of the networks that are joined.

    Args:
        recipe: As in `train`; so are `material`, `dev`, `epochs`, `quiet` and what is raised.
        material: See there.
        dev: See there.
        path: Of the checkpoint, written after each epoch; taken up when it is there and of the same recipe and data.
        number: Which of the networks, from 0. Each has first weights, an order and distortions of its own.
        epochs: See there.
        quiet: See there.
    """

    def chance(epoch: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng((recipe.seed, epoch, purpose, number))

    # The first weights count as epoch 0.
    network = Network.initialize(
        (material.images.shape[1], *recipe.hidden_sizes, len(DIGITS) + 1),
        rng=chance(0, 0),
        activation=recipe.activation,
        initializer=recipe.initializer,
    )
    average = network.copy()
    optimizer = Optimizer(OPTIMIZERS[recipe.optimizer])
    key = _key(recipe, number, epochs, material)
    finished = 0
    saved = read_resume_file(path, key, len(network.vector))
    if saved is not None:
        finished = int(saved.pop("epochs"))
        network.vector[:] = saved.pop("network")
        average.vector[:] = saved.pop("average")
        optimizer.steps, optimizer.state = int(saved.pop("t")), saved
    with tqdm(total=epochs, initial=finished, unit="epoch", disable=quiet) as progress:
        for epoch in range(finished + 1, epochs + 1):
            images, labels = material.epoch(chance(epoch, 3))
            steps = -(-len(labels) // recipe.batch_size)
            trainer = Trainer(
                network,
                optimizer,
                distort(images, recipe.distortion, rng=chance(epoch, 1)),
                labels,
                learning_rate=recipe.learning_rate,
                l2=recipe.l2,
                batch_size=recipe.batch_size,
                rng=chance(epoch, 2),
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
                progress.set_postfix_str(f"dev {_right(average, *dev):.2%}")
            progress.update()
    return average


def _right(network: Network, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> float:
    """The share of images (m, 784) whose likeliest digit is the true one."""
    logits = network.logits(as_inputs(images, network.dtype))
    return float(Answers.of(cross_validation.UNFITTED, logits, labels).right.mean())


def _key(recipe: Recipe, number: int, epochs: int, material: TrainingSet) -> str:
    """What a checkpoint must have been made with to be taken up."""
    settings = asdict(recipe)
    for name in ("epochs", "fold_epochs", "networks", "stored_as"):  # what other networks, and the file, are made with
        del settings[name]
    digest = hashlib.sha256(json.dumps([settings, number, epochs]).encode())
    for part in material.parts:
        digest.update(part.tobytes())
    return digest.hexdigest()


def read_resume_file(path: Path, key: str, parameters: int) -> dict[str, Any] | None:
    """Return the arrays of a resume file, or None if there is none that matches.

    Args:
        path: Where it would be.
        key: What it must have been written with.
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
    """Write the state of a training run, to be resumed only by a run with the same key."""
    file = io.BytesIO()
    np.savez(file, key=np.array(key), **arrays)
    write_atomically(path, file.getvalue())
