"""One digit traced through a network, and a complete training step with actual numbers."""

import streamlit as st
from markupsafe import Markup

from data.dataset import DIGITS
from models.reader import Reader
from training.run_snapshot import State
from ui import routes
from ui.look.digit_choice import choose_digit
from ui.look.glossary import glossary
from ui.look.gradient_step import gradient_step
from ui.look.tour import tour, tour_stop
from ui.look.traced_digit import TracedDigit, trace_digit
from ui.look.unit_inspector import unit_inspector
from ui.state.network_names import SMALL, network_title
from ui.state.session import Session
from ui.widgets.answer import article
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("look/one_digit.html.j2")


def heading(reader: Reader) -> Markup:
    """Return the heading of the view."""
    return TEMPLATES.heading(is_of_digits=reader.classes == DIGITS)


def show(session: Session, network: str, reader: Reader) -> None:
    """Show the digit, the step and the units."""
    tour()
    tour_stop("digit")
    with st.container(key="which", horizontal=True, gap="medium"):
        with st.container(key="which_digit"):
            specimen = choose_digit(session, network, reader)
        digit = trace_digit(session, specimen, network, reader)
        st.html(_specimen(digit, _progress(session, network, reader)))
    if session.task_on(routes.LOOK).shows("step"):
        gradient_step(digit)
    unit_inspector(digit)
    st.html(glossary())


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
    """Return how far the network has been trained, if it is the small network or still training."""
    if network == SMALL:
        return TEMPLATES.barely_trained(step=reader.about["step"])
    runs = session.runs
    if runs.current is None or network != runs.name or runs.current.state is not State.RUNNING:
        return Markup()
    return TEMPLATES.training_step(run=network_title(runs.name), step=reader.about["step"])
