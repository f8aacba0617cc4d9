"""Train the networks of the recipe, join them, and write models/digits.npz with its model card."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data import csv_files
from data.dataset import DIGITS, DataError
from data.file_io import write_atomically
from models import weights
from models.reader import Reader
from models.weights import SavedNetwork
from recipe import cross_validation, model_card, reading_accuracy
from recipe.cross_validation import FOLDS, Fold
from recipe.hyperparameters import Recipe, hyperparameters
from recipe.prepared_sources import Ingredients
from recipe.reading_accuracy import Answers
from recipe.sources import Sources, held_out
from recipe.train_networks import train

if TYPE_CHECKING:
    from models.decision import DecisionRule
    from nn.network import Network

TARGET = Path(__file__).parents[1] / "models" / "digits.npz"
NAME = "Digits, one hidden layer"
NO_DIGIT = "not a digit"


def train_folds(ingredients: Ingredients, target: Path, folds: int, *, quiet: bool = False) -> list[Fold]:
    """Make the networks that leave out some writers, and let each read those; none where there is no recorded digit.

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
    for fold, paths in enumerate(_checkpoints(recipe, target)[1:][: folds if recorded else 0]):
        left_out = cross_validation.left_out(recorded, fold)
        if not quiet:
            print(f"Without writers {fold + 1} of {FOLDS}:")
        material = ingredients.material(~left_out, quiet=quiet)
        network = train(recipe, material, ingredients.dev, paths, epochs=recipe.fold_epochs, quiet=quiet)
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
        decision_rule: Fitted to digits held out.
        cross_validation: See cross_validation.figures; None where no cross-validation was made.
    """

    network: Network
    decision_rule: DecisionRule
    cross_validation: dict[str, Any] | None


def train_all(recipe: Recipe, sources: Sources, target: Path, folds: int, *, quiet: bool = False) -> Trained:
    """Train the networks that leave out writers, and the one that leaves out none; see `train_folds`."""
    ingredients = Ingredients.prepared(recipe, sources, quiet=quiet)
    read = train_folds(ingredients, target, folds, quiet=quiet)
    if not quiet:
        print("With all writers:")
    everyone = np.ones(len(sources.recorded), np.bool_)
    material = ingredients.material(everyone, quiet=quiet)
    paths = _checkpoints(recipe, target)[0]
    network = train(recipe, material, ingredients.dev, paths, epochs=recipe.epochs, quiet=quiet)
    scanned = ingredients.scanned(network)
    return Trained(
        network,
        cross_validation.calibrated([scanned, *cross_validation.pooled(read)]),
        cross_validation.figures(read, scanned) if len(read) == FOLDS else None,
    )


def _checkpoints(recipe: Recipe, target: Path) -> list[list[Path]]:
    """The checkpoints of the networks that leave out no writer, then of those of each of the FOLDS that leave out some.

    Of each there are as many as are joined.
    """
    return [
        [target.with_suffix(f".{writers}.{number}.checkpoint.npz") for number in range(recipe.networks)]
        for writers in ("all", *map(str, range(FOLDS)))
    ]


def discard_checkpoints(recipe: Recipe, target: Path) -> None:
    """Take away the checkpoints beside a file of weights."""
    for path in chain(*_checkpoints(recipe, target)):
        path.unlink(missing_ok=True)


def finish(recipe: Recipe, trained: Trained, sources: Sources) -> SavedNetwork:
    """Measure a trained network, and return it with all that the model card says of it."""
    split = sources.split(recipe.seed, recipe.dev_examples)
    rule = trained.decision_rule
    about: dict[str, Any] = {
        "name": NAME,
        "classes": [*DIGITS, NO_DIGIT],
        "seed": recipe.seed,
        "normalization": {"upright": True},
        "temperature": rule.temperature,
        "refusal": {"class": NO_DIGIT, "threshold": rule.threshold},
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
    about["scores"] = {name: reading_accuracy.of_examples(reader, part) for name, part in parts.items()}
    about["embedded_held_out"] = held_out(embedded, split)
    about["confusion"] = reading_accuracy.confusion(reader, split.test)
    about["drawn"] = reading_accuracy.of_drawings(reader, sources.recorded) if sources.recorded else None
    others = reading_accuracy.other_images(sources.recorded)
    about["others"] = reading_accuracy.refused_by_kind(rule, trained.network, others)
    return SavedNetwork(trained.network, about)


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
        trained = Trained(saved.network, Reader(saved).decision_rule, saved.about.get("cross_validation"))
    else:
        trained = train_all(recipe, sources, target, folds, quiet=quiet)
    weights.write(finish(recipe, trained, sources), target, recipe.stored_as)
    card = target.with_name("README.md")
    write_atomically(card, model_card.text(weights.load(target), target).encode())
    if not measure_only:
        discard_checkpoints(recipe, target)
    print(f"Wrote {target.name} and its card, {card.name}.")
