"""The canvas: what a person drew, as strokes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ink.mnist_format import Canvas
from ui.state import streamlit_state
from ui.state.canvas_content import CanvasContent, Drawing
from ui.state.digit_sources import DigitSource, EditedImageSource, EditStroke, PictureSource, StrokeSource
from ui.widgets.palette import DARK, LIGHT, palette

SIDE = 280
PEN_WIDTH = 18
PAPER = Canvas(width=SIDE, height=SIDE, pen_width=PEN_WIDTH)
KEY = "canvas"
INK = "#1c1b1a"
PAPER_INKS = {LIGHT: "#fbfaf6", DARK: "#e8e9eb"}
"""What the eraser leaves: paper, in the dark theme as it is before the canvas is inverted."""
WITHOUT_TOOLBAR = Path(__file__).parent / "canvas.js"

_POINTS_PER_CURVE = 4
_FARTHEST = 1e5

Stroke = NDArray[np.float64]


def canvas(drawing: Drawing, *, erasing: bool = False) -> list[Stroke]:
    """Show the canvas and return its strokes, each (n, 2): x and y in pixels, y growing downward.

    It reports each finished stroke by itself. `drawing` is kept up to date, so that the page may be left and come
    back to.

    Args:
        drawing: What stands on it.
        erasing: Whether the next stroke is of the eraser, which is a pen with paper in it.
    """
    # The package registers its component on import, which works in a running app only.
    from streamlit_drawable_canvas import st_canvas

    if not streamlit_state.has_widget(KEY):
        drawing.show(drawing.objects)
    result = st_canvas(
        fill_color="rgba(0, 0, 0, 0)",
        stroke_width=PEN_WIDTH,
        stroke_color=PAPER_INKS[palette()] if erasing else INK,
        width=SIDE,
        height=SIDE,
        initial_drawing={"objects": drawing.initial, "revision": drawing.revision},
        key=KEY,
    )
    st.html(f"<script>{WITHOUT_TOOLBAR.read_text()}</script>", unsafe_allow_javascript=True)
    drawing.objects = _objects(result.json_data)
    return [stroke for each in drawing.objects if len(stroke := points(each))]


def at_hand(paper: CanvasContent) -> DigitSource | None:
    """Return what lies on the canvas, also while another page is shown; None when it is blank."""
    if paper.uploaded.picture is not None:
        return PictureSource(paper.uploaded.picture)
    drawn = [(stroke, each) for each in paper.drawing.objects if len(stroke := points(each))]
    if paper.edited_digit is not None:
        marks = [EditStroke(stroke, each.get("stroke") in PAPER_INKS.values()) for stroke, each in drawn]
        return EditedImageSource(paper.edited_digit, marks, PAPER)
    return StrokeSource([stroke for stroke, _ in drawn], PAPER) if drawn else None


def drawn() -> list[Any]:
    """Return what the canvas last told, for a callback: newer than the page, by strokes that came with the click."""
    state = streamlit_state.widget_value(KEY)
    return _objects(state.get("drawing", {}).get("raw"))


def _objects(json_data: object) -> list[Any]:
    objects = json_data.get("objects") if isinstance(json_data, dict) else None
    return objects if isinstance(objects, list) else []


def points(drawn: object) -> Stroke:
    """Return the points (n, 2) of one object that the canvas describes; none when it is not a path.

    A path is a list of commands as in SVG: M x y, L x y, Q cx cy x y. The object's own transform is honoured: where
    it was moved, scaled, mirrored, slanted or turned, its points are. What is not as the canvas writes it is left out.
    """
    if not isinstance(drawn, dict) or not isinstance(path := drawn.get("path"), list):
        return np.empty((0, 2))
    found: list[tuple[float, float]] = []
    for command in path:
        match command:
            case [("M" | "L"), *numbers] if len(numbers) == 2 and all(map(_is_number, numbers)):
                found.append((numbers[0], numbers[1]))
            case ["Q", *numbers] if len(numbers) == 4 and all(map(_is_number, numbers)) and found:
                found.extend(_curve(found[-1], numbers[:2], numbers[2:]))
    stroke = np.array(found, dtype=np.float64).reshape(-1, 2)
    return _transformed(stroke, drawn) if len(stroke) else stroke


def _is_number(value: object) -> TypeGuard[float]:
    """Return whether it is a number such as a place on or near the canvas has; NaN is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FARTHEST


def _curve(start: Sequence[float], control: Sequence[float], end: Sequence[float]) -> list[tuple[float, float]]:
    """Return points along a quadratic Bézier curve, its start left out."""
    on_curve = []
    for t in np.linspace(0, 1, _POINTS_PER_CURVE + 1)[1:]:
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (start, control, end), strict=True)) for axis in (0, 1))
        on_curve.append((float(x), float(y)))
    return on_curve


def _transformed(stroke: Stroke, drawn: dict[str, Any]) -> Stroke:
    """Place points as Fabric does: slant, scale and mirror about their centre, turn, move the centre.

    The angle is in degrees, clockwise as y grows downward.
    """

    def number(name: str, otherwise: float) -> float:
        value = drawn.get(name)
        return value if _is_number(value) else otherwise

    centre = (stroke.min(axis=0) + stroke.max(axis=0)) / 2
    flip_x, flip_y = (-1.0 if drawn.get(name) is True else 1.0 for name in ("flipX", "flipY"))
    scale = np.diag([flip_x * number("scaleX", 1.0), flip_y * number("scaleY", 1.0)])
    slant_x, slant_y = (np.tan(np.deg2rad(number(name, 0.0))) for name in ("skewX", "skewY"))
    slant = np.array([[1.0, slant_x], [0.0, 1.0]]) @ np.array([[1.0, 0.0], [slant_y, 1.0]])
    angle = np.deg2rad(number("angle", 0.0))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = np.array([number("left", centre[0]), number("top", centre[1])])
    if np.allclose(place, centre, atol=2.0):
        place = centre  # not moved: the box of the curve and that of its points differ by a little
    placed: Stroke = (stroke - centre) @ (turn @ scale @ slant).T + place
    return placed
