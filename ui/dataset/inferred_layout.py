"""How an uploaded file was read: what was inferred about its layout, and undoable changes to its images."""

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from data.csv_columns import PLACES
from data.dataset import Adjustment, ColumnRoles
from language.translation import _
from ui.state import streamlit_state
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("dataset/page.html.j2")

COLUMNS_KEY = "columns"


def inferred_layout(
    notes: Sequence[str],
    adjustments: Sequence[Adjustment],
    undone: Collection[Adjustment],
    toggle: Callable[[Adjustment], None],
    key: str = "adjustment",
) -> None:
    """Say how a file was read, with a button beside each change to its images that undoes or redoes it."""
    if notes:
        st.html(TEMPLATES.reading(sentences=notes))
    for number, adjustment in enumerate(adjustments):
        with st.container(key=f"{key}_{number}", horizontal=True, vertical_alignment="center", gap="small"):
            is_undone = adjustment in undone
            st.html(
                TEMPLATES.reading(sentences=[_(adjustment.undone if is_undone else adjustment.done)]), width="content"
            )
            st.button(
                _("Do it again") if is_undone else _("Undo"),
                key=f"undo_{key}_{number}",
                on_click=toggle,
                args=(adjustment,),
                help=_("Runs that have begun keep the images they have."),
            )


def choose_columns(columns: Sequence[ColumnRoles], on_change: Callable[[], None]) -> None:
    """Let the visitor say what the columns of a table hold, if that was guessed and may be wrong."""
    if len(columns) > 1:
        streamlit_state.set_widget(COLUMNS_KEY, columns[0])
        st.selectbox(
            _("Columns"),
            sorted(columns, key=_words),
            format_func=_words,
            key=COLUMNS_KEY,
            on_change=on_change,
            help=_("What the columns hold besides 784 pixels. Another choice reads the file again."),
        )


def chosen_columns() -> ColumnRoles:
    """Return the choice of `choose_columns`, in its callback."""
    chosen: ColumnRoles = streamlit_state.widget_value(COLUMNS_KEY)
    return chosen


def _words(roles: ColumnRoles) -> str:
    """Return words such as “Labels second, first left out”."""
    left_out = _(" and ").join(_(PLACES[column]) for column in roles.left_out)
    place = None if roles.label is None else PLACES.get(roles.label)
    if roles.label is None:
        label = _("No labels")
    else:
        label = _("Labels as named") if place is None else _("Labels {column}", column=_(place))
    return _("{labels}, {columns} left out", labels=label, columns=left_out) if left_out else label
