"""Learn: one digit, all the way through a network, and one whole step of learning in real numbers."""

from html import escape

import streamlit as st

from data.dataset import example_noun
from training.run import State
from ui.learn import glossary, tour
from ui.learn.digit_choice import choose_digit
from ui.learn.followed_digit import Subject, follow
from ui.learn.gradient_step import one_step_shown
from ui.learn.number_format import probability
from ui.learn.unit_inspector import inspector
from ui.state.session import Session
from ui.widgets.answer import article
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.network_choice import choose_network, network_chosen
from ui.widgets.palette import Palette, palette

NETWORK_KEY = "learn_network"


def page() -> None:
    """Show the page."""
    session = Session.attach()
    one = example_noun(session.reader(network_chosen(session, NETWORK_KEY)).classes, 1)
    with st.container(key="learn_head", horizontal=True, vertical_alignment="bottom"):
        st.html(
            f"<h1>One {one}, all the way through</h1>"
            "<p class='lead'>What a network makes of it, and what one step of learning makes of the network.</p>",
            width="stretch",
        )
        choose_network(session, NETWORK_KEY)
        tour.call_again(session)
    reader = session.reader(session.chosen_network)
    with st.container(key="which", horizontal=True, gap="medium"):
        with st.container(key="which_digit"):
            specimen = choose_digit(session, reader)
        subject = follow(session, specimen, session.chosen_network, reader)
        st.html(_read(subject, palette()) + _of_which_step(session))
    inspector(subject)
    one_step_shown(subject)
    st.html(glossary.whole())
    tour.tour()


def _read(subject: Subject, colours: Palette) -> str:
    """The digit as the network gets it, what it is, and what is read."""
    reading, reader = subject.reading, subject.reader
    picture = data_uri(ink_picture(reading.image, colours))
    known = "" if subject.known is None else f"; it is {article(subject.outputs[subject.known])}"
    best = int(reading.probabilities.argmax())
    sure = probability(float(subject.probabilities[best]))
    if reading.digit is None:
        read = f"No {subject.noun} is read in it; {article(reader.classes[best])} would be the likeliest, p = {sure}."
    else:
        read = f"It is read as <b id='read_as'>{article(reader.classes[best])}</b>, p = {sure}."
    return (
        f"<div id='specimen'><img class='pixels' alt='The {subject.noun} as the network gets it' src='{picture}'>"
        f"<div><p>{read}</p><p class='note'><span id='origin'>{escape(subject.specimen.origin.capitalize())}</span>"
        f"{known}</p><p class='note'>28 × 28 pixels, from 0 for paper to 1 for ink. The network:"
        f" {' → '.join(f'{size:,}' for size in reader.network.sizes)}.</p></div></div>"
    )


def _of_which_step(session: Session) -> str:
    """Of which step the weights are, where they change meanwhile."""
    if session.run is None or session.chosen_network != session.run_name or session.run.state is not State.RUNNING:
        return ""
    step = session.reader(session.run_name).about["step"]
    return f"<p class='note' role='status'>{session.run_name} is training on: this is its step {step:,}.</p>"
