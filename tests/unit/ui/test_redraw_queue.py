"""Redraws take turns, and none waits for long."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import streamlit as st

from ui.workarounds import redraw_queue
from ui.workarounds.redraw_queue import redrawn

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """Streamlit's fragments need a page: what stands in for them is the part itself. How often each is to run."""
    every: list[float | None] = []

    def fragment(show: Callable[..., None], run_every: float | None) -> Callable[..., None]:
        every.append(run_every)
        return show

    monkeypatch.setattr(st, "fragment", fragment)
    return every


def shown_at_once(count: int, seconds: float) -> int:
    """Show so many parts, each for so long; how many were shown at the same time at the most."""
    now: list[int] = []
    most = 0

    def part(number: int) -> None:
        nonlocal most
        now.append(number)
        most = max(most, len(now))
        time.sleep(seconds)
        now.remove(number)

    threads = [threading.Thread(target=redrawn(part, None), args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return most


def test_one_is_drawn_after_the_other() -> None:
    assert shown_at_once(4, 0.02) == 1


def test_one_that_takes_long_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redraw_queue, "PATIENCE", 0.05)
    assert shown_at_once(2, 0.5) == 2


def test_a_part_that_fails_lets_the_next_one_have_its_turn() -> None:
    def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        redrawn(fails, None)()
    assert shown_at_once(2, 0.01) == 1
    assert not redraw_queue._turn.locked()


def test_a_part_runs_again_as_often_as_it_is_asked_to(asked: list[float | None]) -> None:
    redrawn(lambda: None, 0.25)
    redrawn(lambda: None, None)
    assert asked == [0.25, None]
