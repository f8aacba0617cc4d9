"""Diagnose the problems of a run in plain words, with the evidence and a fix for each.

Each finding is based on data that the page also shows: the curves, the settings, the hidden units, the digits. The
thresholds are heuristics, chosen so that a healthy run has no findings; tests check them on runs that each have one
problem. `_CHECKS` is the table of all checks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.numbers import fixed, general, whole
from language.translation import N_, _, ngettext
from nn.augmentation import DISTORTIONS
from nn.evaluation import dead_units
from training.curve_measurement import measured_examples
from training.history import Measurement
from training.percentages import accuracy, percent
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings

MIN_STEPS = 300
"""Steps before the curves are judged."""

_DIMMEST = 0.06
"""The brightest pixel, of 1, below which no network sees anything: pixels of 0 and 1 instead of 0 to 255 give 0.004."""

_ABOVE_GUESSING = 1.5
"""Train loss, in multiples of log(classes), above which steps overshoot: guessing alone costs 1."""

_CHANCE = 0.1
"""How far an accuracy may exceed the share of the largest class and still be no better than guessing."""

_DEAD_FRACTION = 0.3
"""Fraction of dead hidden units above which they are a problem."""

_ENOUGH_TO_TELL = 100
"""The number of examples on all of which a unit must be silent to be taken for dead.

After 400 healthy steps, up to a third of the units are silent on a dozen examples of two classes or more, and at most a
fifth on a hundred.
"""

_HIGH_DECAY = 0.01
"""λ/m above which the penalty may be too strong: at α = 0.1, each step shrinks every weight by a thousandth."""

_GOOD_ACCURACY = 0.85
"""Train accuracy above which neither λ nor α is to blame."""

_STALLED, _SLOW = 0.05, 0.2
"""Relative decrease of the train loss over the second half of the steps below which it has stalled or is slow."""

_STEADY = 0.9
"""Net fall of the train loss as a share of its ups and downs, above which steps are too small to overshoot anywhere.

