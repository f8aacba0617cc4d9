"""Ways of writing a digit, from schools anywhere, that are too rare in the recordings.

Zeros with a slash or a dot, ones with a flag and a foot, sevens with a bar and a hook, open or closed fours, fives with
a separate bar, tall or curled sixes and nines, eights of two rings, twos with a loop. Some modify a recorded digit,
others draw a new one; both are then varied like all other digits (recipe/stroke_variation.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recipe.negatives.curves import arc, curve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from recipe.negatives.curves import Drawing

    Style = Callable[[Drawing, np.random.Generator], Drawing]

_PLAIN_ONE = 0.4
"""The largest ratio of width to height of a 1 without a flag or a foot."""


def restyled(strokes: Sequence[NDArray[np.float64]], label: int, rng: np.random.Generator) -> Drawing:
    """Return a digit unchanged or, at random, written in another way.

    Args:
        strokes: Each (n, 2), x and y, y growing downward; at least one point in all.
        label: The digit, 0 to 9.
        rng: The random generator.

    Returns:
        Strokes in a box of height 1 whose upper left corner is the origin.
    """
    drawing = unit_height(strokes)
    chance = rng.uniform()
    for share, style in STYLES.get(label, ()):
        chance -= share
        if chance < 0:
            return style(drawing, rng)
    return drawing


def unit_height(strokes: Sequence[NDArray[np.float64]]) -> Drawing:
    """Return strokes, each (n, 2), in a box of height 1 whose upper left corner is the origin."""
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    return [(stroke - low) / max(float(high[1] - low[1]), 1e-9) for stroke in strokes]


def _width(drawing: Drawing) -> float:
    return max(float(stroke[:, 0].max()) for stroke in drawing)


def _dash(through: NDArray[np.float64], reach: NDArray[np.float64], tilt: float) -> NDArray[np.float64]:
    """Return a horizontal stroke (8, 2) through a point (2,); `reach` is how far it extends to the left and right."""
    x = np.linspace(-reach[0], reach[1], 8)
    return through + np.stack([x, np.linspace(-tilt, tilt, 8)], axis=1)


def _slashed(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A slash through a zero, from within the ring to far beyond it; rarely a backslash."""
    width = _width(drawing)
    past = rng.uniform(-0.2, 0.35, 2)
    below, above = np.array([-past[0] * width, 1 + past[0]]), np.array([(1 + past[1]) * width, -past[1]])
    slash = np.linspace(below, above, 12) + rng.normal(0, 0.04, 2)
    if rng.uniform() < 0.1:
        slash[:, 0] = width - slash[:, 0]
    return [*drawing, slash if rng.uniform() < 0.8 else slash[::-1]]


