"""Files of a collection: downloads as images in a CSV file or as strokes, and uploads of strokes."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from data.dataset import DIGITS
from ink import stroke_files
from ink.collection import Collection
from language.translation import _
from ui.serving.budgets import CLASS_LETTERS, COLLECTED, COLLECTED_CLASSES, COLLECTED_POINTS
from ui.state import uploaded_files
from ui.state.session import Session
from ui.widgets.uploads import upload_problem, uploader
from ui.workarounds.persistent_download import download_button

KEY = "upload_collection"


def collection_files(session: Session, on_change: Callable[[], None]) -> None:
    """Show a button that opens the downloads and an uploader."""
    collection = session.collection
    with st.popover(_("Files"), key="collection_files", help=_("Download your drawings, or upload them again.")):
        with st.container(horizontal=True, gap="small"):
            download_button(
                _("Strokes"),
                collection.strokes,
                file_name="drawings.json",
                mime="application/json",
                key="download_strokes",
                disabled=not collection.drawings,
                help=_("All drawings, stroke by stroke. You can upload this file here again."),
            )
            download_button(
                "CSV",
                collection.csv,
                file_name="drawings.csv",
                mime="text/csv",
                key="download_collected",
                disabled=not collection.kept,
                help=_("The drawings as images, without those struck out. The Dataset page reads this file."),
            )
        if collection.classes != DIGITS:
            choice = _("Custom names")
            how = _(
                "On the Dataset page, choose “{choice}”. Its custom names are {names}.",
                choice=choice,
                names=", ".join(collection.classes),
            )
            st.text(how, width="content")
        uploader(
            _("Add drawings from a file of strokes"),
            KEY,
            partial(_add, session, on_change),
            limit=stroke_files.LIMIT_BYTES,
            kinds=_("strokes downloaded here"),
            help=_("They join those that you have; nothing is replaced."),
        )
        upload_problem(KEY)


def _add(session: Session, on_change: Callable[[], None], file: UploadedFile) -> None:
    session.collection = joined(session.collection, uploaded_files.collection(file.getvalue(), file.name))
    on_change()


def joined(collection: Collection, other: Collection) -> Collection:
    """Return the drawings of both collections; one without drawings takes the classes of the other.

    Raises:
        OverBudgetError: Together they have too many drawings or classes, or a drawing or a name is too long.
    """
    COLLECTED_POINTS.check(max(sum(map(len, each.strokes)) for each in other.drawings))
    CLASS_LETTERS.check(max(map(len, other.classes)))
    both = collection.joined(other) if collection.drawings else other
    COLLECTED.check(len(both.drawings))
    COLLECTED_CLASSES.check(len(both.classes))
    return both
