"""Train and measure the shipped network, and write models/digits.npz and its model card."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
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
from recipe.cross_validation import FOLDS, Fold, Over
from recipe.hyperparameters import Recipe, hyperparameters
from recipe.prepared_sources import PreparedSources
from recipe.reading_accuracy import Answers
from recipe.sources import Sources, embedded_held_out
from recipe.train_networks import train

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.decision import DecisionRule
    from nn.network import Network

TARGET = Path(__file__).parents[1] / "models" / "digits.npz"
NAME = "Digits, one hidden layer"
REJECT_CLASS = "not a digit"


def train_folds(
    prepared: PreparedSources, target: Path, folds: int, *, over: Over = Over.WRITERS, quiet: bool = False
) -> list[Fold]:
    """Train networks, each without some writers or sites, and test them on those; none if there are no recorded digits.

    Args:
        prepared: The training data.
        target: Checkpoints are written next to it; `discard_checkpoints` deletes them.
        folds: The number of networks, 0 to FOLDS; FOLDS is a full cross-validation.
        over: What is held out.
        quiet: Show no progress.

    Raises:
        Diverged: see `train`.
    """
    recipe, recorded = prepared.recipe, prepared.recorded
    read: list[Fold] = []
    for fold in range(folds if recorded else 0):
        left_out, others_out = over.left_out(recorded, prepared.others, fold)
        if not quiet:
            print(f"Without {over.value} {fold + 1} of {FOLDS}:")
        material = prepared.training_set(~left_out, ~others_out, quiet=quiet)
        paths = _checkpoints(recipe, target, f"{over.value}.{fold}")
        network = train(recipe, material, prepared.dev, paths, epochs=recipe.fold_epochs, quiet=quiet)
        read.append(
            Fold.of(
                network,
                list(compress(recorded, left_out)),
                list(compress(prepared.others, others_out)),
            )
        )
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
        cross_validation: See cross_validation.figures, by what was held out; without what was not held out.
    """

    network: Network
    decision_rule: DecisionRule
    cross_validation: dict[str, dict[str, Any]]


def train_all(
    recipe: Recipe, sources: Sources, target: Path, folds: Mapping[Over, int], *, quiet: bool = False
) -> Trained:
    """Train the networks of the cross-validations, then the one on all writers; see `train_folds`."""
    prepared = PreparedSources.prepared(recipe, sources, quiet=quiet)
    read = {
        over: train_folds(prepared, target, count, over=over, quiet=quiet) for over, count in folds.items() if count
    }
    if not quiet:
        print("With all writers:")
    everyone, everything = np.ones(len(sources.recorded), np.bool_), np.ones(len(sources.others), np.bool_)
    material = prepared.training_set(everyone, everything, quiet=quiet)
    paths = _checkpoints(recipe, target, "all")
    network = train(recipe, material, prepared.dev, paths, epochs=recipe.epochs, quiet=quiet)
    scanned = prepared.scanned(network)
    return Trained(
        network,
        cross_validation.calibrate([scanned, *cross_validation.pooled(read.get(Over.WRITERS, []))]),
        {over.value: cross_validation.figures(found, scanned) for over, found in read.items() if found},
    )


def _checkpoints(recipe: Recipe, target: Path, learned: str) -> list[Path]:
    """Return the checkpoint paths of an ensemble; `learned` says whose drawings it trained on."""
    return [target.with_suffix(f".{learned}.{number}.checkpoint.npz") for number in range(recipe.networks)]


def discard_checkpoints(recipe: Recipe, target: Path) -> None:
    """Delete the checkpoints next to a file of weights."""
    for learned in ("all", *(f"{over.value}.{fold}" for over in Over for fold in range(FOLDS))):
        for path in _checkpoints(recipe, target, learned):
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


def make(
    recipe: Recipe,
    target: Path,
    *,
    folds: int = 1,
    site_folds: int = 0,
    measure_only: bool = False,
    quiet: bool = False,
) -> None:
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
        trained = Trained(saved.network, Reader(saved).decision_rule, saved.about.get("cross_validation") or {})
    else:
        trained = train_all(recipe, sources, target, {Over.WRITERS: folds, Over.SITES: site_folds}, quiet=quiet)
    weights.write(measured(recipe, trained, sources), target, recipe.stored_as)
    card = target.with_name("README.md")
    write_atomically(card, model_card.text(weights.load(target), target).encode())
    if not measure_only:
        discard_checkpoints(recipe, target)
    print(f"Wrote {target.name} and its card, {card.name}.")
