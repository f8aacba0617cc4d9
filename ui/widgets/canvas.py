"""The canvas and the strokes drawn on it."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from ink import stroke_files
from language.translation import _, ngettext
from ui.state import streamlit_state
from ui.state.canvas_content import CanvasContent, Drawing
from ui.state.digit_sources import DigitSource, EditedImageSource, EditStroke, PictureSource, StrokeSource
from ui.widgets.palette import DARK, LIGHT, palette
from ui.workarounds.canvas_pause import report_strokes_at_once
from ui.workarounds.canvas_surface import adapt_canvas

CANVAS = stroke_files.CANVAS
CANVAS_SIDE = int(CANVAS.width)
"""Width and height of the canvas in its own pixels; style.css shrinks it on small screens."""

KEY = "canvas"
INK = "#1c1b1a"
PAPER_INKS = {LIGHT: "#fbfaf6", DARK: "#e8e9eb"}
"""The colour of the eraser, which matches the paper; for the dark theme, its colour before the canvas is inverted."""
SCRIPT = f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"

MOST_POINTS = 5000
"""The most points of a stroke that are read: over a minute of drawing without lifting the pen."""

_BEZIER_WEIGHTS = [((1 - t) ** 2, 2 * t * (1 - t), t**2) for t in (0.25, 0.5, 0.75, 1.0)]
"""The weights of the start, control and end of a quadratic Bézier curve at four points along it."""

_SHORT_CURVE, _LONG_CURVE = 6, 12
"""Lengths in pixels, along its control, up to which a curve is reduced to its end, or to its middle and end.

A hand at its usual speed draws curves of 2 to 8 pixels, and each point takes time to read; the omitted points are
within 1.5 pixels of the line, even in a hairpin bend.
"""

_LARGEST_COORDINATE = 1e5

Stroke = NDArray[np.float64]


def take_up_report(content: CanvasContent) -> None:
    """Apply what the canvas has reported; call this before `canvas`, and before reading the drawing.

    The reading can then be sent before the canvas and everything else that changes with a stroke.
    """
    drawing = content.drawing
    take_up(drawing, KEY)
    if len(drawing.objects) > content.uploaded.strokes_under:
        content.uploaded.remove()


def take_up(drawing: Drawing, key: str) -> None:
    """Apply what the canvas with this key has reported, or have a canvas that is new show the drawing."""
    if streamlit_state.has_widget(key):
        drawing.report(reported_objects(key))
    else:
        drawing.show(drawing.objects)
        drawing.report(drawing.initial)


def canvas(drawing: Drawing, *, key: str = KEY, erasing: bool = False, hint: str = "") -> None:
    """Show the canvas, which reports each stroke when it is finished.

    Args:
        drawing: The content of the canvas; it survives a visit to another page.
        key: The key of the widget, which begins with KEY.
        erasing: Whether the next stroke erases, drawn in the colour of the paper.
        hint: A sentence for screen readers, read after the description of the canvas.
    """
    # The package registers its component on import, which works only in a running app.
    from streamlit_drawable_canvas import st_canvas

    st_canvas(
        fill_color="rgba(0, 0, 0, 0)",
        stroke_width=int(CANVAS.pen_width),
        stroke_color=PAPER_INKS[palette()] if erasing else INK,
        width=CANVAS_SIDE,
        height=CANVAS_SIDE,
        initial_drawing={"objects": drawing.initial, "revision": drawing.revision},
        key=key,
    )
    adapt_canvas()
    report_strokes_at_once()
    st.html(SCRIPT, unsafe_allow_javascript=True)
    if drawing.over:  # further strokes would not be read, but sent
        st.html("<style>[class*='st-key-canvas'] { pointer-events: none }</style>")
    count = len(drawing.objects)
    strokes = ngettext("{count} stroke on the paper.", "{count} strokes on the paper.", count, count=count)
    what = strokes if count else _("The paper is blank.")
    name = Markup("<span id='paper_name' hidden>{}</span>").format(_("Paper to draw on"))
    description = Markup("<span id='paper_description'>{} {}</span>").format(what, hint)
    st.html(Markup("<p class='unseen'>{}{}</p>").format(name, description))


def digit_source(content: CanvasContent, *, under_way: bool = False) -> DigitSource | None:
    """Return the drawing or photo on the canvas, from any page; None if the canvas is blank.

    Strokes under way, which the canvas has not reported yet, replace a photo.
    """
    unreported = content.drawing.unreported() if under_way else []
    if content.uploaded.picture is not None and not unreported:
        return PictureSource(content.uploaded.picture)
    objects = [*content.drawing.objects, *unreported]
    strokes = strokes_of(objects)
    if content.edited_digit is not None:
        return EditedImageSource(content.edited_digit, strokes, CANVAS)
    return StrokeSource([each.stroke for each in strokes], CANVAS) if strokes else None


def strokes_of(objects: Sequence[Any]) -> list[EditStroke]:
    """Return the strokes of the canvas's objects, in the order drawn."""
    strokes = [(stroke, each) for each in objects if len(stroke := points(each))]
    return [EditStroke(stroke, each.get("stroke") in PAPER_INKS.values()) for stroke, each in strokes]


