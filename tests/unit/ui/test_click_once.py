"""A press counts, also where the page is drawn anew before it comes to the button: as when a run ends just then."""

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
    """The Train page with a digit chosen; the next time it is drawn, it is drawn anew half-way."""
    visit = new_visit("train")
    visit.run_view.mistakes.digit = 0
    visit.app.run()
    half_way = iter([True])

    def drawn_anew() -> None:
        if next(half_way, False):
            st.rerun(scope="app")

    monkeypatch.setattr(train_page, "inside", drawn_anew)
    return visit


def test_measuring_on_test(train: Visit) -> None:
    train.click("test")
    assert "Test accuracy" in train.html


@pytest.mark.parametrize(("key", "heading"), [("draw_for_run", "Draw"), ("draw_on", "Draw"), ("inspect", "One digit")])
def test_going_on_with_the_run_elsewhere(train: Visit, key: str, heading: str) -> None:
    train.click(key)
    assert f"<h1>{heading}" in train.html
    assert train.session.networks.chosen == "Run 1"
