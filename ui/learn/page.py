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
from ui.learn.tour import tour, tour_button
from ui.learn.traced_digit import TracedDigit, trace_digit
from ui.learn.unit_inspector import unit_inspector
from ui.state.session import Session
from ui.widgets.answer import article
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates
from ui.widgets.network_choice import choose_network, network_chosen
from ui.widgets.next_step import next_step
from ui.widgets.palette import palette

TEMPLATES = Templates("learn/page.html.j2")

NETWORK_KEY = "learn_network"


def page() -> None:
    """Show the page."""
    session = Session.attach()
    classes = session.networks.reader(network_chosen(session, NETWORK_KEY)).classes
    with st.container(key="learn_head", horizontal=True, vertical_alignment="bottom"):
        st.html(TEMPLATES.heading(noun=example_noun(classes, 1)), width="stretch")
        choose_network(session, NETWORK_KEY)
        tour_button()
    reader = session.networks.reader(session.networks.chosen)
    with st.container(key="which", horizontal=True, gap="medium"):
        with st.container(key="which_digit"):
            specimen = choose_digit(session, reader)
        digit = trace_digit(session, specimen, session.networks.chosen, reader)
        st.html(_specimen(digit) + _training_step(session, reader))
    unit_inspector(digit)
    gradient_step(digit)
    st.html(glossary())
    next_step(routes.LEARN)
    tour()


def _specimen(digit: TracedDigit) -> Markup:
    """Return the digit as the network receives it, its true label and its reading."""
    best = int(digit.reading.probabilities.argmax())
    return TEMPLATES.specimen(
        digit=digit,
        picture=data_uri(ink_picture(digit.reading.image, palette())),
        best=article(digit.reader.classes[best]),
        probability=float(digit.probabilities[best]),
        true_name=None if digit.true_output is None else article(digit.outputs[digit.true_output]),
    )


def _training_step(session: Session, reader: Reader) -> Markup:
    """Return the training step of the weights, if the network is still training."""
    runs = session.runs
    if runs.current is None or session.networks.chosen != runs.name or runs.current.state is not State.RUNNING:
        return Markup()
    return TEMPLATES.training_step(run=runs.name, step=reader.about["step"])
