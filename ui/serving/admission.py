"""Admission: beyond the server's capacity, visitors get a page that says so instead of a stall."""

import asyncio
import ipaddress
import sys
import time
from collections import Counter
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from language.translation import _, speaking
from ui.routes import FORMER_PATHS, ROUTES
from ui.serving.budgets import (
    ADDRESS_REQUESTS,
    ADDRESS_SESSIONS,
    ARRIVING_MB,
    SERVER_MB,
    SESSION_UPLOADS,
    SESSIONS,
    Allowance,
    Budget,
)
from ui.state.language import of_browser
from ui.widgets.html_templates import Templates
from ui.widgets.palette import DARK, LIGHT, properties
from ui.workarounds.bounded_uploads import is_asked_for

TEMPLATES = Templates("serving/full_server.html.j2")

_AGAIN_IN_A_MINUTE = {"retry-after": "60"}

_BURST = 10
"""Seconds' worth of requests that an address may send at once: thirty pages opening together ask for 4,000 files."""

_MEMORY_HOLDS = 1.0
"""Seconds for which a measurement of memory is reused: a new one makes a request wait while a file is read."""

_STATM, _PAGE_BYTES = Path("/proc/self/statm"), 4096


class Admission:
    """ASGI middleware that refuses sessions, which are open WebSockets, and requests beyond the budgets."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app
        self._open: Counter[str] = Counter()
        self._requests: dict[str, Allowance] = {}
        self._looked_through = 0.0
        self._arriving: list[tuple[str, int]] = []  # session and bytes of each upload
        self._memory = -_MEMORY_HOLDS, 0.0  # time of measurement, megabytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a page, a session or an upload, or pass it on."""
        address = scope["client"][0] if scope.get("client") else ""
        path = scope.get("path", "").rstrip("/")  # startup and shutdown have no path
        if scope["type"] == "websocket":
            if not self._may_ask(address) or self._full(address) is not None:
                await send({"type": "websocket.close", "code": 1013})  # try again later
                return
            self._open[address] += 1

            async def receive_in_turn() -> Message:
                message = await receive()
                while not self._may_ask(address):
                    await asyncio.sleep(1 / _BURST)
                return message

            try:
                await self._app(scope, receive_in_turn, send)
            finally:
                self._open[address] -= 1
                self._open += Counter()  # drops zero counts
            return
        answer: ASGIApp = self._app
        if scope["type"] == "http" and not self._may_ask(address):
            answer = _refusal(scope, ADDRESS_REQUESTS, 429)
        elif scope["type"] == "http" and scope["method"] == "GET" and path.rpartition("/")[2].lower() in _PAGES:
            full = self._full(address)
            if full is not None:
                answer = _full_page(scope, full)
        elif scope["type"] == "http" and scope["method"] == "PUT":
            answer = self._take_file
        await answer(scope, receive, send)

    async def _take_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an upload on, to …/session/file, or refuse it."""
        session, file = ["", "", *scope["path"].split("/")][-2:]
        upload = session, _most_bytes(Headers(scope=scope))
        if self._memory_is_full():
            await _refusal(scope, SERVER_MB, 503)(scope, receive, send)
        elif not is_asked_for(session, file):
            await _no_place_for_a_file(scope)(scope, receive, send)
        elif sum(each == session for each, _bytes in self._arriving) >= SESSION_UPLOADS.limit:
            await _refusal(scope, SESSION_UPLOADS, 429)(scope, receive, send)
        elif sum(size for _session, size in [*self._arriving, upload]) > ARRIVING_MB.limit << 20:
            await _refusal(scope, ARRIVING_MB, 503)(scope, receive, send)
        else:
            self._arriving.append(upload)
            try:
                await self._app(scope, receive, send)
            finally:
                self._arriving.remove(upload)

    def _may_ask(self, address: str) -> bool:
        """Count one more request, or message of a session, from an address, and return whether it is allowed."""
        if is_on_this_machine(address):
            return True
        now = time.monotonic()
        if now - self._looked_through > _BURST:  # forget addresses whose allowance is full again
            self._requests = {each: allowed for each, allowed in self._requests.items() if not allowed.is_whole}
            self._looked_through = now
        if address not in self._requests:
            self._requests[address] = Allowance(_BURST * ADDRESS_REQUESTS.limit, ADDRESS_REQUESTS.limit)
        return self._requests[address].take(1)

    def _full(self, address: str) -> Budget | None:
        """Return the budget that one more session from an address would exceed, if any."""
        if self._open.total() >= SESSIONS.limit:
            return SESSIONS
        if self._open[address] >= ADDRESS_SESSIONS.limit and not is_on_this_machine(address):
            return ADDRESS_SESSIONS
        return SERVER_MB if self._memory_is_full() else None

    def _memory_is_full(self) -> bool:
        now = time.monotonic()
        if now - self._memory[0] >= _MEMORY_HOLDS:
            self._memory = now, memory_mb()
        return self._memory[1] > SERVER_MB.limit


_PAGES = {"", *(route.path for route in ROUTES), *FORMER_PATHS}


def _full_page(scope: Scope, full: Budget) -> HTMLResponse:
    """Return a page that says why visitors are turned away, and reloads itself to try again."""
    code = _language(scope)
    with speaking(code):
        page = TEMPLATES.page(
            language=code.replace("_", "-"), sentence=str(full), light=properties(LIGHT), dark=properties(DARK)
        )
    return HTMLResponse(page, 503, _AGAIN_IN_A_MINUTE | {"cache-control": "no-store"})


def _refusal(scope: Scope, exceeded: Budget, status: int) -> PlainTextResponse:
    """Return a response that says which budget a request exceeds."""
    with speaking(_language(scope)):
        return PlainTextResponse(str(exceeded), status, _AGAIN_IN_A_MINUTE)


def _no_place_for_a_file(scope: Scope) -> PlainTextResponse:
    with speaking(_language(scope)):
        return PlainTextResponse(_("The page has no place for a file."), 403)


def _most_bytes(headers: Headers) -> int:
    """Return how many bytes of an upload Streamlit would take."""
    most: int = st.get_option("server.maxUploadSize") << 20
    return most if "transfer-encoding" in headers else min(most, int(headers.get("content-length", 0)))


def _language(scope: Scope) -> str:
    """Return the language code of the requesting browser."""
    return of_browser(Headers(scope=scope), Request(scope).cookies)


def memory_mb() -> float:
    """Return the memory that this process uses, in megabytes; 0 where that is not known."""
    if sys.platform != "linux":
        return 0.0
    return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / 1e6


def is_on_this_machine(address: str) -> bool:
    """Return whether a client is on this machine; uvicorn takes its address from a proxy on this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
