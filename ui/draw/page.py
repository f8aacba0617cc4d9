"""Draw: a digit on the canvas, and at each finished stroke what a network reads in it, and how."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import DIGITS, DataError
from ink import picture_files, stroke_files
from ink.picture_files import Picture
from models.reader import Reader, Reading, Rejection
from ui import routes
from ui.draw import explanation
from ui.draw.reading_steps import strip
from ui.state import corrections, shared_resources, streamlit_state
from ui.state.canvas_content import Paper
from ui.state.corrections import Corrected, Lesson
from ui.state.network_inputs import Drawn, DrawnOn, Handwriting
from ui.state.session import Session
from ui.widgets import canvas, messages
from ui.widgets.answer import answer, article
from ui.widgets.array_images import data_uri, ink_picture, photograph
from ui.widgets.network_choice import choose_network
from ui.widgets.palette import Palette, palette
from ui.workarounds.held_downloads import download_button

NETWORK_KEY = "network"


def page() -> None:
    """Show the page."""
    session = Session.attach()
    with st.container(key="draw_head", horizontal=True, vertical_alignment="bottom"):
        st.html(
            "<h1>Draw a digit</h1><p class='lead'>A neural network reads it, stroke by stroke.</p>", width="stretch"
        )
        choose_network(session, NETWORK_KEY)
    _read(len(session.notebook.lessons))


@st.fragment
def _read(lessons: int) -> None:
    """Show the canvas and the reading; only this part runs again after a stroke.

    Args:
        lessons: How many there had been when the page was drawn; with another one the networks are others.
    """
    shared_resources.scheduler().give_way()
    session = Session.current()
    if len(session.notebook.lessons) != lessons:
        st.rerun(scope="app")
    paper, reader = session.paper, session.reader(session.chosen_network)
    with st.container(key="draw_desk", horizontal=True, gap="large"):
        with st.container(key="drawing", width=canvas.SIDE):
            if paper.beneath is not None:
                st.html(_beneath(paper.beneath))
            canvas.canvas(paper.drawing, erasing=paper.beneath is not None and paper.erasing)
            if len(paper.drawing.objects) > paper.brought.strokes:
                paper.brought.take_away()
            if paper.brought.picture is not None:
                st.html(_lying(paper.brought.picture))
            _paper_buttons(paper)
            if paper.beneath is not None:
                _tool(paper)
        hand = canvas.at_hand(paper) or Drawn([], canvas.PAPER)
        reading = hand.read(reader)
        with st.container(key="answer_panel"):
            st.html(answer(reading, reader, hand))
            _correct(session, hand, reader, blank=reading.rejection is Rejection.BLANK)
    if session.notebook.lessons:
        _learned(session)
    st.html(strip(hand, reading, reader, palette()))
    if reading.rejection is not Rejection.BLANK:
        st.page_link(routes.page(routes.LEARN), label="Follow it through the network, number by number")
        _why(hand, reading, reader, palette())


def _paper_buttons(paper: Paper) -> None:
    """What can be done with the paper: strokes taken back, a picture laid on it or taken away."""
    drawing, brought = paper.drawing, paper.brought
    with st.container(key="paper_buttons", horizontal=True, gap="small"):
        if brought.picture is None:
            st.button(
                "Undo",
                key="undo",
                disabled=not drawing.objects,
                on_click=lambda: drawing.show(canvas.drawn()[:-1]),
                help="Remove the last stroke.",
            )
            st.button(
                "Clear",
                key="clear",
                disabled=not drawing.objects and paper.beneath is None,
                on_click=paper.clear,
                help="Start over.",
            )
        else:
            st.button(
                "Remove photo",
                key="take_away",
                on_click=brought.take_away,
                help="Go back to your drawing. Drawing a stroke does the same.",
            )
        with st.popover("Upload a photo", key=f"bring_picture_{brought.turn}", help="Have a photo or scan read."):
            key = f"picture_{brought.turn}"
            st.file_uploader(
                "A photo or scan of one digit",
                type=["png", "jpg", "jpeg"],
                key=key,
                max_upload_size=picture_files.LIMIT_BYTES >> 20,
                help="Dark on light or light on dark. Shadows and ruled paper are fine.",
                on_change=_bring,
                args=(paper, key),
            )
            if brought.problem:
                messages.problem(brought.problem)


def _tool(paper: Paper) -> None:
    """What a digit is drawn on with."""
    tool = st.segmented_control(
        "Draw with",
        ["Pen", "Eraser"],
        default="Eraser" if paper.erasing else "Pen",
        required=True,
        key="tool",
        label_visibility="collapsed",
    )
    if paper.erasing != (tool == "Eraser"):
        paper.erasing = tool == "Eraser"
        st.rerun(scope="fragment")


def _bring(paper: Paper, key: str) -> None:
    """Lay the picture just chosen on the canvas."""
    paper.brought.problem = ""
    file = streamlit_state.widget_value(key)
    if file is None:
        return
    try:
        picture = picture_files.read(file.getvalue(), file.name)
    except DataError as error:
        paper.brought.problem = str(error)
    else:
        objects = canvas.drawn() if streamlit_state.has_widget(canvas.KEY) else paper.drawing.objects
        paper.brought.lay(picture, len(objects))


def _lying(picture: Picture) -> str:
    """A picture where it lies on the canvas."""
    return f"<div id='picture'><img alt='{escape(picture.name)}' src='{photograph(picture.view, canvas.SIDE)}'></div>"


def _beneath(digit: NDArray[np.uint8]) -> str:
    """A digit where it lies beneath the strokes."""
    picture = data_uri(ink_picture(digit / 255, palette()))
    return f"<div id='beneath'><img class='pixels' alt='The digit that is drawn on' src='{picture}'></div>"


def _correct(session: Session, hand: Handwriting, reader: Reader, *, blank: bool) -> None:
    """Let the person say what it was, or bring digits corrected before."""
    # Another key after each lesson: the popover closes, and what was said is forgotten.
    turn = len(session.notebook.lessons)
    able = corrections.teachable(reader, shared_resources.known_digits())
    with st.popover(
        "Not right?",
        key=f"not_right_{turn}",
        disabled=not able,
        help="Say what you drew, and the network learns from it."
        if able
        else "This network does not read digits, so it cannot be corrected here.",
    ):
        if not blank:
            st.html("<p class='note'>What did you draw? A copy learns from it; the original is kept.</p>")
            said = st.pills("True label", reader.classes, key=f"it_is_{turn}", label_visibility="collapsed")
            st.button(
                "Teach it",
                key=f"learn_{turn}",
                type="primary",
                disabled=said is None,
                on_click=_learn,
                args=(session, [Corrected(reader.classes.index(said or reader.classes[0]), hand)]),
            )
        st.file_uploader(
            "Upload corrected digits" if blank else "Or upload corrected digits",
            type=["json", "csv"],
            key=f"upload_strokes_{turn}",
            max_upload_size=stroke_files.LIMIT_BYTES >> 20,
            help="A file of strokes or a CSV downloaded here.",
            on_change=_learn_file,
            args=(session, f"upload_strokes_{turn}"),
        )
        if session.notebook.problem:
            messages.problem(session.notebook.problem)


def _learn(session: Session, digits: Sequence[Corrected]) -> None:
    session.correct(digits)
    streamlit_state.set_widget(NETWORK_KEY, session.chosen_network)


def _learn_file(session: Session, key: str) -> None:
    """Learn from the file just uploaded, once."""
    session.notebook.problem = ""
    file = streamlit_state.widget_value(key)
    if file is None:
        return
    try:
        digits = corrections.from_file(file.getvalue(), file.name, canvas.PAPER)
    except DataError as error:
        session.notebook.problem = str(error)
    else:
        _learn(session, digits)


def _unlearn(session: Session) -> None:
    session.uncorrect()
    streamlit_state.set_widget(NETWORK_KEY, session.chosen_network)


def _learned(session: Session) -> None:
    """Show what the last lesson brought and cost, and let it be undone or taken away."""
    lesson, notebook = session.notebook.lessons[-1], session.notebook
    st.html(
        f"<h2 class='section'>What it learned</h2><p class='status' id='lesson'>"
        f"<span><strong>{_what(lesson)}</strong> in {lesson.steps} steps</span>"
        f"<span>this digit {lesson.sure_before:.1%} → <strong>{lesson.sure_after:.1%}</strong></span>"
        f"<span>dev accuracy {lesson.dev_before:.1%} → <strong>{lesson.dev_after:.1%}</strong></span></p>"
    )
    with st.container(key="lesson_actions", horizontal=True, gap="small"):
        st.button(
            "Unlearn",
            key="unlearn",
            on_click=_unlearn,
            args=(session,),
            help="Go back to the network from before this correction.",
        )
        download_button(
            "Strokes",
            lambda: corrections.as_strokes(notebook.digits),
            file_name="corrected-digits.json",
            mime="application/json",
            key="download_strokes",
            disabled=not any(isinstance(digit.hand, Drawn) for digit in notebook.digits),
            help="The digits you corrected and had drawn, stroke by stroke.",
        )
        download_button(
            "CSV",
            lambda: corrections.as_csv(notebook.digits),
            file_name="corrected-digits.csv",
            mime="text/csv",
            key="download_corrected",
            help="The corrected digits as images. You can upload this file on the Dataset page.",
        )


def _what(lesson: Lesson) -> str:
    return article(DIGITS[lesson.label]) if lesson.digits == 1 else f"{lesson.digits} digits"


def _why(hand: Handwriting, reading: Reading, reader: Reader, colours: Palette) -> None:
    """Why it was read as it was; worked out only while a person looks."""
    opened = st.expander("Why this answer?", key="why", on_change="rerun")
    if not opened.open:
        return
    with opened:
        if not isinstance(hand, DrawnOn):  # it is as MNIST has it already
            st.html(explanation.steps_left_out(reader, hand, colours))
        with st.container(key="why_evidence"):
            with st.container(key="evidence_panel"):
                best = reader.classes[int(reading.probabilities.argmax())]
                st.html("<h3>Which pixels mattered</h3>")
                name = st.segmented_control(
                    "Evidence for", reader.classes, default=best, required=True, key=f"evidence_for_{best}"
                )
                st.html(explanation.what_spoke(reader, reading, reader.classes.index(name or best), colours))
            st.html(explanation.looks_like(reader, reading, shared_resources.known_digits(), colours))
