"""Connections are counted as they are accepted, and none may wait without end for the rest of a request."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from uvicorn.protocols.http.h11_impl import H11Protocol
from websockets.asyncio.client import connect

from testing.app_server import ROOT, Server
from ui.serving import budgets
from ui.workarounds import bounded_connections
from ui.workarounds.bounded_connections import bound_connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.websockets import WebSocket

pytestmark = pytest.mark.slow

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]
GET, POST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connection_made", "data_received", "connection_lost"):
        monkeypatch.setattr(H11Protocol, name, getattr(H11Protocol, name))
    monkeypatch.setattr(bounded_connections, "SOCKETS", replace(budgets.SOCKETS, limit=5))
    monkeypatch.setattr(bounded_connections, "ADDRESS_SOCKETS", replace(budgets.ADDRESS_SOCKETS, limit=3))
    bound_connections()


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def converse(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive()


class Visits:
    """Connections to a server on this port of 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._pipes = contextlib.ExitStack()

    def websocket(self) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}/stream")

    async def send(self, content: bytes) -> Pipe:
        """Send this over a new connection, and leave it open."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._pipes.callback(writer.close)
        writer.write(content)
        await asyncio.sleep(0.05)
        return reader, writer

    async def ask(self) -> str:
        """Send a request over a new connection; return the answer."""
        reader, _ = await self.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return (await reader.read()).decode()

    async def close(self) -> None:
        self._pipes.close()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def serving() -> AsyncIterator[Visits]:
    """Serve on a free port."""
    app = Starlette(
        routes=[Route("/", answer, methods=["GET", "POST"]), WebSocketRoute("/stream", converse)],
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="websockets-sansio"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.ensure_future(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        visits = Visits(listening.getsockname()[1])
        try:
            yield visits
        finally:
            await visits.close()
            server.should_exit = server.force_exit = True
            await task


async def is_closed(pipe: Pipe, within: float) -> bool:
    try:
        return not await asyncio.wait_for(pipe[0].read(), within)
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_a_visitor_takes_the_place_of_the_connection_that_has_been_idle_the_longest() -> None:

    async def scene() -> None:
        async with serving() as visits, visits.websocket():
            idle = [await visits.send(b"G") for _ in range(3)]
            busy = await visits.send(POST)
            assert "0 bytes" in await visits.ask()
            assert "There are 5 connections to this server." in (await idle[0][0].read()).decode()
            assert not await is_closed(idle[1], within=0.1)
            assert not await is_closed(busy, within=0.1)
            busy[1].write(bytes(1_000_000))
            assert b"1000000 bytes" in await busy[0].readuntil(b"bytes")

    asyncio.run(scene())


def test_a_server_full_of_requests_says_so() -> None:

    async def scene() -> None:
        async with serving() as visits:
            busy = [await visits.send(POST) for _ in range(5)]
            assert re.match(r"HTTP/1.1 503 (?s:.)*There are 5 connections to this server", await visits.ask())
            busy[0][1].close()
            await asyncio.sleep(0.05)
            assert "0 bytes" in await visits.ask()

    asyncio.run(scene())


@pytest.mark.parametrize("is_on_this_machine", [False, True])
def test_one_address_cannot_take_it_all_but_a_proxy_on_this_machine_can(
    monkeypatch: pytest.MonkeyPatch, is_on_this_machine: bool
) -> None:
    monkeypatch.setattr(bounded_connections, "is_on_this_machine", lambda _address: is_on_this_machine)

    async def scene() -> None:
        async with serving() as visits, visits.websocket():
            busy = [await visits.send(POST) for _ in range(2)]
            assert ("0 bytes" if is_on_this_machine else "Your network has 3 connections") in await visits.ask()
            busy[0][1].close()
            await asyncio.sleep(0.05)
            assert "0 bytes" in await visits.ask()

    asyncio.run(scene())


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_connections, "HEADER_SECONDS", 0.3)
    monkeypatch.setattr(bounded_connections, "BODY_SECONDS", 0.3)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", POST, POST + b"x" * 1_000])
def test_a_connection_that_keeps_the_server_waiting_is_closed(sent: bytes) -> None:
    async def scene() -> None:
        async with serving() as visits:
            assert await is_closed(await visits.send(sent), within=10)
            again = await visits.send(GET)
            await again[0].readuntil(b"0 bytes")
            again[1].write(b"G")
            assert await is_closed(again, within=10), "The header of a later request"

    asyncio.run(scene())


@pytest.mark.usefixtures("_impatient")
def test_a_slow_body_is_taken_and_a_websocket_may_be_silent() -> None:
    async def scene() -> None:
        async with serving() as visits, visits.websocket() as silent:
            began = time.monotonic()
            slow = await visits.send(POST)
            for _ in range(10):
                slow[1].write(bytes(100_000))
                await asyncio.sleep(0.1)
            assert b"1000000 bytes" in await slow[0].readuntil(b"bytes")
            assert time.monotonic() - began > 2 * bounded_connections.BODY_SECONDS
            await silent.send("still here")

    asyncio.run(scene())


@pytest.mark.parametrize(("hard", "raised"), [(5_000, 5_000), (20_000, 10_000)])
def test_the_server_may_open_as_many_files_as_its_user_may(hard: int, raised: int) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this user may not open that many files")
    script = (
        "import resource; from ui.workarounds.bounded_connections import bound_connections; bound_connections();"
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_NOFILE, (1_024, hard)),
    )
    assert said.stdout == f"{raised} {hard}\n"


def test_1200_idle_connections_stop_no_server_that_may_open_1024_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (1_024, 1_024))
    monkeypatch.setattr(subprocess, "Popen", partial(subprocess.Popen, preexec_fn=limit))
    with Server(tmp_path) as server:
        host, port = server.url.removeprefix("http://").split(":")
        pipes = []
        for _ in range(1_200):
            pipes.append(socket.create_connection((host, int(port)), timeout=30))
            pipes[-1].send(b"G")
        for _ in range(5):
            assert requests.get(f"{server.url}/_stcore/health", timeout=10).status_code == 200
        assert server.tracebacks() == ""
        if (files := Path(f"/proc/{server.pid}/fd")).is_dir():
            assert len(list(files.iterdir())) < 700, "Half of the files are left for other uses."
        for pipe in pipes:
            pipe.close()
