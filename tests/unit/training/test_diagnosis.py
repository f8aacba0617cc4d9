"""Each problem is found in a run designed to have it, but not in a healthy run, and the remedy fixes it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files
from data.dataset import Split
from nn.batches import as_inputs
from training.diagnosis import Finding, Problem, diagnose
from training.run import Run
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings

PLAIN = Settings(epochs=1000)
PROBLEM_RUNS = {  # settings, and the number of epochs (63 steps each) after which the problem shows
    Problem.DIVERGED: (replace(PLAIN, learning_rate=10.0, l2=1000.0), 2),
    Problem.DEAD_UNITS: (replace(PLAIN, learning_rate=1.5), 7),
    Problem.HIGH_LOSS: (replace(PLAIN, learning_rate=10.0, activation="tanh"), 5),
    Problem.HEAVY_PENALTY: (replace(PLAIN, l2=1000.0), 24),
    Problem.SMALL_STEPS: (replace(PLAIN, learning_rate=0.001), 10),
    Problem.OVERFITTING: (replace(PLAIN, optimizer="adam", learning_rate=0.003), 48),
}


@pytest.fixture(scope="module")
def digits() -> Split:
    """Return the embedded digits, split as in the app."""
    return csv_files.embedded().split(0, 500, 500)


def train(run: Run, epochs: int) -> None:
    """Train for exactly this many epochs, however fast the machine is."""
    for _ in range(epochs):
        run.epoch()
        while run.advance(1.0) is not None:
            pass


def judge(snapshot: Snapshot, split: Split) -> Finding | None:
    """Diagnose as the page does."""
    images, labels = split.train.take(limit=500)
    return diagnose(snapshot, as_inputs(images), labels)


def found(run: Run) -> Finding | None:
    return judge(run.snapshot(), run.split)


@pytest.mark.slow
@pytest.mark.parametrize("problem", PROBLEM_RUNS, ids=lambda problem: problem.name)
def test_a_problem_is_found_and_its_remedy_fixes_it(problem: Problem, digits: Split) -> None:
    settings, epochs = PROBLEM_RUNS[problem]
    run = Run(settings, digits, 10)
    train(run, epochs)
    finding = found(run)
    assert finding is not None
    assert finding.problem is problem
    assert finding.steps is not None
    assert 0 <= finding.steps[0] < finding.steps[1] <= run.snapshot().position.step
    before = run.snapshot().measurements[-1]
    assert run.change(finding.settings) == ()
    if finding.needs_reset:
        run.reset()
    train(run, 24)
    after = run.snapshot()
    assert after.state is State.PAUSED
    again = found(run)
    assert again is None or again.problem is not problem
    assert after.measurements[-1].dev_loss < before.dev_loss


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        PLAIN,
        replace(PLAIN, seed=5, hidden_size=16),
        replace(PLAIN, optimizer="adam", learning_rate=0.001, distortion="on"),
        replace(PLAIN, activation="tanh", initializer="glorot"),
        replace(PLAIN, activation="tanh", learning_rate=0.5, seed=2),
        replace(PLAIN, activation="sigmoid", initializer="glorot", learning_rate=1.0),
        replace(PLAIN, hidden_layers=0),
        replace(PLAIN, l2=10.0),
        replace(PLAIN, hidden_layers=3, learning_rate=0.05),
        replace(PLAIN, initializer="uniform", hidden_size=10),
    ],
    ids=[
        "plain",
        "another seed and size",
        "adam",
        "tanh",
        "tanh in large steps",
        "sigmoid",
        "no hidden layer",
        "some penalty",
        "three layers",
        "uniform",
    ],
)
def test_a_healthy_run_has_no_finding(settings: Settings, digits: Split) -> None:
    run = Run(settings, digits, 10)
    for _ in range(19):
        train(run, 1)
        finding = found(run)
        assert finding is None, f"step {run.snapshot().position.step}: {finding}"


@pytest.mark.parametrize(("count", "is_told"), [(12, False), (99, False), (100, True)])
def test_units_are_called_dead_only_on_enough_examples(count: int, is_told: bool, digits: Split) -> None:
    """On a dozen custom drawings, a third of the units of a healthy network may be silent by chance."""
    run = Run(PLAIN, digits, 10)
    train(run, 5)
    silent = run.snapshot().network.copy()
    silent.biases[0][:] = -100
    images, labels = digits.train.take(limit=count)
    finding = diagnose(replace(run.snapshot(), network=silent), as_inputs(images), labels)
    assert (finding is not None and finding.problem is Problem.DEAD_UNITS) == is_told


TOO_SMALL, RIGHT, TOO_LARGE = (0.0001, 0.0003, 0.001), (0.03, 0.1), (10.0,)


@pytest.mark.slow
@pytest.mark.parametrize(("hidden_size", "seed"), [*((10, seed) for seed in range(5)), (64, 0), (256, 0)])
def test_only_an_alpha_that_is_too_small_is_called_so(hidden_size: int, seed: int, digits: Split) -> None:
    """784-10-10 at α = 0.1 comes within a tenth of the threshold; larger networks are tried only near it."""
    every = (*TOO_SMALL, *RIGHT, 0.3, 1.0, 3.0, *TOO_LARGE)
    for alpha in every if hidden_size == 10 else (TOO_SMALL[-1], RIGHT[0]):
        run = Run(replace(PLAIN, hidden_size=hidden_size, seed=seed, learning_rate=alpha), digits, 10)
        train(run, 5)
        finding = found(run)
        problem = None if finding is None else finding.problem
        if alpha in TOO_SMALL:
            assert problem is Problem.SMALL_STEPS, f"α = {alpha:g}: {finding}"
        elif alpha in RIGHT:
            assert problem is None, f"α = {alpha:g}: {finding}"
        elif alpha in TOO_LARGE:
            assert finding is not None
            assert finding.settings.learning_rate < alpha
        else:
            assert problem is not Problem.SMALL_STEPS, f"α = {alpha:g}: {finding}"


def test_a_remedy_does_what_its_label_says(digits: Split) -> None:
    run = Run(PROBLEM_RUNS[Problem.DIVERGED][0], digits, 10)
    train(run, 2)
    finding = found(run)
    assert finding is not None
    assert finding.remedy == f"Set α to {finding.settings.learning_rate:g} and restart"
    assert finding.settings.learning_rate in SETTINGS["learning_rate"].suggestions
    assert finding.evidence == run.snapshot().message


def test_there_is_no_finding_without_a_smaller_alpha_to_offer(digits: Split) -> None:
    least = min(SETTINGS["learning_rate"].suggestions)
    run = Run(PROBLEM_RUNS[Problem.DIVERGED][0], digits, 10)
    train(run, 2)
    snapshot = replace(run.snapshot(), settings=replace(run.settings, learning_rate=least))
    assert judge(snapshot, digits) is None


def test_steps_that_a_schedule_makes_small_are_no_problem(digits: Split) -> None:
    """Towards the end the loss hardly falls, as it should: the run does not lack a larger α."""
    run = Run(PROBLEM_RUNS[Problem.SMALL_STEPS][0], digits, 10)
    train(run, 10)
    snapshot = run.snapshot()
    late, early = (replace(snapshot, alpha=share * run.settings.learning_rate) for share in (0.1, 0.9))
    assert judge(late, digits) is None
    finding = judge(early, digits)
    assert finding is not None
    assert finding.problem is Problem.SMALL_STEPS


def test_a_loss_of_exactly_zero_is_no_problem(digits: Split) -> None:
    """Otherwise the relative decrease of the loss would divide by zero and break the page."""
    run = Run(PLAIN, digits, 10)
    train(run, 5)
    snapshot = run.snapshot()
    learned = [replace(each, train_loss=0.0, train_accuracy=1.0) for each in snapshot.measurements]
    assert judge(replace(snapshot, measurements=tuple(learned)), digits) is None


_Pixels = NDArray[np.uint8]

UNLEARNABLE: dict[Problem, tuple[int, Callable[[_Pixels, _Pixels], tuple[_Pixels, _Pixels]]]] = {
    Problem.SAME_IMAGES: (0, lambda images, labels: (np.full_like(images, 100), labels)),
    Problem.DIM_IMAGES: (0, lambda images, labels: ((images > 127).astype(np.uint8), labels)),
    Problem.WRONG_LABELS: (5, lambda images, labels: (images, np.random.default_rng(0).permutation(labels))),
}
"""The number of epochs after which unlearnable data are blamed, and how to make such data from good ones."""


@pytest.mark.parametrize("problem", UNLEARNABLE, ids=lambda problem: problem.name)
def test_data_that_cannot_be_learnt_are_blamed_and_no_setting(problem: Problem) -> None:
    """With pixels of 0 and 1, raising α is the wrong advice."""
    epochs, spoil = UNLEARNABLE[problem]
    good = csv_files.embedded()
    images, labels = spoil(good.images, good.labels)
    run = Run(PLAIN, replace(good, images=images, labels=labels).split(0, 500, 500), 10)
    train(run, epochs)
    finding = found(run)
    assert finding is not None
    assert (finding.problem, finding.remedy, finding.settings) == (problem, "", run.settings)
