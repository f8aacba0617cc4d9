"""Bringing more to learn from: the full MNIST, and files of one's own, whatever their labels stand for."""

from dataclasses import dataclass

import streamlit as st

from data import csv_files, idx_files
from data.dataset import DataError
from data.idx_files import IdxFile
from data.label_schemes import DIGIT_LABELS, LABEL_SCHEMES, LabelScheme, custom_scheme
from ui.state import streamlit_state
from ui.state.available_datasets import MNIST, MissingDatasetError
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages

OWN_NAMES = "Custom names"
NAMES_SHOWN = 12


@dataclass
class AddDataState:
    """Why the files uploaded last cannot be used; empty when they can."""

    problem: str = ""


def bring(session: Session) -> None:
    """Fetch the full MNIST, or upload files."""
    st.html("<h2 class='section'>Add data</h2>")
    with st.container(key="bring"):
        with st.container(key="bring_mnist"):
            _bring_mnist(session)
        with st.container(key="bring_files"):
            _bring_files(session)


def _bring_mnist(session: Session) -> None:
    """Fetch the full MNIST with one button; a folder that is named but cannot be read is told of."""
    st.html("<h3>Full MNIST</h3><p class='note'>60,000 training digits and 10,000 test digits.</p>")
    try:
        session.datasets.get(MNIST)
    except MissingDatasetError:
        if st.button("Download MNIST", key="fetch_mnist", help="11 MB, downloaded once and verified."):
            _fetch_mnist()
    except DataError as error:
        messages.problem(str(error))
    else:
        st.markdown("It is already on this machine.")


def _fetch_mnist() -> None:
    from data import download

    bar = st.progress(0.0, text="Downloading MNIST")

    def tell(share: float) -> None:
        bar.progress(min(share, 1.0), text="Downloading MNIST")

    try:
        download.fetch_mnist(progress=tell)
    except DataError as error:
        bar.empty()
        messages.problem(str(error))
        return
    st.rerun()


def _bring_files(session: Session) -> None:
    """Upload a CSV or IDX files; what was loaded before stays, whatever these are."""
    st.html("<h3>Your own files</h3><p class='note'>Any 28×28 images, in 2 to 62 classes.</p>")
    scheme = _label_scheme()
    known = scheme or DIGIT_LABELS
    st.file_uploader(
        "CSV file",
        type=["csv", "gz"],
        key="upload_csv",
        max_upload_size=csv_files.LIMIT_BYTES >> 20,
        on_change=_read_csv,
        args=(session, known),
        disabled=scheme is None,
        help=f"A header with label and 784 pixels, then one image a row: labels {known.first_label} to"
        f" {known.last_label}, pixels 0 to 255, at most {csv_files.LIMIT_ROWS:,} rows. Plain or gzip.",
    )
    st.file_uploader(
        "Or IDX files",
        key="upload_idx",
        accept_multiple_files=True,
        max_upload_size=csv_files.LIMIT_BYTES >> 20,
        on_change=_read_idx,
        args=(session, known),
        disabled=scheme is None,
        help="Select images and labels together, with those of a test set if there is one. Plain or gzip.",
    )
    problem = page_state(AddDataState).problem
    if problem:
        messages.problem(problem)


def _label_scheme() -> LabelScheme | None:
    """Let a person say what the labels of their files stand for; None while that cannot be told."""
    by_name = {scheme.name: scheme for scheme in LABEL_SCHEMES}
    chosen = st.selectbox(
        "Labels stand for",
        [*by_name, OWN_NAMES],
        key="naming",
        persist_state="session",
        help="What the labels mean. EMNIST's sideways images are turned upright.",
    )
    if chosen != OWN_NAMES:
        scheme = by_name[chosen]
        shown = ", ".join(scheme.classes[:NAMES_SHOWN]) + (", …" if len(scheme.classes) > NAMES_SHOWN else "")
        st.caption(f"{len(scheme.classes)} classes, labels from {scheme.first_label}: {shown}")
        return scheme
    names = st.text_input(
        "Class names",
        key="class_names",
        persist_state="session",
        placeholder="cat, dog, fish",
        help="In the order of their labels, separated by commas.",
    )
    first = st.segmented_control("First label", [0, 1], default=0, required=True, key="first_label")
    if not names:
        st.caption("Enter the class names, then choose the files.")
        return None
    try:
        return custom_scheme(names, first or 0)
    except DataError as error:
        messages.problem(str(error))
        return None


def _read_csv(session: Session, scheme: LabelScheme) -> None:
    """Read the file just uploaded, once."""
    state = page_state(AddDataState)
    state.problem = ""
    file = streamlit_state.widget_value("upload_csv")
    if file is None:
        return
    try:
        session.datasets.uploads[file.name] = csv_files.read(file.getvalue(), file.name, scheme)
    except DataError as error:
        state.problem = str(error)
    else:
        streamlit_state.set_widget("shown_dataset", file.name)


def _read_idx(session: Session, scheme: LabelScheme) -> None:
    """Read the files just uploaded, once."""
    state = page_state(AddDataState)
    state.problem = ""
    files = streamlit_state.widget_value("upload_idx")
    if not files:
        return
    try:
        dataset = idx_files.read_files([IdxFile(file.name, file.getvalue()) for file in files], scheme)
    except DataError as error:
        state.problem = str(error)
    else:
        session.datasets.uploads[dataset.name] = dataset
        streamlit_state.set_widget("shown_dataset", dataset.name)
