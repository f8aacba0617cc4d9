"""How a drawing or photo becomes the network's input, and how its probabilities decide the answer."""

import base64
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from data.dataset import example_noun
from models.reader import Reader, Reading
from training.percentages import percent
from ui.state.digit_sources import DigitSource, EditedImageSource, PictureSource, StrokeSource
from ui.widgets import canvas
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.canvas import Stroke
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette

TEMPLATES = Templates("draw/reading_steps.html.j2")


def reading_steps(source: DigitSource, reading: Reading, reader: Reader, colours: Palette) -> Markup:
    """Return the drawing, the input made of it, and how the answer is decided, as HTML."""
    rule = reader.decision_rule
    return TEMPLATES.steps(
        origin=_origin(source, example_noun(reader.classes, 1), colours),
        is_upright=reader.normalization.upright,
        image=data_uri(ink_picture(reading.image, colours)),
        decision=f"This network only knows {example_noun(reader.classes)}, so it always picks one."
        if rule.reject_index is None
        else f"The most likely digit wins, unless “none” gets {percent(rule.threshold, 0)} or more,"
        " or these look like two digits or just a dot.",
    )


def _origin(source: DigitSource, one: str, colours: Palette) -> dict[str, str]:
    """Return the first step: the drawing, or the ink of a photo."""
    match source:
        case PictureSource():
            return {
                "title": "Extracted ink",
                "note": Markup("<span class='name'>{}</span>").format(source.picture.name),
                "alt": "Ink",
                "image": data_uri(ink_picture(source.picture.ink[:, :, 3] / 255, colours)),
                "class": "",
            }
        case EditedImageSource():
            return {
                "title": f"The {one} and your strokes",
                "note": f"the original plus {_strokes(len(source.edits))}",
                "alt": f"The {one} with your strokes",
                "image": data_uri(ink_picture(source.mnist_image() / 255, colours)),
                "class": "pixels",
            }
    strokes = source.strokes if isinstance(source, StrokeSource) else []
    return {
        "title": "Your drawing",
        "note": _strokes(len(strokes)),
        "alt": "Your strokes",
        "image": _drawn(strokes, colours),
        "class": "",
    }


def _strokes(count: int) -> str:
    return f"{count} stroke{'' if count == 1 else 's'}"


def _drawn(strokes: Sequence[Stroke], colours: Palette) -> str:
    """Return the strokes on the canvas as the data URI of an SVG."""
    lines = []
    for stroke in strokes:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (stroke if len(stroke) > 1 else np.repeat(stroke, 2, axis=0)))
        lines.append(f"<polyline points='{path}'/>")
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {canvas.CANVAS_SIDE} {canvas.CANVAS_SIDE}'>"
        f"<g fill='none' stroke='{colours.ink}' stroke-width='{canvas.CANVAS.pen_width}' stroke-linecap='round'"
        f" stroke-linejoin='round'>{''.join(lines)}</g></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
