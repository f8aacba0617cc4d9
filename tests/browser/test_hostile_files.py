"""A running server answers each hostile file soon, in little memory, and makes nobody else wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from testing.health_watch import watched
from testing.websocket_visitor import Visitor
from tests.browser.server_memory import resident

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewServer

UPLOADERS = {
    "train": ("upload_weights", ["*.pkl", "*.npz"]),
    "": ("picture_0", ["*.jpg", "*.png"]),
    "dataset": ("upload_csv", ["*.csv", "*.csv.gz"]),
}


@pytest.mark.alone
def test_hostile_files_are_answered_and_nobody_else_waits(hostile: Path, new_server: NewServer) -> None:
    """Asked are 2 s and 100 ms; these bounds leave room for a busy machine. The reading process has its own limits."""
    server = new_server({})
    took = {}
    for page, (uploader, patterns) in UPLOADERS.items():
        with Visitor(server.url, page=page) as visitor:
            visitor.upload(uploader, "nothing", b"")  # the page and the reading process are ready afterwards
            before = resident(server.pid)
            with watched(server.url) as health:
                for file in (found for pattern in patterns for found in sorted(hostile.glob(pattern))):
                    content = file.read_bytes()
                    began = time.monotonic()
                    visitor.upload(uploader, file.name, content)
                    took[file.name] = time.monotonic() - began
            assert not health.failures
            assert np.quantile(health.waits, 0.95) < 0.1
            assert max(health.waits) < 2
            assert resident(server.pid) < before + 100
    assert len(took) == 11
    assert max(took.values()) < 6, took
