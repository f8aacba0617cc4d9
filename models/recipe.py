"""Make the shipped network again: `python -m models.recipe` trains models/digits.npz and writes its model card.

It learns from the training set of MNIST (`python -m data.download` fetches it, or DIGIT_LAB_MNIST names the folder of
its four files), from digits recorded with a pen (UNIPEN text; DIGIT_LAB_INK names the file), and from made-up drawings
that are no digit. Where a source is not there it says so and goes on without: with the 5,000 digits of the project in
the place of MNIST, or with scanned digits alone.

First it trains a network without a fifth of the writers, whose answers to these tell how sure the shipped network may
be and when it should refuse; then the shipped one, with all writers. `--folds 5` leaves out each fifth of the writers
in turn, which tells how well writers are read whom a network has never seen. The shipped file was made with it.

An interrupted run goes on from the last finished epoch, to the very weights that an uninterrupted one reaches: each
epoch draws from generators of its own, seeded by (seed, epoch), so that weights, their average, optimizer and epoch are
all there is to remember. `--measure` leaves the weights alone, measures them and writes the card anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from data import csv_files
from data.dataset import DIGITS, DataError
from models import checkpoint, cross_validation, measurements, model_card, training_set, weights
from models.cross_validation import FOLDS, Fold
from models.measurements import Answers
from models.reader import Reader
from models.sources import Sources
from models.training_set import Mixture, TrainingSet
from models.weights import SavedNetwork
from nn.augmentation import Distortion, distort
from nn.batches import as_inputs
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Diverged, Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.unipen import RecordedDigit
    from models.judgement import Judgement

TARGET = Path(__file__).parent / "digits.npz"
NAME = "Digits, one hidden layer"
NO_DIGIT = "not a digit"

# Steps between two that the average takes in: nearly as good as every one, and next to nothing in time.
_AVERAGE_EVERY = 10


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights, besides the data.

    Attributes:
        seed: of the split, the first weights, the order, the distortions and what is made up; at least 0.
        dev_examples: held out of the scanned digits to choose these settings by; never trained on.
        hidden_sizes: units of each hidden layer.
        activation: of the hidden layers, a name in nn.activations.ACTIVATIONS.
        initializer: a name in nn.initializers.INITIALIZERS.
        optimizer: a name in nn.optimizers.OPTIMIZERS.
        learning_rate: α of the first step; it falls to 0 at the last along half a cosine.
        l2: λ, shared among the training examples.
        batch_size: examples a step.
        epochs: passes over the training examples.
        fold_epochs: the same for the networks that leave out some writers.
        averaging: the weights kept are a running average of those trained; what is left of it after ten steps.
        distortion: how far each training image is distorted, anew in each epoch.
        mixture: what an epoch holds.
    """

    seed: int = 1
    dev_examples: int = 5_000
    hidden_sizes: tuple[int, ...] = (1_500,)
    activation: str = "relu"
    initializer: str = "he"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    l2: float = 0.0
    batch_size: int = 128
    epochs: int = 50
    fold_epochs: int = 10
    averaging: float = 0.98
    distortion: Distortion = field(
        default_factory=lambda: Distortion(rotation=10, shear=0.1, scale=0.1, shift=0.8, elastic=0.8, smoothness=4)
    )
    mixture: Mixture = field(default_factory=Mixture)


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


