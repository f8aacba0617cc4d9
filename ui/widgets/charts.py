"""Figures made from plain data, as Vega-Lite specifications."""

from collections.abc import Sequence
from math import ceil, floor, log10, nan
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from training.history import Change, Measurement
from ui.widgets.palette import Palette

POINTS = 500
"""Points drawn of a curve at the most."""

Quantity = Literal["loss", "accuracy"]

_KINDS = ["train", "dev", "change", "look"]


def curve_points(
    measurements: Sequence[Measurement], changes: Sequence[Change], quantity: Quantity, look: int | None = None
) -> pa.Table:
    """Return the curves of train and dev, the changes of settings and the look back, as the rows that `curves` draws.

    Args:
        measurements: Oldest first; of more than POINTS, each curve is drawn through fewer, and loses no spike.
        changes: Settings turned on the way.
        quantity: Which of the two is drawn.
        look: The step that is looked back at.

    Returns:
        Columns step, value (accuracy in percent, loss in nats; NaN for what is none), kind (train, dev, change, look),
        note. It is as Streamlit sends it: at four redraws a second, making it of a pandas frame took a tenth of a
        server's time.
    """
    scale = 100 if quantity == "accuracy" else 1
    steps: list[int] = []
    drawn: list[float] = []
    kinds: list[int] = []
    for code, kind in enumerate(_KINDS[:2]):
        values = [scale * getattr(each, f"{kind}_{quantity}") for each in measurements]
        chosen = thinned(values)
        steps += [measurements[index].step for index in chosen]
        drawn += [values[index] for index in chosen]
        kinds += [code] * len(chosen)
    notes = [f"{each.name}: {each.before} → {each.after}" for each in changes]
    noted = ["", *dict.fromkeys(notes)]
    looks = [] if look is None else [look]
    kinds += [_KINDS.index("change")] * len(changes) + [_KINDS.index("look")] * len(looks)
    return pa.table(
        {
            "step": np.array([*steps, *(each.step for each in changes), *looks], np.int32),
            "value": np.array([*drawn, *[nan] * (len(changes) + len(looks))], np.float32),
            "kind": _words(kinds, _KINDS),
            "note": _words([*[0] * len(drawn), *map(noted.index, notes), *[0] * len(looks)], noted),
        }
    )


def _words(codes: Sequence[int], words: Sequence[str]) -> pa.DictionaryArray:
    """Return words that come back in many rows, each row holding which one it is."""
    return pa.DictionaryArray.from_arrays(np.array(codes, np.int32), list(words))


def thinned(values: Sequence[float], most: int = POINTS) -> Sequence[int]:
    """Return which values to draw, `most` at the most: the first, the last, the extremes of each stretch between."""
    last = len(values) - 1
    if last < most:
        return range(len(values))
    length = -(-(last - 1) // (most // 2 - 1))
    kept = {0, last}
    for start in range(1, last, length):
        stretch = range(start, min(start + length, last))
        kept |= {min(stretch, key=values.__getitem__), max(stretch, key=values.__getitem__)}
    return sorted(kept)


def curves(quantity: Quantity, colours: Palette, *, height: int, steps_shown: bool, changed: bool) -> dict[str, Any]:
    """Return the specification of one plot; it stays the same while the data grow, so that nothing blinks.

    Args:
        quantity: What is drawn.
        colours: Train in ink, dev in accent.
        height: In pixels.
        steps_shown: Whether the axis of steps has its title: of two plots one above the other, the lower one has.
        changed: Whether there are changes of settings to mark.
    """
    title, form = ("Accuracy, %", ".1f") if quantity == "accuracy" else ("Loss, nats", ".3f")
    x = {
        "field": "step",
        "type": "quantitative",
        "title": "Step" if steps_shown else None,
        "axis": {"format": ",d", "grid": False, "tickMinStep": 1, "tickCount": 6},
        "scale": {"nice": False, "zero": True},
    }
    colour = {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["train", "dev"], "range": [colours.ink, colours.accent]},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 4, "format": ".4~g", "gridColor": colours.faint, "labelFlush": False, "minExtent": 34},
        "scale": {"zero": True, "nice": True} if quantity == "loss" else {"domain": [0, 100]},
    }
    hover = [
        {"field": "kind", "title": "Measured on"},
        {"field": "step", "title": "Step", "format": ",d"},
        {"field": "value", "title": title, "format": form},
    ]
    marks = {
        "transform": [{"filter": "datum.kind == 'change'"}],
        "mark": {"type": "rule", "color": colours.muted, "strokeDash": [3, 3], "size": 1},
        "encoding": {"x": x, "tooltip": [{"field": "note", "title": "Changed"}, *hover[1:2]]},
    }
    look = {
        "transform": [{"filter": "datum.kind == 'look'"}],
        "mark": {"type": "rule", "color": colours.accent, "size": 1},
        "encoding": {"x": x},
    }
    measured = {"filter": "datum.kind == 'train' || datum.kind == 'dev'"}
    return {
        "height": height,
        "config": {"view": {"stroke": None}, "mark": {"aria": False}},
        "padding": {"left": 0, "right": 8, "top": 6, "bottom": 0},
        "layer": [
            *([marks] if changed else []),
            look,
            {
                "transform": [measured],
                "mark": {"type": "line", "strokeWidth": 1.8, "interpolate": "linear"},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "transform": [measured],
                "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0},
                "params": [
                    {
                        "name": "nearest",
                        "select": {"type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout"},
                    }
                ],
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": colour,
                    "opacity": {"condition": {"param": "nearest", "empty": False, "value": 1}, "value": 0},
                    "tooltip": hover,
                },
            },
        ],
    }


