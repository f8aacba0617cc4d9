"""Draw the figures of a training run as image files, with matplotlib but without a window or global state.

They are in English, like all files. Text is not parsed as math (`parse_math=False`), because a class may be called `$`.
"""

import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE
from language.translation import ENGLISH, speaking
from nn.uncertainty import wilson
from training.history import Change, Measurement
from training.percentages import accuracy as accuracy_text
from training.percentages import percent
from training.settings import SETTINGS

PAPER, INK, FAINT, GRID = "#fbfaf6", "#1c1b1a", "#6b6862", "#e4e0d6"
TRAIN, DEV, TRUE_LABELS, WRONG = INK, "#2f3fbf", "#a0390c", "#b4530a"
DOTS_PER_INCH = 160
COLUMNS = 8
LONGEST_NAME = 11
"""The maximum number of characters of a class name that fit under an image."""

_Style = dict[str, Any]
_TEXT: _Style = {"color": INK, "fontsize": 10, "parse_math": False}
_SMALL: _Style = {"color": FAINT, "fontsize": 8, "parse_math": False}


@speaking(ENGLISH)
def training_metrics(
    measurements: Sequence[Measurement],
    changes: Sequence[Change],
    dev_examples: int,
    *,
    title: str = "",
    dev_name: str = "dev",
) -> Figure:
    """Plot loss, with the objective where λ > 0, and accuracy on train and dev against the step, one above the other.

    The accuracy on dev has its 95% interval, in numbers and as a band. If some of the given labels are wrong, accuracy
    on train by the true labels is plotted too.

    Args:
        measurements: Oldest first; if there are none, the axes are empty.
        changes: Settings changed during training; each is marked at its step.
        dev_examples: The number of examples that dev was measured on.
        title: Shown above the figure.
        dev_name: The name of the second curve.
    """
    figure = Figure(figsize=(8, 6.4), dpi=DOTS_PER_INCH, facecolor=PAPER)
    loss, accuracy = figure.subplots(2, 1, sharex=True)
    figure.subplots_adjust(left=0.085, right=0.965, top=0.865 if title else 0.925, bottom=0.09, hspace=0.24)
    if title:
        figure.text(0.085, 0.945, title, **{**_TEXT, "fontsize": 13})
    steps = [each.step for each in measurements]
    _curves(
        loss,
        "Loss",
        steps,
        {"train": [each.train_loss for each in measurements], dev_name: [each.dev_loss for each in measurements]},
        "{:.3f}".format,
    )
    if any(each.penalty for each in measurements):
        objective = [each.objective for each in measurements]
        loss.plot(steps, objective, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), label="objective")
        loss.text(0.45, 1.055, f"objective  {objective[-1]:.3f}", ha="right", transform=loss.transAxes, **_TEXT)
    _curves(
        accuracy,
        "Accuracy",
        steps,
        {
            "train": [each.train_accuracy for each in measurements],
            dev_name: [each.dev_accuracy for each in measurements],
        },
        percent,
        lambda share: accuracy_text(share, dev_examples),
    )
    on_dev = [each.dev_accuracy for each in measurements]
    accuracy.fill_between(steps, *wilson(on_dev, dev_examples), color=DEV, alpha=0.14, linewidth=0)
    true = [each.true_accuracy for each in measurements if each.true_accuracy is not None]
    if true:
        accuracy.plot(steps, true, color=TRUE_LABELS, linewidth=1.3, linestyle=(0, (5, 3)), label="true labels")
        style = {**_TEXT, "color": TRUE_LABELS}
        accuracy.text(
            0.45, 1.055, f"true labels  {percent(true[-1])}", ha="right", transform=accuracy.transAxes, **style
        )
    loss.set_ylim(bottom=0)
    lowest = min([*true, *(min(each.train_accuracy, each.dev_accuracy) for each in measurements)], default=0.0)
    accuracy.set_ylim(min(0.9, math.floor(10 * lowest) / 10), 1)
    accuracy.set_xlim(0, max([*steps, 1]))
    accuracy.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    accuracy.set_xlabel("step", **_SMALL)
    accuracy.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    _mark(loss, accuracy, changes)
    return figure


