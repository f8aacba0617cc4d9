"""The canvas can be cleared repeatedly, and loading a digit to edit replaces its content."""

from __future__ import annotations

import numpy as np

from ui.state.canvas_content import CanvasContent, Drawing


def test_clearing_twice_clears_twice() -> None:
    """The canvas only redraws when its content changes, so two empty contents must differ."""
    drawing = Drawing()
    drawing.show([])
    first = (drawing.initial, drawing.revision)
    drawing.show([])
    assert (drawing.initial, drawing.revision) != first


def test_a_digit_to_edit_replaces_strokes_and_picture() -> None:
    content = CanvasContent(erasing=True)
    content.drawing.show([{"path": []}])
    content.edit(digit := np.ones((28, 28), np.uint8))
    assert (content.drawing.objects, content.uploaded.picture, content.erasing) == ([], None, False)
    assert content.edited_digit is digit
    content.clear()
    assert content.edited_digit is None
