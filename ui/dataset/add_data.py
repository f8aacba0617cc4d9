"""Adding data: download the full MNIST dataset, or upload files with labels of any kind."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from data import csv_files, download
from data.built_in import MissingDatasetError
from data.dataset import ColumnRoles, DataError, Dataset, UnlabelledError
from data.label_schemes import DIGIT_LABELS, LABEL_SCHEMES, LabelScheme, custom_scheme
from language.translation import N_, _
from ui.dataset.inferred_layout import choose_columns, chosen_columns
from ui.dataset.unlabelled_images import keep, offer_answers
from ui.state import streamlit_state, uploaded_files
from ui.state.session import Session
from ui.state.session_memory import held_bytes
from ui.widgets import messages
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import count
from ui.widgets.uploads import reads_upload, upload_problem, uploader

TEMPLATES = Templates("dataset/page.html.j2")

CUSTOM_NAMES = N_("Custom names")
NAMES_SHOWN = 12


def add_data(session: Session) -> None:
    """Offer to download the full MNIST and to upload files."""
    st.html(Markup("<h2 class='section'>{}</h2>").format(_("Add data")))
    with st.container(key="bring"):
        with st.container(key="bring_mnist"):
            _full_mnist(session)
        with st.container(key="bring_files"):
            _file_upload(session)


def _full_mnist(session: Session) -> None:
    """Offer to download the full MNIST, or report that it is available or why its folder cannot be read."""
    _heading(_("Full MNIST"), _("60,000 training digits and 10,000 test digits."))
    try:
        session.datasets.get("mnist")
    except DataError as error:
        if not isinstance(error, MissingDatasetError):
            messages.problem(str(error))
        if not download.is_folder_set() and st.button(
            _("Download MNIST"), key="fetch_mnist", help=_("11 MB, downloaded once and verified.")
        ):
            _fetch_mnist()
    else:
        st.markdown(_("It is already on this machine."))


def _heading(title: str, note: str) -> None:
    st.html(Markup("<h3>{}</h3><p class='note'>{}</p>").format(title, note))


def _fetch_mnist() -> None:
    bar = st.progress(0.0, text=_("Downloading MNIST"))

    def show_progress(share: float) -> None:
        bar.progress(min(share, 1.0), text=_("Downloading MNIST"))

    try:
        download.fetch_mnist(progress=show_progress)
    except DataError as error:
        bar.empty()
        messages.problem(str(error))
        return
    st.rerun()


def _file_upload(session: Session) -> None:
    """Offer to upload a CSV or IDX files; an unreadable file changes nothing."""
    _heading(_("Your own files"), _("Any 28×28 images, in 2 to 62 classes."))
    scheme = _label_scheme()
    known = scheme or DIGIT_LABELS
    uploader(
        _("A file with labels"),
        "upload_csv",
        partial(_read_table, session, known),
        limit=csv_files.LIMIT_BYTES,
        kinds=_("CSV, also in gzip or zip, .npz (smaller with numpy.savez_compressed), .pkl.gz, Parquet and ARFF"),
        disabled=scheme is None,
        help=_(
            "CSV, also in gzip or zip: one image a row, a label from {first} to {last} and 784 pixels, at most {rows}"
            " rows. Or .npz, .pkl.gz, Parquet or ARFF.",
            first=known.first_label,
            last=known.last_label,
            rows=count(csv_files.LIMIT_ROWS),
        ),
    )
    uploader(
        _("Or IDX files"),
        "upload_idx",
        partial(_read_idx, session, known),
        limit=csv_files.LIMIT_BYTES,
        kinds=_("IDX, plain or gzip"),
        several=True,
        disabled=scheme is None,
        help=_("Select images and labels together, with those of a test set if there is one. Plain or gzip."),
    )
    is_refused = upload_problem("upload_csv", "upload_idx")
    file = streamlit_state.widget_value("upload_csv")
    if file is None:
        keep(None)
        return
    unlabelled = offer_answers(session)
    uploaded = session.datasets.uploads.get(file.name)
    if unlabelled is None and uploaded is not None and not is_refused:
        st.html(TEMPLATES.reading(sentences=_what_was_read(file.name, uploaded)))
    if found := unlabelled or uploaded:
        choose_columns(found.columns, reads_upload("upload_csv", partial(_read_again, session, known)))


def _what_was_read(name: str, dataset: Dataset) -> list[str]:
    changes = [_(adjustment.done) for adjustment in dataset.adjustments]
    undo = [_("You can undo this above.")] if changes else []
    return [_("{name} is ready: it is shown above, and Train offers it.", name=name), *changes, *undo]


def _label_scheme() -> LabelScheme | None:
    """Ask what the labels mean; None while class names are missing."""
    by_name = {scheme.name: scheme for scheme in LABEL_SCHEMES}
    chosen = st.selectbox(
        _("Labels stand for"),
        [*by_name, CUSTOM_NAMES],
        key="naming",
        persist_state="session",
        format_func=_,
        help=_("What the labels mean. EMNIST's sideways images are turned upright."),
    )
    if chosen != CUSTOM_NAMES:
        scheme = by_name[chosen]
        shown = ", ".join(scheme.classes[:NAMES_SHOWN]) + (", …" if len(scheme.classes) > NAMES_SHOWN else "")
        what = _(
            "{count} classes, labels from {first}: {names}",
            count=len(scheme.classes),
            first=scheme.first_label,
            names=shown,
        )
        st.html(Markup("<p class='note'>{}</p>").format(what))
        return scheme
    names = st.text_input(
        _("Class names"),
        key="class_names",
        persist_state="session",
        placeholder=_("cat, dog, fish"),
        help=_("In the order of their labels, separated by commas."),
    )
    first = st.segmented_control(_("First label"), [0, 1], default=0, required=True, key="first_label")
    if not names:
        st.html(Markup("<p class='note'>{}</p>").format(_("Enter the class names, then choose the files.")))
        return None
    try:
        return custom_scheme(names, first or 0)
    except DataError as error:
        messages.problem(str(error))
        return None


def _read_table(session: Session, scheme: LabelScheme, file: UploadedFile, columns: ColumnRoles | None = None) -> None:
    keep(None)
    try:
        dataset = uploaded_files.dataset(file.getvalue(), file.name, scheme, columns)
        _show_uploaded(session, file.name, dataset)
    except UnlabelledError as found:
        keep(found)


def _read_again(session: Session, scheme: LabelScheme, file: UploadedFile) -> None:
    _read_table(session, scheme, file, chosen_columns())


def _read_idx(session: Session, scheme: LabelScheme, files: Sequence[UploadedFile]) -> None:
    dataset = uploaded_files.idx_dataset(files, scheme)
    _show_uploaded(session, dataset.name, dataset)


def _show_uploaded(session: Session, name: str, dataset: Dataset) -> None:
    session.check_room(held_bytes([dataset]))
    session.datasets.uploads[name] = dataset
    streamlit_state.set_widget("shown_dataset", name)
