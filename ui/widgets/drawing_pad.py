"""A pad of paper: one drawing after another, each submitted when the pen has rested, or with a button."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from data.dataset import DataError
from language.translation import _
from ui.state.canvas_content import Drawing
from ui.widgets import canvas, messages
from ui.widgets.canvas import Stroke
from ui.workarounds.component_file import component_from_file

_pad = component_from_file(Path(__file__).with_suffix(".js"))

PAUSE, LONG_PAUSE = 1.0, 2.5
"""Seconds that the pen must rest after a sign, such as a digit, and after a picture, which takes thought."""


@dataclass
class Pad:
    """A pad of paper.

    Attributes:
        key: The key of its canvas, which begins with `canvas`.
        drawing: The drawing on the top sheet.
        turns_itself: Whether a drawing is submitted when the pen has rested.
        turns: How often a drawing was to be submitted.
        last: The drawing on the previous sheet, in the canvas's format, while it can be taken back.
        refusal: Why the drawing was rejected; empty if it was accepted.
    """

    key: str
    drawing: Drawing = field(default_factory=Drawing)
    turns_itself: bool = True
    turns: int = 0
    last: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing on the top sheet; in a callback, call `canvas.take_up` first."""
        return not self.drawing.objects


def drawing_pad(
    pad: Pad,
    *,
    pause: float,
    on_drawn: Callable[[Sequence[Stroke]], None],
    on_taken_back: Callable[[], None],
) -> None:
    """Show the top sheet, and the buttons below it.

    A stroke redraws only the sheet; submitting a drawing redraws the fragment or page that calls this.

    Args:
        pad: The pad.
        pause: Seconds that the pen must rest before a drawing is submitted.
        on_drawn: Takes a drawing, its strokes each (n, 2) in canvas pixels; raises DataError with a sentence to show if
            it cannot.
        on_taken_back: Gives back the drawing that was taken last, which is on the paper again.
    """
    with st.container(key="pad_sheet"):
        _sheet(pad, pad.turns)
    _pad()(
        key="drawing_pad",
        data={"canvas": pad.key, "turns": pad.turns, "pause": round(1000 * pause) if pad.turns_itself else 0},
    )
    with st.container(key="pad_buttons", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            _("Next"),
            key="next_drawing",
            type="primary",
            on_click=_hand_on,
            args=(pad, on_drawn),
            help=_("Keep this drawing and go on. Or press Space."),
        )
        st.button(
            _("Undo"),
            key="undo",
            on_click=_undo,
            args=(pad, on_taken_back),
            help=_("Remove the last stroke; on blank paper, take the last drawing back."),
        )
        st.button(_("Clear"), key="clear", on_click=lambda: pad.drawing.show([]), help=_("Start this drawing over."))
        pad.turns_itself = st.toggle(
            _("Go on by itself"),
            value=pad.turns_itself,
            key="turns_itself",
            help=_("Keeps a drawing and goes on once the pen has rested. Undo takes it back."),
        )
    if pad.refusal:
        messages.problem(pad.refusal)


@st.fragment
def _sheet(pad: Pad, turns: int) -> None:
    if pad.turns != turns:  # Next was pressed with the last stroke, and Streamlit redraws only one fragment
        st.rerun(scope="app")
    canvas.take_up(pad.drawing, pad.key)
    canvas.canvas(pad.drawing, key=pad.key, hint=_("Draw what you are asked for with a mouse, pen or finger."))
    if pad.drawing.over:
        messages.hint(str(pad.drawing.over))


def _hand_on(pad: Pad, on_drawn: Callable[[Sequence[Stroke]], None]) -> None:
    canvas.take_up(pad.drawing, pad.key)
    pad.turns += 1
    pad.refusal = ""
    strokes = [stroke for each in pad.drawing.objects if len(stroke := canvas.points(each))]
    if not strokes:
        return
    try:
        on_drawn(strokes)
    except DataError as refused:
        pad.refusal = str(refused)
        return
    pad.last = pad.drawing.objects
    pad.drawing.show([])


def _undo(pad: Pad, on_taken_back: Callable[[], None]) -> None:
    canvas.take_up(pad.drawing, pad.key)
    pad.refusal = ""
    if not pad.is_blank:
        pad.drawing.show(pad.drawing.objects[:-1])
    elif pad.last:
        on_taken_back()
        pad.drawing.show(pad.last)
        pad.last = []