@dataclass(frozen=True, eq=False)
class Ingredients:
    """The sources, prepared for every network of a recipe.

    Attributes:
        recipe: By which they were prepared.
        images: (n, 784) uint8, the scanned digits to learn from, upright; `labels` (n,) theirs.
        dev: those held out, (m, 784) uint8, upright, and their labels (m,).
        recorded: the recorded digits.
        drawn: (hands, k, 784) uint8, as several hands wrote them.
    """

    recipe: Recipe
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    recorded: list[RecordedDigit]
    drawn: NDArray[np.uint8]

    @classmethod
    def prepared(cls, recipe: Recipe, sources: Sources, *, quiet: bool = False) -> Ingredients:
        """Prepare the sources."""
        split = sources.split(recipe.seed, recipe.dev_examples)
        images, labels = split.train.take()
        dev_images, dev_labels = split.dev.take()
        return cls(
            recipe,
            training_set.upright_bytes(images),
            labels,
            (training_set.upright_bytes(dev_images), dev_labels),
            sources.recorded,
            training_set.hands(sources.recorded, recipe.mixture, recipe.seed, quiet=quiet),
        )

    def material(self, chosen: NDArray[np.bool_], *, quiet: bool = False) -> TrainingSet:
        """What a network learns from: all scanned digits, and the recorded ones that are chosen, (k,)."""
        digits = [digit for digit, taken in zip(self.recorded, chosen, strict=True) if taken]
        mixture = self.recipe.mixture
        return TrainingSet(
            self.images,
            self.labels,
            self.drawn[:, chosen],
            measurements.labels_of(digits).astype(np.uint8),
            training_set.others(digits, mixture, self.recipe.seed, quiet=quiet),
            mixture,
        )

    def scanned(self, network: Network) -> tuple[NDArray[np.floating[Any]], NDArray[np.int64]]:
        """A network's logits (m, 11) for dev, and the labels (m,)."""
        images, labels = self.dev
        return network.logits(as_inputs(images, network.dtype)), labels.astype(np.int64)


def train_folds(ingredients: Ingredients, target: Path, folds: int, *, quiet: bool = False) -> list[Fold]:
    """Train the networks that leave out some writers, and let each read those; none where there is no recorded digit.

    Args:
        ingredients: What to learn from.
        target: Checkpoints are written beside it; `discard_checkpoints` takes them away.
        folds: How many networks, 1 to FOLDS. All FOLDS of them are a cross-validation.
        quiet: Show no progress.

    Raises:
        Diverged: see `train`.
    """
    recipe, recorded = ingredients.recipe, ingredients.recorded
    read: list[Fold] = []
    for fold, path in enumerate(_checkpoints(target)[1:][: folds if recorded else 0]):
        left_out = cross_validation.left_out(recorded, fold)
        if not quiet:
            print(f"Without writers {fold + 1} of {FOLDS}:")
        material = ingredients.material(~left_out, quiet=quiet)
        network = train(recipe, material, ingredients.dev, path, epochs=recipe.fold_epochs, quiet=quiet)
        read.append(Fold.of(network, [digit for digit, out in zip(recorded, left_out, strict=True) if out]))
        if not quiet:
            strokes, pixels = (Answers.of(cross_validation.UNFITTED, *group) for group in read[-1].groups)
            print(f"It reads {strokes.right.mean():.2%} of theirs from strokes, {pixels.right.mean():.2%} from pixels.")
    return read


@dataclass(frozen=True, eq=False)
class Trained:
    """A network, and what was learned beside it.

    Attributes:
        network: It learned from every writer.
        judgement: Fitted to digits held out.
        cross_validation: See cross_validation.figures; None where no cross-validation was made.
    """

    network: Network
    judgement: Judgement
    cross_validation: dict[str, Any] | None


def train_all(recipe: Recipe, sources: Sources, target: Path, folds: int, *, quiet: bool = False) -> Trained:
    """Train the networks that leave out writers, and the one that leaves out none; see `train_folds`."""
    ingredients = Ingredients.prepared(recipe, sources, quiet=quiet)
    read = train_folds(ingredients, target, folds, quiet=quiet)
    if not quiet:
        print("With all writers:")
    everyone = np.ones(len(sources.recorded), np.bool_)
    material = ingredients.material(everyone, quiet=quiet)
    network = train(recipe, material, ingredients.dev, _checkpoints(target)[0], epochs=recipe.epochs, quiet=quiet)
    scanned = ingredients.scanned(network)
    return Trained(
        network,
        cross_validation.calibrated([scanned, *(group for fold in read for group in fold.groups)]),
        cross_validation.figures(read, scanned) if len(read) == FOLDS else None,
    )


def _checkpoints(target: Path) -> list[Path]:
    """The checkpoint of the network that leaves out no writer, and those of the FOLDS that leave out some."""
    return [target.with_suffix(f".{name}.checkpoint.npz") for name in ("all", *map(str, range(FOLDS)))]


def discard_checkpoints(target: Path) -> None:
    """Take away the checkpoints beside a file of weights."""
    for path in _checkpoints(target):
        path.unlink(missing_ok=True)