def _dotted(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A dot, or a short dash, within a zero."""
    centre = np.array([_width(drawing) / 2, 0.5]) + rng.normal(0, 0.04, 2)
    return [*drawing, centre + np.linspace(-1, 1, 4)[:, None] * rng.normal(0, 0.05, 2)]


def _with_flag(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A one that begins with an upstroke."""
    if _width(drawing) > _PLAIN_ONE:
        return drawing
    first, *others = drawing
    stem = first if first[0, 1] < first[-1, 1] else first[::-1]
    tip = stem[0] + np.array([-rng.uniform(0.12, 0.4), rng.uniform(0.1, 0.4)])
    flag = np.linspace(tip, stem[0], 8)
    return [np.concatenate([flag, stem]), *others] if rng.uniform() < 0.8 else [flag, stem, *others]


def _with_foot(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A one that stands on a line."""
    if _width(drawing) > _PLAIN_ONE:
        return drawing
    lowest = max((stroke[stroke[:, 1].argmax()] for stroke in drawing), key=lambda point: float(point[1]))
    return [*drawing, _dash(lowest, rng.uniform(0.12, 0.45, 2), rng.normal(0, 0.03))]


def _with_flag_and_foot(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    if _width(drawing) > _PLAIN_ONE:
        return drawing
    flag, *others = _with_flag(_with_foot(drawing, rng), rng)
    return [flag, *others]


def _with_bar(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A seven with a bar through its stem."""
    if len(drawing) > 1:
        return drawing
    (stroke,) = drawing
    height = rng.uniform(0.4, 0.62)
    crossing = stroke[np.abs(stroke[:, 1] - height).argmin()]
    return [stroke, _dash(crossing, rng.uniform(0.12, 0.35, 2), rng.normal(-0.02, 0.04))]


def _with_hook(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A seven whose top begins with a hook; half of them with a bar too."""
    first, *others = drawing
    start = first[0]
    if start[1] > 0.35 or start[0] > 0.5 * _width(drawing):
        return drawing
    hook = np.linspace(start + np.array([rng.normal(-0.02, 0.04), rng.uniform(0.08, 0.28)]), start, 6)
    hooked = [np.concatenate([hook, first]), *others]
    return _with_bar(hooked, rng) if rng.uniform() < 0.5 else hooked


def _uneven(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A digit whose upper part is taller or shorter, as in sixes and nines with a long or curled stem."""
    power = np.exp(rng.normal(0, 0.25))
    return [np.stack([x, np.abs(y) ** power], axis=1) for x, y in (stroke.T for stroke in drawing)]


def _two_with_loop(_: Drawing, rng: np.random.Generator) -> Drawing:
    loop, foot = rng.uniform(0.05, 0.16), rng.uniform(0.5, 0.75)
    corners = [
        (0.06, 0.22), (0.2, 0.03), (0.45, 0.02), (0.58, 0.2), (0.5, 0.45), (0.3, 0.72), (0.1, 0.93 + loop / 4),
        (0.0, 0.95), (0.02, 0.95 - loop), (0.15, 0.93 - loop), (0.3, 0.95), (0.45, 1.0), (foot, 0.94),
    ]  # fmt: skip
    return [curve(np.array(corners))]


def _four(_: Drawing, rng: np.random.Generator) -> Drawing:
    """A four, open or closed at the top, in one stroke or two."""
    across, bar = rng.uniform(0.55, 0.8), rng.uniform(0.55, 0.75)
    left = curve(np.array([(rng.uniform(0.05, 0.45), 0.0), (0.12, 0.3), (0.0, bar), (across, bar)]), roundness=0.3)
    if rng.uniform() < 0.4:  # closed at the top
        top = (rng.uniform(0.4, 0.55), 0.0)
        closed = np.array([top, (0.0, bar), (across, bar - 0.02)])
        return [curve(closed, roundness=0.1), np.linspace(top, (top[0] - 0.03, 1.0), 10)]
    stem = np.linspace((rng.uniform(0.38, 0.55), rng.uniform(0.0, 0.35)), (rng.uniform(0.34, 0.48), 1.0), 10)
    return [np.concatenate([left, stem])] if rng.uniform() < 0.15 else [left, stem]


def _five_with_bar_apart(_: Drawing, rng: np.random.Generator) -> Drawing:
    gap = rng.uniform(-0.02, 0.14, 2)
    body = [(0.1, 0.06), (0.08, 0.25), (0.06, 0.42), (0.3, 0.36), (0.52, 0.5), (0.52, 0.78), (0.3, 0.98), (0.02, 0.9)]
    bar = np.linspace((0.1 + gap[0], 0.04 - gap[1]), (rng.uniform(0.4, 0.65), rng.uniform(-0.06, 0.05) - gap[1]), 8)
    return [curve(np.array(body)), bar]


def _eight_of_rings(_: Drawing, rng: np.random.Generator) -> Drawing:
    upper, lower = rng.uniform(0.17, 0.26), rng.uniform(0.23, 0.31)
    apart = upper + lower + rng.uniform(-0.08, 0.05)
    turn, way = rng.uniform(size=2), rng.choice([-1, 1], 2) * rng.uniform(0.92, 1.05, 2)
    return [arc(turn[0], way[0], upper), arc(turn[1], way[1], lower, (rng.normal(0, 0.03), apart))]


STYLES: Final[Mapping[int, Sequence[tuple[float, Style]]]] = {
    0: [(0.15, _slashed), (0.04, _dotted)],
    1: [(0.15, _with_flag), (0.08, _with_foot), (0.15, _with_flag_and_foot)],
    2: [(0.06, _two_with_loop), (0.1, _uneven)],
    4: [(0.1, _four), (0.1, _uneven)],
    5: [(0.08, _five_with_bar_apart), (0.1, _uneven)],
    6: [(0.25, _uneven)],
    7: [(0.12, _with_bar), (0.15, _with_hook)],
    8: [(0.08, _eight_of_rings), (0.1, _uneven)],
    9: [(0.25, _uneven)],
}
"""For each digit the styles, each with the share of a recorded digit's variants that are written in it."""
