"""A pen that draws an example on the canvas, stroke by stroke, for visitors who do not draw."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ui.widgets.canvas import CANVAS_SIDE
from ui.workarounds.component_file import component_from_file

_pen = component_from_file(Path(__file__).with_suffix(".js"))


def example_pen(strokes: Sequence[NDArray[np.float64]], number: int) -> None:
    """Draw on this page's canvas, within about a second; at once if the visitor prefers reduced motion.

    The canvas must be blank, or have been cleared in this run; it reports the strokes like any others.

    Args:
        strokes: Each (n, 2), n at least 1: x and y in canvas pixels, y growing downward.
        number: The number of the example; a new number starts drawing.
    """
    _pen()(
        key="example_pen",
        data={"number": number, "side": CANVAS_SIDE, "strokes": [np.rint(stroke).tolist() for stroke in strokes]},
    )
