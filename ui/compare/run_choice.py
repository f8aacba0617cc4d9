"""The choice of runs on the Compare page; new runs are added automatically."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from language.translation import _
from training.run_record import run_name, shown_name
from ui.state import streamlit_state
from ui.widgets.palette import LIGHT

MOST_RUNS = len(LIGHT.runs)
"""Maximum number of runs drawn at once, one per colour."""

_KEY = "compared"


@dataclass
class RunChoice:
    """The runs on the page, by number.

    Attributes:
        chosen: The runs drawn.
        known: The runs already offered; any other is new.
    """

    chosen: list[int] = field(default_factory=list)
    known: set[int] = field(default_factory=set)


def show_only(numbers: Iterable[int]) -> None:
    """Draw only these runs, and any new ones."""
    choice = streamlit_state.page_state(RunChoice)
    choice.chosen = list(numbers)
    choice.known |= set(numbers)


def choose_runs(run_names: Mapping[int, str]) -> Sequence[int]:
    """Show the choice of runs and return the numbers of those chosen."""
    choice = streamlit_state.page_state(RunChoice)
    left = [number for number in choice.chosen if number in run_names]
    new = [number for number in run_names if number not in choice.known]
    choice.chosen = [*left, *new][-MOST_RUNS:]
    choice.known |= set(run_names)
    streamlit_state.set_widget(_KEY, choice.chosen)
    st.multiselect(
        _("Runs"),
        list(run_names),
        format_func=lambda number: run_names.get(number, shown_name(run_name(number))),
        key=_KEY,
        max_selections=MOST_RUNS,
        placeholder=_("Choose runs"),
        help=_(
            "Up to {count} at once, from the last eight runs of this session. Each is named after the settings that set"
            " it apart.",
            count=MOST_RUNS,
        ),
        on_change=_apply,
    )
    return choice.chosen


def _apply() -> None:
    streamlit_state.page_state(RunChoice).chosen = list(streamlit_state.widget_value(_KEY))
