"""Beyond its budgets, the server says that it is full instead of stalling, and lets others in later."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from starlette.responses import PlainTextResponse
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from language import translation
from ui.serving import admission, budgets
from ui.serving.admission import Admission
from ui.serving.server import FirstAnswers

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

pytestmark = pytest.mark.slow


class Server:
    """Admission in front of an application that keeps WebSockets open until it is told to close them."""

    def __init__(self) -> None:
        self.admission = Admission(self._app)
        self.over = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await PlainTextResponse("Streamlit")(scope, receive, send)
        else:
            await send({"type": "websocket.accept"})
            await self.over.wait()

    async def connect(self, address: str) -> str:
        """Open a WebSocket; return the type of the first answer."""
        sent = self._begin({"type": "websocket", "path": "/_stcore/stream", "client": (address, 1)})
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return str(sent[0]["type"])

    async def ask(
        self, path: str = "/", method: str = "GET", address: str = "1.2.3.4", language: str = "en"
    ) -> tuple[int, str]:
        """Send a request; return the status and the body of the answer."""
        headers = [(b"accept-language", language.encode())]
        sent = self._begin({"type": "http", "path": path, "method": method, "client": (address, 1), "headers": headers})
        await self.tasks[-1]
        return sent[0]["status"], b"".join(each.get("body", b"") for each in sent).decode()

    def _begin(self, scope: dict[str, Any]) -> list[MutableMapping[str, Any]]:
        sent: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request"}

        app: ASGIApp = self.admission
        self.tasks.append(asyncio.ensure_future(app(scope, receive, send)))
        return sent


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "SESSIONS", replace(budgets.SESSIONS, limit=3))
    monkeypatch.setattr(admission, "ADDRESS_SESSIONS", replace(budgets.ADDRESS_SESSIONS, limit=2))
    monkeypatch.setattr(admission, "memory_mb", lambda: 100.0)


OPEN, CLOSED = "websocket.accept", "websocket.close"


def test_a_full_server_says_so_and_lets_in_others_later() -> None:
    async def visits() -> None:
        server = Server()
        assert [await server.connect(f"1.1.1.{number}") for number in range(4)] == [OPEN, OPEN, OPEN, CLOSED]
        for path in ("/", "/train", "/Look/", "/lab/compare"):
            status, page = await server.ask(path)
            assert status == 503
            assert "3 people are here now. Try again in a minute." in page
            assert 'http-equiv="refresh"' in page
        assert await server.ask("/_stcore/health") == (200, "Streamlit")
        server.over.set()
        await asyncio.gather(*server.tasks)
        assert (await server.ask())[0] == 200
        server.over.clear()
        assert await server.connect("1.1.1.1") == OPEN
        server.over.set()
        await asyncio.gather(*server.tasks)

    asyncio.run(visits())


@pytest.fixture
def _german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    texts = {
        "Digit Lab is full": "Digit Lab ist voll",
        "{most} people are here now. Try again in a minute.": "{most} Leute sind hier.",
        "Your network sends more than {most} requests a second. Try again in a minute.": "Mehr als {most} je Sekunde.",
        "The page has no place for a file.": "Die Seite hat keinen Platz für eine Datei.",
    }
    entries = "".join(f'\nmsgid "{english}"\nmsgstr "{german}"\n' for english, german in texts.items())
    (tmp_path / "de.po").write_text(f'msgid ""\nmsgstr ""\n{entries}', encoding="utf-8")
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


@pytest.mark.usefixtures("_german")
def test_a_refusal_is_in_the_language_of_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visits() -> None:
        server = Server()
        monkeypatch.setattr(admission, "is_asked_for", lambda _session, _file: False)
        monkeypatch.setattr(server.admission, "_full", lambda _address: replace(budgets.SESSIONS, limit=1_000))
        page = (await server.ask(language="de-AT,en;q=0.5"))[1]
        assert page.startswith('<!doctype html><html lang="de">')
        assert "<h1>Digit Lab ist voll</h1><p>1.000 Leute sind hier.</p>" in page
        assert "<h1>Digit Lab is full</h1><p>1,000 people are here now." in (await server.ask())[1]
        sent = await server.ask("/_stcore/upload_file/nobody/file", "PUT", language="de")
        assert sent == (403, "Die Seite hat keinen Platz für eine Datei.")
        monkeypatch.setattr(server.admission, "_may_ask", lambda _address: False)
        assert await server.ask(language="de") == (429, "Mehr als 600 je Sekunde.")

    asyncio.run(visits())


def test_one_address_cannot_take_it_all_but_this_machine_can() -> None:
    async def visits() -> None:
        server = Server()
        assert [await server.connect("1.1.1.1") for _ in range(3)] == [OPEN, OPEN, CLOSED]
        assert "Your network has 2 pages open here." in (await server.ask(address="1.1.1.1"))[1]
        assert (await server.ask(address="2.2.2.2"))[0] == 200
        server.over.set()
        await asyncio.gather(*server.tasks)
        server.over.clear()
        assert [await server.connect("127.0.0.1") for _ in range(3)] == [OPEN] * 3
        server.over.set()
        await asyncio.gather(*server.tasks)

    asyncio.run(visits())


def test_a_server_without_memory_takes_no_session_and_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "memory_mb", lambda: budgets.SERVER_MB.limit + 1.0)

    async def visits() -> None:
        server = Server()
        assert await server.connect("1.1.1.1") == CLOSED
        assert str(budgets.SERVER_MB) in (await server.ask())[1]
        assert (await server.ask("/_stcore/upload_file/a/b", "PUT"))[0] == 503
        assert await server.ask("/_stcore/health") == (200, "Streamlit")

    asyncio.run(visits())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """A clock that stands still; its `return_value` is the time in seconds."""
    now = Mock(return_value=1_000.0)
    for module in (admission, budgets):
        monkeypatch.setattr(module, "time", Mock(monotonic=now))
    return now


def test_a_school_draws_and_a_flood_is_refused_until_it_ebbs(clock: Mock) -> None:
    """A class of 30 opens its pages at once, 130 requests each, and then draws with ten reports a second each."""

    async def requests() -> None:
        server, school = Server(), "1.1.1.1"
        assert {(await server.ask("/x", address=school))[0] for _ in range(30 * 130)} == {200}
        for _ in range(60):
            clock.return_value += 1
            assert {(await server.ask("/x", "POST", school))[0] for _ in range(30 * 10)} == {200}
        answers = [await server.ask("/x", address=school) for _ in range(10 * 600)]
        assert answers[-1] == (429, "Your network sends more than 600 requests a second. Try again in a minute.")
        assert await server.connect(school) == CLOSED
        assert (await server.ask("/x", address="2.2.2.2"))[0] == 200
        assert {(await server.ask("/x", address="127.0.0.1"))[0] for _ in range(7_000)} == {200}
        clock.return_value += 1
        assert (await server.ask("/x", address=school))[0] == 200
        assert set(server.admission._requests) == {school, "2.2.2.2"}
        clock.return_value += 60
        await server.ask("/x", address="3.3.3.3")
        assert set(server.admission._requests) == {"3.3.3.3"}, "An address with few requests is forgotten."

    asyncio.run(requests())


def test_messages_of_a_session_beyond_the_budget_wait(clock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "ADDRESS_REQUESTS", replace(budgets.ADDRESS_REQUESTS, limit=1))

    async def messages() -> None:
        received: list[object] = []

        async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
            while len(received) < 100:
                received.append(await receive())

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "websocket.receive"}

        scope = {"type": "websocket", "path": "/", "client": ("1.1.1.1", 1)}
        flood = asyncio.ensure_future(Admission(app)(scope, receive, Mock()))
        await asyncio.sleep(0.01)
        assert len(received) == 9, "The tenth request was to open the session."
        clock.return_value += 3
        await asyncio.sleep(0.3)
        assert len(received) == 12
        flood.cancel()

    asyncio.run(messages())


def test_a_file_is_taken_only_under_an_id_that_a_page_of_its_session_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise anyone could fill the memory with files that nobody asked for, 129 MB at a time."""
    for name in ("add_file", "get_upload_urls"):
        monkeypatch.setattr(MemoryUploadedFileManager, name, getattr(MemoryUploadedFileManager, name))
    FirstAnswers(PlainTextResponse("Streamlit"))
    told = MemoryUploadedFileManager("/lab/_stcore/upload_file").get_upload_urls("drawing", ["a.csv", "b.csv"])

    async def uploads() -> None:
        server = Server()
        for place in told:
            assert place.upload_url == place.delete_url == f"/lab/_stcore/upload_file/drawing/{place.file_id}"
            assert (await server.ask(place.upload_url, "PUT"))[0] == 200
            for session, file in (("reading", place.file_id), ("drawing", "1"), ("drawing", "é"), ("drawing", "")):
                assert (await server.ask(f"/lab/_stcore/upload_file/{session}/{file}", "PUT"))[0] == 403
        assert told[0].file_id != told[1].file_id

    asyncio.run(uploads())


def test_an_upload_of_undeclared_size_counts_as_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "is_asked_for", lambda _session, _file: True)
    monkeypatch.setattr(admission, "ARRIVING_MB", replace(budgets.ARRIVING_MB, limit=200))
    statuses: list[int] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    async def uploads() -> None:
        over = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await over.wait()
            await PlainTextResponse("taken")(scope, receive, send)

        server = Admission(app)

        async def put(session: str, *headers: tuple[bytes, bytes]) -> None:
            scope = {"type": "http", "method": "PUT", "path": f"/{session}/f", "headers": headers}
            await asyncio.wait_for(server(scope, Mock(), send), 10)

        chunked = (b"transfer-encoding", b"chunked")
        first = asyncio.ensure_future(put("one", (b"content-length", b"1"), chunked))
        await asyncio.sleep(0)
        await put("two", chunked)
        assert statuses == [503]
        over.set()
        await first
        await put("two", chunked)
        assert statuses == [503, 200, 200]

    asyncio.run(uploads())


def test_the_memory_of_this_process_is_known() -> None:
    assert 20 < admission.memory_mb() < 20_000
