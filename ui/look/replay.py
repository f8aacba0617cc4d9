"""Replay on the Look page: the step of a run that its views show, and the slider that chooses it."""

from dataclasses import dataclass

import streamlit as st

from models.reader import Reader
from models.weights import SavedNetwork
from training.run_snapshot import Snapshot
from ui.look.starting_point import LookState
from ui.state.runs import Runs
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets.html_templates import Templates
from ui.widgets.replay_slider import Replay, replay_slider

TEMPLATES = Templates("look/replay.html.j2")

WITHIN = "look_replay"
"""The key of the container in which a view puts the status and the slider."""


@dataclass
class LastReplay:
    """The last replay."""

    replay: Replay | None = None


def replay_of(runs: Runs, network: str) -> Replay | None:
    """Return the replay of the named network; None unless it belongs to a run that can still train."""
    state, run = page_state(LastReplay), runs.named(network)
    if run is None:
        return None
    if state.replay is None or state.replay.run is not run:
        state.replay = Replay(run)
    return state.replay


def replay_or_notice(session: Session, network: str) -> Replay | None:
    """Return the result of `replay_of`; if there is none, say what to do."""
    replay = replay_of(session.runs, network)
    if replay is None:
        st.html(TEMPLATES.no_run(runs=bool(session.runs.live())))
    return replay


def reader_at(replay: Replay, snapshot: Snapshot) -> Reader:
    """Return a reader with the network at the step shown; `snapshot` is a snapshot just taken of the run."""
    if replay.replayed is not None and replay.replayed.step > snapshot.position.step:
        replay.replay(None)  # the run was reset
    shown = replay.shown(snapshot)
    return Reader(SavedNetwork(shown.network, {"classes": list(replay.run.split.train.classes)}))


def replay_status(replay: Replay, snapshot: Snapshot) -> None:
    """Show what the run is doing and which step is shown; the slider reads the steps from this status."""
    kept = [each.step for each in snapshot.checkpoints]
    step = replay.shown(snapshot).step
    st.html(TEMPLATES.status(now=snapshot.position.step, kept=kept, state=snapshot.state.value, step=step))


def choose_step() -> None:
    """Show the slider; each move redraws the page, or the fragment it is in. Draw it last in the container WITHIN."""
    replay_slider(lambda: replay_of(Session.current().runs, page_state(LookState).network), WITHIN, along_curves=False)
