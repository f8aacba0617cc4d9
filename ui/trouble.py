"""What goes wrong in the run, and a button that mends it."""

import streamlit as st

from nn.batches import as_inputs
from training.diagnosis import Finding, diagnose
from ui import session

DIAGNOSED = 500
"""Training digits on which hidden units are looked at for dead ones."""


def trouble() -> None:
    """Say what goes wrong, if anything does, beside a button that mends it where one can."""
    mine = session.current()
    run = mine.run
    if run is None:
        return
    if mine.turned:
        st.rerun(scope="app")
    images, _ = run.split.train.take(limit=DIAGNOSED)
    snapshot = run.snapshot()
    finding = diagnose(snapshot, run.network(), as_inputs(images))
    if finding is None:
        if snapshot.message:
            st.warning(snapshot.message)
    else:
        st.warning(f"**{finding.trouble.value}.** {finding.evidence}")
        st.button(finding.remedy, key="remedy", on_click=_mend, args=(finding,))


def _mend(finding: Finding) -> None:
    mine = session.current()
    run = mine.run
    if run is None:
        return
    mine.turn_to(finding.settings)
    run.change(finding.settings)
    if finding.anew:
        run.reset()
        mine.test_result = None
    run.start()
    mine.train()
