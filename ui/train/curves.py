"""The curves of the run: loss and accuracy on train and dev, by what labels, the objective, and changed settings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.uncertainty import wilson
from training.curve_measurement import measured_examples
from training.history import Measurement
from training.percentages import accuracy, percent
from training.run_snapshot import Snapshot
from ui.train.problems import problem_of
from ui.train.run_view import RunView
from ui.widgets import curves
from ui.widgets.curves import Curve, Mark, Plot
from ui.widgets.number_format import loss

HEIGHTS = {"loss": 155, "accuracy": 150}
"""The heights of the plots, from top to bottom, in pixels."""

TRAIN, DEV, OBJECTIVE, TRUE_LABELS = "var(--ink)", "var(--accent)", "var(--muted)", "var(--run1)"


def run_curves(view: RunView, snapshot: Snapshot) -> None:
    """Show the plots; their titles tell the latest or the replayed values, and a band how far chance may move dev."""
    shown = view.measured or snapshot.measurements[-1]
    note = "" if view.replayed is None else view.when
    finding = problem_of(view, snapshot)
    dev_examples = measured_examples(len(view.run.split.dev))
    penalized = any(each.penalty for each in snapshot.measurements)
    legend = {each: _legend(each, shown, dev_examples, penalized=penalized) for each in HEIGHTS}
    measured = curves.measured(snapshot.measurements)
    drawn = curves.packed(
        [Plot(quantity, quantity.capitalize(), height, note, legend[quantity]) for quantity, height in HEIGHTS.items()],
        _lines(measured, dev_examples, penalized=penalized),
        marks=[*curves.change_marks(snapshot.changes), *_return_marks(snapshot)],
        replayed=view.replayed_step,
        evidence=finding.steps if finding else None,
    )
    curves.curves("curves", drawn)


def _return_marks(snapshot: Snapshot) -> list[Mark]:
    """Return a labelled line for each return of early stopping to the best weights."""
    return [Mark(each.step, f"back to step {each.to_step:,}") for each in snapshot.returns]


def _legend(quantity: str, shown: Measurement, dev_examples: int, *, penalized: bool) -> list[tuple[str, str, str]]:
    if quantity == "accuracy":
        train = ("train", percent(shown.train_accuracy), TRAIN)
        dev = ("dev", accuracy(shown.dev_accuracy, dev_examples), DEV)
        true = shown.true_accuracy
        return [train, dev] if true is None else [train, ("true", percent(true), TRUE_LABELS), dev]
    legend = [("train", loss(shown.train_loss), TRAIN), ("dev", loss(shown.dev_loss), DEV)]
    return [*legend, ("objective", loss(shown.objective), OBJECTIVE)] if penalized else legend


def _lines(measured: dict[str, NDArray[Any]], dev_examples: int, *, penalized: bool) -> list[Curve]:
    at = measured["step"].astype(np.float64)
    chance = 100 * np.stack(wilson(measured["dev_accuracy"] / 100, dev_examples))
    bands = {("dev", "accuracy"): chance}
    lines = [
        Curve(quantity, part, colour, at, measured[f"{part}_{quantity}"], band=bands.get((part, quantity)))
        for quantity in HEIGHTS
        for part, colour in (("train", TRAIN), ("dev", DEV))
    ]
    if penalized:
        lines.insert(2, Curve("loss", "objective", OBJECTIVE, at, measured["objective"], width=1.3, dash="4 3"))
    if np.isfinite(measured["true_accuracy"]).any():
        lines.append(Curve("accuracy", "true", TRUE_LABELS, at, measured["true_accuracy"], dash="5 3"))
    return lines
