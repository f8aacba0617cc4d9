"""Problems of the run with evidence and a fix, on a line that is always present so the layout stays put."""

import streamlit as st
from markupsafe import Markup

from nn.batches import as_inputs
from training.diagnosis import Finding, diagnose
from training.run_snapshot import State
from ui.state.session import Session
from ui.train.run_view import run_view

NOTE = Markup("<span class='note'>{}</span>")

EXAMPLES_CHECKED = 500
"""Number of training examples on which hidden units are checked for being dead."""


def problem_line() -> None:
    """Show the run's problem, if any, with a one-click fix where possible."""
    session = Session.current()
    run = session.runs.current
    if run is None:
        return
    if session.settings_replaced:
        st.rerun(scope="app")
    images, _ = run.split.train.take(limit=EXAMPLES_CHECKED)
    snapshot = run.snapshot()
    finding = diagnose(snapshot, as_inputs(images))
    with st.container(key="problem", horizontal=True, gap="small", vertical_alignment="center"):
        if finding is not None:
            _named_problem(finding.problem.value, finding.evidence)
            st.button(finding.remedy, key="remedy", on_click=_fix, args=(finding,))
        elif snapshot.message:
            _named_problem(snapshot.state.value, snapshot.message)
        elif snapshot.state is State.READY:
            _line(NOTE.format("Problems and fixes will appear here."))
        else:
            _line(NOTE.format("No problems so far."))


def _named_problem(name: str, evidence: str) -> None:
    """Show the name of a problem and as much evidence as fits; a click shows the rest."""
    _line(Markup("<strong>{}.</strong> {}").format(name, evidence))
    with st.popover("Why", key="why_problem"):
        st.markdown(f"**{name}.** {evidence}")


def _line(content: Markup) -> None:
    st.html(Markup("<p id='problem' role='status'>{}</p>").format(content), width="stretch")


def _fix(finding: Finding) -> None:
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
