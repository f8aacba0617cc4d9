"""Corrections: teach the network a true label, see the effect and what it forgets, undo, download and upload."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from data.dataset import DIGITS
from ink import stroke_files
from language.translation import _, ngettext
from models.reader import Reader
from nn.uncertainty import wilson
from training.fine_tuning import Forgetting
from training.percentages import accuracy, percent
from ui.serving.budgets import CORRECTIONS, SESSION_MB
from ui.state import corrections, shared_resources, streamlit_state
from ui.state.corrections import CorrectedDigit, Correction
from ui.state.digit_sources import DigitSource, StrokeSource
from ui.state.session import Session
from ui.widgets import canvas, curves, messages
from ui.widgets.answer import article
from ui.widgets.curves import Curve, Plot
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.uploads import upload_problem, uploader
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("draw/correction_panel.html.j2")

REDRAW_SECONDS = 0.5
"""Seconds between redraws while forgetting is measured."""

FORGETTING_HEIGHT = 130
"""The height of the plot of forgetting, in pixels."""

NETWORK_KEY = "network"
"""Key of this page's network select box, which a correction sets."""


def correction_panel(session: Session, source: DigitSource, reader: Reader) -> None:
    """Show a popover to choose the true label or upload corrected digits."""
    # A new key after each correction closes the popover and clears the choice.
    count = len(session.corrections.made)
    problem = shared_resources.embedded_problem()
    if not corrections.correctable(reader):
        problem = _("This network does not read digits, so it cannot be corrected here.")
    full = CORRECTIONS if len(session.corrections.digits) >= CORRECTIONS.limit else None
    if not session.has_room(_needed(reader)):
        full = SESSION_MB
    with st.popover(
        _("Not right?"),
        key=f"not_right_{count}",
        disabled=bool(problem),
        help=problem or _("Say what you drew, and the network learns from it."),
    ):
        question = _("What did you draw? A copy learns from it; the original is kept.")
        st.html(Markup("<p class='note'>{}</p>").format(question))
        label = st.pills(
            _("True label"),
            reader.classes,
            key=f"it_is_{count}",
            label_visibility="collapsed",
            format_func=messages.plain,
        )
        st.button(
            _("Teach it"),
            key=f"learn_{count}",
            type="primary",
            disabled=label is None or full is not None,
            help=None if full is None else str(full),
            on_click=_learn,
            args=(session, [CorrectedDigit(reader.classes.index(label or reader.classes[0]), source)]),
        )
        key = f"upload_strokes_{count}"
        uploader(
            _("Or upload corrected digits"),
            key,
            partial(_learn_file, session),
            limit=stroke_files.LIMIT_BYTES,
            kinds=_("strokes and CSV files downloaded here"),
            help=_("A file of strokes or a CSV downloaded here."),
        )
        upload_problem(key)


def _learn(session: Session, digits: Sequence[CorrectedDigit]) -> None:
    session.corrections.learn(digits)
    streamlit_state.set_widget(NETWORK_KEY, session.networks.chosen)


def _needed(reader: Reader) -> int:
    """Return the memory that a correction needs, because it keeps the networks before and after it."""
    return 2 * reader.network.vector.nbytes


def _learn_file(session: Session, file: UploadedFile) -> None:
    session.check_room(_needed(session.networks.reader(session.networks.chosen)))
    _learn(session, corrections.from_file(file.getvalue(), file.name, canvas.CANVAS))


def _unlearn(session: Session) -> None:
    session.corrections.undo()
    streamlit_state.set_widget(NETWORK_KEY, session.networks.chosen)


def last_correction(session: Session) -> None:
    """Show the effect of the last correction, with buttons to undo it and to download all corrections."""
    correction, all_corrections = session.corrections.made[-1], session.corrections
    st.html(TEMPLATES.last_correction(correction=correction, what=_description(correction)))
    _forgetting(session)
    with st.container(key="lesson_actions", horizontal=True, gap="small"):
        st.button(
            _("Unlearn"),
            key="unlearn",
            on_click=_unlearn,
            args=(session,),
            help=_("Go back to the network from before this correction."),
        )
        download_button(
            _("Strokes"),
            lambda: corrections.as_strokes(all_corrections.digits),
            file_name="corrected-digits.json",
            mime="application/json",
            key="download_strokes",
            disabled=not any(isinstance(digit.source, StrokeSource) for digit in all_corrections.digits),
            help=_("The corrected drawings, stroke by stroke."),
        )
        download_button(
            "CSV",
            lambda: corrections.as_csv(all_corrections.digits),
            file_name="corrected-digits.csv",
            mime="text/csv",
            key="download_corrected",
            help=_("The corrected digits as images. You can upload this file on the Dataset page."),
        )


@dataclass
class ForgettingState:
    """The measurement of forgetting, if any.

    Attributes:
        forgetting: The measurement.
        of: The last correction when the measurement began; a newer correction makes it outdated.
    """

    forgetting: Forgetting | None = None
    of: Correction | None = None


def _measure_forgetting(session: Session) -> None:
    state = streamlit_state.page_state(ForgettingState)
    state.forgetting, state.of = session.corrections.forgetting(), session.corrections.made[-1]


def _forgetting(session: Session) -> None:
    """Show what is forgotten, once requested; the measurement continues while the page is open."""
    state = streamlit_state.page_state(ForgettingState)
    if state.forgetting is not None and session.connection is not None:
        if state.of is session.corrections.made[-1]:
            done = state.forgetting.snapshot().measured == 1
            if not done:
                session.connection.train(state.forgetting)
            with st.container(key="forgetting_room"):
                live_fragment(_forgetting_curves, None if done else REDRAW_SECONDS)(done)
            return
        session.connection.stop_training(state.forgetting)
        state.forgetting = state.of = None
    st.button(
        _("What is forgotten?"),
        key="measure_forgetting",
        on_click=_measure_forgetting,
        args=(session,),
        help=_(
            "Teaches your corrections to copies, one by one, with and without rehearsing known digits, and measures dev"
            " after each."
        ),
    )


def _forgetting_curves(done: bool) -> None:  # noqa: FBT001 - as when the page was drawn
    forgetting = streamlit_state.page_state(ForgettingState).forgetting
    if forgetting is None:
        return
    found = forgetting.snapshot()
    lines, legend = [], []
    for name, colour, accuracies in (
        (_("with rehearsal"), "var(--accent)", found.rehearsed),
        (_("without"), "var(--wrong)", found.alone),
    ):
        at = np.array(found.taught, np.float64)
        shares = np.full(len(at), np.nan)
        shares[: len(accuracies)] = accuracies
        band = 100 * np.stack(wilson(shares, forgetting.dev_digits))
        lines.append(Curve("accuracy", name, colour, at, 100 * shares, band=band))
        legend.append((name, accuracy(accuracies[-1], forgetting.dev_digits) if accuracies else "–", colour))
    note = "" if found.measured == 1 else _("{share} done", share=percent(found.measured, 0))
    plot = Plot("accuracy", _("Forgetting"), FORGETTING_HEIGHT, note, legend, fits=True)
    curves.curves("forgetting", curves.packed([plot], lines, unit=_("Corrections taught")))
    if (found.measured == 1) != done:
        st.rerun(scope="app")


def _description(correction: Correction) -> str:
    count = correction.digit_count
    if count == 1:
        return article(DIGITS[correction.label])
    return ngettext("{count} digit", "{count} digits", count, count=count)
