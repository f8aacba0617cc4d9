"""What goes wrong in a run, in plain words, with the evidence and what would mend it.

Each finding is read off what a person sees too: the curves, the settings, the hidden units. The bounds below are ours,
chosen so that a run that goes well has no finding; tests hold them against runs made to go wrong in one way each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.history import Measurement
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings

_ENOUGH_STEPS = 300
"""Steps after which a run says something about its settings."""

_DEAD = 0.3
"""Share of the hidden units that may be dead before it is worth a word."""

_HEAVY = 0.01
"""λ/m from which the penalty may be what holds a network back: a step at α = 0.1 takes a thousandth off each weight."""

_READS_WELL = 0.85
_RESTING = 0.05
_CREEPING = 0.3
"""Shares by which the loss on train falls over the later half of the steps: less is rest, and less is creeping."""

_WORSE = 1.1
"""How many times its least the loss on dev is once the network learns by heart."""

_LATELY = 0.8
"""Share of the steps taken from which on measurements tell where a run stands."""


class Trouble(Enum):
    """What can go wrong; the first is told first."""

    DIVERGED = "Diverged"
    DEAD_UNITS = "Dead units"
    HEAVY_PENALTY = "λ flattens everything"
    SMALL_STEPS = "α is too small"
    OVERFITTING = "Overfitting"


@dataclass(frozen=True)
class Finding:
    """Something that goes wrong.

    Attributes:
        trouble: What.
        evidence: Sentences for the person: what is seen, and why that is so.
        remedy: What a button says that mends it.
        settings: The run's settings, mended.
        anew: Whether it takes a reset, back to the initial weights.
    """

    trouble: Trouble
    evidence: str
    remedy: str
    settings: Settings
    anew: bool


def diagnose(snapshot: Snapshot, images: NDArray[np.floating[Any]]) -> Finding | None:
    """Return what goes wrong most in a run, or None while nothing does.

    Args:
        snapshot: The run.
        images: (n, inputs) floats in [0, 1], some training digits: a unit that none of them activates is dead.
    """
    if snapshot.state is State.DIVERGED:
        return _diverged(snapshot)
    if snapshot.position.step < _ENOUGH_STEPS:
        return None
    return _dead_units(snapshot, images) or _heavy_penalty(snapshot) or _small_steps(snapshot) or _overfitting(snapshot)


def _diverged(snapshot: Snapshot) -> Finding | None:
    return _with_alpha(Trouble.DIVERGED, snapshot.message, snapshot, 0.1, anew=True)


def _dead_units(snapshot: Snapshot, images: NDArray[np.floating[Any]]) -> Finding | None:
    """ReLUs that are 0 for every digit: no gradient passes through them, so that they stay as they are."""
    if snapshot.settings.activation != "relu":
        return None
    asleep = [np.count_nonzero(layer.max(axis=0) <= 0) for layer in snapshot.network.hidden(images)]
    units = snapshot.settings.hidden_size * len(asleep)
    dead = int(sum(asleep))
    if dead <= _DEAD * units:
        return None
    evidence = (
        f"{dead:,} of {units:,} hidden units are 0 for every digit. No gradient passes a ReLU that is 0, so that they"
        f" learn no more. Steps at α = {snapshot.settings.learning_rate:g} were too large for them."
    )
    return _with_alpha(Trouble.DEAD_UNITS, evidence, snapshot, 0.1, anew=True)


def _heavy_penalty(snapshot: Snapshot) -> Finding | None:
    settings, last = snapshot.settings, snapshot.measurements[-1]
    share = settings.l2 / snapshot.examples
    if share < _HEAVY or last.train_accuracy > _READS_WELL or _fall(snapshot.measurements) > _RESTING:
        return None
    lighter = max(option for option in SETTINGS["l2"].options if option <= settings.l2 / 10)
    evidence = (
        f"The loss rests at {last.train_loss:.2f}, and train and dev read {last.train_accuracy:.0%} and"
        f" {last.dev_accuracy:.0%}: λ = {settings.l2:g} takes {settings.learning_rate * share:.2%} off every weight at"
        " each step, which is all that the digits can add."
    )
    return Finding(
        Trouble.HEAVY_PENALTY, evidence, f"Turn λ down to {lighter:g}", replace(settings, l2=lighter), anew=False
    )


def _small_steps(snapshot: Snapshot) -> Finding | None:
    if snapshot.measurements[-1].train_accuracy > _READS_WELL:  # and there the loss may be 0
        return None
    fall = _fall(snapshot.measurements)
    if not _RESTING / 5 < fall < _CREEPING:
        return None
    evidence = (
        f"The loss on train still falls, but over the later half of {snapshot.position.step:,} steps by"
        f" {fall:.0%} only. Larger steps would be sooner there."
    )
    return _with_alpha(Trouble.SMALL_STEPS, evidence, snapshot, 10, anew=False)


def _overfitting(snapshot: Snapshot) -> Finding | None:
    settings, measurements = snapshot.settings, snapshot.measurements
    steps = np.array([each.step for each in measurements])
    dev, train = (
        _lately(steps, np.array([getattr(each, f"{part}_loss") for each in measurements])) for part in ("dev", "train")
    )
    best = int(dev.argmin())
    by_heart = dev[-1] >= _WORSE * dev[best] and train[-1] <= min(dev[-1] / 2, train[best])
    if not by_heart or settings.distortion == "on":
        return None
    evidence = (
        f"Since step {steps[best]:,} the loss on dev has grown from {dev[best]:.3f} to {dev[-1]:.3f}, while on train it"
        f" fell to {train[-1]:.3f}: the network learns its digits by heart, and gets surer of its mistakes. Digits"
        " that look new each time cannot be learned by heart."
    )
    return Finding(Trouble.OVERFITTING, evidence, "Turn distortion on", replace(settings, distortion="on"), anew=False)


def _lately(steps: NDArray[np.integer[Any]], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each of the values (n,) with those of the last fifth of the steps up to it.

    The loss leaps about from step to step: one high value says nothing, nor one low value, a stretch of them does.
    """
    until = np.arange(1, len(steps) + 1)
    since = np.searchsorted(steps, _LATELY * steps)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: NDArray[np.float64] = (sums[until] - sums[since]) / (until - since)
    return means


def _fall(measurements: Sequence[Measurement]) -> float:
    """The share by which the loss on train fell over the later half of the steps."""
    last = measurements[-1]
    half = next(each for each in measurements if 2 * each.step >= last.step)
    return (half.train_loss - last.train_loss) / half.train_loss


def _with_alpha(trouble: Trouble, evidence: str, snapshot: Snapshot, factor: float, *, anew: bool) -> Finding | None:
    """A finding that another α mends, so many times the present one; none where there is no such α."""
    settings = snapshot.settings
    options = [float(option) for option in SETTINGS["learning_rate"].options]
    alpha = min(options, key=lambda option: abs(np.log(option / (settings.learning_rate * factor))))
    if alpha == settings.learning_rate:
        return None
    remedy = f"Set α to {alpha:g}" + (" and begin again" if anew else "")
    return Finding(trouble, evidence, remedy, replace(settings, learning_rate=alpha), anew=anew)