def sample_predictions(
    images: NDArray[np.uint8],
    labels: NDArray[np.integer[Any]],
    predictions: NDArray[np.integer[Any]],
    *,
    classes: Sequence[str] = DIGITS,
    title: str = "",
) -> Figure:
    """Draw images with their labels and predictions.

    Args:
        images: (n, 784) uint8, 0 (paper) to 255 (ink); n at least 1.
        labels: (n,) true classes, as indices into `classes`.
        predictions: (n,) predicted classes, as indices into `classes`.
        classes: The name of each class.
        title: Shown above the figure.
    """
    rows = -(-len(images) // COLUMNS)
    height = 1.22 * rows + 0.75
    figure = Figure(figsize=(8, height), dpi=DOTS_PER_INCH, facecolor=PAPER)
    figure.subplots_adjust(left=0.03, right=0.97, bottom=0.32 / height, top=1 - 0.5 / height, wspace=0.18, hspace=0.36)
    figure.text(0.03, 1 - 0.3 / height, title, **{**_TEXT, "fontsize": 13})
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, label, prediction in zip(grid.flat, images, labels, predictions, strict=False):
        axes.imshow(image.reshape(IMAGE_SIDE, IMAGE_SIDE), cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
        style = {**_SMALL, "color": FAINT if label == prediction else WRONG}
        text = _caption(classes[label], classes[prediction])
        axes.text(0.5, -0.09, text, **style, ha="center", va="top", transform=axes.transAxes)
    return figure


def _caption(true: str, read: str) -> str:
    """Return the text under an image, on one line if it fits."""
    true, read = (name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…" for name in (true, read))
    return f"is {true}{', ' if len(true) + len(read) < LONGEST_NAME / 2 else chr(10)}read {read}"


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", facecolor=figure.get_facecolor())
    return file.getvalue()


def _curves(
    axes: Axes,
    name: str,
    steps: Sequence[int],
    curves: dict[str, list[float]],
    text: Callable[[float], str],
    dev_text: Callable[[float], str] | None = None,
) -> None:
    """Plot the curves of train and dev, with their last values above the axes, where no curve overlaps them."""
    axes.set_facecolor(PAPER)
    axes.text(0, 1.055, name, transform=axes.transAxes, **_TEXT)
    marker = "o" if len(steps) == 1 else ""
    styles = zip((0.65, 1.0), (TRAIN, DEV), (1.3, 1.9), (text, dev_text or text), strict=True)
    for (place, color, width, written), (label, values) in zip(styles, curves.items(), strict=True):
        axes.plot(
            steps,
            values,
            color=color,
            linewidth=width,
            marker=marker,
            solid_joinstyle="round",
            clip_on=False,
            label=label,
        )
        last = f"{label}  {written(values[-1])}" if values else label
        axes.text(place, 1.055, last, ha="right", transform=axes.transAxes, **{**_TEXT, "color": color})
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=FAINT, labelsize=8, length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(GRID)


def _mark(loss: Axes, accuracy: Axes, changes: Sequence[Change]) -> None:
    """Mark each change in both plots and describe it in the upper one; changes at the same step share a line."""
    at_step: dict[int, list[str]] = {}
    for change in changes:
        setting = SETTINGS[change.name]
        description = f"{setting.label} {setting.plain(change.before)} → {setting.plain(change.after)}"
        at_step.setdefault(change.step, []).append(description)
    for step, words in at_step.items():
        for axes in (loss, accuracy):
            axes.axvline(step, color=FAINT, linewidth=0.8, linestyle=(0, (1, 2)))
        loss.annotate(
            "\n".join(words), (step, 1), xycoords=loss.get_xaxis_transform(), xytext=(3, -4),
            textcoords="offset points", rotation=90, ha="left", va="top", multialignment="right", **_SMALL,
        )  # fmt: skip