def class_counts(colours: Palette) -> dict[str, Any]:
    """Return the specification of digits by class, the parts of the split on top of each other.

    Its data have the columns class, part (train, dev or test), count, and order (of the parts).
    """
    return {
        "height": 240,
        "config": {"view": {"stroke": None}, "mark": {"aria": False}},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "class", "type": "nominal", "title": None, "axis": {"labelAngle": 0}},
            "y": {"field": "count", "type": "quantitative", "title": None, "axis": {"gridColor": colours.faint}},
            "color": {
                "field": "part",
                "type": "nominal",
                "title": None,
                "legend": {"orient": "top"},
                "scale": {
                    "domain": ["train", "dev", "test"],
                    "range": [colours.ink, colours.accent, colours.muted],
                },
            },
            "order": {"field": "order"},
            "tooltip": [{"field": "class"}, {"field": "part"}, {"field": "count", "format": ",d"}],
        },
    }


def error_points(epsilons: Sequence[float], errors: Sequence[float]) -> pa.Table:
    """Return the rows that `errors` draws: columns epsilon and error; an error of 0 has no place there."""
    kept = [(epsilon, error) for epsilon, error in zip(epsilons, errors, strict=True) if error > 0]
    return pa.table({"epsilon": [float(each[0]) for each in kept], "error": [float(each[1]) for each in kept]})


def errors(colours: Palette, points: pa.Table) -> dict[str, Any]:
    """Return the specification of relative errors against ε, both logarithmic, for the points that it draws."""
    scales = {}
    for name in points.column_names:
        # Whole powers of ten; told, as the page draws the axes before it has the points.
        powers = [log10(each) for each in points[name].to_pylist()] or [-9.0, -1.0]
        scales[name] = {"type": "log", "domain": [10.0 ** floor(min(powers)), 10.0 ** ceil(max(powers))]}
    return {
        "height": 200,
        "config": {"view": {"stroke": None}, "mark": {"aria": False}},
        "mark": {"type": "line", "point": {"filled": True, "size": 40, "color": colours.accent}, "strokeWidth": 1.5},
        "encoding": {
            "x": {
                "field": "epsilon",
                "type": "quantitative",
                "title": "ε",
                "scale": scales["epsilon"],
                "axis": {"format": ".0e", "grid": False},
            },
            "y": {
                "field": "error",
                "type": "quantitative",
                "title": "Relative error",
                "scale": scales["error"],
                "axis": {"format": ".0e", "gridColor": colours.faint, "tickCount": 5},
            },
            "color": {"value": colours.accent},
            "tooltip": [{"field": "epsilon", "format": ".0e"}, {"field": "error", "format": ".2e"}],
        },
    }
