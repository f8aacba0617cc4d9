"""The drawing on the paper, as stored in the link of a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ink import stroke_text
from language.translation import _
from ui.state.canvas_content import CanvasContent
from ui.state.digit_sources import EditStroke, InspectedDigit, StrokeSource
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.state.task import DRAWING, NO_TASK, Task
from ui.widgets import canvas

DIGIT = "digit"
"""The parameter with the number of the dev digit shown; without it, the drawing is shown."""


@dataclass
class TakenUp:
    """The task whose drawing was last put on the paper."""

    task: Task = NO_TASK


@dataclass
class Written:
    """The strokes last written, in the canvas's own format, and their text, cached because pages redraw themselves."""

    objects: Sequence[Any] = ()
    text: str = ""


def parameters(content: CanvasContent) -> dict[str, str]:
    """Return the drawing as a parameter of a link; empty if there is none that a link can hold."""
    if content.uploaded.picture is not None or content.edited_digit is not None:
        return {}
    written, objects = page_state(Written), content.drawing.objects
    if written.objects != objects:
        strokes = [each.stroke for each in canvas.strokes_of(objects)]
        written.objects, written.text = objects, stroke_text.written(strokes)
    return {DRAWING: written.text} if written.text else {}


def left_out(content: CanvasContent) -> str:
    """Say which content of the paper a link cannot hold; empty if it holds everything."""
    if canvas.digit_source(content) is None or parameters(content):
        return ""
    if content.uploaded.picture is not None:
        return _("Your photo is not in the link.")
    if content.edited_digit is not None:
        return _("The digit that you have drawn on is not in the link.")
    return does_not_fit()


def does_not_fit() -> str:
    """Say that a drawing does not fit into a link."""
    return _("Your drawing does not fit into the link.")


def put_on_paper(session: Session) -> None:
    """Replace what is on the paper with the drawing of a task that has just been opened."""
    task, taken = session.task, page_state(TakenUp)
    is_new, taken.task = task is not taken.task, task
    if not (is_new and task.drawing):
        return
    strokes = _strokes(task)
    if strokes:
        session.canvas.uploaded.remove()
        session.canvas.clear()
        session.canvas.drawing.show(canvas.objects_of([EditStroke(each, erases=False) for each in strokes]))
    else:
        session.address_problems = _("The drawing in this link cannot be read, so it was left out.")


def shown_digit(task: Task) -> InspectedDigit | None:
    """Return the drawing in a task's link as the digit to show, of unknown class; None if a dev digit is shown."""
    strokes = () if DIGIT in task.state else _strokes(task)
    return InspectedDigit(StrokeSource(strokes, canvas.CANVAS), None, _("the task's drawing")) if strokes else None


def _strokes(task: Task) -> Sequence[NDArray[np.float64]]:
    try:
        return stroke_text.read(task.drawing)
    except ValueError:
        return ()
