"""Downloads of a run: weights, history, a figure, and a notebook and scripts that retrain it."""

from typing import Literal

import streamlit as st
from markupsafe import Markup

from language.numbers import whole
from language.translation import _
from models import weights
from models.weights import SavedNetwork, WeightsError
from training.curve_measurement import measured_examples
from training.history import to_csv
from training.run_snapshot import Snapshot, State
from ui.state.session import Session
from ui.train.run_view import RunView
from ui.workarounds.persistent_download import download_button


def downloads(session: Session, view: RunView) -> None:
    """Show a download button for each file, at the step shown."""
    name, replayed = session.runs.name, view.replayed
    note = _("The run as it is now. While you replay it, as it was at that step.")
    if replayed is not None:
        name = f"{name} step {replayed.step}"
        note = _("The run as it was at step {step}.", step=whole(replayed.step))
    st.html(Markup("<h2 class='section'>{}</h2><p class='note'>{}</p>").format(_("Download"), note))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen: weights.Format | Literal["onnx"] = st.selectbox(
            _("Weights format"), (*weights.FORMATS, "onnx"), key="format", width=150, persist_state="session"
        )
        stem = name.lower().replace(" ", "-")
        snapshot = view.snapshot()
        problem = weights_problem(snapshot)
        download_button(
            _("Weights"),
            lambda: _weights(session.runs.saved_network(view.snapshot()), chosen),
            file_name=f"{stem}.{chosen}",
            key="download_weights",
            disabled=bool(problem),
            help=problem or None,
        )
        download_button(
            _("History"),
            lambda: _history(view),
            file_name=f"{stem}.csv",
            mime="text/csv",
            key="download_history",
            help=_("Every measurement as CSV."),
        )
        download_button(
            _("Figure"),
            lambda: _figure(name, view),
            file_name=f"{stem}.png",
            mime="image/png",
            key="download_figure",
            help=_("Loss and accuracy as PNG."),
        )
        reproducible = snapshot.reproducible
        download_button(
            _("Run as notebook"),
            lambda: _script(name, view),
            file_name=f"{stem}.zip",
            mime="application/zip",
            key="download_script",
            disabled=not reproducible,
            help=_(
                "A ZIP of the settings, images, weights and history, with a Jupyter notebook that trains the network"
                " again, step by step, to the same weights; and the same as one NumPy script, and in PyTorch."
            )
            if reproducible
            else _("A step of this run failed, so it cannot be reproduced. Reset it or start a new run."),
        )


def weights_problem(snapshot: Snapshot) -> str:
    """Return why the weights of a diverged run cannot be saved; empty if they can, and for any other run."""
    if snapshot.state is State.DIVERGED:
        try:
            weights.rounded(snapshot.network, "float32")
        except WeightsError as error:
            return str(error)
    return ""


def _weights(saved: SavedNetwork, chosen: weights.Format | Literal["onnx"]) -> bytes:
    if chosen != "onnx":
        return weights.save(saved, chosen)
    from models import onnx_file

    return onnx_file.export(saved)


def _history(view: RunView) -> bytes:
    snapshot, dev_examples = view.snapshot(), measured_examples(len(view.run.split.dev))
    return to_csv(snapshot.measurements, snapshot.changes, dev_examples, snapshot.alphas).encode()


def _figure(name: str, view: RunView) -> bytes:
    from training import figures

    snapshot, dev_examples = view.snapshot(), measured_examples(len(view.run.split.dev))
    return figures.png(figures.training_metrics(snapshot.measurements, snapshot.changes, dev_examples, title=name))


def _script(name: str, view: RunView) -> bytes:
    from training import run_archive

    run, snapshot = view.run, view.snapshot()
    saved = weights.save(SavedNetwork(snapshot.network, {"name": name}), "npz")
    start = run.initial
    first = None if start is None else weights.save(SavedNetwork(start.network, {"name": start.name}), "npz")
    return run_archive.bundle(name, snapshot, run.split, saved, first)