Over the second half of 300 to 900 steps of 784-10-10, it is 1 up to α = 0.01, 0.9 or more at 0.03, and at most 0.83 at
0.1 and above.
"""

_OVERFIT = 1.1
"""Ratio of the dev loss to its minimum above which the network is overfitting."""

_WINDOW = 0.2
"""Fraction of the steps so far over which losses are averaged."""


class Problem(Enum):
    """The problems that can be diagnosed, most important first; each value is for `_`."""

    SAME_IMAGES = N_("All images are the same")
    DIM_IMAGES = N_("The pixels are too dark")
    DIVERGED = N_("Diverged")
    WRONG_LABELS = N_("The labels don't fit the images")
    DEAD_UNITS = N_("Dead units")
    HIGH_LOSS = N_("Worse than guessing")
    HEAVY_PENALTY = N_("λ is too strong")
    SMALL_STEPS = N_("α is too small")
    OVERFITTING = N_("Overfitting")


@dataclass(frozen=True)
class Finding:
    """A problem with its evidence and its fix.

    Attributes:
        problem: The problem.
        evidence: Sentences to show, in the reader's language: the observation, and why it is a problem.
        remedy: The label of a button that applies the fix; empty if only other data can fix it, not a setting.
        settings: The run's settings with the fix applied.
        needs_reset: Whether the fix includes a reset to the initial weights.
        steps: The first and last step of the part of the curves that shows it; None if they do not show it.
    """

    problem: Problem
    evidence: str
    remedy: str
    settings: Settings
    needs_reset: bool = False
    steps: tuple[int, int] | None = None


def diagnose(snapshot: Snapshot, images: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> Finding | None:
    """Return the most important problem of a run, or None.

    The run is judged on training digits, images (n, inputs) in [0, 1] and labels (n,); a unit that none of them
    activates is dead.
    """
    for first_step, check in _CHECKS:
        if snapshot.position.step >= first_step and (finding := check(snapshot, images, labels)):
            return finding
    return None


def _same_images(snapshot: Snapshot, images: NDArray[np.floating[Any]], *_rest: NDArray[Any]) -> Finding | None:
    if len(images) < 2 or np.ptp(images, axis=0).any():
        return None
    evidence = _("No pixel differs between two training images, so nothing tells the classes apart. Use other data.")
    return Finding(Problem.SAME_IMAGES, evidence, "", snapshot.settings)


def _dim_images(snapshot: Snapshot, images: NDArray[np.floating[Any]], *_rest: NDArray[Any]) -> Finding | None:
    brightest = float(images.max(initial=0))
    if brightest > _DIMMEST:
        return None
    evidence = _(
        "The brightest pixel is {brightest} of 255, so every image is nearly blank. If the pixels in your"
        " file run from 0 to 1, multiply them by 255 and upload it again.",
        brightest=fixed(255 * brightest, 0),
    )
    return Finding(Problem.DIM_IMAGES, evidence, "", snapshot.settings)


def _diverged(snapshot: Snapshot, *_rest: NDArray[Any]) -> Finding | None:
    if snapshot.state is not State.DIVERGED:
        return None
    finding = _with_alpha(Problem.DIVERGED, snapshot.message, snapshot, 0.1, needs_reset=True)
    return finding and replace(finding, steps=_since(snapshot, 1 - _WINDOW))


def _wrong_labels(
    snapshot: Snapshot, images: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]
) -> Finding | None:
    """Find labels that the images do not predict: neither the network on dev nor the nearest mean beats guessing."""
    last, largest = snapshot.measurements[-1], np.bincount(labels).max() / len(labels)
    chance = largest + _CHANCE
    if last.dev_accuracy > chance or _nearest_mean_accuracy(images, labels) > chance:
        return None
    evidence = _(
        "Accuracy on dev is {dev}, no better than always naming the largest class. On train it is {train}: what the"
        " network memorises there says nothing about other images. Check that each label is in the row of its image.",
        dev=_dev_accuracy(snapshot),
        train=percent(last.train_accuracy),
    )
    return Finding(Problem.WRONG_LABELS, evidence, "", snapshot.settings, steps=_since(snapshot, 0.5))


def _dev_accuracy(snapshot: Snapshot) -> str:
    return accuracy(snapshot.measurements[-1].dev_accuracy, measured_examples(snapshot.settings.dev_size))


def _nearest_mean_accuracy(images: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the accuracy of naming the class whose mean over one half of the images is nearest, on the other half.

    (Nearest centroid classifier: Tibshirani, Hastie, Narasimhan, Chu, 2002.)
    """
    half = len(images) // 2
    classes = np.unique(labels[:half])
    if not len(classes):
        return 1.0
    means = np.stack([images[:half][labels[:half] == each].mean(axis=0) for each in classes])  # (classes, inputs)
    far = (means**2).sum(axis=1) - 2 * images[half:] @ means.T  # (n - half, classes), less ‖image‖²
    return float(np.mean(classes[far.argmin(axis=1)] == labels[half:]))


def _dead_units(snapshot: Snapshot, images: NDArray[np.floating[Any]], *_rest: NDArray[Any]) -> Finding | None:
    """Find units whose derivative is 0 for every digit: without a gradient, their weights never change."""
    if len(images) < _ENOUGH_TO_TELL:
        return None
    layers = [layer for layer in dead_units(snapshot.network, images) if layer is not None]  # of units that can die
    dead, units = sum(int(np.count_nonzero(layer)) for layer in layers), sum(layer.size for layer in layers)
    if dead <= _DEAD_FRACTION * units:
        return None
    evidence = ngettext(
        "{dead} of {units} hidden unit outputs 0 for every digit. Such a unit passes no gradient back, so it has"
        " stopped learning. The steps at α = {alpha} were too large.",
        "{dead} of {units} hidden units output 0 for every digit. Such a unit passes no gradient back, so it has"
        " stopped learning. The steps at α = {alpha} were too large.",
        units,
        dead=whole(dead),
        units=whole(units),
        alpha=general(snapshot.settings.learning_rate),
    )
    finding = _with_alpha(Problem.DEAD_UNITS, evidence, snapshot, 0.1, needs_reset=True)
    return finding and replace(finding, steps=_around_highest_loss(snapshot))


