"""Draw: a digit on the canvas, and at each finished stroke what a network reads in it, and how."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from data.dataset import DIGITS, DataError
from ink import picture_files, stroke_files
from models.reader import Reader, Reading, Rejection
from ui import routes
from ui.draw import explanation
from ui.draw.reading_steps import reading_steps
from ui.state import corrections, shared_resources, streamlit_state
from ui.state.canvas_content import CanvasContent
from ui.state.corrections import CorrectedDigit, Correction
from ui.state.digit_sources import DigitSource, EditedImageSource, StrokeSource
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import canvas, messages
from ui.widgets.answer import answer, article
from ui.widgets.array_images import data_uri, ink_picture, photograph
from ui.widgets.html_templates import Templates
from ui.widgets.network_choice import choose_network
from ui.widgets.palette import Palette, palette
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("draw/page.html.j2")

NETWORK_KEY = "network"


@dataclass
class DrawState:
    """Why the files uploaded last cannot be used; empty when they can."""

    picture_problem: str = ""
    corrections_problem: str = ""


def page() -> None:
    """Show the page."""
    session = Session.attach()
    with st.container(key="draw_head", horizontal=True, vertical_alignment="bottom"):
        st.html(
            "<h1>Draw a digit</h1><p class='lead'>A neural network reads it, stroke by stroke.</p>", width="stretch"
        )
        choose_network(session, NETWORK_KEY)
    _read(len(session.corrections.made))


@st.fragment
def _read(made: int) -> None:
    """Show the canvas and the reading; only this part runs again after a stroke.

    Args:
        made: How many corrections had been made when the page was drawn; with another one the networks are others.
    """
    shared_resources.scheduler().pause_briefly()
    session = Session.current()
    if len(session.corrections.made) != made:
        st.rerun(scope="app")
    paper, reader = session.canvas, session.networks.reader(session.networks.chosen)
    with st.container(key="draw_desk", horizontal=True, gap="large"):
        with st.container(key="drawing", width=canvas.CANVAS_SIDE):
            if paper.edited_digit is not None:
                st.html(TEMPLATES.edited_digit(image=data_uri(ink_picture(paper.edited_digit / 255, palette()))))
            canvas.canvas(paper.drawing, erasing=paper.edited_digit is not None and paper.erasing)
            if len(paper.drawing.objects) > paper.uploaded.strokes_under:
                paper.uploaded.remove()
            if paper.uploaded.picture is not None:
                photo = paper.uploaded.picture
                st.html(TEMPLATES.photo(name=photo.name, image=photograph(photo.view, canvas.CANVAS_SIDE)))
            _paper_buttons(paper)
            if paper.edited_digit is not None:
                _tool(paper)
        hand = canvas.digit_source(paper) or StrokeSource([], canvas.CANVAS)
        reading = hand.read(reader)
        with st.container(key="answer_panel"):
            st.html(answer(reading, reader, hand))
            _correct(session, hand, reader, blank=reading.rejection is Rejection.BLANK)
    if session.corrections.made:
        _learned(session)
    st.html(reading_steps(hand, reading, reader, palette()))
    if reading.rejection is not Rejection.BLANK:
        st.page_link(routes.page(routes.LEARN), label="Follow it through the network, number by number")
        _why(hand, reading, reader, palette())


def _paper_buttons(paper: CanvasContent) -> None:
    """What can be done with the paper: strokes taken back, a picture laid on it or taken away."""
    drawing, uploaded = paper.drawing, paper.uploaded
    with st.container(key="paper_buttons", horizontal=True, gap="small"):
        if uploaded.picture is None:
            st.button(
                "Undo",
                key="undo",
                disabled=not drawing.objects,
                on_click=lambda: drawing.show(canvas.reported_objects()[:-1]),
                help="Remove the last stroke.",
            )
            st.button(
                "Clear",
                key="clear",
                disabled=not drawing.objects and paper.edited_digit is None,
                on_click=paper.clear,
                help="Start over.",
            )
        else:
            st.button(
                "Remove photo",
                key="take_away",
                on_click=uploaded.remove,
                help="Go back to your drawing. Drawing a stroke does the same.",
            )
        with st.popover("Upload a photo", key=f"bring_picture_{uploaded.uploads}", help="Have a photo or scan read."):
            key = f"picture_{uploaded.uploads}"
            st.file_uploader(
                "A photo or scan of one digit",
                type=["png", "jpg", "jpeg"],
                key=key,
                max_upload_size=picture_files.LIMIT_BYTES >> 20,
                help="Dark on light or light on dark. Shadows and ruled paper are fine.",
                on_change=_bring,
                args=(paper, key),
            )
            problem = page_state(DrawState).picture_problem
            if problem:
                messages.problem(problem)


def _tool(paper: CanvasContent) -> None:
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


def _bring(paper: CanvasContent, key: str) -> None:
    """Lay the picture just chosen on the canvas."""
    state = page_state(DrawState)
    state.picture_problem = ""
    file = streamlit_state.widget_value(key)
    if file is None:
        return
    try:
        picture = picture_files.read(file.getvalue(), file.name)
    except DataError as error:
        state.picture_problem = str(error)
    else:
        objects = canvas.reported_objects() if streamlit_state.has_widget(canvas.KEY) else paper.drawing.objects
        paper.uploaded.show(picture, len(objects))


def _correct(session: Session, hand: DigitSource, reader: Reader, *, blank: bool) -> None:
    """Let the person say what it was, or bring digits corrected before."""
    # Another key after each lesson: the popover closes, and what was said is forgotten.
    turn = len(session.corrections.made)
    able = corrections.correctable(reader, shared_resources.known_digits())
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
                args=(session, [CorrectedDigit(reader.classes.index(said or reader.classes[0]), hand)]),
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
        problem = page_state(DrawState).corrections_problem
        if problem:
            messages.problem(problem)


def _learn(session: Session, digits: Sequence[CorrectedDigit]) -> None:
    session.corrections.learn(digits)
    streamlit_state.set_widget(NETWORK_KEY, session.networks.chosen)


def _learn_file(session: Session, key: str) -> None:
    """Learn from the file just uploaded, once."""
    state = page_state(DrawState)
    state.corrections_problem = ""
    file = streamlit_state.widget_value(key)
    if file is None:
        return
    try:
        digits = corrections.from_file(file.getvalue(), file.name, canvas.CANVAS)
    except DataError as error:
        state.corrections_problem = str(error)
    else:
        _learn(session, digits)


def _unlearn(session: Session) -> None:
    session.corrections.undo()
    streamlit_state.set_widget(NETWORK_KEY, session.networks.chosen)


def _learned(session: Session) -> None:
    """Show what the last lesson brought and cost, and let it be undone or taken away."""
    lesson, notebook = session.corrections.made[-1], session.corrections
    st.html(TEMPLATES.lesson(lesson=lesson, what=_what(lesson)))
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
            disabled=not any(isinstance(digit.source, StrokeSource) for digit in notebook.digits),
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


def _what(lesson: Correction) -> str:
    return article(DIGITS[lesson.label]) if lesson.digit_count == 1 else f"{lesson.digit_count} digits"


def _why(hand: DigitSource, reading: Reading, reader: Reader, colours: Palette) -> None:
    """Why it was read as it was; worked out only while a person looks."""
    opened = st.expander("Why this answer?", key="why", on_change="rerun")
    if not opened.open:
        return
    with opened:
        if not isinstance(hand, EditedImageSource):  # it is as MNIST has it already
            st.html(explanation.steps_left_out(reader, hand, colours))
        with st.container(key="why_evidence"):
            with st.container(key="evidence_panel"):
                best = reader.classes[int(reading.probabilities.argmax())]
                st.html("<h3>Which pixels mattered</h3>")
                name = st.segmented_control(
                    "Evidence for", reader.classes, default=best, required=True, key=f"evidence_for_{best}"
                )
                st.html(explanation.pixel_evidence(reader, reading, reader.classes.index(name or best), colours))
            st.html(explanation.nearest_digits(reader, reading, shared_resources.known_digits(), colours))
