"""Make the shipped network again: `python -m recipe` trains models/digits.npz and writes its model card.

It learns from the training set of MNIST (`python -m data.download` fetches it, or DIGIT_LAB_MNIST names the folder of
its four files), from digits recorded with a pen (UNIPEN text; DIGIT_LAB_INK names the file), and from made-up drawings
that are no digit. Where a source is not there it says so and goes on without: with the 5,000 digits of the project in
the place of MNIST, or with scanned digits alone.

First it makes a network without a fifth of the writers, whose answers to these tell how sure the shipped network may
be and when it should refuse; then the shipped one, with all writers. `--folds 5` leaves out each fifth of the writers
in turn, which tells how well writers are read whom a network has never seen. The shipped file was made with it. Each of
them is several networks that are trained one by one and joined (nn/ensemble.py).

An interrupted run goes on from the last finished epoch, to the very weights that an uninterrupted one reaches (see
recipe/train_networks.py). `--measure` leaves the weights alone, measures them and writes the card anew.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from data.dataset import DataError
from models import weights
from nn.trainer import Diverged
from recipe.cross_validation import FOLDS
from recipe.hyperparameters import Recipe
from recipe.shipped_network import TARGET, make

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(prog="python -m recipe", description="Train the shipped network.")
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


if __name__ == "__main__":
    main()