def _high_loss(snapshot: Snapshot, *_rest: NDArray[Any]) -> Finding | None:
    """Find steps that overshoot without diverging: the network is confidently wrong, whatever its activation."""
    steps, guessing = _since(snapshot, 1 - _WINDOW), float(np.log(snapshot.network.sizes[-1]))
    loss = float(np.median([each.train_loss for each in snapshot.measurements if each.step >= steps[0]]))
    if not loss > _ABOVE_GUESSING * guessing:
        return None
    evidence = _(
        "The train loss is {loss}. Giving every class the same probability would cost {guessing}. At α = {alpha} every"
        " step overshoots, so the network is sure and wrong.",
        loss=general(loss, 3),
        guessing=fixed(guessing, 2),
        alpha=general(snapshot.settings.learning_rate),
    )
    finding = _with_alpha(Problem.HIGH_LOSS, evidence, snapshot, 0.1, needs_reset=True)
    return finding and replace(finding, steps=steps)


def _heavy_penalty(snapshot: Snapshot, *_rest: NDArray[Any]) -> Finding | None:
    settings, last = snapshot.settings, snapshot.measurements[-1]
    decay = settings.l2 / snapshot.examples
    if decay < _HIGH_DECAY or _reads_train(last) or _decrease(snapshot.measurements) > _STALLED:
        return None
    lighter = SETTINGS["l2"].nearest(settings.l2 / 10)
    evidence = _(
        "The loss has stalled at {loss}, with {train} accuracy on train and {dev} on dev. At λ = {l2}, each step"
        " shrinks every weight by {shrinking}, as much as the digits can add.",
        loss=fixed(last.train_loss, 2),
        train=percent(last.train_accuracy),
        dev=_dev_accuracy(snapshot),
        l2=general(settings.l2),
        shrinking=percent(snapshot.alpha * decay, 2),
    )
    remedy = _("Lower λ to {l2}", l2=general(lighter))
    return Finding(Problem.HEAVY_PENALTY, evidence, remedy, replace(settings, l2=lighter), steps=_since(snapshot, 0.5))


def _reads_train(last: Measurement) -> bool:
    """Return whether the network reads train well, by the true labels if some given ones are wrong."""
    return max(last.train_accuracy, last.true_accuracy or 0.0) > _GOOD_ACCURACY


def _small_steps(snapshot: Snapshot, *_rest: NDArray[Any]) -> Finding | None:
    if _reads_train(snapshot.measurements[-1]):  # where the loss may be 0
        return None
    if snapshot.alpha < snapshot.settings.learning_rate / 2:  # the schedule makes the steps small, by design
        return None
    decrease = _decrease(snapshot.measurements)
    if not 0 < decrease < _SLOW or _steadiness(snapshot.measurements) < _STEADY:
        return None
    evidence = _(
        "The train loss is still falling, but by only {decrease} over the second half of {steps} steps. Larger steps"
        " would get there sooner.",
        decrease=percent(decrease),
        steps=whole(snapshot.position.step),
    )
    finding = _with_alpha(Problem.SMALL_STEPS, evidence, snapshot, 10, needs_reset=False)
    return finding and replace(finding, steps=_since(snapshot, 0.5))


