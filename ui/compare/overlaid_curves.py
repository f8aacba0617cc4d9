"""The curves of several runs in one chart."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nn.uncertainty import wilson
from training.curve_measurement import measured_examples
from training.run_record import Record
from ui.widgets.curves import Curve, Mark, change_text, measured

XAxis = Literal["step", "epoch"]

POINTS = 100
"""The number of measurements to which each curve is thinned, to limit the data sent at every redraw."""


def run_curves(
    runs: Mapping[int, Record], names: Mapping[int, str], x_axis: XAxis = "step", smoothing: float = 0.0
) -> list[Curve]:
    """Return loss and accuracy on train and dev of each run; over several seeds, their mean and, on dev, their range.

    Args:
        runs: Keyed by the index of their colour in the palette.
        names: The names of the runs, by number.
        x_axis: The unit of the x axis.
        smoothing: Weight of the moving average, in [0, 1). Above 0, the measured dev curve is drawn too, faintly; the
            crosshair always shows measured values.
    """
    curves = []
    for place, run in runs.items():
        columns = measured(run.measurements)
        drawn = [f"{part}_{quantity}" for quantity in ("loss", "accuracy") for part in ("dev", "train")]
        kept = sorted(set().union(*(thinned(columns[name].tolist(), POINTS) for name in drawn)))
        at = columns[x_axis][kept]
        for name in drawn:
            part, quantity = name.split("_")
            style: dict[str, Any] = {"width": 2.0} if part == "dev" else {"width": 1.1, "dash": "5 3"}
            shared: dict[str, Any] = {"quantity": quantity, "colour": f"var(--run{place})", "at": at}
            if run.by_seed and part == "dev":
                each_seed = np.stack([measured(one)[name][kept] for one in run.by_seed])
                style["band"] = np.stack([each_seed.min(axis=0), each_seed.max(axis=0)])
            elif name == "dev_accuracy":
                examples = measured_examples(run.settings.dev_size)
                limits = wilson(columns[name][kept] / 100, examples)
                style |= {"band": 100 * np.stack(limits), "is_shaded": False}
            if smoothing:
                smooth = _smoothed(columns[name], smoothing)[kept]
                curves.append(Curve(values=smooth, name="", **(style | {"band": None}), **shared))
                style |= {"width": 1.0, "opacity": 0.3 if part == "dev" else 0.0}
            curves.append(Curve(values=columns[name][kept], name=part, group=names[run.number], **style, **shared))
    return curves


def change_marks(runs: Mapping[int, Record], x_axis: XAxis = "step") -> list[Mark]:
    """Return a line for each change of a setting, in the colour of its run."""
    marks = []
    for place, run in runs.items():
        columns = measured(run.measurements)
        for change in run.changes:
            at = float(np.interp(change.step, columns["step"], columns[x_axis]))
            marks.append(Mark(at, change_text(change), f"var(--run{place})"))
    return marks


def _smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Return an exponential moving average as in TensorBoard, ignoring non-finite values."""
    finite = np.isfinite(values)
    average = pd.Series(np.where(finite, values, np.nan)).ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean()
    return np.where(finite, average, values)


def thinned(values: Sequence[float], most: int) -> Sequence[int]:
    """Return the indices of at most `most` values: the first, the last, and the extremes of each interval between."""
    last = len(values) - 1
    if last < most:
        return range(len(values))
    length = -(-(last - 1) // (most // 2 - 1))
    kept = {0, last}
    for start in range(1, last, length):
        stretch = range(start, min(start + length, last))
        kept |= {min(stretch, key=values.__getitem__), max(stretch, key=values.__getitem__)}
    return sorted(kept)


def loss_limit(runs: Sequence[Record]) -> float | None:
    """Return an upper limit for the loss axis; None if all losses fit.

    A diverging loss would flatten every other curve. Above twice the initial loss, a network is only guessing.
    """
    limit = 2 * max((each.measurements[0].dev_loss for each in runs), default=0.0)
    losses = [loss for run in runs for each in run.measurements for loss in (each.train_loss, each.dev_loss)]
    return limit if any(not isfinite(loss) or loss > limit for loss in losses) else None
