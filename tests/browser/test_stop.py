"""The server stops when told to, whatever visitors do, and gives them notice if asked to."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import WebSocketException

from testing.websocket_visitor import Visitor
from ui.serving.graceful_stop import NOTICE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    from testing.app_server import Server
    from tests.browser.conftest import NewServer


def has_stopped(server: Server, within: float) -> bool:
    """Whether the server's process ends within some seconds."""
    end = time.monotonic() + within
    while server.is_running() and time.monotonic() < end:
        time.sleep(0.05)
    return not server.is_running()


def test_it_stops_within_seconds_while_a_network_trains(new_server: NewServer) -> None:
    server = new_server({})
    with Visitor(server.url, "hidden_size=16&epochs=100000") as guest:
        guest.press("train")
        guest.wait_for_step(100)
        os.kill(server.pid, signal.SIGTERM)
        assert has_stopped(server, within=10)


@pytest.mark.parametrize(
    ("page", "button", "begun"),
    [("compare", "search", "#search_status"), ("dataset", "fetch_mnist", "text=Downloading MNIST")],
)
def test_it_stops_within_seconds_while_it_searches_or_downloads(
    browser: Browser, new_server: NewServer, page: str, button: str, begun: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = new_server({"HTTPS_PROXY": proxy})
        with browser.new_page() as tab:
            tab.goto(f"{server.url}/{page}")
            tab.locator(f".st-key-{button} button").first.click()
            tab.locator(begun).first.wait_for(timeout=60_000)
            os.kill(server.pid, signal.SIGTERM)
            assert has_stopped(server, within=10)


def children(pid: int) -> set[int]:
    """Return the processes that a process has started and that still run (Linux)."""
    found = [task.read_text(encoding="ascii").split() for task in Path(f"/proc/{pid}").glob("task/*/children")]
    return {int(child) for each in found for child in each}


def test_it_stops_within_seconds_while_it_reads_a_file_and_leaves_no_process(new_server: NewServer) -> None:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system has no /proc that shows the children of a process")
    server = new_server({})
    slow = gzip.compress((b"0.50," * 784 + b"0\n") * 32_000, 6)  # read until it exceeds its limit, 2 s of a core
    with Visitor(server.url, page="dataset") as guest:

        def upload() -> None:
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):  # the server goes meanwhile
                guest.upload("upload_csv", "slow.csv.gz", slow)

        threading.Thread(target=upload, daemon=True).start()
        end = time.monotonic() + 30
        while not (readers := {each for child in children(server.pid) for each in children(child)}):
            assert time.monotonic() < end, "No process reads the file."
            time.sleep(0.01)
        os.kill(server.pid, signal.SIGTERM)
        assert has_stopped(server, within=10)
    end = time.monotonic() + 60
    while any(Path(f"/proc/{reader}").is_dir() for reader in readers):
        assert time.monotonic() < end, "The process that read the file still runs."
        time.sleep(0.05)


def test_open_pages_are_told_and_new_visitors_are_sent_elsewhere(new_server: NewServer) -> None:
    server = new_server({NOTICE_SECONDS: "600"})
    told = threading.Event()

    class Reader(Visitor):
        def _take(self, message: ForwardMsg) -> None:
            if "Download what you want to keep" in message.delta.new_element.html.body:
                told.set()
            super()._take(message)

    with Reader(server.url, ""):
        assert urllib.request.urlopen(f"{server.url}/ready").read() == b"ready"
        os.kill(server.pid, signal.SIGTERM)
        assert told.wait(30)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"{server.url}/ready")
        assert urllib.request.urlopen(f"{server.url}/_stcore/health").status == 200
        os.kill(server.pid, signal.SIGTERM)
        assert has_stopped(server, within=10), "A second signal stops it at once."
