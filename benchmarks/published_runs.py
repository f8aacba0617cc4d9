"""Code shared by the commands for the two published results: the digits, a measured training run, and the figures."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.built_in import DATASETS, MissingDatasetError
from data.dataset import DataError, Dataset, Examples
from nn.evaluation import evaluate
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer
from training.figures import COLUMNS, png, sample_predictions, training_metrics
from training.history import Measurement

ALPHA = 0.10
RESULTS = Path(__file__).with_name("results")
SAMPLES = 3 * COLUMNS


@dataclass(frozen=True)
class Plan:
    """The settings of one training run."""

    hidden_size: int
    initializer: str
    l2: float
    iterations: int
    batch_size: int
    seed: int


def parser(command: str, description: str, iterations: int) -> argparse.ArgumentParser:
    """Return a parser for the options that both commands share."""
    options = argparse.ArgumentParser(prog=f"python -m {command}", description=description)
    options.add_argument("--seed", type=whole_number_from(0), default=0, help="the first seed (default: 0)")
    options.add_argument(
        "--seeds", type=whole_number_from(1), default=1, help="how many seeds to run, one after the other"
    )
    options.add_argument(
        "--iterations", type=whole_number_from(1), default=iterations, help=f"steps (default: {iterations:,})"
    )
    options.add_argument("--embedded", action="store_true", help="use the 5,000 digits of the project, not all MNIST")
    options.add_argument("--output", type=Path, default=RESULTS, help="folder for the figures (default: %(default)s)")
    return options


def run(options: argparse.Namespace, report: Callable[[argparse.Namespace, Dataset], None]) -> int:
    """Load the digits, run a command's report and print its duration; return the exit status."""
    start = time.perf_counter()
    try:
        report(options, _digits(embedded=options.embedded))
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Took {time.perf_counter() - start:.0f} s.")
    return 0


def train(plan: Plan, learn: Examples, held_out: Examples, watch: Callable[[Measurement], None], every: int) -> Network:
    """Train a network by plain gradient descent at α = ALPHA.

    Args:
        plan: What to train.
        learn: The training digits.
        held_out: The digits used only for measurement.
        watch: Called with a measurement before the first step, after every `every` steps, and after the last.
        every: Number of steps between measurements.
    """
    network = Network.initialize(
        (learn.images.shape[1], plan.hidden_size, len(learn.classes)),
        rng=np.random.default_rng((plan.seed, 1)),
        initializer=plan.initializer,
    )
    trainer = Trainer(
        network,
        Optimizer(OPTIMIZERS["descent"]),
        learn.images,
        learn.labels,
        learn.rows,
        learning_rate=ALPHA,
        l2=plan.l2,
        batch_size=min(plan.batch_size, len(learn)),
        rng=np.random.default_rng((plan.seed, 2)),
    )
    for step in range(plan.iterations + 1):
        if step:
            trainer.step()
        if step % every == 0 or step == plan.iterations:
            on_train = evaluate(network, learn.images, learn.labels, learn.rows)
            on_held_out = evaluate(network, held_out.images, held_out.labels, held_out.rows)
            position = trainer.position
            watch(
                Measurement(
                    step=step,
                    epoch=position.epoch + position.seen / len(learn),
                    train_loss=on_train.loss,
                    dev_loss=on_held_out.loss,
                    train_accuracy=on_train.accuracy,
                    dev_accuracy=on_held_out.accuracy,
                )
            )
    return network


def first(examples: Examples, count: int) -> Examples:
    """Return at most `count` examples, from the start."""
    return Examples(examples.images, examples.labels, examples.rows[:count], examples.classes)


def draw(
    folder: Path,
    measurements: Sequence[Measurement],
    network: Network,
    unseen: Examples,
    dev_examples: int,
    *,
    title: str,
    dev_name: str,
    kind: str,
) -> None:
    """Write training_metrics.png and sample_predictions.png.

    Args:
        folder: The output folder; created if necessary.
        measurements: The measurements during the run.
        network: The trained network.
        unseen: Digits it was not trained on; the first SAMPLES of them are shown, without selection.
        dev_examples: The number of digits on which the run was measured.
        title: Describes the network and its training.
        dev_name: The name of these digits.
        kind: The name of the `unseen` digits.
    """
    images, labels = unseen.take(limit=SAMPLES)
    predictions = network.probabilities(images.astype(network.dtype) / 255).argmax(axis=1)
    right = int((predictions == labels).sum())
    figures = {
        "training_metrics.png": training_metrics(measurements, (), dev_examples, title=title, dev_name=dev_name),
        "sample_predictions.png": sample_predictions(
            images,
            labels,
            predictions,
            classes=unseen.classes,
            title=f"The first {len(labels)} {kind} digits, {right} of them read right",
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        (folder / name).write_bytes(png(figure))
        print(f"Wrote {folder / name}")


def over(options: argparse.Namespace) -> str:
    """Describe the seeds behind a report's figures."""
    last = options.seed + options.seeds - 1
    return f"seed {last}" if options.seeds == 1 else f"mean ± standard deviation over seeds {options.seed} to {last}"


def spread(values: Sequence[float]) -> str:
    """Format accuracies as their mean and, for several, their standard deviation."""
    mean = f"{statistics.mean(values):.1%}"
    return mean if len(values) == 1 else f"{mean} ± {100 * statistics.stdev(values):.1f}"


def _digits(*, embedded: bool) -> Dataset:
    try:
        return DATASETS["embedded" if embedded else "mnist"].load()
    except MissingDatasetError as error:
        raise DataError(f"{error} Or use the 5,000 digits of the project with --embedded.") from error


def whole_number_from(least: int) -> Callable[[str], int]:
    """Return an argparse type for whole numbers of at least `least`."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}; got {text}")
        return int(text)

    return number
