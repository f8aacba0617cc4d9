"""Curves by step in stacked plots: zoom, logarithmic axes, and a crosshair over all of them.

This is a component of our own: a redraw costs a fifth of what it does in Vega-Lite, and the axes, the zoom and the
crosshair, which only concern the browser, need no server requests. Colours are CSS variables, so curves follow the
theme at once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.translation import _
from training.history import Change, Measurement
from training.settings import SETTINGS
from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).parent / "curves.js")


@dataclass(frozen=True)
class Plot:
    """One plot.

    Attributes:
        quantity: "loss" or "accuracy", which determines the vertical axis; or a name prefixed with "log_"
            (logarithmic), "size_" (from 0) or "share_" (in percent).
        title: Its title.
        note: Text after the title.
        height: Its height in pixels.
        legend: (name, latest value as text, CSS colour) of the curves to list after the title.
        limit: The upper bound of a linear loss axis; None if it may show everything.
        fits: Whether an accuracy axis begins below all curves instead of where the visitor chooses.
    """

    quantity: str
    title: str
    height: int
    note: str = ""
    legend: Sequence[tuple[str, str, str]] = ()
    limit: float | None = None
    fits: bool = False


@dataclass(frozen=True)
class Curve:
    """One curve.

    Attributes:
        quantity: The plot it belongs to.
        name: Its name at the crosshair; empty if the crosshair leaves it out.
        group: The heading under which the crosshair lists it, such as the name of a run.
        colour: A CSS colour.
        at: (n,) floats, ascending: where it was measured.
        values: (n,) floats, in nats or percent; gaps where they are not finite.
        width: Line width in pixels.
        dash: As in SVG's stroke-dasharray.
        opacity: Opacity of the line, in [0, 1].
        band: (2, n) floats, the limits of a band around the line, if it has one; the crosshair shows them.
        is_shaded: Whether the band is drawn.
        beside: Whether it is drawn on its own scale, from 0 to its largest value, because it is a different quantity.
    """

    quantity: str
    name: str
    colour: str
    at: NDArray[np.float64]
    values: NDArray[np.floating[Any]]
    group: str = ""
    width: float = 1.8
    dash: str = ""
    opacity: float = 1.0
    band: NDArray[np.floating[Any]] | None = None
    is_shaded: bool = True
    beside: bool = False


@dataclass(frozen=True)
class Mark:
    """A vertical line at a place on the horizontal axis.

    Attributes:
        at: Its place.
        text: Its label; empty for none.
        colour: A CSS colour.
    """

    at: float
    text: str = ""
    colour: str = "var(--muted)"


def curves(key: str, drawn: bytes) -> None:
    """Show the curves that `packed` returned, in a widget with this key."""
    _component()(key=key, data=drawn)


def packed(
    plots: Sequence[Plot],
    lines: Sequence[Curve],
    *,
    marks: Sequence[Mark] = (),
    replayed: float | None = None,
    evidence: tuple[float, float] | None = None,
    unit: str = "",
    is_whole: bool = True,
) -> bytes:
    """Return what `curves.js` draws: the length of a JSON header, the header, and the numbers of the curves.

    Args:
        plots: The plots, from top to bottom.
        lines: The curves, in the order in which they are drawn.
        marks: Vertical lines through all plots.
        replayed: The place of the earlier network that the page shows, if it does.
        evidence: The interval to shade, if any.
        unit: The title of the horizontal axis; Step by default.
        is_whole: Whether all places are whole numbers.

    Returns:
        uint32 length of the header in bytes; the header in UTF-8, padded with spaces to a multiple of 8 after the
        length; then float64 places, with arrays shared by several curves written once; then, for each curve, its
        float32 values and, if it has a band, the lower and the upper limits.
    """
    places: dict[int, tuple[int, NDArray[np.float64]]] = {}
    start = 0
    for line in lines:
        if id(line.at) not in places:
            places[id(line.at)] = (start, line.at)
            start += len(line.at)
    header = {
        "unit": unit or _("Step"),
        "is_whole": is_whole,
        "plots": [vars(plot) for plot in plots],
        "curves": [
            {name: value for name, value in vars(line).items() if name not in {"at", "values", "band"}}
            | {"start": places[id(line.at)][0], "count": len(line.at), "banded": line.band is not None}
            for line in lines
        ],
        "marks": [vars(mark) for mark in marks],
        "replayed": replayed,
        "evidence": evidence,
        "places": start,
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    with np.errstate(over="ignore"):  # a diverging loss may exceed float32, far outside any plot
        numbers = [
            np.asarray(each, np.float32)
            for line in lines
            for each in (line.values, *(() if line.band is None else line.band))
        ]
    return b"".join(
        [
            np.uint32(len(text)).tobytes(),
            text,
            *(np.asarray(at, np.float64).tobytes() for _, at in places.values()),
            *(values.tobytes() for values in numbers),
        ]
    )


def measured(measurements: Sequence[Measurement]) -> dict[str, NDArray[np.float64]]:
    """Return the measurements as one array (n,) per attribute; accuracies in percent, NaN where not measured."""
    names = (
        *("step", "epoch", "train_loss", "dev_loss", "train_accuracy", "dev_accuracy", "objective"),
        "true_accuracy",
    )
    columns = np.array(list(map(attrgetter(*names), measurements)), np.float64).reshape(-1, len(names)).T
    return {
        name: 100 * column if name.endswith("accuracy") else column for name, column in zip(names, columns, strict=True)
    }


def change_marks(changes: Sequence[Change]) -> list[Mark]:
    """Return a labelled line for each change of a setting, such as "α 0.1 → 2"."""
    return [Mark(each.step, change_text(each)) for each in changes]


def change_text(change: Change) -> str:
    """Return a change in a few words, such as "α 0.1 → 2"."""
    return SETTINGS[change.name].in_words(change.before, change.after)
