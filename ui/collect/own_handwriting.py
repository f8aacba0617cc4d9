"""Your handwriting: the page asks for one drawing after another, and shows what has been drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from ink.collection import Collection
from language.translation import _
from ui.collect.classes import choose_classes
from ui.collect.collection_files import collection_files
from ui.collect.learning_curve import learning_curve
from ui.collect.start_training import train_on
from ui.serving.budgets import COLLECTED, COLLECTED_POINTS
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets.canvas import Stroke
from ui.widgets.collected_drawings import Row, collected_drawings
from ui.widgets.drawing_pad import LONG_PAUSE, PAUSE, Pad, drawing_pad
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("collect/page.html.j2")

WANTED = (5, 10, 20, 50)


@dataclass
class OwnHandwriting:
    """The state of the view: what is asked for, and what was drawn last.

    Attributes:
        pad: The paper.
        asked: The class now asked for, an index.
        stays: Whether it is asked for until another is chosen.
        wanted: How many drawings of each class are wanted.
        taken: The strokes of the drawing that was taken last; empty before the first.
    """

    pad: Pad = field(default_factory=lambda: Pad("canvas_collect"))
    asked: int = 0
    stays: bool = False
    wanted: int = 10
    taken: tuple[Stroke, ...] = ()

    def ask(self, collection: Collection) -> None:
        """Ask for the first class with the fewest drawings, unless the current one is to stay."""
        if not self.stays or self.asked >= len(collection.classes):
            self.asked, self.stays = int(collection.counts.argmin()), False

    def take(self, session: Session, strokes: Sequence[Stroke]) -> None:
        """Add a drawing of what was asked for, and ask for the next.

        Raises:
            DataError: The drawing has no ink, or there is no room for it.
        """
        COLLECTED.check(len(session.collection.drawings) + 1)
        most_points = max(COLLECTED_POINTS.limit, 4)
        session.collection = session.collection.with_drawing(self.asked, strokes, most_points=most_points)
        self.taken = session.collection.drawings[-1].strokes
        self.ask(session.collection)

    def take_back(self, session: Session) -> None:
        """Give back the last drawing and ask for it again, unless the collection has since been replaced."""
        drawings = session.collection.drawings
        if drawings and drawings[-1].strokes is self.taken:
            self.asked = drawings[-1].label
            session.collection = session.collection.without_last()

    def strike(self, session: Session, place: int, struck: bool) -> None:  # noqa: FBT001 - as `on_struck` calls it
        """Strike out a drawing, or restore it; if the visitor is drawing, the class asked for stays the same."""
        session.collection = session.collection.striking(place, struck=struck)
        if self.pad.is_blank:
            self.ask(session.collection)

    def ask_for(self, session: Session, label: int | None) -> None:
        """Ask for a class until another is chosen, or for each in turn if `label` is None."""
        self.stays = label is not None
        if label is None:
            self.ask(session.collection)
        else:
            self.asked = label

    def start_over(self, session: Session) -> None:
        """Ask for what is missing in a different collection."""
        self.stays, self.pad.last = False, []
        self.ask(session.collection)


def show(session: Session) -> None:
    """Show the view."""
    with st.container(key="collect_desk"):
        _collect(session.collection.classes)


@st.fragment
def _collect(drawn_for: tuple[str, ...]) -> None:
    """Show the paper and what has been drawn; a drawing redraws only this, unless the classes have since changed."""
    session, state = Session.current(), page_state(OwnHandwriting)
    collection = session.collection
    if collection.classes != drawn_for:
        st.rerun(scope="app")
    if state.asked >= len(collection.classes):  # different work has been opened
        state.ask(collection)
    with st.container(key="pad"):
        counts = collection.counts
        st.html(
            TEMPLATES.asked(
                name=collection.classes[state.asked],
                drawn=int(counts[state.asked]),
                wanted=state.wanted,
                is_enough=bool(counts.min() >= state.wanted) and not state.stays,
            )
        )
        drawing_pad(
            state.pad,
            pause=PAUSE if max(map(len, collection.classes)) == 1 else LONG_PAUSE,
            on_drawn=partial(state.take, session),
            on_taken_back=partial(state.take_back, session),
        )
    with st.container(key="collected"):
        with st.container(key="collect_setup", horizontal=True, vertical_alignment="bottom", gap="small"):
            choose_classes(session, partial(state.start_over, session))
            wanted = st.segmented_control(
                _("Wanted of each"), WANTED, default=state.wanted, required=True, key="wanted", persist_state="session"
            )
            collection_files(session, partial(state.start_over, session))
        if wanted != state.wanted and wanted is not None:
            state.wanted = wanted
            st.rerun(scope="fragment")
        collected_drawings(
            _rows(collection, state), on_struck=partial(state.strike, session), on_asked=partial(state.ask_for, session)
        )
        st.html(TEMPLATES.summary(drawn=len(collection.kept), struck=len(collection.drawings) - len(collection.kept)))
        with st.container(key="collect_training", gap="small"):
            train_on(collection)
    learning_curve(session, collection)


def _rows(collection: Collection, state: OwnHandwriting) -> list[Row]:
    counts = collection.counts
    return [
        Row(
            name=name,
            said=_("{drawn} of {wanted}", drawn=counts[label], wanted=state.wanted)
            if counts[label] < state.wanted
            else str(counts[label]),
            drawings=[(place, each) for place, each in enumerate(collection.drawings) if each.label == label],
            missing=max(state.wanted - int(counts[label]), 0),
            is_asked=label == state.asked,
            stays=state.stays and label == state.asked,
        )
        for label, name in enumerate(collection.classes)
    ]
