"""Problems of the run, each with its evidence and a fix, on a card that is always present so the layout stays put."""

import time

import streamlit as st
from markupsafe import Markup

from language.translation import _, current
from nn.batches import as_inputs
from training.diagnosis import MIN_STEPS, Finding, diagnose
from training.run_snapshot import Snapshot, State
from ui import routes
from ui.state.session import Session
from ui.train.run_view import RunView, run_view

EXAMPLES_CHECKED = 500
"""Number of training examples that are checked, and on which hidden units are tested for being dead."""

SECONDS_BETWEEN = 2.0
"""Seconds between two diagnoses of a run in training: curves ask four times a second, but diagnoses change less."""


def problem_of(view: RunView, snapshot: Snapshot) -> Finding | None:
    """Return the problem of a run, diagnosed again if the run, or the language of its reader, has changed since."""
    judged, now = (snapshot.position.step, snapshot.state, snapshot.settings, current()), time.monotonic()
    due = snapshot.state is not State.RUNNING or now - view.diagnosed_at > SECONDS_BETWEEN
    if judged != view.diagnosed and due:
        images, labels = view.run.split.train.take(limit=EXAMPLES_CHECKED)
        view.finding = diagnose(snapshot, as_inputs(images), labels)
        view.diagnosed, view.diagnosed_at = judged, now
    return view.finding


def problem_line() -> None:
    """Show the run's problem, if any, with a one-click fix where possible."""
    session = Session.current()
    view = run_view(session.runs)
    if view is None:
        return
    if session.settings_replaced:
        st.rerun(scope="app")
    snapshot = view.run.snapshot()
    finding = problem_of(view, snapshot)
    with st.container(key="problem", horizontal=True, gap="small", vertical_alignment="center"):
        if snapshot.message and snapshot.state is State.FINISHED:
            _line(snapshot.message)
        elif snapshot.message and (finding is None or snapshot.state is State.PAUSED):
            _named_problem(_(snapshot.state.value), snapshot.message)
        elif finding is not None:
            _named_problem(_(finding.problem.value), finding.evidence)
            if finding.remedy and session.held(finding.settings) != finding.settings:
                pass  # a task has fixed the settings that would have to change
            elif finding.remedy:
                st.button(finding.remedy, key="remedy", on_click=_fix, args=(finding,))
            else:
                st.page_link(routes.page(routes.DATASET), label=_("Go to Dataset"))
        elif snapshot.state is State.READY:
            _line(_("Problems and fixes will appear here."))
        elif snapshot.position.step < MIN_STEPS:
            _line(_("Too early to judge."))
        else:
            _line(_("No problems so far."))


def _named_problem(name: str, evidence: str) -> None:
    """Show the name of a problem and two lines of evidence; a click shows the rest."""
    _line(Markup("<strong>{}.</strong> {}").format(name, evidence))
    with st.popover(_("Why"), key="why_problem", type="tertiary"):
        st.markdown(f"**{name}.** {evidence}")


def _line(content: str) -> None:
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
