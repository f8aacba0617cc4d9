"""The server contacts no other host, keeps its metrics to itself, and limits what browsers do with its pages."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests
from starlette.responses import HTMLResponse
from streamlit.web.server.starlette.starlette_websocket import _is_origin_allowed

from ui.serving import security
from ui.serving.security import Security
from ui.workarounds.own_address import never_look_up_own_address

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def messages(
    path: str,
    client: tuple[str, int] | None = ("203.0.113.5", 4000),
    headers: tuple[tuple[bytes, bytes], ...] = (),
    kind: str = "http",
) -> list[MutableMapping[str, Any]]:
    """What the server sends to a client; behind the middleware, everything is a page."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": headers,
        "client": client,
    }
    asyncio.run(Security(HTMLResponse("a page"))(scope, receive, send))
    return sent


def answer(
    path: str, client: tuple[str, int] | None = ("203.0.113.5", 4000), headers: tuple[tuple[bytes, bytes], ...] = ()
) -> tuple[int, dict[str, str]]:
    """The status and headers with which the server answers a client."""
    start = messages(path, client, headers)[0]
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}


@pytest.mark.parametrize("origin", [b"http://[", b"http://]", b"http://[x]/", b"//["])
def test_an_origin_that_is_not_an_address_is_refused_before_streamlit_parses_it(origin: bytes) -> None:
    """Streamlit raises an error there: a traceback in the log for each."""
    assert answer("/", headers=((b"origin", origin),))[0] == 400
    (closed,) = messages("/_stcore/stream", headers=((b"origin", origin),), kind="websocket")
    assert closed["type"] == "websocket.close"
    assert answer("/", headers=((b"origin", b"http://[::1]:8501"),))[0] == 200


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://elsewhere.example:8501", "null", "x"])
def test_a_page_of_another_site_is_refused_without_asking_another_host(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    """Streamlit would look up its own address, blocking the event loop for 2 s each time."""
    never_look_up_own_address()
    asked: list[str] = []
    monkeypatch.setattr(requests, "get", lambda url, **_: asked.append(url))
    assert not _is_origin_allowed(origin, "lab.example:8501")
    assert _is_origin_allowed("https://lab.example", "lab.example")
    assert asked == []


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/lab/_stcore/metrics"])
def test_metrics_are_for_this_machine_only(path: str) -> None:
    for stranger in (("203.0.113.5", 4000), ("2001:db8::1", 4000), ("unix", 0), None):
        assert answer(path, stranger)[0] == 404
    for local in (("127.0.0.1", 4000), ("::1", 4000)):
        assert answer(path, local)[0] == 200
        assert answer(path, local, ((b"x-forwarded-for", b"127.0.0.1"),))[0] == 404, "A proxy asks for someone else."


def test_pages_run_no_foreign_script_and_are_shown_in_no_foreign_frame() -> None:
    _, headers = answer("/")
    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
    assert "unsafe" not in policy["script-src"]
    assert not re.search(r"\*|https?:", headers["content-security-policy"])
    assert policy["default-src"] == policy["frame-ancestors"] == "'self'"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_operator_may_name_the_sites_that_embed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(security.EMBEDDED_IN, "https://school.example")
    security.page_headers.cache_clear()
    headers = security.page_headers()
    security.page_headers.cache_clear()
    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self' https://school.example")
    assert "X-Frame-Options" not in headers, "It can name no site, and would forbid them all."
