"""Redraws run one at a time, and none waits for long."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from ui.widgets import live_fragment as module
from ui.widgets.live_fragment import live_fragment

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
