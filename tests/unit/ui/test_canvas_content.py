"""What lies on the canvas: it is cleared as often as one asks, and what is laid on it is alone."""

from __future__ import annotations

import numpy as np

from ui.state.canvas_content import Drawing, Paper


def test_clearing_twice_clears_twice() -> None:
    """The canvas redraws itself when what it is given changes: the same nothing must not be the same."""
    drawing = Drawing()
    drawing.show([])
    first = (drawing.initial, drawing.revision)
    drawing.show([])
    assert (drawing.initial, drawing.revision) != first


def test_a_digit_that_is_laid_on_the_paper_lies_there_alone() -> None:
    paper = Paper(erasing=True)
    paper.drawing.show([{"path": []}])
    paper.lay(digit := np.ones((28, 28), np.uint8))
    assert (paper.drawing.objects, paper.brought.picture, paper.erasing) == ([], None, False)
    assert paper.beneath is digit
    paper.clear()
    assert paper.beneath is None
