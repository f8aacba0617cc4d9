"""Watch a browser for what no test may cause: errors, warnings, and requests to other hosts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket


EXCUSED: dict[str, str] = {
    r"preloaded using link preload but not used": "Chromium, where a page is left before Streamlit's fonts are drawn",
    r"Canvas2D: Multiple readback operations": "streamlit-drawable-canvas, which reads its canvas after each stroke",
}
"""Third-party warnings that no change to the app can prevent, as regular expressions, and their causes."""


class Watch:
    """Listens to all pages of a browser context.

    Attributes:
        hosts: `host:port` of every request and WebSocket so far.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        """Start listening; `url` is the only server that pages may contact."""
        self.hosts: set[str] = set()
        self._allowed_host = urlsplit(url).netloc
        self._errors: list[str] = []
        self._expected = [re.compile(pattern) for pattern in EXCUSED]
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("page", self._on_page)
        self._context = context

    def expect(self, pattern: str) -> None:
        """Ignore errors and warnings that match this regular expression, for a test that provokes them."""
        self._expected.append(re.compile(pattern))

    def stop(self) -> None:
        """Stop listening, before the context is used for something else."""
        self._context.remove_listener("console", self._on_console)
        self._context.remove_listener("weberror", self._on_error)
        self._context.remove_listener("request", self._on_request)
        self._context.remove_listener("page", self._on_page)

    def problems(self) -> list[str]:
        """Return one line for each unexpected error or warning and each forbidden host."""
        errors = [error for error in self._errors if not any(known.search(error) for known in self._expected)]
        strangers = sorted(self.hosts - {self._allowed_host})
        return errors + [f"asked another host: {host}" for host in strangers]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._errors.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: WebError) -> None:
        self._errors.append(f"uncaught error in the page: {error.error}")

    def _on_request(self, request: Request | WebSocket) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"}:
            self.hosts.add(parts.netloc)

    def _on_page(self, page: Page) -> None:
        page.on("websocket", self._on_request)
        page.on("crash", lambda _: self._errors.append("the page crashed"))
