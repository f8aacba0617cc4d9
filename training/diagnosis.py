"""Diagnose the problems of a run in plain words, with the evidence and a fix for each.

Each finding is based on data that the page also shows: the curves, the settings, the hidden units. The thresholds are
heuristics, chosen so that a healthy run has no findings; tests check them on runs that each have one problem.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.augmentation import DISTORTIONS
from nn.evaluation import dead_units
from training.history import Measurement
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings

_MIN_STEPS = 300
"""Steps before any problem other than divergence is diagnosed."""

_DEAD_FRACTION = 0.3
"""Fraction of dead hidden units above which they are a problem."""

_HIGH_DECAY = 0.01
"""λ/m above which the penalty may be too strong: at α = 0.1, each step shrinks every weight by a thousandth."""

_GOOD_ACCURACY = 0.85
"""Train accuracy above which neither λ nor α is to blame."""

_STALLED, _SLOW = 0.05, 0.3
"""Relative decrease of the train loss over the second half of the steps below which it has stalled or is slow."""

_OVERFIT = 1.1
"""Ratio of the dev loss to its minimum above which the network is overfitting."""

_WINDOW = 0.2
"""Fraction of the steps so far over which losses are averaged."""


class Problem(Enum):
    """The problems that can be diagnosed, most important first."""

    DIVERGED = "Diverged"
    DEAD_UNITS = "Dead units"
    HEAVY_PENALTY = "λ is too strong"
    SMALL_STEPS = "α is too small"
    OVERFITTING = "Overfitting"


@dataclass(frozen=True)
class Finding:
    """A problem with its evidence and its fix.

    Attributes:
        problem: The problem.
        evidence: Sentences to show: the observation, and why it is a problem.
        remedy: The label of a button that applies the fix.
        settings: The run's settings with the fix applied.
        needs_reset: Whether the fix includes a reset to the initial weights.
    """

    problem: Problem
    evidence: str
    remedy: str
    settings: Settings
    needs_reset: bool


def diagnose(snapshot: Snapshot, images: NDArray[np.floating[Any]]) -> Finding | None:
    """Return the most important problem of a run, or None.

    Args:
        snapshot: The run.
        images: (n, inputs) floats in [0, 1], training digits; a unit that none of them activates is dead.
    """
    if snapshot.state is State.DIVERGED:
        return _with_alpha(Problem.DIVERGED, snapshot.message, snapshot, 0.1, needs_reset=True)
    if snapshot.position.step < _MIN_STEPS:
        return None
    return _dead_units(snapshot, images) or _heavy_penalty(snapshot) or _small_steps(snapshot) or _overfitting(snapshot)


def _dead_units(snapshot: Snapshot, images: NDArray[np.floating[Any]]) -> Finding | None:
    """Find units whose derivative is 0 for every digit: without a gradient, their weights never change."""
    dead = sum(int(np.count_nonzero(layer)) for layer in dead_units(snapshot.network, images))
    units = sum(snapshot.settings.hidden_sizes)
    if dead <= _DEAD_FRACTION * units:
        return None
    evidence = (
        f"{dead:,} of {units:,} hidden units output 0 for every digit. Such a unit passes no gradient back,"
        f" so it has stopped learning. The steps at α = {snapshot.settings.learning_rate:g} were too large."
    )
    return _with_alpha(Problem.DEAD_UNITS, evidence, snapshot, 0.1, needs_reset=True)


def _heavy_penalty(snapshot: Snapshot) -> Finding | None:
    settings, last = snapshot.settings, snapshot.measurements[-1]
    decay = settings.l2 / snapshot.examples
    if decay < _HIGH_DECAY or last.train_accuracy > _GOOD_ACCURACY or _decrease(snapshot.measurements) > _STALLED:
        return None
    lighter = SETTINGS["l2"].nearest(settings.l2 / 10)
    evidence = (
        f"The loss has stalled at {last.train_loss:.2f}, with {last.train_accuracy:.0%} accuracy on train and"
        f" {last.dev_accuracy:.0%} on dev. At λ = {settings.l2:g}, each step shrinks every weight by"
        f" {settings.learning_rate * decay:.2%}, as much as the digits can add."
    )
    remedy = f"Lower λ to {lighter:g}"
    return Finding(Problem.HEAVY_PENALTY, evidence, remedy, replace(settings, l2=lighter), needs_reset=False)


def _small_steps(snapshot: Snapshot) -> Finding | None:
    if snapshot.measurements[-1].train_accuracy > _GOOD_ACCURACY:  # where the loss may be 0
        return None
    decrease = _decrease(snapshot.measurements)
    if not _STALLED / 5 < decrease < _SLOW:
        return None
    evidence = (
        f"The train loss is still falling, but by only {decrease:.0%} over the second half of"
        f" {snapshot.position.step:,} steps. Larger steps would get there sooner."
    )
    return _with_alpha(Problem.SMALL_STEPS, evidence, snapshot, 10, needs_reset=False)


def _overfitting(snapshot: Snapshot) -> Finding | None:
    settings, measurements = snapshot.settings, snapshot.measurements
    steps = np.array([each.step for each in measurements])
    dev, train = (
        _moving_average(steps, np.array([getattr(each, f"{part}_loss") for each in measurements]))
        for part in ("dev", "train")
    )
    best = int(dev.argmin())
    memorising = dev[-1] >= _OVERFIT * dev[best] and train[-1] <= min(dev[-1] / 2, train[best])
    if not memorising or DISTORTIONS[settings.distortion].distortion:
        return None
    evidence = (
        f"Since step {steps[best]:,}, the dev loss has risen from {dev[best]:.3f} to {dev[-1]:.3f} while the train loss"
        f" has fallen to {train[-1]:.3f}. The network is memorising its digits, and more confident when wrong. Digits"
        " that look different every time cannot be memorised."
    )
    distorted = replace(settings, distortion=next(name for name, each in DISTORTIONS.items() if each.distortion))
    return Finding(Problem.OVERFITTING, evidence, "Turn on distortion", distorted, needs_reset=False)


def _moving_average(steps: NDArray[np.integer[Any]], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each value (n,) with the earlier ones in its window, as single losses are too noisy to compare."""
    until = np.arange(1, len(steps) + 1)
    since = np.searchsorted(steps, (1 - _WINDOW) * steps)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: NDArray[np.float64] = (sums[until] - sums[since]) / (until - since)
    return means


def _decrease(measurements: Sequence[Measurement]) -> float:
    """Return the relative decrease of the train loss over the second half of the steps."""
    last = measurements[-1]
    half = next(each for each in measurements if 2 * each.step >= last.step)
    return (half.train_loss - last.train_loss) / half.train_loss


def _with_alpha(
    problem: Problem, evidence: str, snapshot: Snapshot, factor: float, *, needs_reset: bool
) -> Finding | None:
    """Return a finding whose fix is to multiply α by about `factor`; None if α is at the end of its range."""
    settings = snapshot.settings
    alpha = SETTINGS["learning_rate"].nearest(settings.learning_rate * factor)
    if (alpha - settings.learning_rate) * (factor - 1) <= 0:
        return None
    remedy = f"Set α to {alpha:g}" + (" and restart" if needs_reset else "")
    return Finding(problem, evidence, remedy, replace(settings, learning_rate=alpha), needs_reset)
