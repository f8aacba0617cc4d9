"""Ask for a prediction, and show it beside the outcome; for presets and for tasks."""

from collections.abc import Callable

import streamlit as st

from language.translation import _
from training.prediction import Outcome, Prediction
from ui.state import streamlit_state
from ui.widgets import messages
from ui.widgets.html_templates import Templates

LARGEST = 1e6
"""The largest number that can be predicted if the answer is not a measured quantity."""

TEMPLATES = Templates("widgets/predictions.html.j2")


def choose(prediction: Prediction, key: str) -> None:
    """Show the choices of a prediction; the widget's value is the index of the chosen one."""
    choices = [messages.plain(each) for each in prediction.choices]
    st.segmented_control(
        messages.plain(_(prediction.question)),
        range(len(choices)),
        format_func=choices.__getitem__,
        key=key,
        on_change="ignore",
        persist_state="session",
    )


def in_words(came: Outcome) -> str:
    """Return the prediction and its outcome as a sentence of plain text."""
    return TEMPLATES.outcome(came).unescape().strip()


def what_came(came: Outcome) -> None:
    """Show a line with the prediction and, if known, the outcome; or a line that asks for a prediction."""
    st.html(TEMPLATES.asked(came=came))


def ask(prediction: Prediction | None, key: str, take: Callable[[float], None]) -> None:
    """Ask for a prediction, if any, and pass it to `take`; elements below keep their place either way."""
    with st.container(key="ask_first", horizontal=True, vertical_alignment="bottom", gap="small"):
        if prediction is None:
            return
        if prediction.choices:
            choose(prediction, key)
        else:
            quantity = prediction.quantity
            unit = "" if quantity is None else _(quantity.unit)
            st.number_input(
                messages.plain(_(prediction.question)),
                min_value=0.0,
                max_value=LARGEST if quantity is None else quantity.largest,
                value=None,
                format="%g",
                placeholder=_("a number, {unit}", unit=unit) if unit else _("a number"),
                key=key,
                width=260,
                on_change="ignore",
                persist_state="session",
            )
        st.button(_("Predict"), key="predict", type="primary", on_click=_take, args=(prediction, key, take))


def _take(prediction: Prediction, key: str, take: Callable[[float], None]) -> None:
    value = streamlit_state.widget_value(key)
    if value is not None and (not prediction.choices or value in range(len(prediction.choices))):
        take(value)
