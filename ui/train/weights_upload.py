"""Upload of weights, which become a network to choose on Draw and Look once all questions about them are answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from data.untrusted.raw_arrays import MAX_FILE_BYTES
from language.translation import N_, _
from models import unstated_conventions
from models.reader import Reader
from models.unstated_conventions import POSSIBILITIES, Answers
from models.untrusted import file_formats
from models.weights import SavedNetwork, Unstated
from training.percentages import accuracy
from ui.state import shared_resources, streamlit_state, uploaded_files
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.uploads import upload_problem, uploader

KEY = "upload_weights"


@dataclass(frozen=True)
class Question:
    """A question about an uploaded network: the label of the choice, and the text on what its file doesn't say."""

    label: str
    subject: str


QUESTIONS: dict[Unstated, Question] = {
    "activation": Question(N_("Activation"), N_("which activation it uses")),
    "scale": Question(N_("Pixels"), N_("how its pixels are scaled")),
    "bias": Question(N_("Biases"), N_("which row holds its biases")),
}

_POOR = 0.5
"""Below this accuracy, none of the answers can be right."""


@dataclass(frozen=True, eq=False)
class OpenUpload:
    """An uploaded network whose file leaves questions open.

    Attributes:
        name: The name of the file.
        saved: The network.
        accuracies: The dev accuracy of each combination of answers, the best first; none if the classes are not digits.
        examples: The number of dev digits on which these were measured.
    """

    name: str
    saved: SavedNetwork
    accuracies: dict[Answers, float]
    examples: int


@dataclass
class UploadState:
    """The upload that is waiting for answers, if any."""

    waiting: OpenUpload | None = None


def weights_upload(session: Session) -> None:
    """Show the uploader, and either the questions about the last file or that it was accepted."""
    uploader(
        _("Upload weights"),
        KEY,
        partial(_read_weights, session),
        limit=MAX_FILE_BYTES,
        kinds=_(file_formats.READ),
        help=_("A network saved here or by another program: {kinds}.", kinds=_(file_formats.READ)),
    )
    file = streamlit_state.widget_value(KEY)
    if upload_problem(KEY) or file is None:
        return
    waiting = page_state(UploadState).waiting
    if waiting is not None and waiting.name == file.name:
        _questions(session, waiting)
    elif file.name in session.networks.saved:
        messages.done(_("{file} is ready. Choose it as the network on the Draw page.", file=file.name))


def _read_weights(session: Session, file: UploadedFile) -> None:
    """Keep an uploaded network if it can read drawings, or hold it until questions are answered."""
    saved = uploaded_files.network(file.getvalue(), file.name)
    reader = Reader(saved)
    session.check_room(saved.network.vector.nbytes)
    state = page_state(UploadState)
    state.waiting = None
    if not saved.unstated:
        session.networks.saved[file.name] = saved
        return
    accuracies: dict[Answers, float] = {}
    examples = 0
    if not shared_resources.embedded_problem():
        dev = session.networks.embedded_dev(file.name, reader)
        examples = len(dev)
        accuracies = unstated_conventions.accuracies(saved, *dev.take()) if saved.classes == dev.classes else {}
    best = next(iter(accuracies), unstated_conventions.possibilities(saved.unstated)[0])
    for question, answer in zip(saved.unstated, best, strict=True):
        streamlit_state.set_widget(_key(question), answer)
    state.waiting = OpenUpload(file.name, saved, accuracies, examples)


def _questions(session: Session, waiting: OpenUpload) -> None:
    """Ask what the file leaves open, with the accuracy of each answer beside it."""
    questions = waiting.saved.unstated
    asked = [QUESTIONS[question] for question in questions]
    with st.container(key="weights_questions"):
        subjects = _listed([_(question.subject) for question in asked])
        sentence = _("{file} doesn’t say {subjects}.", file=waiting.name, subjects=subjects)
        messages.hint(f"{sentence} {_advice(waiting)}")
        chosen = tuple(streamlit_state.widget_value(_key(question)) for question in questions)
        with st.container(horizontal=True, gap="large"):
            for place, question in enumerate(questions):
                answers = list(POSSIBILITIES[question])
                st.radio(
                    _(QUESTIONS[question].label),
                    answers,
                    format_func=partial(_answer, question),
                    captions=[
                        _measured(waiting, (*chosen[:place], answer, *chosen[place + 1 :])) for answer in answers
                    ],
                    key=_key(question),
                    width="content",
                )
        try:
            answered = unstated_conventions.answered(waiting.saved, chosen)
        except ValueError as error:
            messages.problem(
                _("{file} cannot be used with these answers: {problem}.", file=waiting.name, problem=error)
            )
            return
        st.button(
            _("Use this network"),
            key="use_weights",
            on_click=_use,
            args=(session, waiting.name, answered),
            type="primary",
        )


def _use(session: Session, name: str, answered: SavedNetwork) -> None:
    """Keep a network, completed by the answers."""
    session.networks.saved[name] = answered
    page_state(UploadState).waiting = None


def _key(question: Unstated) -> str:
    return f"weights_{question}"


def _answer(question: Unstated, answer: str) -> str:
    return _(POSSIBILITIES[question][answer])


def _advice(waiting: OpenUpload) -> str:
    best = next(iter(waiting.accuracies.values()), None)
    if best is None:
        return _("Choose what it was trained with.")
    if best < _POOR:
        return _("No answer reads the dev digits well, so its images may differ in another way.")
    return _("What reads the dev digits best is selected.")


def _measured(waiting: OpenUpload, answers: Answers) -> str:
    """Return the dev accuracy with these answers."""
    if not waiting.accuracies:
        return ""
    return _("{accuracy} on dev", accuracy=accuracy(waiting.accuracies[answers], waiting.examples))


def _listed(subjects: Sequence[str]) -> str:
    if len(subjects) == 1:
        return subjects[0]
    return _("{others} or {last}", others=", ".join(subjects[:-1]), last=subjects[-1])
