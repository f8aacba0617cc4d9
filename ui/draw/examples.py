"""Examples to try: drawings of our own, put on the paper stroke by stroke, or a random digit from the data."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE
from language.translation import N_, _
from models.reader import Reader
from ui.state import shared_resources
from ui.state.canvas_content import CanvasContent
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import canvas
from ui.widgets.canvas import CANVAS_SIDE
from ui.widgets.example_pen import example_pen

# Each stroke is a few points on a smooth curve, in percent of the canvas, with x to the right and y downward.
GHOST = "ghost"
CORNERS: dict[str, list[list[tuple[int, int]]]] = {
    GHOST: [
        [
            (32, 27), (40, 19), (53, 17), (64, 23), (65, 34), (57, 43), (45, 47), (58, 49), (68, 57), (69, 69),
            (60, 80), (46, 83), (33, 77),
        ],
    ],
    N_("A clean 4"): [
        [(42, 16), (39, 28), (34, 41), (28, 54), (40, 56), (56, 55), (73, 53)],
        [(61, 31), (60, 47), (59, 65), (57, 85)],
    ],
    N_("A messy 7"): [
        [
            (26, 27), (31, 22), (44, 25), (58, 22), (73, 19), (70, 27), (61, 41), (56, 55), (47, 68), (46, 80),
            (41, 88),
        ],
        [(37, 57), (49, 52), (64, 54)],
    ],
    N_("A cat"): [
        [
            (29, 44), (27, 30), (28, 16), (36, 23), (43, 29), (51, 28), (59, 29), (66, 22), (74, 15), (75, 30),
            (73, 45), (75, 57), (69, 69), (59, 77), (48, 78), (37, 74), (29, 64), (27, 53), (29, 44),
        ],
        [(41, 46), (41, 51)],
        [(61, 45), (61, 50)],
        [(47, 58), (51, 61), (55, 57)],
        [(51, 61), (51, 66), (45, 69)],
        [(51, 66), (57, 69)],
        [(31, 58), (21, 56), (10, 57)],
        [(34, 65), (24, 68), (13, 73)],
        [(71, 58), (80, 56), (91, 55)],
        [(69, 65), (79, 67), (89, 71)],
    ],
}  # fmt: skip
EXAMPLES = tuple(name for name in CORNERS if name != GHOST)

_POINTS_BETWEEN = 6


@dataclass
class Tried:
    """The examples tried in this session.

    Attributes:
        name: The last drawing put on the paper.
        count: The number of drawings put there.
        rng: Chooses the random digits.
        has_drawn: Whether there has been anything on the paper.
    """

    name: str = EXAMPLES[0]
    count: int = 0
    rng: np.random.Generator = field(default_factory=np.random.default_rng)
    has_drawn: bool = False


def examples(session: Session, reader: Reader) -> None:
    """Show a button for each example; these are also the way to draw without a pen."""
    tried, problem = page_state(Tried), shared_resources.embedded_problem()
    with st.container(key="examples", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(Markup("<span class='note' id='try'>{}</span>").format(_("Try")), width="content")
        for number, name in enumerate(EXAMPLES):
            st.button(_(name), key=f"example_{number}", on_click=_draw, args=(session, tried, name))
        st.button(
            _("Random"),
            key="example_random",
            on_click=_show_random_digit,
            args=(session, tried, reader),
            disabled=bool(problem),
            help=problem or _("A digit that the network was not trained on."),
        )
        example_pen(strokes(tried.name), tried.count)


def ghost_of(content: CanvasContent, reader: Reader) -> list[NDArray[np.float64]]:
    """Return the strokes of the ghost digit; none once something has been on the paper, or if classes aren't digits."""
    tried = page_state(Tried)
    tried.has_drawn |= canvas.digit_source(content) is not None
    return [] if tried.has_drawn or reader.classes != DIGITS else strokes(GHOST)


def _draw(session: Session, tried: Tried, name: str) -> None:
    content = session.canvas
    if canvas.reported_objects():
        content.clear()
    else:  # clearing a blank canvas could erase the first stroke too
        content.edited_digit, content.erasing = None, False
    content.uploaded.remove()
    tried.name = name
    tried.count += 1


def _show_random_digit(session: Session, tried: Tried, reader: Reader) -> None:
    dev = session.networks.embedded_dev(session.networks.chosen, reader)
    session.canvas.edit(dev.images[tried.rng.choice(dev.rows)].reshape(IMAGE_SIDE, IMAGE_SIDE))


def strokes(name: str) -> list[NDArray[np.float64]]:
    """Return the strokes of a drawing, each (n, 2): x and y in canvas pixels, y growing downward."""
    return [_smooth(np.array(corners) * (CANVAS_SIDE / 100)) for corners in CORNERS[name]]


def _smooth(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on a Catmull-Rom spline through the corners, in writing order."""
    tangents = np.gradient(corners, axis=0)
    t = np.linspace(0, 1, _POINTS_BETWEEN, endpoint=False)[:, None]
    pieces = [
        (2 * t**3 - 3 * t**2 + 1) * start
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - 2 * t**2 + t) * leaving
        + (t**3 - t**2) * arriving
        for start, end, leaving, arriving in zip(corners, corners[1:], tangents, tangents[1:], strict=False)
    ]
    return np.concatenate([*pieces, corners[-1:]])
