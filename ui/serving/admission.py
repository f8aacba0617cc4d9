"""Who is let in: beyond what the server can bear, a page that says so instead of a stall."""

import ipaddress
import sys
from collections import Counter
from pathlib import Path

from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.routes import ROUTES
from ui.serving.budgets import ADDRESS_SESSIONS, SERVER_MB, SESSIONS, Budget
from ui.widgets.palette import DARK, LIGHT, properties
from ui.workarounds.bounded_uploads import is_asked_for

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="60"><title>Full · Digit Lab</title>
<style>:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
body {{ background: var(--paper); color: var(--ink); font: 1.1rem/1.5 sans-serif; }}
main {{ margin: 20vh auto; max-width: 30rem; padding: 1rem; }}
h1 {{ font: 500 2rem serif; }}</style>
<main><h1>Digit Lab is full</h1><p>{sentence}</p><p>This page tries again by itself.</p></main></html>"""
"""The address is that of the page that was asked for, which the refresh asks for again."""

_STATM, _PAGE_BYTES = Path("/proc/self/statm"), 4096


class Admission:
    """ASGI middleware that counts sessions, which are open WebSockets, and refuses those beyond the budgets."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a page, a session or an upload, or pass it on."""
        address = scope["client"][0] if scope.get("client") else ""
        path = scope.get("path", "").rstrip("/")  # the start and end of the server have none
        if scope["type"] == "websocket":
            if self._full(address) is not None:
                await send({"type": "websocket.close", "code": 1013})  # try again later
                return
            self._open[address] += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._open[address] -= 1
                self._open += Counter()  # drops those that are zero
            return
        answer: ASGIApp = self._app
        if scope["type"] == "http" and scope["method"] == "GET" and path.rpartition("/")[2].lower() in _PAGES:
            full = self._full(address)
            if full is not None:
                page = _PAGE.format(sentence=full, light=properties(LIGHT), dark=properties(DARK))
                answer = HTMLResponse(page, 503, {"retry-after": "60", "cache-control": "no-store"})
        elif scope["type"] == "http" and scope["method"] == "PUT":  # a file, sent to …/session/file
            if memory_mb() > SERVER_MB.limit:
                answer = PlainTextResponse(str(SERVER_MB), 503)
            elif not is_asked_for(path.rpartition("/")[0].rpartition("/")[2]):
                answer = PlainTextResponse("The page has no place for a file.", 403)
        await answer(scope, receive, send)

    def _full(self, address: str) -> Budget | None:
        """Return the budget that one more session from an address would exceed, if any."""
        if self._open.total() >= SESSIONS.limit:
            return SESSIONS
        if self._open[address] >= ADDRESS_SESSIONS.limit and not _is_on_this_machine(address):
            return ADDRESS_SESSIONS
        return SERVER_MB if memory_mb() > SERVER_MB.limit else None


_PAGES = {"", *(route.path for route in ROUTES)}


def memory_mb() -> float:
    """Return the memory that this process uses, in megabytes; 0 where that is not known."""
    if sys.platform != "linux":
        return 0.0
    return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / 1e6


def _is_on_this_machine(address: str) -> bool:
    """Return whether a client is on this machine; uvicorn takes its address from a proxy on this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
