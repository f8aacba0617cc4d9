"""Make the shipped network again: `python -m models.recipe` trains models/digits.npz and writes its model card.

It needs the full MNIST (`python -m data.download` fetches it, or DIGIT_LAB_MNIST names the folder of its four files).
An interrupted run goes on from the last finished epoch, to the very weights that an uninterrupted one reaches: each
epoch draws from generators of its own, seeded by (seed, epoch), so that weights, optimizer and epoch are all there
is to remember. `--measure` leaves the weights alone and measures them and writes the card anew.

With a file of recorded digits (UNIPEN text; DIGIT_LAB_INK names it) the card also says how drawn digits are read.
Nothing is learned from them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from data import csv_files, idx_files, unipen
from data.dataset import DataError, Dataset, Split
from data.download import MNIST_FILES, mnist_folder
from models import measurements, model_card, weights
from models.reader import Reader
from models.weights import SavedNetwork
from nn.augmentation import Distortion, distort
from nn.evaluation import accuracy
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Diverged, Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = Path(__file__).parent / "digits.npz"
INK_SETTING = "DIGIT_LAB_INK"
NAME = "Digits, one hidden layer"


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights, besides the data.

    Attributes:
        seed: of the split, the first weights, the order and the distortions; at least 0.
        dev_examples: held out of MNIST's training set to choose these settings by; never trained on.
        hidden_sizes: units of each hidden layer.
        activation: of the hidden layers, a name in nn.activations.ACTIVATIONS.
        initializer: a name in nn.initializers.INITIALIZERS.
        optimizer: a name in nn.optimizers.OPTIMIZERS.
        learning_rate: α of the first step; it falls to 0 at the last along half a cosine.
        l2: λ, shared among the training examples.
        batch_size: examples a step.
        epochs: passes over the training examples.
        distortion: how far each training image is distorted, anew in each epoch.
    """

    seed: int = 1
    dev_examples: int = 5_000
    hidden_sizes: tuple[int, ...] = (512,)
    activation: str = "relu"
    initializer: str = "he"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    l2: float = 0.0
    batch_size: int = 128
    epochs: int = 80
    distortion: Distortion = field(
        default_factory=lambda: Distortion(rotation=10, shear=0.2, scale=0.1, shift=1.5, elastic=0.7, smoothness=4)
    )


