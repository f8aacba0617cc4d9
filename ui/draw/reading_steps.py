"""How a drawing or photo becomes the network's input, and how its probabilities decide the answer."""

import base64
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from data.dataset import DIGITS
from language.translation import _, ngettext
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
    """Return the drawing, the input made from it, and how the answer is decided, as HTML."""
    return TEMPLATES.steps(
        origin=_origin(source, colours),
        is_upright=reader.normalization.upright,
        image=data_uri(ink_picture(reading.image, colours)),
        decision=_decision(reader),
    )


def _decision(reader: Reader) -> str:
    """Say how the probabilities decide the answer."""
    if reader.decision_rule.reject_index is not None:
        share = percent(reader.decision_rule.threshold, 0)
        return _(
            "The most likely digit wins, unless “none” gets {share} or more, or these look like two digits or just a"
            " dot.",
            share=share,
        )
    if reader.classes == DIGITS:
        return _("This network only knows digits, so it always picks one.")
    return _("This network only knows its classes, so it always picks one.")


def _origin(source: DigitSource, colours: Palette) -> dict[str, str]:
    """Return the first step: the drawing, or the ink of a photo."""
    match source:
        case PictureSource():
            return {
                "title": _("Extracted ink"),
                "note": Markup("<span class='name'>{}</span>").format(source.picture.name),
                "alt": _("Ink"),
                "image": data_uri(ink_picture(source.picture.ink[:, :, 3] / 255, colours)),
                "class": "",
            }
        case EditedImageSource():
            return {
                "title": _("The image and your strokes"),
                "note": _("the original plus {strokes}", strokes=_strokes(len(source.edits))),
                "alt": _("The image with your strokes"),
                "image": data_uri(ink_picture(source.mnist_image() / 255, colours)),
                "class": "pixels",
            }
    strokes = source.strokes if isinstance(source, StrokeSource) else []
    return {
        "title": _("Your drawing"),
        "note": _strokes(len(strokes)),
        "alt": _("Your strokes"),
        "image": _drawn(strokes, colours),
        "class": "",
    }


def _strokes(count: int) -> str:
    return ngettext("{count} stroke", "{count} strokes", count, count=count)


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
