"""Make the shipped network again: `python -m models.recipe` trains models/digits.npz and writes its model card.

It learns from the training set of MNIST (`python -m data.download` fetches it, or DIGIT_LAB_MNIST names the folder of
its four files), from digits recorded with a pen (UNIPEN text; DIGIT_LAB_INK names the file), and from made-up drawings
that are no digit. Where a source is not there it says so and goes on without: with the 5,000 digits of the project in
the place of MNIST, or with scanned digits alone.

First it makes a network without a fifth of the writers, whose answers to these tell how sure the shipped network may
be and when it should refuse; then the shipped one, with all writers. `--folds 5` leaves out each fifth of the writers
in turn, which tells how well writers are read whom a network has never seen. The shipped file was made with it. Each of
them is several networks that are trained one by one and joined (nn/ensemble.py).

An interrupted run goes on from the last finished epoch, to the very weights that an uninterrupted one reaches (see
models/training.py). `--measure` leaves the weights alone, measures them and writes the card anew.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data import csv_files
from data.dataset import DIGITS, DataError
from models import cross_validation, measurements, model_card, weights
from models.cross_validation import FOLDS, Fold
from models.ingredients import Ingredients
from models.measurements import Answers
from models.reader import Reader
from models.settings import Recipe, hyperparameters
from models.sources import Sources, held_out
from models.training import train
from models.weights import SavedNetwork
from nn.trainer import Diverged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.judgement import Judgement
    from nn.network import Network

TARGET = Path(__file__).parent / "digits.npz"
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
    about["embedded_held_out"] = held_out(embedded, split)
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
    weights.write(finish(recipe, trained, sources), target, recipe.stored_as)
    card = target.with_name("README.md")
    card.write_text(model_card.text(weights.load(target), target), encoding="utf-8")
    if not measure_only:
        discard_checkpoints(recipe, target)
    print(f"Wrote {target.name} and its card, {card.name}.")


if __name__ == "__main__":
    main()
