"""A pen that puts an example on the canvas, stroke by stroke, for whoever does not draw."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ui.widgets.canvas import CANVAS_SIDE
from ui.workarounds.component_file import component_from_file

_pen = component_from_file(Path(__file__).with_suffix(".js"))


def example_pen(strokes: Sequence[NDArray[np.float64]], number: int) -> None:
    """Draw on the canvas on this page, within about a second; at once where the visitor asks for reduced motion.

    The canvas must be clear, or have been cleared in this run; it reports the strokes like any others.

    Args:
        strokes: Each (n, 2), n at least 1: x and y in canvas pixels, y growing downward.
        number: Counts the examples; a new number draws.
    """
    _pen()(
        key="example_pen",
        data={"number": number, "side": CANVAS_SIDE, "strokes": [np.rint(stroke).tolist() for stroke in strokes]},
    )
