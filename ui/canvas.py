"""The canvas: what a person drew, as strokes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui import session
from ui.session import Drawing

SIDE = 280
PEN_WIDTH = 18
KEY = "canvas"

_POINTS_PER_CURVE = 4

Stroke = NDArray[np.float64]


def canvas(drawing: Drawing) -> list[Stroke]:
    """Show the canvas and return its strokes, each (n, 2): x and y in pixels, y growing downward.

    It reports each finished stroke by itself. `drawing` is kept up to date, so that the page may be left and come
    back to.
    """
    # The package registers its component on import, which works in a running app only.
    from streamlit_drawable_canvas import st_canvas

    if not session.has_widget(KEY):
        drawing.show(drawing.objects)
    result = st_canvas(
        fill_color="rgba(0, 0, 0, 0)",
        stroke_width=PEN_WIDTH,
        stroke_color="#1c1b1a",
        width=SIDE,
        height=SIDE,
        initial_drawing={"objects": drawing.initial, "revision": drawing.revision},
        key=KEY,
    )
    drawing.objects = (result.json_data or {}).get("objects") or []
    return [stroke for each in drawing.objects if len(stroke := points(each))]


def points(drawn: dict[str, Any]) -> Stroke:
    """Return the points (n, 2) of one object that the canvas describes; none when it is not a path.

    A path is a list of commands as in SVG: M x y, L x y, Q cx cy x y. The object's own transform is honoured: where
    it was moved, scaled or turned, its points are.
    """
    found: list[tuple[float, float]] = []
    for command, *numbers in drawn.get("path") or []:
        match command, numbers:
            case (("M" | "L"), [x, y]):
                found.append((x, y))
            case "Q", [cx, cy, x, y] if found:
                found.extend(_curve(found[-1], (cx, cy), (x, y)))
    stroke = np.array(found, dtype=np.float64).reshape(-1, 2)
    return _transformed(stroke, drawn) if len(stroke) else stroke


def _curve(start: Sequence[float], control: Sequence[float], end: Sequence[float]) -> list[tuple[float, float]]:
    """Return points along a quadratic Bézier curve, its start left out."""
    on_curve = []
    for t in np.linspace(0, 1, _POINTS_PER_CURVE + 1)[1:]:
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (start, control, end), strict=True)) for axis in (0, 1))
        on_curve.append((float(x), float(y)))
    return on_curve


def _transformed(stroke: Stroke, drawn: dict[str, Any]) -> Stroke:
    """Place points by the object's centre, scale and angle (degrees, clockwise as y grows downward)."""
    centre = (stroke.min(axis=0) + stroke.max(axis=0)) / 2
    scale = np.array([drawn.get("scaleX", 1.0), drawn.get("scaleY", 1.0)])
    angle = np.deg2rad(drawn.get("angle", 0.0))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = np.array([drawn.get("left", centre[0]), drawn.get("top", centre[1])])
    if np.allclose(place, centre, atol=2.0):
        place = centre  # not moved: the box of the curve and that of its points differ by a little
    placed: Stroke = (stroke - centre) * scale @ turn.T + place
    return placed