def _overfitting(snapshot: Snapshot, *_rest: NDArray[Any]) -> Finding | None:
    settings, measurements = snapshot.settings, snapshot.measurements
    if snapshot.has_returned:
        return None
    steps = np.array([each.step for each in measurements])
    dev, train = (
        _moving_average(steps, np.array([getattr(each, f"{part}_loss") for each in measurements]))
        for part in ("dev", "train")
    )
    best = int(dev.argmin())
    memorising = dev[-1] >= _OVERFIT * dev[best] and train[-1] <= min(dev[-1] / 2, train[best])
    if not memorising or DISTORTIONS[settings.distortion].distortion:
        return None
    evidence = _(
        "Since step {step}, the dev loss has risen from {lowest} to {dev} while the train loss has fallen to {train}."
        " The network is memorising its digits, and more confident when wrong. Digits that look different every time"
        " cannot be memorised.",
        step=whole(int(steps[best])),
        lowest=fixed(dev[best], 3),
        dev=fixed(dev[-1], 3),
        train=fixed(train[-1], 3),
    )
    distorted = replace(settings, distortion=next(name for name, each in DISTORTIONS.items() if each.distortion))
    stretch = (int(steps[best]), int(steps[-1]))
    return Finding(Problem.OVERFITTING, evidence, _("Turn on distortion"), distorted, steps=stretch)


_CHECKS: tuple[tuple[int, Callable[..., Finding | None]], ...] = (
    (0, _same_images),
    (0, _dim_images),
    (0, _diverged),
    (MIN_STEPS, _wrong_labels),
    (MIN_STEPS, _dead_units),
    (MIN_STEPS, _high_loss),
    (MIN_STEPS, _heavy_penalty),
    (MIN_STEPS, _small_steps),
    (MIN_STEPS, _overfitting),
)
"""The checks, most important first, each with the first step from which it applies."""


def _since(snapshot: Snapshot, part: float) -> tuple[int, int]:
    """Return the first and last step of the curves from this fraction of the steps on."""
    return int(part * snapshot.position.step), snapshot.position.step


def _around_highest_loss(snapshot: Snapshot) -> tuple[int, int]:
    """Return the steps from the measurement before the highest train loss to the one after it."""
    measured = snapshot.measurements
    highest = max(range(len(measured)), key=lambda index: measured[index].train_loss)
    return measured[max(0, highest - 1)].step, measured[min(len(measured) - 1, highest + 1)].step


def _moving_average(steps: NDArray[np.integer[Any]], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each value (n,) with the earlier ones in its window, as single losses are too noisy to compare."""
    until = np.arange(1, len(steps) + 1)
    since = np.searchsorted(steps, (1 - _WINDOW) * steps)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return (sums[until] - sums[since]) / (until - since)


def _decrease(measurements: Sequence[Measurement]) -> float:
    """Return the relative decrease of the train loss since half of the steps, both averaged over a window."""
    steps = np.array([each.step for each in measurements])
    losses = _moving_average(steps, np.array([each.train_loss for each in measurements]))
    half = losses[np.searchsorted(steps, steps[-1] / 2)]
    return float((half - losses[-1]) / half)


def _steadiness(measurements: Sequence[Measurement]) -> float:
    """Return the fall of the train loss over the second half of the steps, divided by the sum of its ups and downs."""
    losses = np.array([each.train_loss for each in measurements if 2 * each.step >= measurements[-1].step])
    return float((losses[0] - losses[-1]) / max(np.abs(np.diff(losses)).sum(), np.finfo(float).tiny))


def _with_alpha(
    problem: Problem, evidence: str, snapshot: Snapshot, factor: float, *, needs_reset: bool
) -> Finding | None:
    """Return a finding whose fix is to multiply α by about `factor`; None if α is at the end of its range."""
    settings = snapshot.settings
    alpha = SETTINGS["learning_rate"].nearest(settings.learning_rate * factor)
    if (alpha - settings.learning_rate) * (factor - 1) <= 0:
        return None
    written = general(alpha)
    remedy = _("Set α to {alpha} and restart", alpha=written) if needs_reset else _("Set α to {alpha}", alpha=written)
    return Finding(problem, evidence, remedy, replace(settings, learning_rate=alpha), needs_reset)
