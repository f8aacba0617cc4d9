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


def test_what_the_canvas_still_reports_of_the_drawing_before_is_not_taken_for_the_new_one() -> None:
    """Otherwise strokes drawn right after a clear would be numbered after the old ones, and never read to the end."""
    before, after = [{"path": [["M", 1, 1]]}], [{"path": [["M", 2, 2]]}]
    drawing = Drawing()
    drawing.report(before)
    drawing.show([])
    drawing.report(before)
    drawing.report(before)
    assert drawing.objects == []
    drawing.report(after)
    assert drawing.objects == after
    drawing.report(before)
    assert drawing.objects == before
