"""A visitor without a browser is a session like any other, so benchmarks that use it measure the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testing import websocket_visitor
from testing.websocket_visitor import Visitor
from tests.browser.server_threads import ended, threads, training_threads

if TYPE_CHECKING:
    from testing.app_server import Server
    from tests.browser.conftest import NewServer

QUERY = "hidden_size=16&epochs=100000"


def test_it_trains_and_sees_the_steps_and_its_run_ends_with_it(new_server: NewServer) -> None:
    own_server = new_server({})  # without other sessions
    with Visitor(own_server.url, QUERY) as guest:
        idle = threads(own_server.pid).keys()
        assert [step for _, step in guest.seen] == [0]
        guest.press("train")
        guest.wait_for_step(200)
        seen, received = len(guest.seen), guest.received
        guest.wait_for_step(guest.seen[-1][1] + 200)
        assert len(guest.seen) > seen, "It polls by itself, as the page does."
        assert guest.received > received
        steps = [step for _, step in guest.seen]
        assert steps == sorted(steps)
        burning = training_threads(own_server.pid) - idle
        assert burning
    assert ended(own_server.pid, burning, within=20)


def test_it_has_the_settings_that_it_asked_for_and_says_when_nothing_moves(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Visitor(server.url, "batch_size=Full&epochs=3") as guest:
        guest.press("train")
        guest.wait_for_step(3)  # one batch per epoch
        monkeypatch.setattr(websocket_visitor, "PATIENCE", 0.5)
        with pytest.raises(TimeoutError, match="did not show"):
            guest.wait_for_step(4)


def test_a_page_is_whole_once_its_own_script_has_ended_not_one_before_it(server: Server) -> None:
    with Visitor(server.url, QUERY) as guest:
        for label in ("Pause", "Train", "Pause", "Train"):
            guest.press("train")
            guest.wait_for_label("train", label)
            for _ in range(3):
                guest.go("train")
                assert guest.label("train") == label
