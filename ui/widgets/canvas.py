"""The canvas and the strokes drawn on it."""

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
from ui.workarounds.canvas_surface import adapt_canvas

CANVAS_SIDE = 400
"""Width and height of the canvas in its own pixels; style.css shows it smaller where the screen is."""

PEN_WIDTH = 26
CANVAS = Canvas(width=CANVAS_SIDE, height=CANVAS_SIDE, pen_width=PEN_WIDTH)
KEY = "canvas"
INK = "#1c1b1a"
PAPER_INKS = {LIGHT: "#fbfaf6", DARK: "#e8e9eb"}
"""The colour of the eraser, which is that of paper; for the dark theme, before the canvas is inverted."""
SCRIPT = f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"

_POINTS_PER_CURVE = 4
_LARGEST_COORDINATE = 1e5

Stroke = NDArray[np.float64]


def canvas(drawing: Drawing, *, erasing: bool = False, hint: str = "") -> list[Stroke]:
    """Show the canvas and return its strokes, each (n, 2): x and y in pixels, y pointing down.

    Each stroke is reported when finished. `drawing` is kept up to date and survives a visit to another page.

    Args:
        drawing: The content of the canvas.
        erasing: Whether the next stroke erases, drawn in the colour of paper.
        hint: A sentence for screen readers, after the one that says what is on the canvas.
    """
    # The package registers its component on import, which works only in a running app.
    from streamlit_drawable_canvas import st_canvas

    if not streamlit_state.has_widget(KEY):
        drawing.show(drawing.objects)
    result = st_canvas(
        fill_color="rgba(0, 0, 0, 0)",
        stroke_width=PEN_WIDTH,
        stroke_color=PAPER_INKS[palette()] if erasing else INK,
        width=CANVAS_SIDE,
        height=CANVAS_SIDE,
        initial_drawing={"objects": drawing.initial, "revision": drawing.revision},
        key=KEY,
    )
    adapt_canvas()
    st.html(SCRIPT, unsafe_allow_javascript=True)
    drawing.objects = _objects(result.json_data)
    count = len(drawing.objects)
    what = f"{count} stroke{'' if count == 1 else 's'} on the paper." if count else "The paper is blank."
    st.html(f"<p class='unseen' id='paper_description'>{what} {hint}</p>")
    return [stroke for each in drawing.objects if len(stroke := points(each))]


def digit_source(content: CanvasContent) -> DigitSource | None:
    """Return the drawing or photo on the canvas, from any page; None if it is blank."""
    if content.uploaded.picture is not None:
        return PictureSource(content.uploaded.picture)
    strokes = [(stroke, each) for each in content.drawing.objects if len(stroke := points(each))]
    if content.edited_digit is not None:
        edits = [EditStroke(stroke, each.get("stroke") in PAPER_INKS.values()) for stroke, each in strokes]
        return EditedImageSource(content.edited_digit, edits, CANVAS)
    return StrokeSource([stroke for stroke, _ in strokes], CANVAS) if strokes else None


def reported_objects() -> list[Any]:
    """Return the objects last reported by the canvas. Callbacks need these, as a click can carry new strokes."""
    state = streamlit_state.widget_value(KEY)
    return _objects(state.get("drawing", {}).get("raw"))


def _objects(json_data: object) -> list[Any]:
    objects = json_data.get("objects") if isinstance(json_data, dict) else None
    return objects if isinstance(objects, list) else []


def points(fabric_object: object) -> Stroke:
    """Return the points, (n, 2), of a canvas object; none if it is not a path.

    A path is a list of SVG commands: M x y, L x y, Q cx cy x y; malformed ones are skipped. The object's transform
    (translation, scale, flip, skew, rotation) is applied to the points.
    """
    if not isinstance(fabric_object, dict) or not isinstance(path := fabric_object.get("path"), list):
        return np.empty((0, 2))
    found: list[tuple[float, float]] = []
    for command in path:
        match command:
            case [("M" | "L"), *numbers] if len(numbers) == 2 and all(map(_is_number, numbers)):
                found.append((numbers[0], numbers[1]))
            case ["Q", *numbers] if len(numbers) == 4 and all(map(_is_number, numbers)) and found:
                found.extend(_curve(found[-1], numbers[:2], numbers[2:]))
    stroke = np.array(found, dtype=np.float64).reshape(-1, 2)
    return _transformed(stroke, fabric_object) if len(stroke) else stroke


def _is_number(value: object) -> TypeGuard[float]:
    """Return whether a value can be a coordinate on or near the canvas; NaN cannot."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_COORDINATE


def _curve(start: Sequence[float], control: Sequence[float], end: Sequence[float]) -> list[tuple[float, float]]:
    """Return points along a quadratic Bézier curve, excluding its start."""
    on_curve = []
    for t in np.linspace(0, 1, _POINTS_PER_CURVE + 1)[1:]:
        weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
        x, y = (sum(w * p[axis] for w, p in zip(weights, (start, control, end), strict=True)) for axis in (0, 1))
        on_curve.append((float(x), float(y)))
    return on_curve


def _transformed(stroke: Stroke, fabric_object: dict[str, Any]) -> Stroke:
    """Transform points as Fabric does: skew, scale and flip about their centre, rotate, move the centre.

    The angle is in degrees, clockwise because y points down.
    """

    def number(name: str, default: float) -> float:
        value = fabric_object.get(name)
        return value if _is_number(value) else default

    centre = (stroke.min(axis=0) + stroke.max(axis=0)) / 2
    flip_x, flip_y = (-1.0 if fabric_object.get(name) is True else 1.0 for name in ("flipX", "flipY"))
    scale = np.diag([flip_x * number("scaleX", 1.0), flip_y * number("scaleY", 1.0)])
    skew_x, skew_y = (np.tan(np.deg2rad(number(name, 0.0))) for name in ("skewX", "skewY"))
    skew = np.array([[1.0, skew_x], [0.0, 1.0]]) @ np.array([[1.0, 0.0], [skew_y, 1.0]])
    angle = np.deg2rad(number("angle", 0.0))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = np.array([number("left", centre[0]), number("top", centre[1])])
    if np.allclose(place, centre, atol=2.0):
        place = centre  # not moved, although the bounding boxes of the curve and of its points differ slightly
    placed: Stroke = (stroke - centre) @ (rotation @ scale @ skew).T + place
    return placed
