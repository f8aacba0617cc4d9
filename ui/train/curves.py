"""The curves of the run: loss and accuracy on train and dev, by given or true labels, the objective, and changes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.numbers import general, localized, whole
from language.translation import N_, _, ngettext, pgettext
from nn.uncertainty import wilson
from training.curve_measurement import measured_examples
from training.history import Measurement
from training.percentages import accuracy, mean_and_spread, percent
from training.run_record import Record
from training.run_snapshot import Snapshot
from ui.state.runs import Runs
from ui.train.problems import problem_of
from ui.train.run_view import RunView
from ui.widgets import curves
from ui.widgets.curves import Curve, Mark, Plot
from ui.widgets.number_format import loss

HEIGHTS = {"loss": 155, "accuracy": 150}
"""The heights of the plots, from top to bottom, in pixels."""

TITLES = {"loss": N_("Loss"), "accuracy": N_("Accuracy")}

TRAIN, DEV, OBJECTIVE, TRUE_LABELS = "var(--ink)", "var(--accent)", "var(--muted)", "var(--run1)"
ALPHA = "var(--muted)"


def run_curves(view: RunView, snapshot: Snapshot, runs: Runs) -> None:
    """Show the plots; titles show the latest or the replayed values, and a band shows how far chance may move dev.

    The band is the accuracy's confidence interval or, if the run was repeated, the range over its seeds.
    """
    shown, repeated = view.measured or snapshot.measurements[-1], runs.repeated()
    finding = problem_of(view, snapshot)
    dev_examples = measured_examples(len(view.run.split.dev))
    penalized = any(each.penalty for each in snapshot.measurements)
    all_seeds = repeated if view.replayed is None and not runs.is_repeating else None
    legend = {each: _legend(each, shown, dev_examples, penalized=penalized, all_seeds=all_seeds) for each in HEIGHTS}
    notes = {"loss": _note(view, runs, repeated), "accuracy": "" if view.replayed is None else view.when}
    measured = curves.measured(snapshot.measurements)
    alpha = []
    if snapshot.is_scheduled:
        alphas = dict(zip((each.step for each in snapshot.measurements), snapshot.alphas, strict=True))
        legend["loss"].append(("α", general(alphas.get(shown.step, snapshot.alpha), 3), ALPHA))
        values = np.array([*alphas.values()])
        alpha = [Curve("loss", "α", ALPHA, measured["step"], values, width=1.0, opacity=0.7, beside=True)]
    drawn = curves.packed(
        [Plot(each, _(TITLES[each]), height, notes[each], legend[each]) for each, height in HEIGHTS.items()],
        [*_ranges(repeated), *alpha, *_lines(measured, dev_examples, penalized=penalized, is_shaded=repeated is None)],
        marks=[*curves.change_marks(snapshot.changes), *_return_marks(snapshot)],
        replayed=view.replayed_step,
        evidence=finding.steps if finding else None,
    )
    curves.curves("curves", drawn)


def _note(view: RunView, runs: Runs, repeated: Record | None) -> str:
    """Return a note on which step is shown, what the band means, or how far the repeats have come."""
    if view.replayed is not None:
        return view.when
    if runs.repeats is not None and runs.is_repeating:
        more, done = len(runs.repeats.runs), localized(f"{runs.repeats.progress:.0%}")
        return ngettext("{count} more seed, {done}", "{count} more seeds, {done}", more, count=more, done=done)
    if repeated is None:
        return ""
    return ngettext(
        "band: range over {count} seed", "band: range over {count} seeds", repeated.seeds, count=repeated.seeds
    )


def _return_marks(snapshot: Snapshot) -> list[Mark]:
    """Return a labelled line for each time that early stopping returned to the best weights."""
    return [Mark(each.step, _("back to step {step}", step=whole(each.to_step))) for each in snapshot.returns]


def _legend(
    quantity: str, shown: Measurement, dev_examples: int, *, penalized: bool, all_seeds: Record | None = None
) -> list[tuple[str, str, str]]:
    # Translators: a curve, measured on the training set; likewise on dev, and by the true labels.
    if quantity == "accuracy":
        train = (_("train"), percent(shown.train_accuracy), TRAIN)
        on_dev = accuracy(shown.dev_accuracy, dev_examples)
        if all_seeds is not None:
            mean = mean_and_spread(all_seeds.measurements[-1].dev_accuracy, all_seeds.spread)
            on_dev = _("{accuracy}, mean", accuracy=mean)
        dev = (_("dev"), on_dev, DEV)
        true = shown.true_accuracy
        return [train, dev] if true is None else [train, (pgettext("labels", "true"), percent(true), TRUE_LABELS), dev]
    legend = [(_("train"), loss(shown.train_loss), TRAIN), (_("dev"), loss(shown.dev_loss), DEV)]
    return [*legend, (_("objective"), loss(shown.objective), OBJECTIVE)] if penalized else legend


def _ranges(repeated: Record | None) -> list[Curve]:
    """Return the ranges of the dev values over several seeds, as curves with only a band."""
    if repeated is None:
        return []
    seeds = [curves.measured(each) for each in repeated.by_seed]
    at = seeds[0]["step"]
    ranges = []
    for quantity in HEIGHTS:
        values = np.stack([each[f"dev_{quantity}"] for each in seeds])  # (seeds, steps)
        band = np.stack([values.min(axis=0), values.max(axis=0)])
        ranges.append(Curve(quantity, "", DEV, at, values.mean(axis=0), width=0.0, band=band))
    return ranges


def _lines(measured: dict[str, NDArray[Any]], dev_examples: int, *, penalized: bool, is_shaded: bool) -> list[Curve]:
    at = measured["step"].astype(np.float64)
    chance = 100 * np.stack(wilson(measured["dev_accuracy"] / 100, dev_examples))
    bands = {("dev", "accuracy"): chance}
    lines = [
        Curve(
            quantity,
            _(part),
            colour,
            at,
            measured[f"{part}_{quantity}"],
            band=bands.get((part, quantity)),
            is_shaded=is_shaded,
        )
        for quantity in HEIGHTS
        for part, colour in ((N_("train"), TRAIN), (N_("dev"), DEV))
    ]
    if penalized:
        lines.insert(2, Curve("loss", _("objective"), OBJECTIVE, at, measured["objective"], width=1.3, dash="4 3"))
    if np.isfinite(measured["true_accuracy"]).any():
        lines.append(
            Curve("accuracy", pgettext("labels", "true"), TRUE_LABELS, at, measured["true_accuracy"], dash="5 3")
        )
    return lines
