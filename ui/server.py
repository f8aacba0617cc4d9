"""What the server answers before Streamlit does: pages in our colours, addresses in any case, compressed files."""

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import routes
from ui.security import Security
from ui.workarounds import compressed_static
from ui.workarounds.component_file import SERVED_AT
from ui.workarounds.first_paint import first_paint

ICON = Path(__file__).parent / "static" / "icon.png"

_YEAR = 365 * 24 * 3600

_GZIP = {"content-encoding": "gzip", "vary": "accept-encoding"}

_compressed = cache(gzip.compress)

_ADDRESSES: Mapping[str, routes.Route] = {"": routes.DRAW} | {route.path: route for route in routes.ROUTES}
"""The pages by lower-case path, without slashes. Draw is found at both of its paths."""


class FirstAnswers:
    """ASGI middleware that answers requests for pages and for Streamlit's static files; the rest goes to Streamlit.

    Paths are only looked up among those that exist, so none can lead outside.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application, and start compressing what every first visit needs."""
        self._app = app
        base = st.get_option("server.baseUrlPath").strip("/")
        self._base = f"/{base}/" if base else "/"
        compressed_static.prepare()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        response = await self._answer(scope) if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} else None
        await (response or self._app)(scope, receive, send)

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
        if path.startswith(SERVED_AT) and not path.endswith(".js"):
            return Response(status_code=404)  # what is compiled beside a script names folders of the server
        if path == "favicon.png":
            return FileResponse(ICON)
        route = _ADDRESSES.get(path.lower())
        if route is None:
            return None
        address = self._base + route.url_path
        if scope["path"] != address:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(quote(address) + (f"?{query}" if query else ""), 307)
        html, headers = first_paint(route), {"cache-control": "no-cache"}
        if takes_gzip:
            html, headers = _compressed(html), headers | _GZIP
        return Response(html, media_type="text/html", headers=headers)


MIDDLEWARE = [Middleware(Security), Middleware(FirstAnswers)]
