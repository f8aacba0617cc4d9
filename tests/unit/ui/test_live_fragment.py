"""Redraws run one at a time, none waits for long, and together they take a limited share of the time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from ui.widgets import live_fragment as module
from ui.widgets.live_fragment import LONGEST_INTERVAL, MOST_OF_THE_TIME, Redraws, live_fragment

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def intervals(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """Collect the `run_every` of each fragment; real fragments need a page, so plain functions replace them."""
    intervals: list[float | None] = []

    def fragment(show: Callable[..., None], run_every: float | None) -> Callable[..., None]:
        intervals.append(run_every)
        return show

    monkeypatch.setattr(st, "fragment", fragment)
    return intervals


def most_at_once(count: int, seconds: float) -> int:
    """Draw `count` fragments for `seconds` each; return the maximum number drawn at the same time."""
    now: list[int] = []
    most = 0

    def fragment(number: int) -> None:
        nonlocal most
        now.append(number)
        most = max(most, len(now))
        time.sleep(seconds)
        now.remove(number)

    threads = [threading.Thread(target=live_fragment(fragment, None), args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return most


def test_redraws_run_one_after_the_other() -> None:
    assert most_at_once(4, 0.02) == 1


def test_a_slow_redraw_does_not_hold_up_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.05)
    assert most_at_once(2, 0.5) == 2


def test_a_failed_redraw_releases_the_lock() -> None:
    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        live_fragment(fails, None)()
    assert most_at_once(2, 0.01) == 1
    assert not module._redrawing.locked()


def test_a_fragment_reruns_at_the_given_interval(intervals: list[float | None]) -> None:
    live_fragment(lambda: None, 0.25)
    live_fragment(lambda: None, None)
    assert intervals == [0.25, None]


def redrawn(sessions: int, took: float, every: float, seconds: float) -> Redraws:
    """Redraw a fragment of several sessions for a while, each at the rate it is given."""
    redraws = Redraws()
    due = {f"session {number}": number * every / sessions for number in range(sessions)}
    while min(due.values()) < seconds:
        session = min(due, key=due.__getitem__)
        due[session] += redraws.interval(session, "run", took, every, due[session])
    return redraws


def test_few_sessions_redraw_as_often_as_they_ask() -> None:
    assert redrawn(1, 0.004, 0.25, seconds=5).interval("session 0", "run", 0.004, 0.25, 5) == 0.25


def test_a_first_redraw_that_takes_long_slows_nobody_down() -> None:
    redraws = Redraws()
    for moment, took in enumerate([2.0, 0.004, 0.004, 1.0, 0.004]):
        assert redraws.interval("session", "run", took, 0.25, moment) == 0.25


def test_nobody_waits_for_longer_than_the_longest_interval() -> None:
    redraws = redrawn(200, 0.02, 0.25, seconds=20)
    assert redraws.interval("session 0", "run", 0.02, 0.25, 20) == LONGEST_INTERVAL
    assert redraws.interval("session 0", "pictures", 0.02, 5, 20) == 5


@pytest.mark.parametrize("sessions", [8, 20])
def test_many_sessions_take_a_share_of_the_time(sessions: int) -> None:
    took, every = 0.01, 0.25
    redraws = redrawn(sessions, took, every, seconds=20)
    interval = redraws.interval("session 0", "run", took, every, 20)
    assert sessions * took / interval == pytest.approx(MOST_OF_THE_TIME, rel=0.2)


def test_sessions_that_have_left_slow_nobody_down() -> None:
    redraws = redrawn(20, 0.01, 0.25, seconds=5)
    assert redraws.interval("session 0", "run", 0.01, 0.25, 60) == 0.25


def test_what_is_redrawn_seldom_counts_for_less() -> None:
    redraws = redrawn(8, 0.01, 2, seconds=20)
    assert redraws.interval("session 0", "pictures", 0.01, 2, 20) == 2
