"""Accuracy on drawn digits: `python -m benchmarks.ink` measures the shipped network and prints a table.

It needs the full MNIST and, for drawn digits, a file of recordings: see recipe/__main__.py for both. The shipped
network was trained on every writer in that file, so its accuracy on unseen writers is estimated with networks trained
without some of them. By default the table shows the figures stored in its file; `--folds 5` retrains those networks,
which takes about as long as the recipe, and measures them. `--photographs` measures only photographs, simulated from
MNIST's test digits: normal ones, tight crops, and digits cut off at one side.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import photographs
from data.dataset import DataError
from models import weights
from models.reader import Reader
from nn.trainer import Diverged
from recipe import cross_validation, reading_accuracy, shipped_network
from recipe.cross_validation import Over
from recipe.hyperparameters import Recipe
from recipe.negatives import catalogue
from recipe.prepared_sources import PreparedSources
from recipe.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.weights import SavedNetwork

_NAME_WIDTH = 42


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command (see the module docstring); return the exit status."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.ink", description="Measure how ink is read.")
    options.add_argument(
        "--weights", type=Path, default=shipped_network.TARGET, help="the file (default: the shipped one)"
    )
    options.add_argument(
        "--folds", type=int, choices=(cross_validation.FOLDS,), help="cross-validate again, over this many folds"
    )
    options.add_argument("--photographs", action="store_true", help="only photographs, simulated")
    chosen = options.parse_args(arguments)
    try:
        if chosen.photographs:
            split = Sources.found().split(Recipe().seed, Recipe().dev_examples)
            print(*photographs.table(Reader.load(chosen.weights), split.test, _NAME_WIDTH), sep="\n")
            return 0
        report(Recipe(), chosen.weights, cross_validate=chosen.folds is not None)
    except (DataError, weights.WeightsError, Diverged, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the same command continues from the last finished epoch.", file=sys.stderr)
        return 1
    return 0


def report(settings: Recipe, path: Path, *, cross_validate: bool, quiet: bool = False) -> None:
    """Measure a saved network and print the table.

    Raises:
        DataError, WeightsError, ValueError, OSError, Diverged: see recipe.shipped_network.make.
    """
    sources = Sources.found()
    saved = weights.load(path)
    unseen = saved.about.get("cross_validation") or {}
    if cross_validate:
        if not sources.recorded:
            raise DataError("There are no recorded digits to cross-validate with.")
        unseen = {Over.WRITERS.value: _cross_validated(settings, sources, saved, path, quiet=quiet)}
    for line in table(saved, sources, settings, unseen):
        print(line)


def _cross_validated(
    settings: Recipe, sources: Sources, saved: SavedNetwork, path: Path, *, quiet: bool
) -> dict[str, Any]:
    """Train networks that each leave out some writers; return their combined figures on those writers."""
    target = path.with_suffix(".benchmark.npz")
    prepared = PreparedSources.prepared(settings, sources, quiet=quiet)
    folds = shipped_network.train_folds(prepared, target, cross_validation.FOLDS, quiet=quiet)
    figures = cross_validation.figures(folds, prepared.scanned(saved.network))
    shipped_network.discard_checkpoints(settings, target)
    return figures


def table(saved: SavedNetwork, sources: Sources, settings: Recipe, unseen: Mapping[str, Any]) -> list[str]:
    """Measure a saved network and return the lines of the table.

    Args:
        saved: The network.
        sources: What to measure it on.
        settings: The recipe, for its split of the scanned digits.
        unseen: The figures of cross-validations, by what they held out.
    """
    reader = Reader(saved)
    split = sources.split(settings.seed, settings.dev_examples)
    lines = [f"{'':{_NAME_WIDTH}}{'read right':>12}{'refused':>10}{'calibration':>13}"]
    for name, part in (("dev", split.dev), ("test", split.test)):
        lines.append(_line(f"{sources.scanned.name}, {name}", reading_accuracy.of_examples(reader, part)))
    for held_out, found in unseen.items():
        lines += ["", f"{held_out.capitalize()} never seen, networks that leave them out", *_drawn(found)]
    if sources.recorded:
        seen = reading_accuracy.of_drawings(reader, sources.recorded)
        lines += ["", "Writers it learned from, the saved network", *_drawn(seen)]
        styles = reading_accuracy.by_style(reader, sources.recorded)
        lines += [
            "",
            "Ways of writing, made from their digits",
            *(_line(f"  {name}", of) for name, of in styles.items()),
        ]
    images = reading_accuracy.negative_images(sources.recorded)
    shares = reading_accuracy.rejected_by_kind(reader.decision_rule, reader.network, images)
    lines += ["", f"{'No digit':{_NAME_WIDTH}}{'':12}{'refused':>10}"]
    for title, kinds in (("of kinds in training", catalogue.TRAINED), ("of kinds never seen", catalogue.UNSEEN)):
        of_these = {kind: shares[kind] for kind in kinds if kind in shares}
        lines.append(f"{title:{_NAME_WIDTH}}{'':12}{np.mean(list(of_these.values())):>10.2%}")
        lines += [f"{'  ' + kind:{_NAME_WIDTH}}{'':12}{share:>10.0%}" for kind, share in of_these.items()]
    return [*lines, "", *photographs.table(reader, split.test, _NAME_WIDTH)]


def _drawn(figures: Mapping[str, Any]) -> list[str]:
    shares = figures["by_writer"]
    worst, best = min(shares, key=lambda writer: shares[writer]), max(shares, key=lambda writer: shares[writer])
    return [
        _line("  strokes", figures["strokes"]),
        *(_line(f"  pixels, pen of {pen} px", scores) for pen, scores in figures["pixels"].items()),
        (
            f"  strokes, by writer: {shares[worst]:.2%} (writer {worst}) to {shares[best]:.2%} (writer {best}), "
            f"± {100 * figures['spread']:.2f} points"
        ),
        *(_line(f"  strokes, {site}", scores) for site, scores in figures["by_site"].items()),
        *(
            f"{f'  not a digit, {site}':{_NAME_WIDTH}}{'':12}{share:>10.2%}"
            for site, share in figures.get("recorded_others", {}).items()
        ),
    ]


def _line(name: str, scores: Mapping[str, float]) -> str:
    return f"{name:{_NAME_WIDTH}}{scores['right']:>12.2%}{scores['refused']:>10.2%}{scores['calibration_error']:>13.2%}"


if __name__ == "__main__":
    sys.exit(main())
