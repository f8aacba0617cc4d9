"""Upload of weights, which become a network to choose on Draw and Learn."""

import streamlit as st

from models import weights
from models.reader import Reader
from models.untrusted.raw_arrays import MAX_FILE_BYTES
from ui.state import streamlit_state
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.run_view import TrainState
from ui.widgets import messages

KEY = "upload_weights"


def weights_upload(session: Session) -> None:
    """Show the uploader and whether the last file was accepted."""
    st.file_uploader(
        "Upload weights",
        type=list(weights.FORMATS),
        key=KEY,
        max_upload_size=MAX_FILE_BYTES >> 20,
        help="A network saved as .npz, .safetensors or .pkl, here or elsewhere.",
        on_change=_read_weights,
        args=(session,),
    )
    state, file = page_state(TrainState), streamlit_state.widget_value(KEY)
    if file is not None and state.upload_problem:
        messages.problem(state.upload_problem)
    elif file is not None and file.name in session.networks.saved:
        messages.done(f"{file.name} is ready. Choose it as the network on the Draw page.")


def _read_weights(session: Session) -> None:
    """Read a newly uploaded file once."""
    state = page_state(TrainState)
    state.upload_problem = ""
    file = streamlit_state.widget_value(KEY)
    if file is None:
        return
    try:
        saved = weights.load(file.getvalue(), file.name)
        Reader(saved)
    except ValueError as error:
        state.upload_problem = str(error)
    else:
        session.networks.saved[file.name] = saved
