"""A visit continues only for the tab that has its token, for one page at a time, and is released afterwards."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import streamlit as st
from streamlit import runtime

from training.settings import Settings
from ui.state import kept_visits
from ui.state.kept_visits import HELD, KeptVisits
from ui.state.lost_run import remembered
from ui.workarounds.tab_token import Tab, this_tab

if TYPE_CHECKING:
    from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

MINE, OTHERS = Tab("a" * 64, alone=True, lost=None), Tab("b" * 64, alone=True, lost=None)


def context(session_id: str) -> ScriptRunContext:
    return cast("ScriptRunContext", SimpleNamespace(session_id=session_id, session_state={}))


@pytest.fixture
def visits() -> KeptVisits:
    return KeptVisits()


def test_a_reload_continues_the_visit_and_leaves_nothing_behind(visits: KeptVisits) -> None:
    before = context("before")
    before.session_state[HELD] = visits.held_by(MINE, before)
    before.session_state[HELD]["drawing"] = "2"
    assert visits.held_by(MINE, context("after")) == {"drawing": "2"}
    assert before.session_state[HELD] == {}


def test_a_wrong_token_or_none_reveals_nothing(visits: KeptVisits) -> None:
    visits.held_by(MINE, context("mine"))["drawing"] = "2"
    assert visits.held_by(OTHERS, context("other")) == {}
    assert visits.held_by(None, context("none")) == {}


@pytest.mark.parametrize("connected", [True, False])
def test_a_page_that_may_be_a_duplicate_gets_only_the_visit_of_a_closed_one(
    visits: KeptVisits, monkeypatch: pytest.MonkeyPatch, *, connected: bool
) -> None:
    monkeypatch.setattr(kept_visits, "_LONGEST_WAIT", 0.05)
    server = SimpleNamespace(is_active_session=lambda _: connected)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    visits.held_by(MINE, context("first"))["drawing"] = "2"
    held = visits.held_by(Tab(MINE.token, alone=False, lost=None), context("second"))
    assert held == ({} if connected else {"drawing": "2"})


def test_a_page_that_may_be_a_duplicate_waits_for_the_one_that_is_closing(
    visits: KeptVisits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new page of a reload may connect before the server has heard that the old one is gone."""
    answers = iter([True, True, False])
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(is_active_session=lambda _: next(answers)))
    visits.held_by(MINE, context("first"))["drawing"] = "2"
    assert visits.held_by(Tab(MINE.token, alone=False, lost=None), context("second")) == {"drawing": "2"}


def test_a_visit_is_released_with_the_last_session_that_had_it(visits: KeptVisits) -> None:
    visits.held_by(MINE, context("before"))["drawing"] = "2"
    visits.held_by(MINE, context("after"))
    visits.let_go("before")
    assert len(visits) == 1
    visits.let_go("after")
    assert len(visits) == 0
    assert visits.held_by(MINE, context("late")) == {}


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        ("streamlit, x", None),
        ("", None),
        (f"streamlit, x, digit-lab.{'a' * 64}..", Tab("a" * 64, alone=False, lost=None)),
        (f"streamlit, x, y, digit-lab.{'a' * 64}.alone.eyJhIjoxfQ", Tab("a" * 64, alone=True, lost={"a": 1})),
        (f"streamlit, digit-lab.{'a' * 64}.alone.%%%", None),
        (f"streamlit, digit-lab.{'a' * 64}.alone.abcde", Tab("a" * 64, alone=True, lost=None)),
        ("streamlit, digit-lab.short.alone.", None),
    ],
)
def test_a_tab_is_known_by_its_subprotocol_only(
    monkeypatch: pytest.MonkeyPatch, protocols: str, expected: Tab | None
) -> None:
    headers = {"Sec-WebSocket-Protocol": protocols}
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers))
    assert this_tab() == expected


@pytest.mark.parametrize(
    "forged",
    [None, 1, [], {}, {"number": "<b>", "settings": {}}, {"number": 1, "settings": None}],
)
def test_a_forged_memory_is_not_a_run(forged: object) -> None:
    assert remembered(forged) is None


def test_only_possible_settings_are_remembered() -> None:
    forged: dict[str, Any] = {
        "learning_rate": True,
        "hidden_size": [],
        "l2": float("nan"),
        "seed": 10**9,
        "dataset": "own.csv",
        "other": 1,
        "batch_size": 128,
    }
    found = remembered({"number": 2, "settings": forged})
    assert found is not None
    assert (found.name, found.settings) == ("Run 2", Settings(batch_size=128))
