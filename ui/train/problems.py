"""What goes wrong in the run, why, and a button that mends it: one line that is always there, so that nothing jumps."""

import streamlit as st
from markupsafe import Markup

from nn.batches import as_inputs
from training.diagnosis import Finding, diagnose
from training.run_snapshot import State
from ui.state.session import Session
from ui.train.run_view import run_view

NOTE = Markup("<span class='note'>{}</span>")

DIAGNOSED = 500
"""Training digits on which hidden units are looked at for dead ones."""


def trouble() -> None:
    """Say what goes wrong, if anything does, beside a button that mends it where one can."""
    session = Session.current()
    run = session.runs.current
    if run is None:
        return
    if session.settings_replaced:
        st.rerun(scope="app")
    images, _ = run.split.train.take(limit=DIAGNOSED)
    snapshot = run.snapshot()
    finding = diagnose(snapshot, as_inputs(images))
    with st.container(key="trouble", horizontal=True, gap="small", vertical_alignment="center"):
        if finding is not None:
            _told(finding.problem.value, finding.evidence)
            st.button(finding.remedy, key="remedy", on_click=_mend, args=(finding,))
        elif snapshot.message:
            _told(snapshot.state.value, snapshot.message)
        elif snapshot.state is State.READY:
            _line(NOTE.format("Problems and fixes will appear here."))
        else:
            _line(NOTE.format("No problems so far."))


def _told(name: str, evidence: str) -> None:
    """The name of a trouble and as much of the evidence as has room; all of it opens at a click."""
    _line(Markup("<strong>{}.</strong> {}").format(name, evidence))
    with st.popover("Why", key="why_trouble"):
        st.markdown(f"**{name}.** {evidence}")


def _line(content: Markup) -> None:
    st.html(Markup("<p id='trouble' role='status'>{}</p>").format(content), width="stretch")


def _mend(finding: Finding) -> None:
    session = Session.current()
    view = run_view(session.runs)
    if view is None:
        return
    run = view.run
    session.replace_settings(finding.settings)
    run.change(finding.settings)
    if finding.needs_reset:
        view.reset()
    run.start()
    session.runs.train()
