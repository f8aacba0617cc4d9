"""A ghost of a digit over blank paper, which traces itself once to show what to do with the paper."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ui.widgets.canvas import CANVAS, CANVAS_SIDE, Stroke
from ui.workarounds.component_file import component_from_file

_ghost = component_from_file(Path(__file__).with_suffix(".js"))


def ghost_digit(strokes: Sequence[Stroke]) -> None:
    """Show a ghost over the canvas until the pen comes down; without motion if the visitor prefers that.

    It is not a drawing: only `live_reading` on the same page learns of it, and marks its reading as an example.

    Args:
        strokes: A single stroke, (n, 2): x and y in canvas pixels, y growing downward.
    """
    (stroke,) = strokes
    _ghost()(key="ghost_digit", data={"side": CANVAS_SIDE, "pen": CANVAS.pen_width, "points": np.rint(stroke).tolist()})