def objects_of(strokes: Sequence[EditStroke]) -> list[dict[str, Any]]:
    """Return strokes as objects that the canvas can show, with lines between their points."""
    return [_path(each) for each in strokes]


def _path(edit: EditStroke) -> dict[str, Any]:
    (left, top), (right, bottom) = edit.stroke.min(axis=0).tolist(), edit.stroke.max(axis=0).tolist()
    path = [["L", *point] for point in edit.stroke.tolist()]
    path[0] = ["M", *path[0][1:]]
    return {
        "type": "Path",
        "path": [*path, ["L", *path[-1][1:]]],  # so that a dot is also a line
        "left": (left + right) / 2,
        "top": (top + bottom) / 2,
        "originX": "center",
        "originY": "center",
        "fill": None,
        "stroke": PAPER_INKS[palette()] if edit.erases else INK,
        "strokeWidth": CANVAS.pen_width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def reported_objects(key: str = KEY) -> list[Any]:
    """Return the objects last reported by the canvas. Callbacks need these, because a click can carry new strokes."""
    return objects_in(streamlit_state.widget_value(key))


def objects_in(report: object) -> list[Any]:
    """Return the objects in an unchecked report of the canvas; they are not checked either."""
    match report:
        case {"drawing": {"raw": {"objects": list(objects)}}}:
            return objects
    return []


def points(fabric_object: object) -> Stroke:
    """Return the points, (n, 2), of a canvas object; none if it is not a path.

    A path is a list of SVG commands: M x y, L x y, Q cx cy x y. Malformed commands and points beyond the first
    MOST_POINTS are skipped. The object's transform (translation, scale, flip, skew, rotation) is applied to the points.
    """
    if not isinstance(fabric_object, dict) or not isinstance(path := fabric_object.get("path"), list):
        return np.empty((0, 2))
    found: list[tuple[float, float]] = []
    for command in path[:MOST_POINTS]:
        match command:
            case [("M" | "L"), *numbers] if len(numbers) == 2 and all(map(is_coordinate, numbers)):
                found.append((numbers[0], numbers[1]))
            case ["Q", *numbers] if len(numbers) == 4 and all(map(is_coordinate, numbers)) and found:
                (x0, y0), (x1, y1, x2, y2) = found[-1], numbers
                length = abs(x1 - x0) + abs(y1 - y0) + abs(x2 - x1) + abs(y2 - y1)
                every = 4 if length <= _SHORT_CURVE else 2 if length <= _LONG_CURVE else 1
                weights = _BEZIER_WEIGHTS[every - 1 :: every]
                found.extend((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2) for a, b, c in weights)
    stroke = np.array(found, dtype=np.float64).reshape(-1, 2)
    return _transformed(stroke, fabric_object) if len(stroke) else stroke


def unfinished_object(pen: Sequence[tuple[float, float]], *, erasing: bool = False) -> dict[str, Any]:
    """Return the object that the canvas would report if the pen were lifted now: points joined as Fabric joins them.

    Fabric's pencil draws quadratic curves between the midpoints of its points, with the points as controls.

    Args:
        pen: The path of the pen, in canvas pixels; at least one point.
        erasing: Whether the stroke erases.
    """
    path: list[list[Any]] = [["M", *pen[0]]]
    for here, after in pairwise(pen):
        if here != after:
            path.append(["Q", *here, (here[0] + after[0]) / 2, (here[1] + after[1]) / 2])
    path.append(["L", *pen[-1]])
    return {"type": "Path", "path": path, "stroke": PAPER_INKS[LIGHT] if erasing else INK}


def is_coordinate(value: object) -> TypeGuard[float]:
    """Return whether a value can be a coordinate on or near the canvas; NaN cannot."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_COORDINATE


def _transformed(stroke: Stroke, fabric_object: dict[str, Any]) -> Stroke:
    """Transform points as Fabric does: skew, scale and flip about their centre, rotate, move the centre.

    The angle is in degrees, clockwise because y points down.
    """

    def number(name: str, default: float) -> float:
        value = fabric_object.get(name)
        return value if is_coordinate(value) else default

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
    return (stroke - centre) @ (rotation @ scale @ skew).T + place
