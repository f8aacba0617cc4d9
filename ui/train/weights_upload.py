"""Upload of weights, which become a network to choose on Draw and Learn."""

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from data.untrusted.raw_arrays import MAX_FILE_BYTES
from models import weights
from models.reader import Reader
from ui.state import streamlit_state
from ui.state.session import Session
from ui.widgets import messages
from ui.widgets.uploads import reads_upload, upload_problem

KEY = "upload_weights"


def weights_upload(session: Session) -> None:
    """Show the uploader and whether the last file was accepted."""
    st.file_uploader(
        "Upload weights",
        key=KEY,
        max_upload_size=MAX_FILE_BYTES >> 20,
        help="A network saved as .npz, .safetensors or .pkl, here or elsewhere.",
        on_change=reads_upload(KEY, partial(_read_weights, session)),
    )
    file = streamlit_state.widget_value(KEY)
    if not upload_problem(KEY) and file is not None and file.name in session.networks.saved:
        messages.done(f"{file.name} is ready. Choose it as the network on the Draw page.")


def _read_weights(session: Session, file: UploadedFile) -> None:
    """Keep an uploaded network if it can read drawings."""
    saved = weights.load(file.getvalue(), file.name)
    Reader(saved)
    session.networks.saved[file.name] = saved
