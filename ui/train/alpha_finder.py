"""A button that finds a learning rate: it plots the loss of a copy of the network while α rises, and suggests an α."""

from dataclasses import dataclass, replace
from time import monotonic, sleep

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import DataError
from language.numbers import general
from language.translation import _
from training.alpha_finder import STEPS, AlphaFinder
from training.initial_trainer import trainer_bytes
from training.run import Run
from training.settings import LIVE, Settings
from ui.state import streamlit_state
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.run_settings import address_of

TEMPLATES = Templates("train/alpha_finder.html.j2")

WAIT_SECONDS = 0.12
"""Seconds that the page waits for the result after a click; after that, it polls."""

POLL_SECONDS = 0.5


@dataclass
class FinderState:
    """State of the α finder between reruns.

    Attributes:
        finder: The finder last started.
        refusal: Why no finder could be started; empty if one could.
    """

    finder: AlphaFinder | None = None
    refusal: str = ""


def alpha_finder(session: Session, run: Run) -> None:
    """Show the button and, if the settings have not changed, what it has found."""
    state = page_state(FinderState)
    st.button(
        _("Find α"),
        key="find_alpha",
        on_click=_find,
        args=(session, run),
        help=_(
            "{count} steps on a copy of the initial network, with a larger α in each. This run is left alone.",
            count=STEPS,
        ),
    )
    if state.refusal:
        messages.problem(state.refusal)
    finder = state.finder
    if finder is None or not _alike(finder.settings, _settings(run)):
        return
    if not finder.over:
        live_fragment(_progress, POLL_SECONDS)(finder)
        return
    st.html(_sweep(finder))
    if finder.suggested is not None:
        alpha = finder.suggested
        st.button(_("Take α {alpha}", alpha=general(alpha)), key="take_alpha", on_click=_take, args=(alpha,))


def _settings(run: Run) -> Settings:
    """Return the settings of a run, with the current widget values of those that can change while it trains."""
    return replace(run.settings, **{name: streamlit_state.widget_value(address_of(name)) for name in LIVE})


def _alike(first: Settings, second: Settings) -> bool:
    """Return whether a finder would find the same α for both settings."""
    return all(
        getattr(first, name) == value
        for name, value in vars(second).items()
        if name not in {"learning_rate", "schedule", "warm_up", "epochs", "patience"}
    )


def _find(session: Session, run: Run) -> None:
    """Start a finder, and wait briefly for its result."""
    state, connection = page_state(FinderState), session.runs.connection
    if connection is None:
        return
    if state.finder is not None:
        connection.stop_training(state.finder)
    state.finder, state.refusal = None, ""
    settings, train = _settings(run), run.split.train
    try:
        session.check_room(trainer_bytes(settings, train.images.shape[1], len(train.classes)))
    except DataError as error:
        state.refusal = str(error)
        return
    state.finder = AlphaFinder(settings, run.split)
    connection.train(state.finder)
    until = monotonic() + WAIT_SECONDS
    while not state.finder.over and monotonic() < until:
        sleep(0.005)


def _progress(finder: AlphaFinder) -> None:
    """Show its progress, until its result can be drawn."""
    if finder.over:
        st.rerun(scope="app")
    st.html(TEMPLATES.progress(done=len(finder.losses), steps=STEPS))


def _take(alpha: float) -> None:
    streamlit_state.set_widget(address_of("learning_rate"), alpha)


def _sweep(finder: AlphaFinder) -> Markup:
    """Return the loss of each step as a bar, lowest and suggested α marked, with a sentence below."""
    losses, alphas = finder.losses, finder.alphas
    # Exploding losses leave the plot at its top, so that the fall before them can be seen.
    heights = np.minimum(losses / (1.2 * losses[0]), 1.0) if len(losses) else losses
    marks = {"suggested": finder.suggested, "lowest": finder.lowest}
    marked = {int(abs(alphas - alpha).argmin()): mark for mark, alpha in marks.items() if alpha is not None}
    low, high = np.log10(alphas[[0, -1]])
    return TEMPLATES.sweep(
        finder=finder,
        bars=[
            {"height": float(heights[step]) if step < len(losses) else 0.0, "mark": marked.get(step, "")}
            for step in range(len(alphas))
        ],
        decades=[
            {"at": (power - low) / (high - low), "text": general(10.0**power)}
            for power in range(round(high), round(low), -2)
        ],
    )
