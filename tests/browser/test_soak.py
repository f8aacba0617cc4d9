"""A minute of the soak: six visitors get only what is theirs, and leave nothing behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from benchmarks import soak
from benchmarks.soak import Footprint
from tests.browser.server_memory import falls

if TYPE_CHECKING:
    from tests.browser.conftest import NewServer

FORGOTTEN_AFTER = 8


@pytest.mark.slow
def test_visitors_get_what_is_theirs_and_nothing_of_them_is_left(new_server: NewServer) -> None:
    server = new_server({"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(FORGOTTEN_AFTER)})
    soak.crowd(server, 4, 10)  # fills what is kept for all visitors
    time.sleep(FORGOTTEN_AFTER)
    before = Footprint.of(server)
    found = soak.crowd(server, 6, 60)
    assert found.wrong == []
    assert not found.failed
    assert {"visit", "draw", "train", "upload", "search", "vanish"} <= found.done.keys()
    assert falls(lambda: Footprint.of(server).descriptors, below=before.descriptors + 3, within=60)
    after = Footprint.of(server)
    assert (after.children, after.files) == (before.children, before.files)
