"""File servers on 127.0.0.1 that answer as a mirror should, and as some actually do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FIRST, SECOND = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
"""The first two files to be downloaded."""

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def send(handler: BaseHTTPRequestHandler, body: bytes, length: int | None = None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    send(handler, content)


def cut_short(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    send(handler, content[: len(content) // 2])


def truncated(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    send(handler, content[: len(content) // 2], length=len(content))


def altered(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    send(handler, content[:-1] + bytes([content[-1] ^ 1]))


def missing(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    handler.send_error(404)


def web_page(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """A captive portal, such as a hotel's, which answers every request with its own page."""
    send(handler, b"<html>Please sign in</html>")


def silent(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    time.sleep(1)


class Mirror:
    """A file server whose answer can be set for all files or for one."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.answer: Answer = whole
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/mnist/")
                mirror.asked.append(name)
                mirror.answers.get(name, mirror.answer)(self, contents[name])

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False  # so that closing waits for the last answer
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/mnist/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def kept(folder: Path) -> dict[str, bytes]:
    """The content of each file in the folder of downloaded files."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
