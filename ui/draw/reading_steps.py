"""The way of a drawing or a picture through the network, from strokes to probabilities."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np

from data.dataset import example_noun
from models.reader import Reader, Reading
from ui.state.digit_sources import DigitSource, EditedImageSource, PictureSource, StrokeSource
from ui.widgets import canvas
from ui.widgets.answer import likeliest
from ui.widgets.array_images import data_uri, ink_picture, tiles
from ui.widgets.canvas import Stroke
from ui.widgets.palette import Palette


def strip(hand: DigitSource, reading: Reading, reader: Reader, colours: Palette) -> str:
    """Return the way through the network as HTML, from left to right, and how it is decided."""
    seen = data_uri(ink_picture(reading.image, colours))
    stations = [
        _origin(hand, example_noun(reader.classes, 1), colours),
        (
            "Network input",
            f"28 × 28 pixels, {'upright, ' if reader.normalization.upright else ''}centred by mass",
            f"<img class='square pixels' id='input_image' alt='Network input of 28 by 28 pixels' src='{seen}'>",
        ),
    ]
    for number, activations in enumerate(reading.hidden, start=1):
        active = int(np.count_nonzero(activations))
        which = f"Hidden layer {number}" if len(reading.hidden) > 1 else "Hidden layer"
        stations.append(
            (
                which,
                f"{len(activations):,} units, {active:,} active",
                f"<img class='pixels units' alt='Activations of {which.lower()}' src='{_units(activations, colours)}'>",
            )
        )
    stations.append(("Softmax", "probabilities that sum to 1", _table(reading, reader)))
    parts = [
        f"<li><h3>{title}</h3><p class='note'>{note}</p><div class='station'>{body}</div></li>"
        for title, note, body in stations
    ]
    return (
        f"<h2 class='section'>What the network saw</h2><ol class='strip'>{''.join(parts)}</ol>"
        f"<p class='note' id='decided'>{_decided(reader)}</p>"
    )


def _decided(reader: Reader) -> str:
    """How it is decided whether a digit is named, in a line."""
    if reader.decision_rule.reject_index is None:
        return f"This network only knows {example_noun(reader.classes)}, so it always picks one."
    return (
        f"The most likely digit wins, unless “not a digit” gets {reader.decision_rule.threshold:.0%} or more,"
        " or these look like two digits or just a dot."
    )


def _origin(hand: DigitSource, one: str, colours: Palette) -> tuple[str, str, str]:
    """Where it begins: title, note and picture."""
    if isinstance(hand, PictureSource):
        ink = data_uri(ink_picture(hand.picture.ink[:, :, 3] / 255, colours))
        name = escape(hand.picture.name)
        return "Extracted ink", f"<span class='name'>{name}</span>", f"<img class='square' alt='Ink' src='{ink}'>"
    if isinstance(hand, EditedImageSource):
        seen = data_uri(ink_picture(hand.mnist_image() / 255, colours))
        return (
            f"The {one} and your strokes",
            f"the original plus {_strokes(len(hand.edits))}",
            f"<img class='square pixels' alt='The {one} with your strokes' src='{seen}'>",
        )
    strokes = hand.strokes if isinstance(hand, StrokeSource) else []
    return (
        "Your drawing",
        _strokes(len(strokes)),
        f"<img class='square' alt='Your strokes' src='{_drawn(strokes, colours)}'>",
    )


def _strokes(count: int) -> str:
    return f"{count} stroke{'' if count == 1 else 's'}"


def _drawn(strokes: Sequence[Stroke], colours: Palette) -> str:
    """The strokes as they stand on the canvas, as an SVG picture."""
    lines = []
    for stroke in strokes:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (stroke if len(stroke) > 1 else np.repeat(stroke, 2, axis=0)))
        lines.append(f"<polyline points='{path}'/>")
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {canvas.SIDE} {canvas.SIDE}'><g fill='none'"
        f" stroke='{colours.ink}' stroke-width='{canvas.PEN_WIDTH}' stroke-linecap='round'"
        f" stroke-linejoin='round'>{''.join(lines)}</g></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _units(activations: np.ndarray[tuple[int, ...], np.dtype[np.floating]], colours: Palette) -> str:
    """The activations of a layer as a square of cells, the strongest in full ink."""
    strongest = float(np.abs(activations).max(initial=0)) or 1.0
    cells = (np.abs(activations) / strongest).reshape(-1, 1, 1)
    side = int(np.ceil(np.sqrt(len(cells))))
    return data_uri(ink_picture(tiles(cells, side, gap=0), colours))


def _table(reading: Reading, reader: Reader) -> str:
    """The probabilities as numbers, the largest first in weight."""
    rows = []
    for index in likeliest(reading.probabilities):
        first = " class='first'" if index == reading.digit else ""
        rows.append(
            f"<div{first}><dt>{escape(reader.classes[index])}</dt><dd>{reading.probabilities[index]:.4f}</dd></div>"
        )
    if reader.decision_rule.reject_index is not None:
        rows.append(f"<div><dt>not a digit</dt><dd>{reading.reject_probability:.4f}</dd></div>")
    return f"<dl class='probabilities'>{''.join(rows)}</dl>"