def train(recipe: Recipe, split: Split, checkpoint: Path, *, quiet: bool = False) -> Network:
    """Train a network by the recipe.

    Args:
        recipe: What to do.
        split: What to learn from (train) and to report progress on (dev).
        checkpoint: Written after each epoch; taken up when it is there and of the same recipe and data.
        quiet: Show no progress bar.

    Raises:
        Diverged: the loss stopped being a number.
    """
    images, labels = split.train.take()
    # (seed, epoch, purpose) seeds each generator; the first weights count as epoch 0.
    network = Network.initialize(
        (images.shape[1], *recipe.hidden_sizes, len(split.train.classes)),
        rng=np.random.default_rng((recipe.seed, 0, 0)),
        activation=recipe.activation,
        initializer=recipe.initializer,
    )
    optimizer = OPTIMIZERS[recipe.optimizer].make()
    key = _key(recipe, images.tobytes(), labels.tobytes())
    finished = 0
    saved = _read_checkpoint(checkpoint, key, len(network.vector))
    if saved is not None:
        finished = int(saved.pop("epochs"))
        network.vector[:] = saved.pop("network")
        optimizer.restore({name: value if value.ndim else int(value) for name, value in saved.items()})
    steps = -(-len(labels) // recipe.batch_size)
    with tqdm(total=recipe.epochs, initial=finished, unit="epoch", disable=quiet) as progress:
        for epoch in range(finished + 1, recipe.epochs + 1):
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
                done = (epoch - 1 + step / steps) / recipe.epochs
                trainer.learning_rate = recipe.learning_rate * (1 + np.cos(np.pi * done)) / 2
                trainer.step()
            _write_checkpoint(checkpoint, key, epochs=epoch, network=network.vector, **optimizer.state())
            if not quiet:
                dev = split.dev
                progress.set_postfix_str(f"dev {accuracy(network, dev.images, dev.labels, dev.rows):.2%}")
            progress.update()
    return network


def _key(recipe: Recipe, *data: bytes) -> str:
    """What a checkpoint must have been made with to be taken up."""
    digest = hashlib.sha256(json.dumps(asdict(recipe)).encode())
    for part in data:
        digest.update(part)
    return digest.hexdigest()


def _read_checkpoint(path: Path, key: str, count: int) -> dict[str, Any] | None:
    """Return the arrays of a checkpoint, or None when there is none that fits."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as members:
            arrays = dict(members)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    if str(arrays.pop("key", "")) != key or arrays["network"].shape != (count,):
        return None
    return arrays


def _write_checkpoint(path: Path, key: str, **arrays: Any) -> None:  # noqa: ANN401 - whatever the optimizer keeps
    """Write a checkpoint whole, or leave the one before."""
    unfinished = path.with_name(path.name + ".new")
    with unfinished.open("wb") as file:
        np.savez(file, key=np.array(key), **arrays)
    unfinished.replace(path)


def hyperparameters(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as the saved file and the model card hold it: flat, names to numbers and words."""
    settings = asdict(recipe)
    distortion = settings.pop("distortion")
    settings["hidden_sizes"] = list(recipe.hidden_sizes)  # as JSON gives it back
    return {**settings, **{f"distortion_{name}": value for name, value in distortion.items()}}


def finish(recipe: Recipe, network: Network, mnist: Dataset, sums: dict[str, str], ink: Path | None) -> SavedNetwork:
    """Measure a trained network, and return it with all that the model card says of it.

    Args:
        recipe: What it was trained by.
        network: The network.
        mnist: The whole MNIST, with its own test set.
        sums: SHA-256 of each file of MNIST, by name.
        ink: A file of recorded digits, or None.
    """
    split = mnist.split(recipe.seed, recipe.dev_examples, 0)
    about: dict[str, Any] = {
        "name": NAME,
        "classes": list(mnist.classes),
        "seed": recipe.seed,
        "hyperparameters": hyperparameters(recipe),
        "data": sums,
        **measurements.of_splits(network, split),
    }
    embedded = csv_files.embedded()
    about["accuracy"]["embedded"] = accuracy(network, embedded.images, embedded.labels)
    about["examples"]["embedded"] = len(embedded)
    if ink is not None:
        drawn = measurements.of_drawings(Reader(network), unipen.read(ink))
        about["drawn"] = {"file": ink.name, "sha256": sha256(ink), **drawn}
    return SavedNetwork(network, about)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(prog="python -m models.recipe", description="Train the shipped network.")
    parser.add_argument("--measure", action="store_true", help="measure the saved network again, without training")
    options = parser.parse_args(arguments)
    try:
        make(Recipe(), DIGITS, measure_only=options.measure)
    except (DataError, weights.WeightsError, ValueError, OSError) as error:
        sys.exit(str(error))
    except Diverged as error:
        sys.exit(f"{error} Try a smaller learning_rate in Recipe.")
    except KeyboardInterrupt:
        sys.exit("Stopped; the same command goes on from the last finished epoch.")


def make(recipe: Recipe, target: Path, *, measure_only: bool = False) -> None:
    """Train and measure, or only measure, and write the file and, beside it, README.md, the model card.

    Raises:
        DataError: MNIST is not there or cannot be read, or `target` was made by another recipe.
        WeightsError: the file cannot be read or written.
        Diverged: see `train`.
    """
    folder = mnist_folder()
    if folder is None:
        raise DataError(
            "The recipe needs the full MNIST: fetch it with `python -m data.download`, or name the folder of its four "
            "files in DIGIT_LAB_MNIST."
        )
    named = os.environ.get(INK_SETTING)
    ink = Path(named).expanduser() if named else None
    if ink is None:
        print(
            f"No recorded digits to measure drawing with: get pendigits-orig.tra from the UCI Machine Learning "
            f"Repository and name the file in {INK_SETTING}. Going on without."
        )
    mnist = idx_files.read_folder(folder)
    checkpoint = target.with_suffix(".checkpoint.npz")
    if measure_only:
        saved = weights.load(target)
        if saved.about.get("hyperparameters") != hyperparameters(recipe):
            raise DataError(f"{target.name} was made by another recipe: train it anew, without --measure.")
        network = saved.network
    else:
        network = train(recipe, mnist.split(recipe.seed, recipe.dev_examples, 0), checkpoint)
    sums = {path.name: sha256(path) for path in _files(folder)}
    weights.write(finish(recipe, network, mnist, sums, ink), target)
    card = target.with_name("README.md")
    card.write_text(model_card.text(weights.load(target), target), encoding="utf-8")
    checkpoint.unlink(missing_ok=True)
    print(f"Wrote {target.name} and its card, {card.name}.")


def _files(folder: Path) -> list[Path]:
    """Return the four files of MNIST in a folder, gzip or not."""
    both = [(folder / file.name.removesuffix(".gz"), folder / file.name) for file in MNIST_FILES]
    return [plain if plain.is_file() else packed for plain, packed in both]


if __name__ == "__main__":
    main()
