"""What the server answers before Streamlit does: pages, static files, and strokes being drawn.

Pages start in our colours, at addresses in upper or lower case; files are compressed; strokes are read at once.
"""

import gzip
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from data.dataset import DataError
from language.translation import ENGLISH
from ui import routes
from ui.serving.admission import Admission
from ui.serving.graceful_stop import STOP, stop_with_notice
from ui.serving.security import Security
from ui.state import language, pen_reports
from ui.workarounds import compressed_static
from ui.workarounds.bounded_connections import bound_connections
from ui.workarounds.bounded_uploads import bound_uploads
from ui.workarounds.component_file import OUR_FOLDERS, served_scripts
from ui.workarounds.first_paint import first_paint
from ui.workarounds.released_memory import collect_regularly
from ui.workarounds.streamed_download import streamed

ICON = Path(__file__).parents[1] / "static" / "icon.png"

_YEAR = 365 * 24 * 3600

_GZIP = {"content-encoding": "gzip", "vary": "accept-encoding"}

_compressed = cache(gzip.compress)

_ADDRESSES: Mapping[str, routes.Route] = (
    {"": routes.DRAW} | {route.path: route for route in routes.ROUTES} | routes.FORMER_PATHS
)
"""The pages by lower-case path, without slashes. Draw has two paths."""


class FirstAnswers:
    """ASGI middleware that answers requests for pages and for Streamlit's static files; the rest goes to Streamlit.

    Paths are only looked up in fixed tables, so none can escape from their folders.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app
        base = st.get_option("server.baseUrlPath").strip("/")
        self._base = f"/{base}/" if base else "/"
        bound_uploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        response = None
        with suppress(ClientDisconnect):  # a body that will never be complete
            if scope["type"] == "http" and scope["method"] == "POST":
                response = await self._read_strokes(Request(scope, receive))
            elif scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
                response = await self._answer(scope)
            await (response or self._app)(scope, receive, send)

    async def _read_strokes(self, request: Request) -> Response | None:
        """Answer a report of live_reading.js."""
        before, reported, key = request.url.path.partition(pen_reports.REPORTED_TO)
        if not reported or before != self._base:
            return None
        listener = pen_reports.listener(key)
        if listener is None:
            return Response(status_code=404)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > pen_reports.MOST_BYTES:
                return Response(status_code=413)
        try:
            report = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        return Response(
            await run_in_threadpool(listener.answer, report),
            media_type="application/octet-stream",
            headers={"cache-control": "no-store"},
        )

    async def _answer(self, scope: Scope) -> Response | None:
        path = f"{scope['path'].rstrip('/')}/"
        if not path.startswith(self._base):
            return None
        path = path[len(self._base) :].rstrip("/")
        takes_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if path in compressed_static.FILES:
            if not takes_gzip:
                return None
            return Response(
                await run_in_threadpool(compressed_static.compressed, path),
                media_type=compressed_static.media_type(path),
                headers=_GZIP | {"cache-control": f"public, immutable, max-age={_YEAR}"},
            )
        if script := served_scripts().get(path):
            return _text(script.read_bytes(), "text/javascript", takes_gzip=takes_gzip)
        if path.startswith(OUR_FOLDERS):  # compiled files beside a script contain paths of the server
            return Response(status_code=404)
        if path == "ready":
            return PlainTextResponse("stopping" if STOP.is_near else "ready", 503 if STOP.is_near else 200)
        if path == "favicon.png":
            return FileResponse(ICON)
        if scope["method"] == "GET" and (file := streamed(path)) is not None:
            return file
        route = _ADDRESSES.get(path.lower())
        if route is None:
            return None
        address = self._base + route.url_path
        if scope["path"] != address:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(quote(address) + (f"?{query}" if query else ""), 307)
        code = language.of_browser(Headers(scope=scope), Request(scope).cookies)
        return _text(first_paint(route, code), "text/html", takes_gzip=takes_gzip)


def _text(content: bytes, media_type: str, *, takes_gzip: bool) -> Response:
    """Return a response that browsers revalidate each time."""
    headers = {"cache-control": "no-cache"}
    if takes_gzip:
        content, headers = _compressed(content), headers | _GZIP
    return Response(content, media_type=media_type, headers=headers)


MIDDLEWARE = [Middleware(Security), Middleware(Admission), Middleware(FirstAnswers)]


def lifespan(load_pages: Callable[[], object]) -> Callable[[st.App], AbstractAsyncContextManager[None]]:
    """Return the lifespan of the server: it imports the pages, prepares the first visit, and stops with notice.

    The pages declare components, which needs the server's runtime to exist.
    """

    @asynccontextmanager
    async def serve(app: st.App) -> AsyncIterator[None]:
        bound_connections()
        stopped = threading.Event()
        threading.Thread(target=_prepare_and_collect, args=(load_pages, stopped), daemon=True).start()
        threading.Thread(target=_sweep_rooms, args=(stopped,), daemon=True).start()
        try:
            async with stop_with_notice(app):
                yield
        finally:
            stopped.set()

    return serve


def _sweep_rooms(stopped: threading.Event) -> None:
    from ui.state import shared_resources

    shared_resources.sweep_rooms_regularly(stopped)


def _prepare_and_collect(load_pages: Callable[[], object], stopped: threading.Event) -> None:
    _prepare_first_visit(load_pages)
    collect_regularly(stopped)


@st.cache_resource(show_spinner=False)  # nor for the cached functions it calls: there is no page yet
def _prepare_first_visit(_load_pages: Callable[[], object]) -> None:
    """Compress the scripts of the first page, import all pages, and load the network and the digits of the app."""
    for path in re.findall(r'(?:src|href)="\./([^"]+)"', first_paint(routes.DRAW, ENGLISH).decode()):
        if path in compressed_static.FILES:
            compressed_static.compressed(path)

    _load_pages()
    from ui.state import shared_resources

    for load in (shared_resources.shipped_reader, shared_resources.embedded):
        with suppress(DataError):  # the pages will report what is missing or damaged
            load()
