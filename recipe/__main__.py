"""Train the shipped network: `python -m recipe` writes models/digits.npz and its model card.

The network is trained on MNIST's training set (download it with `python -m data.download`, or set DIGIT_LAB_MNIST to
the folder of its four files), on digits and other drawings recorded with a pen (set DIGIT_LAB_INK to the folder of the
files that recipe/sources.py lists), and on generated drawings that are not digits. Missing sources are reported and
skipped; the project's 5,000 digits replace a missing MNIST.

First, a network is trained without a fifth of the writers; its answers on those writers calibrate the temperature and
the rejection threshold. Then the shipped network is trained on all writers. With `--folds 5`, each fifth of the writers
is held out in turn to measure accuracy on unseen writers; `--site-folds 5` does the same for the sites where they were
recorded. Each network is an ensemble whose members are trained one by one and then joined into one (nn/ensemble.py).

An interrupted run resumes from the last finished epoch, with bit-identical weights (see recipe/train_networks.py).
`--measure` keeps the weights, repeats the measurements and rewrites the card.
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
    """Run the command described above."""
    parser = argparse.ArgumentParser(prog="python -m recipe", description="Train the shipped network.")
    parser.add_argument(
        "--folds",
        type=int,
        choices=range(1, FOLDS + 1),
        default=1,
        help="how many fifths of the writers to hold out in turn; 5 is a full cross-validation (default: 1)",
    )
    parser.add_argument(
        "--site-folds",
        type=int,
        choices=range(FOLDS + 1),
        default=0,
        help="the same for fifths of the sites where digits were recorded (default: 0)",
    )
    parser.add_argument("--measure", action="store_true", help="measure the saved network again, without training")
    options = parser.parse_args(arguments)
    try:
        make(Recipe(), TARGET, folds=options.folds, site_folds=options.site_folds, measure_only=options.measure)
    except (DataError, weights.WeightsError, ValueError, OSError) as error:
        sys.exit(str(error))
    except Diverged as error:
        sys.exit(f"{error} Try a smaller learning_rate in Recipe.")
    except KeyboardInterrupt:
        sys.exit("Stopped; run the same command to resume from the last finished epoch.")


if __name__ == "__main__":
    main()
