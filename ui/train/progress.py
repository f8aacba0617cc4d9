"""The status line and the curves of a run, redrawn while it trains."""

import streamlit as st
from markupsafe import Markup

from data.dataset import DIGITS
from language.numbers import general
from language.translation import _
from training.pace import EASE_IN, FULL_SPEED, ease_in
from training.run_snapshot import Snapshot
from ui.state.session import Session
from ui.train.curves import run_curves
from ui.train.preset_cards import explain
from ui.train.run_view import RunView
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("train/page.html.j2")


def status_and_curves(view: RunView, snapshot: Snapshot) -> None:
    """Show what to watch, the status line and the curves of a run."""
    explain(view, snapshot)
    st.html(_status(snapshot, is_of_digits=view.run.split.train.classes == DIGITS))
    run_curves(view, snapshot, Session.current().runs)


def _status(snapshot: Snapshot, *, is_of_digits: bool) -> Markup:
    """Return the status line: state, position, speed and time left, with a progress bar.

    The replay slider (replay_slider.js) reads the checkpoint steps from this line.
    """
    eases_in = Session.current().speed == EASE_IN and ease_in(snapshot.position.step) < FULL_SPEED
    seconds_left = None if eases_in else snapshot.seconds_left
    return TEMPLATES.status(
        snapshot=snapshot,
        alpha=general(snapshot.alpha, 3) if snapshot.alpha != snapshot.settings.learning_rate else "",
        sizes="-".join(map(str, snapshot.network.sizes)),
        is_of_digits=is_of_digits,
        speed=snapshot.examples_per_second,
        time_left=None if seconds_left is None else _duration(seconds_left),
    )


def _duration(seconds: float) -> str:
    if seconds < 60:
        return _("{seconds} s", seconds=round(seconds))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _("{minutes} min {seconds} s", minutes=minutes, seconds=str(rest).zfill(2))
    return _("{hours} h {minutes} min", hours=minutes // 60, minutes=str(minutes % 60).zfill(2))