def hyperparameters(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as the saved file and the model card hold it: flat, names to numbers and words."""
    settings = asdict(recipe)
    mixture = settings.pop("mixture")
    grouped = {"distortion": settings.pop("distortion"), "variation": mixture.pop("variation"), "mixture": mixture}
    settings["hidden_sizes"] = list(recipe.hidden_sizes)  # as JSON gives it back
    flat = {f"{group}_{name}": value for group, values in grouped.items() for name, value in values.items()}
    return {**settings, **flat}


def finish(recipe: Recipe, trained: Trained, sources: Sources) -> SavedNetwork:
    """Measure a trained network, and return it with all that the model card says of it."""
    split = sources.split(recipe.seed, recipe.dev_examples)
    judgement = trained.judgement
    about: dict[str, Any] = {
        "name": NAME,
        "classes": [*DIGITS, NO_DIGIT],
        "seed": recipe.seed,
        "normalization": {"upright": True},
        "temperature": judgement.temperature,
        "refusal": {"class": NO_DIGIT, "threshold": judgement.threshold},
        "hyperparameters": hyperparameters(recipe),
        "scanned": sources.scanned.name,
        "ink": sources.ink,
        "data": sources.sums,
        "cross_validation": trained.cross_validation,
    }
    reader = Reader(SavedNetwork(trained.network, about))
    embedded = csv_files.embedded().examples
    parts = {"train": split.train, "dev": split.dev, "test": split.test, "embedded": embedded}
    about["examples"] = {name: len(part) for name, part in parts.items()}
    about["scores"] = {name: measurements.of_examples(reader, part) for name, part in parts.items()}
    about["confusion"] = measurements.confusion(reader, split.test)
    about["drawn"] = measurements.of_drawings(reader, sources.recorded) if sources.recorded else None
    others = measurements.other_images(sources.recorded)
    about["others"] = measurements.refused_by_kind(judgement, trained.network, others)
    return SavedNetwork(trained.network, about)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(prog="python -m models.recipe", description="Train the shipped network.")
    parser.add_argument(
        "--folds",
        type=int,
        choices=range(1, FOLDS + 1),
        default=1,
        help="train so many networks that leave out some writers; 5 are a cross-validation (default: 1)",
    )
    parser.add_argument("--measure", action="store_true", help="measure the saved network again, without training")
    options = parser.parse_args(arguments)
    try:
        make(Recipe(), TARGET, folds=options.folds, measure_only=options.measure)
    except (DataError, weights.WeightsError, ValueError, OSError) as error:
        sys.exit(str(error))
    except Diverged as error:
        sys.exit(f"{error} Try a smaller learning_rate in Recipe.")
    except KeyboardInterrupt:
        sys.exit("Stopped; the same command goes on from the last finished epoch.")


def make(recipe: Recipe, target: Path, *, folds: int = 1, measure_only: bool = False, quiet: bool = False) -> None:
    """Train and measure, or only measure, and write the file and, beside it, README.md, the model card.

    Raises:
        DataError: MNIST cannot be read, or `target` was made by another recipe or from other data.
        WeightsError: the file cannot be read or written.
        ValueError, OSError: the file of recorded digits cannot be read.
        Diverged: see `train`.
    """
    sources = Sources.found()
    if measure_only:
        saved = weights.load(target)
        if saved.about.get("hyperparameters") != hyperparameters(recipe):
            raise DataError(f"{target.name} was made by another recipe: train it anew, without --measure.")
        if saved.about.get("data") != sources.sums:
            raise DataError(f"{target.name} was made from other data: name the same, or train it anew.")
        trained = Trained(saved.network, Reader(saved).judgement, saved.about.get("cross_validation"))
    else:
        trained = train_all(recipe, sources, target, folds, quiet=quiet)
    weights.write(finish(recipe, trained, sources), target)
    card = target.with_name("README.md")
    card.write_text(model_card.text(weights.load(target), target), encoding="utf-8")
    if not measure_only:
        discard_checkpoints(target)
    print(f"Wrote {target.name} and its card, {card.name}.")


if __name__ == "__main__":
    main()
