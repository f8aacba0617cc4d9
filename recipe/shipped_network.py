"""Train and measure the shipped network, and write models/digits.npz and its model card."""

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
from recipe.prepared_sources import PreparedSources
from recipe.reading_accuracy import Answers
from recipe.sources import Sources, embedded_held_out
from recipe.train_networks import train

if TYPE_CHECKING:
    from models.decision import DecisionRule
    from nn.network import Network

TARGET = Path(__file__).parents[1] / "models" / "digits.npz"
NAME = "Digits, one hidden layer"
REJECT_CLASS = "not a digit"


def train_folds(prepared: PreparedSources, target: Path, folds: int, *, quiet: bool = False) -> list[Fold]:
    """Train networks, each without some of the writers, and test them on those; none without recorded digits.

    Args:
        prepared: The training data.
        target: Checkpoints are written next to it; `discard_checkpoints` deletes them.
        folds: The number of networks, 1 to FOLDS; FOLDS is a full cross-validation.
        quiet: Show no progress.

    Raises:
        Diverged: see `train`.
    """
    recipe, recorded = prepared.recipe, prepared.recorded
    read: list[Fold] = []
    for fold, paths in enumerate(_checkpoints(recipe, target)[1:][: folds if recorded else 0]):
        left_out = cross_validation.left_out(recorded, fold)
        if not quiet:
            print(f"Without writers {fold + 1} of {FOLDS}:")
        material = prepared.training_set(~left_out, quiet=quiet)
        network = train(recipe, material, prepared.dev, paths, epochs=recipe.fold_epochs, quiet=quiet)
        read.append(Fold.of(network, [digit for digit, out in zip(recorded, left_out, strict=True) if out]))
        if not quiet:
            strokes, pixels = (Answers.of(cross_validation.UNFITTED, *group) for group in read[-1].groups)
            print(
                f"Held out: {strokes.correct.mean():.2%} right from strokes, {pixels.correct.mean():.2%} from pixels."
            )
    return read


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network with its calibration.

    Attributes:
        network: Trained on every writer.
        decision_rule: Fitted to held-out digits.
        cross_validation: See cross_validation.figures; None without a full cross-validation.
    """

    network: Network
    decision_rule: DecisionRule
    cross_validation: dict[str, Any] | None


def train_all(recipe: Recipe, sources: Sources, target: Path, folds: int, *, quiet: bool = False) -> Trained:
    """Train the networks of the cross-validation, then the one on all writers; see `train_folds`."""
    prepared = PreparedSources.prepared(recipe, sources, quiet=quiet)
    read = train_folds(prepared, target, folds, quiet=quiet)
    if not quiet:
        print("With all writers:")
    everyone = np.ones(len(sources.recorded), np.bool_)
    material = prepared.training_set(everyone, quiet=quiet)
    paths = _checkpoints(recipe, target)[0]
    network = train(recipe, material, prepared.dev, paths, epochs=recipe.epochs, quiet=quiet)
    scanned = prepared.scanned(network)
    return Trained(
        network,
        cross_validation.calibrate([scanned, *cross_validation.pooled(read)]),
        cross_validation.figures(read, scanned) if len(read) == FOLDS else None,
    )


def _checkpoints(recipe: Recipe, target: Path) -> list[list[Path]]:
    """Return the checkpoint paths of the ensemble trained on all writers, then of the ensemble of each fold."""
    return [
        [target.with_suffix(f".{writers}.{number}.checkpoint.npz") for number in range(recipe.networks)]
        for writers in ("all", *map(str, range(FOLDS)))
    ]


def discard_checkpoints(recipe: Recipe, target: Path) -> None:
    """Delete the checkpoints next to a file of weights."""
    for path in chain(*_checkpoints(recipe, target)):
        path.unlink(missing_ok=True)


def measured(recipe: Recipe, trained: Trained, sources: Sources) -> SavedNetwork:
    """Measure a trained network, and return it with the metadata for the model card."""
    split = sources.split(recipe.seed, recipe.dev_examples)
    rule = trained.decision_rule
    about: dict[str, Any] = {
        "name": NAME,
        "classes": [*DIGITS, REJECT_CLASS],
        "seed": recipe.seed,
        "normalization": {"upright": True},
        "temperature": rule.temperature,
        "refusal": {"class": REJECT_CLASS, "threshold": rule.threshold},
        "hyperparameters": hyperparameters(recipe),
        "scanned": sources.scanned.name,
        "ink": sources.ink,
        "data": sources.checksums,
        "cross_validation": trained.cross_validation,
    }
    reader = Reader(SavedNetwork(trained.network, about))
    embedded = csv_files.embedded().examples
    parts = {"train": split.train, "dev": split.dev, "test": split.test, "embedded": embedded}
    about["examples"] = {name: len(part) for name, part in parts.items()}
    about["scores"] = {name: reading_accuracy.of_examples(reader, part) for name, part in parts.items()}
    about["embedded_held_out"] = embedded_held_out(embedded, split)
    about["confusion"] = reading_accuracy.confusion(reader, split.test)
    about["drawn"] = reading_accuracy.of_drawings(reader, sources.recorded) if sources.recorded else None
    negatives = reading_accuracy.negative_images(sources.recorded)
    about["others"] = reading_accuracy.rejected_by_kind(rule, trained.network, negatives)
    return SavedNetwork(trained.network, about)


def make(recipe: Recipe, target: Path, *, folds: int = 1, measure_only: bool = False, quiet: bool = False) -> None:
    """Train and measure, or only measure, then write the file and, next to it, the model card README.md.

    Raises:
        DataError: MNIST cannot be read, or `target` was made with another recipe or other data.
        WeightsError: the file cannot be read or written.
        ValueError, OSError: the file of recorded digits cannot be read.
        Diverged: see `train`.
    """
    sources = Sources.found()
    if measure_only:
        saved = weights.load(target)
        if saved.about.get("hyperparameters") != hyperparameters(recipe):
            raise DataError(f"{target.name} was made with another recipe: train it again, without --measure.")
        if saved.about.get("data") != sources.checksums:
            raise DataError(f"{target.name} was made from other data: provide the same data, or train it again.")
        trained = Trained(saved.network, Reader(saved).decision_rule, saved.about.get("cross_validation"))
    else:
        trained = train_all(recipe, sources, target, folds, quiet=quiet)
    weights.write(measured(recipe, trained, sources), target, recipe.stored_as)
    card = target.with_name("README.md")
    write_atomically(card, model_card.text(weights.load(target), target).encode())
    if not measure_only:
        discard_checkpoints(recipe, target)
    print(f"Wrote {target.name} and its card, {card.name}.")
