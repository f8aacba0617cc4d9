"""How an uploaded file was read: what was concluded about its layout, and what was done to its images, to undo."""

import streamlit as st

from data.dataset import Adjustment, Dataset
from ui.state.available_datasets import Datasets
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("dataset/page.html.j2")


def how_it_was_read(datasets: Datasets, name: str, dataset: Dataset) -> None:
    """Say how a file was read, with a button beside each change to its images that undoes or repeats it."""
    if dataset.notes:
        st.html(TEMPLATES.reading(sentences=dataset.notes))
    undone = datasets.undone(name)
    for number, adjustment in enumerate(dataset.adjustments):
        with st.container(key=f"adjustment_{number}", horizontal=True, vertical_alignment="center", gap="small"):
            is_undone = adjustment in undone
            st.html(TEMPLATES.reading(sentences=[adjustment.undone if is_undone else adjustment.done]), width="content")
            st.button(
                "Do it again" if is_undone else "Undo",
                key=f"undo_adjustment_{number}",
                on_click=_toggle,
                args=(datasets, name, adjustment),
                help="Runs that have begun keep the images they have.",
            )


def _toggle(datasets: Datasets, name: str, adjustment: Adjustment) -> None:
    datasets.toggle(name, adjustment)
