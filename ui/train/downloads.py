"""Downloads of a run: weights, history, a figure, and a notebook and scripts that retrain it."""

from typing import Literal

import streamlit as st

from models import weights
from models.weights import SavedNetwork, WeightsError
from training.curve_measurement import measured_examples
from training.history import to_csv
from training.run import Run
from training.run_snapshot import Snapshot, State
from ui.state.session import Session
from ui.workarounds.persistent_download import download_button


def downloads(session: Session, run: Run) -> None:
    """Show a download button for each file."""
    st.html(
        "<h2 class='section'>Download</h2>"
        "<p class='note'>Always the latest weights, even while you replay earlier steps.</p>"
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen: weights.Format | Literal["onnx"] = st.selectbox(
            "Weights format", (*weights.FORMATS, "onnx"), key="format", width=150, persist_state="session"
        )
        stem = session.runs.name.lower().replace(" ", "-")
        snapshot = run.snapshot()
        problem = weights_problem(snapshot)
        download_button(
            "Weights",
            lambda: _weights(session, chosen),
            file_name=f"{stem}.{chosen}",
            key="download_weights",
            disabled=bool(problem),
            help=problem or None,
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
        reproducible = snapshot.reproducible
        download_button(
            "Run as notebook",
            lambda: _script(session, run),
            file_name=f"{stem}.zip",
            mime="application/zip",
            key="download_script",
            disabled=not reproducible,
            help="A ZIP of the settings, images, weights and history, with a Jupyter notebook that trains the network"
            " again, step by step, to the same weights; and the same as one NumPy script, and in PyTorch."
            if reproducible
            else "A step of this run failed, so it cannot be reproduced. Reset it or start a new run.",
        )


def weights_problem(snapshot: Snapshot) -> str:
    """Return why the weights of a run cannot be saved; empty if they can, as long as it has not diverged."""
    if snapshot.state is State.DIVERGED:
        try:
            weights.rounded(snapshot.network, "float32")
        except WeightsError as error:
            return str(error)
    return ""


def _weights(session: Session, chosen: weights.Format | Literal["onnx"]) -> bytes:
    saved = session.runs.saved_network()
    if chosen != "onnx":
        return weights.save(saved, chosen)
    from models import onnx_file

    return onnx_file.export(saved)


def _history(run: Run) -> bytes:
    snapshot = run.snapshot()
    return to_csv(snapshot.measurements, snapshot.changes, measured_examples(len(run.split.dev))).encode()


def _figure(run: Run, name: str) -> bytes:
    from training import figures

    snapshot = run.snapshot()
    dev_examples = measured_examples(len(run.split.dev))
    return figures.png(figures.training_metrics(snapshot.measurements, snapshot.changes, dev_examples, title=name))


def _script(session: Session, run: Run) -> bytes:
    from training import run_archive

    snapshot = run.snapshot()
    saved = weights.save(SavedNetwork(snapshot.network, {"name": session.runs.name}), "npz")
    start = run.initial
    first = None if start is None else weights.save(SavedNetwork(start.network, {"name": start.name}), "npz")
    return run_archive.bundle(session.runs.name, snapshot, run.split, saved, first)
