"""How much more drawings help: a learning curve of the collection, measured on request."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import DIGITS
from ink.collection import Collection
from language.translation import N_, _
from nn.uncertainty import overlap, wilson
from training.learning_curve import FOLDS, LearningCurve
from training.percentages import accuracy, percent
from ui.state import shared_resources
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import curves
from ui.widgets.curves import Curve, Plot
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment

TEMPLATES = Templates("collect/page.html.j2")

REDRAW_SECONDS = 0.5
HEIGHT = 200
"""The height of the plot, in pixels."""

ALONE, WITH_DIGITS = N_("your drawings alone"), N_("with the embedded digits")
COLOURS = {ALONE: "var(--accent)", WITH_DIGITS: "var(--wrong)"}


@dataclass
class LearningCurves:
    """A measurement, in progress or complete.

    Attributes:
        of: The collection when the measurement began; None before the first.
        measured: The curves by name.
    """

    of: Collection | None = None
    measured: dict[str, LearningCurve] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of the work that is done, in [0, 1]."""
        return float(np.mean([each.snapshot().share for each in self.measured.values()]))


def learning_curve(session: Session, collection: Collection) -> None:
    """Offer to measure the learning curve; show it, and continue measuring while the page is open."""
    state = page_state(LearningCurves)
    is_done = state.of is None or state.share == 1
    with st.container(key="collect_learning"):
        with st.container(key="learning_words", gap="small"):
            st.html(Markup("<h2 class='section'>{}</h2>").format(_("Would more drawings help?")))
            st.html(_words(state, is_done=is_done))
            if is_done:
                _measure_button(session, state, collection)
            else:
                st.button(_("Cancel"), key="cancel_learning", on_click=_cancel, args=(session,))
                if session.connection is not None:
                    for each in state.measured.values():
                        session.connection.train(each)
        if state.of is not None:
            with st.container(key="learning_plot"):
                live_fragment(_curve, None if is_done else REDRAW_SECONDS)(is_done)


def _words(state: LearningCurves, *, is_done: bool) -> str:
    """Return text that says what the curve will show or, once it is complete, what it shows."""
    if state.of is None or not is_done:
        return TEMPLATES.to_learn()
    alone = state.measured[ALONE].snapshot()
    before, last = alone.accuracies[-2], alone.accuracies[-1]
    return TEMPLATES.learned(
        drawings=alone.drawings,
        most=alone.sizes[-1],
        accuracy=accuracy(last, alone.drawings, 0),
        is_chance=overlap(before, last, alone.drawings),
        before=alone.sizes[-2],
    )


def _measure_button(session: Session, state: LearningCurves, collection: Collection) -> None:
    is_short = int(collection.counts.min()) < FOLDS
    how = _(
        "Trains networks on 1, 2, 3, 5, 10, 20, … of each, as far as there are so many, and has each drawing read by"
        " one that has not seen it."
    )
    st.button(
        _("Measure") if state.of is None else _("Measure again"),
        key="measure_learning",
        disabled=is_short or state.of is collection,
        on_click=_measure,
        args=(session, collection),
        help=_("Draw at least {count} of each first.", count=FOLDS) if is_short else how,
    )


def _measure(session: Session, collection: Collection) -> None:
    _cancel(session)
    state, own = page_state(LearningCurves), collection.dataset("own")
    state.of, state.measured = collection, {ALONE: LearningCurve(own)}
    if collection.classes == DIGITS and not shared_resources.embedded_problem():
        state.measured[WITH_DIGITS] = LearningCurve(own, shared_resources.embedded())


def _cancel(session: Session) -> None:
    state = page_state(LearningCurves)
    if session.connection is not None:
        for each in state.measured.values():
            session.connection.stop_training(each)
    state.of, state.measured = None, {}


def _curve(was_done: bool) -> None:  # noqa: FBT001 - as when the page was drawn
    state = page_state(LearningCurves)
    if state.of is None:
        return
    lines, legend = [], []
    for name, each in state.measured.items():
        found = each.snapshot()
        at, shares = np.array(found.sizes, np.float64), np.full(len(found.sizes), np.nan)
        shares[: len(found.accuracies)] = found.accuracies
        band = 100 * np.stack(wilson(shares, found.drawings))
        lines.append(Curve("accuracy", _(name), COLOURS[name], at, 100 * shares, band=band))
        latest = accuracy(found.accuracies[-1], found.drawings, 0) if found.accuracies else "–"
        legend.append((_(name), latest, COLOURS[name]))
    share = state.share
    note = "" if share == 1 else _("{share} done", share=percent(share, 0))
    curves.curves(
        "learned",
        curves.packed(
            [Plot("accuracy", _("Accuracy"), HEIGHT, note, legend, fits=True)], lines, unit=_("Drawings of each")
        ),
    )
    if (share == 1) != was_done:
        st.rerun(scope="app")
