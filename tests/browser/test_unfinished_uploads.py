"""Uploads that never finish fill neither the disk nor the log, and keep nobody from uploading for long."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

import pytest

from data import csv_files
from testing.websocket_visitor import Visitor
from tests.browser.server_memory import falls
from ui.serving.budgets import SESSION_UPLOADS

if TYPE_CHECKING:
    from testing.app_server import Server
    from tests.browser.conftest import NewServer

MB = 1 << 20


def temporary_megabytes(server: Server) -> float:
    """Return the size of the temporary files that a server has open."""
    folder = f"/proc/{server.pid}/fd"
    if not os.path.isdir(folder):  # noqa: PTH112
        pytest.skip("this system has no /proc that shows the files of a process")
    size = 0
    for name in os.listdir(folder):  # noqa: PTH208
        with contextlib.suppress(FileNotFoundError):
            path = f"{folder}/{name}"
            size += os.stat(path).st_size if os.readlink(path).endswith("(deleted)") else 0  # noqa: PTH115, PTH116
    return size / MB


def begin_upload(server: Server, guest: Visitor, declared: int, sent: int) -> socket.socket:
    """Send some megabytes of an upload that is to have more."""
    token = guest.xsrf_token()
    pipe = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=30)
    pipe.sendall(
        f"PUT {guest.place_for('a.csv').upload_url} HTTP/1.1\r\nHost: x\r\n"
        f"X-Xsrftoken: {token}\r\nCookie: _streamlit_xsrf={token}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {declared * MB}\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'.encode()
    )
    for _ in range(sent):
        pipe.sendall(bytes(MB))
    return pipe


def answer(pipe: socket.socket) -> str:
    text = ""
    with contextlib.suppress(TimeoutError):
        while received := pipe.recv(4_096):
            text += received.decode()
            pipe.settimeout(0.5)
    return text


def test_unfinished_uploads_are_few_and_leave_nothing_behind(new_server: NewServer) -> None:
    server = new_server({"DIGIT_LAB_ARRIVING_MB": "30"})
    with Visitor(server.url, page="dataset") as one, Visitor(server.url, page="dataset") as two:
        with contextlib.ExitStack() as pipes:

            def begin(guest: Visitor) -> socket.socket:
                return pipes.enter_context(begin_upload(server, guest, declared=7, sent=6))

            for _ in range(4):  # the files of MNIST
                begin(one)
            refused = answer(begin(one))
            assert refused.startswith("HTTP/1.1 429 ")
            assert str(SESSION_UPLOADS) in refused
            begin(two)
            refused = answer(begin(two))
            assert refused.startswith("HTTP/1.1 503 ")
            assert "takes 30 MB of files at a time" in refused
            assert falls(lambda: 24 - temporary_megabytes(server), below=1, within=30), "What was taken has arrived."
            assert temporary_megabytes(server) < 30
        assert falls(lambda: temporary_megabytes(server), below=1, within=30)
        one.upload("upload_csv", "mine.csv", csv_files.write(*csv_files.embedded().examples.take(limit=40)))
    assert server.tracebacks() == ""
