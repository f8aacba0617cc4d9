"""A click takes effect even if the script restarts before reaching the button, for example when a run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import streamlit as st

from ui.train import page as train_page

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit


@pytest.fixture
def train(new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open the Train page with a digit selected; its next script run restarts halfway."""
    visit = new_visit("train")
    visit.run_view.mistakes.digit = 0
    visit.app.run()
    restarts = iter([True])

    def restart_once() -> None:
        if next(restarts, False):
            st.rerun(scope="app")

    monkeypatch.setattr(train_page, "network_view", restart_once)
    return visit


@pytest.mark.parametrize(("key", "heading"), [("draw_on", "Draw"), ("inspect", "One digit")])
def test_opening_the_run_on_another_page(train: Visit, key: str, heading: str) -> None:
    train.click(key)
    assert f"<h1>{heading}" in train.html
    assert [each.value for each in train.app.selectbox if each.label == "Network"] == ["Run 1"]
