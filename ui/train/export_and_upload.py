"""What a person takes away from a run: its test accuracy, drawing for it, files; and weights brought from elsewhere."""

from typing import Literal

import streamlit as st
from markupsafe import Markup

from data.dataset import example_noun
from models import weights
from models.reader import Reader
from models.untrusted.raw_arrays import MAX_FILE_BYTES
from models.weights import SavedNetwork
from training.history import to_csv
from training.run import Run
from ui import routes
from ui.state import streamlit_state
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.mistakes import measure_on_test
from ui.train.run_view import RunView, TrainState
from ui.widgets import messages
from ui.widgets.number_format import count, percent
from ui.workarounds.click_once import once
from ui.workarounds.persistent_download import download_button


def take_away(session: Session, view: RunView) -> None:
    """Test accuracy when asked for, drawing for this network, downloads, upload."""
    run = view.run
    with st.container(key="after", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Measure on test",
            key="test",
            on_click=once(measure_on_test),
            args=(view,),
            help="Use the test set once, after you have chosen your settings.",
        )
        st.button("Try it with your drawing", key="draw_for_run", on_click=once(_draw_for), args=(session,))
    if view.test_result is not None:
        result = view.test_result
        st.html(
            Markup(
                "<p class='status' id='test_result'><span><strong>Test accuracy {}</strong></span><span>{} {}</span>"
                "<span>at step {}</span></p>"
            ).format(
                percent(result.outcomes.evaluation.accuracy, 2),
                count(len(run.split.test)),
                example_noun(run.split.test.classes),
                count(result.step),
            )
        )
    st.html(
        "<h2 class='section'>Download</h2>"
        "<p class='note'>Always the latest weights, even while you replay earlier steps.</p>"
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen: weights.Format | Literal["onnx"] = st.selectbox(
            "Weights format", (*weights.FORMATS, "onnx"), key="format", width=150, persist_state="session"
        )
        stem = session.runs.name.lower().replace(" ", "-")
        download_button(
            "Weights",
            lambda: _weights(session, chosen),
            file_name=f"{stem}.{chosen}",
            key="download_weights",
        )
        download_button(
            "History",
            lambda: _history(run),
            file_name=f"{stem}.csv",
            mime="text/csv",
            key="download_history",
            help="Every measurement as CSV.",
        )
        download_button(
            "Figure",
            lambda: _figure(run, session.runs.name),
            file_name=f"{stem}.png",
            mime="image/png",
            key="download_figure",
            help="Loss and accuracy as PNG.",
        )
        reproducible = run.snapshot().reproducible
        download_button(
            "Run as script",
            lambda: _script(session, run),
            file_name=f"{stem}.zip",
            mime="application/zip",
            key="download_script",
            disabled=not reproducible,
            help="A ZIP of the settings, images, weights and history, with one NumPy script that trains the network"
            " again to the same weights."
            if reproducible
            else "A step of this run failed, so it cannot be reproduced. Reset it or start a new run.",
        )
    _upload(session)


def _draw_for(session: Session) -> None:
    session.networks.choose_run()
    routes.go_to(routes.DRAW)


def _weights(session: Session, chosen: weights.Format | Literal["onnx"]) -> bytes:
    saved = session.runs.saved_network()
    if chosen != "onnx":
        return weights.save(saved, chosen)
    from models import onnx_file

    return onnx_file.export(saved)


def _history(run: Run) -> bytes:
    snapshot = run.snapshot()
    return to_csv(snapshot.measurements, snapshot.changes).encode()


def _figure(run: Run, name: str) -> bytes:
    from training import figures

    snapshot = run.snapshot()
    return figures.png(figures.training_metrics(snapshot.measurements, snapshot.changes, title=name))


def _script(session: Session, run: Run) -> bytes:
    from training import standalone

    snapshot = run.snapshot()
    saved = weights.save(SavedNetwork(snapshot.network, {"name": session.runs.name}), "npz")
    return standalone.bundle(session.runs.name, snapshot, run.split, saved)


def _upload(session: Session) -> None:
    """Weights from a file, for reading drawings."""
    st.file_uploader(
        "Upload weights",
        type=list(weights.FORMATS),
        key="upload_weights",
        max_upload_size=MAX_FILE_BYTES >> 20,
        help="A network saved as .npz, .safetensors or .pkl, here or elsewhere.",
        on_change=_read_weights,
        args=(session,),
    )
    state, file = page_state(TrainState), streamlit_state.widget_value("upload_weights")
    if file is not None and state.upload_problem:
        messages.problem(state.upload_problem)
    elif file is not None and file.name in session.networks.saved:
        messages.done(f"{file.name} is ready. Choose it as the network on the Draw page.")


def _read_weights(session: Session) -> None:
    """Read the file just uploaded, once."""
    state = page_state(TrainState)
    state.upload_problem = ""
    file = streamlit_state.widget_value("upload_weights")
    if file is None:
        return
    try:
        saved = weights.load(file.getvalue(), file.name)
        Reader(saved)
    except ValueError as error:
        state.upload_problem = str(error)
    else:
        session.networks.saved[file.name] = saved
