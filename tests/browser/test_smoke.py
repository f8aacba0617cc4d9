"""The app opens as it should for somebody new."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import NewApp, Scheme, Screen
    from tests.browser.driver import App
    from tests.browser.server import Server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_first_page_is_a_canvas_to_draw_on(new_app: NewApp, screen: Screen, scheme: Scheme) -> None:
    app = new_app(screen, scheme)
    expect(app.canvas).to_be_in_viewport(ratio=1)
    assert app.answer(strokes=0) == "–"
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot(f"first-{screen}-{scheme}")


def test_nothing_is_asked_of_another_host(app: App, server: Server) -> None:
    assert app.watch.hosts == {urlsplit(server.url).netloc}


def test_the_server_listens_on_this_machine_only(server: Server) -> None:
    """A server that listened to the whole network would answer at every other address of this machine too."""
    port = urlsplit(server.url).port
    assert port is not None
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", port)) != 0
