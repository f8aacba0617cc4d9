"""What lies on the canvas: it is cleared as often as one asks, and what is laid on it is alone."""

from __future__ import annotations

import numpy as np

from ui.state.canvas_content import CanvasContent, Drawing


def test_clearing_twice_clears_twice() -> None:
    """The canvas redraws itself when what it is given changes: the same nothing must not be the same."""
    drawing = Drawing()
    drawing.show([])
    first = (drawing.initial, drawing.revision)
    drawing.show([])
    assert (drawing.initial, drawing.revision) != first


def test_a_digit_that_is_laid_on_the_paper_lies_there_alone() -> None:
    content = CanvasContent(erasing=True)
    content.drawing.show([{"path": []}])
    content.edit(digit := np.ones((28, 28), np.uint8))
    assert (content.drawing.objects, content.uploaded.picture, content.erasing) == ([], None, False)
    assert content.edited_digit is digit
    content.clear()
    assert content.edited_digit is None
