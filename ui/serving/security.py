"""What the server refuses, and what browsers may do with its answers.

Pages may load scripts, styles and pictures only from this server, and may run only the inline scripts known here.
"""

import base64
import hashlib
import ipaddress
import os
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from language.translation import ENGLISH
from ui.routes import ROUTES
from ui.serving.local_network import accepted_hosts
from ui.workarounds.first_paint import first_paint
from ui.workarounds.own_address import never_look_up_own_address

EMBEDDED_IN = "DIGIT_LAB_EMBEDDED_IN"
"""The environment variable that names the origins, separated by spaces, whose pages may show this app in a frame."""

_UI = Path(__file__).parents[1]
_SCRIPTS = ("workarounds/canvas_pause.js", "workarounds/canvas_surface.js", "widgets/canvas.js")
"""The scripts that pages insert with `st.html`."""


class Security:
    """ASGI middleware that serves Streamlit's metrics only to this machine, and adds security headers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application, and keep Streamlit from looking up its external address."""
        self._app = app
        self._hosts = accepted_hosts()
        never_look_up_own_address()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on and add headers to the answer."""
        is_http = scope["type"] == "http"
        if scope["type"] != "lifespan" and (wrong := self._wrong_header(Headers(scope=scope))):
            refusal: ASGIApp = PlainTextResponse(f"Bad {wrong}", 400) if is_http else WebSocketClose(1008)
            await refusal(scope, receive, send)
            return
        if not is_http:
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                if headers.get("content-type", "").startswith("text/html"):
                    headers.update(page_headers())
            await send(message)

        is_closed = scope["path"].rstrip("/").endswith("/_stcore/metrics") and not _is_from_this_machine(scope)
        answer = PlainTextResponse("Not found", 404) if is_closed else self._app
        await answer(scope, receive, send_with_headers)

    def _wrong_header(self, headers: Headers) -> str:
        """Return the name of the header for which a request is refused; empty if there is none.

        In a local network, requests must be sent to an announced address, by a page from one: a site whose name is made
        to resolve to this machine (DNS rebinding) gets nothing.
        """
        origins = headers.getlist("origin")
        if not all(map(_is_address, origins)):
            return "Origin"
        if self._hosts and headers.get("host", "").lower() not in self._hosts:
            return "Host"
        if self._hosts and not {origin.removeprefix("http://") for origin in origins} <= self._hosts:
            return "Origin"
        return ""


def _is_address(origin: str) -> bool:
    """Return whether an Origin can be parsed; for one that cannot, such as http://[, Streamlit would raise an error."""
    try:
        urlsplit(origin)
    except ValueError:
        return False
    return True


def _is_from_this_machine(scope: Scope) -> bool:
    """Return whether a request comes from a program on this machine, and not from a proxy for someone else."""
    if scope["client"] is None or "x-forwarded-for" in Headers(scope=scope):
        return False
    try:
        return ipaddress.ip_address(scope["client"][0]).is_loopback
    except ValueError:
        return False


@cache
def page_headers() -> dict[str, str]:
    """Return the headers of pages: who may frame them, and what they may load and run."""
    embedding = os.environ.get(EMBEDDED_IN, "")
    pages = "".join(first_paint(route, ENGLISH).decode() for route in ROUTES)
    inline = set(re.findall("<script>(.*?)</script>", pages, re.DOTALL))
    inline |= {(_UI / path).read_text(encoding="utf-8") for path in _SCRIPTS}
    hashes = sorted(f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in inline)
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", "blob:", *hashes]),  # blob: the scripts of components
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": f"'self' {embedding}".strip(),
    }
    headers = {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items())}
    return headers if embedding else headers | {"X-Frame-Options": "SAMEORIGIN"}
