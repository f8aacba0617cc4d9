"""Learn: one digit traced through a network, and a complete training step in real numbers."""

import streamlit as st
from markupsafe import Markup

from data.dataset import example_noun
from models.reader import Reader
from training.run_snapshot import State
from ui import routes
from ui.learn.digit_choice import choose_digit
from ui.learn.glossary import glossary
from ui.learn.gradient_step import gradient_step
from ui.learn.starting_point import NETWORK_KEY, LearnState, choose_starting_point
from ui.learn.tour import tour, tour_button, tour_stop
from ui.learn.traced_digit import TracedDigit, trace_digit
from ui.learn.unit_inspector import unit_inspector
from ui.routes import CAME_FROM
from ui.state.networks import SMALL
from ui.state.session import Session
from ui.state.streamlit_state import page_state, query_parameter
from ui.widgets.answer import article
from ui.widgets.html_templates import Templates
from ui.widgets.network_choice import choose_network
from ui.widgets.next_step import next_step

TEMPLATES = Templates("learn/page.html.j2")

WAYS_BACK = {routes.DRAW: "Back to your drawing", routes.TRAIN: "Back to Train"}
"""The pages that send digits here, and the label of the link back to each."""


def page() -> None:
    """Show the page."""
    session = Session.attach()
    choose_starting_point(session)
    state = page_state(LearnState)
    _way_back()
    with st.container(key="learn_head", horizontal=True, vertical_alignment="bottom"):
        heading = st.container()
        state.network = choose_network([*session.networks.names(), SMALL], state.network, NETWORK_KEY)
        tour_button()
    reader = session.networks.reader(state.network)
    heading.html(TEMPLATES.heading(noun=example_noun(reader.classes, 1)))
    tour()
    tour_stop("digit")
    with st.container(key="which", horizontal=True, gap="medium"):
        with st.container(key="which_digit"):
            specimen = choose_digit(session, state.network, reader)
        digit = trace_digit(session, specimen, state.network, reader)
        st.html(_specimen(digit, _progress(session, state.network, reader)))
    gradient_step(digit)
    unit_inspector(digit)
    st.html(glossary())
    next_step(routes.LEARN)


def _way_back() -> None:
    """Link to the page that sent the visitor here; it is then shown as it was left."""
    for origin, label in WAYS_BACK.items():
        if query_parameter(CAME_FROM) == origin.path:
            with st.container(key="way_back"):
                st.page_link(routes.page(origin), label=label, icon=":material/arrow_back:")


def _specimen(digit: TracedDigit, progress: Markup) -> Markup:
    """Return the digit's reading and true label, and the network's progress."""
    best = int(digit.reading.probabilities.argmax())
    return TEMPLATES.specimen(
        digit=digit,
        best=article(digit.reader.classes[best]),
        probability=float(digit.probabilities[best]),
        true_name=None if digit.true_output is None else article(digit.outputs[digit.true_output]),
        progress=progress,
    )


def _progress(session: Session, network: str, reader: Reader) -> Markup:
    """Return how far the network has been trained, if it is the small one or still training."""
    if network == SMALL:
        return TEMPLATES.barely_trained(step=reader.about["step"])
    runs = session.runs
    if runs.current is None or network != runs.name or runs.current.state is not State.RUNNING:
        return Markup()
    return TEMPLATES.training_step(run=runs.name, step=reader.about["step"])
