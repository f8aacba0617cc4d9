"""The server finds pages in any case, sends their first paint at once, and compresses Streamlit's files."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from unittest.mock import Mock

import pytest
import streamlit as st
from starlette.responses import PlainTextResponse

from ui.serving import server
from ui.serving.server import MIDDLEWARE, FirstAnswers
from ui.state import pen_reports, shared_resources
from ui.workarounds import compressed_static

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp, Receive, Scope, Send

SCRIPT = next(path for path in compressed_static.FILES if path.startswith("static/js/index."))


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Get(Protocol):
    """Requests a page at a base path, behind whose middleware everything is "Streamlit"; posts a body if given."""

    def __call__(self, path: str, base: str = "", encodings: str = "", body: bytes | None = None) -> Answer: ...


@pytest.fixture
def get(monkeypatch: pytest.MonkeyPatch) -> Get:
    def ask(path: str, base: str = "", encodings: str = "", body: bytes | None = None) -> Answer:
        monkeypatch.setattr(st, "get_option", lambda name: base if name == "server.baseUrlPath" else "#000000")
        path, _, query = path.partition("?")
        headers = [(b"accept-encoding", encodings.encode())]
        method = "GET" if body is None else "POST"
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        parts = [body or b""] if body is None or len(body) < 10 else [body[:10], body[10:]]
        sent: list[MutableMapping[str, object]] = []

        async def receive() -> MutableMapping[str, object]:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message: MutableMapping[str, object]) -> None:
            sent.append(message)

        asyncio.run(FirstAnswers(PlainTextResponse("Streamlit"))(scope, receive, send))
        start, *bodies = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}  # type: ignore[attr-defined]
        return Answer(start["status"], found, b"".join(each["body"] for each in bodies))  # type: ignore[arg-type,misc]

    return ask


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/draw", "/"),
        ("/Draw?alpha=0.3", "/?alpha=0.3"),
        ("/TRAIN", "/train"),
        ("/Train/?alpha=0.3&l2=1", "/train?alpha=0.3&l2=1"),
        ("/train/", "/train"),
        ("/LOOK", "/look"),
        ("/learn?from=train", "/look?from=train"),
    ],
)
def test_an_address_is_found_in_any_case(get: Get, asked: str, found: str) -> None:
    response = get(asked)
    assert (response.status, response.headers["location"]) == (307, found)


def test_a_base_path_is_kept(get: Get) -> None:
    assert get("/lab/Train", "lab").headers["location"] == "/lab/train"
    assert get("/lab", "lab").headers["location"] == "/lab/"
    assert "Draw · Digit Lab" in get("/lab/", "lab").text
    assert get("/label", "lab").text == get("/train", "lab").text == "Streamlit"


@pytest.mark.parametrize(("path", "title"), [("/", "Draw"), ("/train", "Train"), ("/compare", "Compare")])
def test_a_page_begins_with_its_title_and_outline(get: Get, path: str, title: str) -> None:
    html = get(path).text
    assert f"<title>{title} · Digit Lab</title>" in html
    assert html.index('id="first-paint"') < html.index('<div id="root">')
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"(src|href)=['\"](//|\w+:)", html), "It asks for something outside the app."


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/_stcore/health", "/media/x", "/train/../etc/passwd", "/static/js/../../index.html", "/%2e%2e/x"],
)
def test_everything_else_is_left_to_streamlit(get: Get, path: str) -> None:
    assert get(path).text == "Streamlit"


def test_streamlits_files_are_compressed_for_browsers_that_take_it(get: Get) -> None:
    original = compressed_static.FILES[SCRIPT].read_bytes()
    response = get(f"/{SCRIPT}", encodings="gzip, br")
    assert gzip.decompress(response.body) == original
    assert len(response.body) < len(original) / 2
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"].startswith("text/javascript")
    assert get(f"/{SCRIPT}", encodings="identity").text == "Streamlit"


def test_of_the_folders_of_scripts_only_the_scripts_are_served(get: Get) -> None:
    folder = "/_stcore/bidi-components/digit_lab.curves"
    assert get(f"{folder}/curves.js").text == Path("ui/widgets/curves.js").read_text(encoding="utf-8")
    assert get("/_stcore/bidi-components/another.canvas/style.css").text == "Streamlit"
    for kept in ("curves.py", "__pycache__/curves.cpython-311.pyc", "menu.html.j2", ""):
        assert get(f"{folder}/{kept}").status == 404


@pytest.mark.parametrize("page", ["/", "/train", "/look", "/compare", "/dataset"])
def test_scripts_that_a_page_names_are_there_before_any_page_was_shown(get: Get, page: str) -> None:
    ours = re.findall(r'"\./(_stcore/bidi-components/(?:digit_lab|widgets)[^"]+)"', get(page).text)
    assert "_stcore/bidi-components/widgets/words.js" in ours, "It has one address for all its importers."
    for each in ours:
        assert get(f"/{each}").text != "Streamlit", "Streamlit knows it only once a script has declared it."


def test_strokes_are_handed_to_the_session_with_this_key_and_to_no_other(get: Get) -> None:
    class Listener:
        heard: object = None

        def answer(self, report: object) -> bytes:
            self.heard = report
            return b"ink"

    listener = Listener()
    path = f"/lab/{pen_reports.REPORTED_TO}{pen_reports.new_key(listener)}"
    assert get(path, "lab", body=b'{"strokes": "1 2 3 4"}').body == b"ink"
    assert listener.heard == {"strokes": "1 2 3 4"}
    assert get(f"{path}x", "lab", body=b"{}").status == 404
    assert get(path, "lab").text == "Streamlit"
    assert get(path, body=b"{}").text == "Streamlit"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"ink", 400),
        (b"\xff" * 20, 400),
        (b"[" * 100_000, 400),
        (b" " * pen_reports.MOST_BYTES + b"1", 413),
    ],
    ids=["nothing", "text", "bytes", "depth", "length"],
)
def test_what_is_not_a_report_never_reaches_a_session(get: Get, body: bytes, status: int) -> None:
    class Listener:
        def answer(self, report: object) -> bytes:
            raise AssertionError(report)

    listener = Listener()
    assert get(f"/{pen_reports.REPORTED_TO}{pen_reports.new_key(listener)}", body=body).status == status


def test_all_that_stands_before_streamlit_lets_the_server_start_and_stop() -> None:
    """Streamlit would start without complaint, but neither handle signals nor stop what it started."""
    passed: list[str] = []

    async def streamlit(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope["type"])

    async def receive() -> MutableMapping[str, object]:
        raise AssertionError

    async def send(_message: MutableMapping[str, object]) -> None:
        raise AssertionError

    async def start() -> None:
        await app({"type": "lifespan"}, receive, send)

    app: ASGIApp = streamlit
    for each in reversed(MIDDLEWARE):
        app = each.cls(app, *each.args, **each.kwargs)
    asyncio.run(start())
    assert passed == ["lifespan"]


def test_rooms_are_swept_from_the_start_of_the_server_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()
    stopping: list[threading.Event] = []

    def sweep(stopped: threading.Event) -> None:
        stopping.append(stopped)
        began.set()

    monkeypatch.setattr(shared_resources, "sweep_rooms_regularly", sweep)
    monkeypatch.setattr(server, "_prepare_first_visit", lambda _: None)
    monkeypatch.setattr(server, "stop_with_notice", lambda _: contextlib.nullcontext())

    async def run() -> None:
        async with server.lifespan(lambda: None)(Mock()):
            assert await asyncio.to_thread(began.wait, 10)
            assert not stopping[0].is_set()

    asyncio.run(run())
    assert stopping[0].is_set()
