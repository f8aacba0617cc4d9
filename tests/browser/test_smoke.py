"""The app opens as it should for somebody new."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from testing.app_server import Server
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Scheme, Screen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_first_page_is_a_canvas_to_draw_on(new_app: NewApp, screen: Screen, scheme: Scheme) -> None:
    app = new_app(screen, scheme)
    expect(app.widget("canvas")).to_be_in_viewport(ratio=1)
    assert app.answer(strokes=0) == "–"
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot(f"first-{screen}-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_other_pages_fit_the_screen(new_app: NewApp, screen: Screen, scheme: Scheme) -> None:
    """The first thing to do is in sight, nothing is wider than the screen, and no control is covered."""
    app = new_app(screen, scheme, path="train")
    expect(app.widget("train")).to_be_in_viewport(ratio=1)
    app.click("epoch")
    app.wait_for_step(63)
    app.settle()
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot(f"train-{screen}-{scheme}")
    app.open("dataset")
    expect(app.page.locator("#digits")).to_be_in_viewport(ratio=0.1)
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot(f"dataset-{screen}-{scheme}")


@pytest.mark.parametrize("title", ["Train", "Compare", "Learn", "Dataset", "Draw"])
def test_a_phone_comes_to_every_page_by_its_menu_which_then_makes_room(new_app: NewApp, title: str) -> None:
    phone = new_app("phone", path="" if title == "Train" else "train")
    phone.page.get_by_test_id("stExpandSidebarButton").click()
    phone.page.get_by_role("link", name=title, exact=True).click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text(
        {
            "Train": "Train a network",
            "Compare": "Compare runs",
            "Learn": "One digit, all the way through",
            "Dataset": "The digits",
            "Draw": "Draw a digit",
        }[title]
    )
    expect(phone.page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")


def test_nothing_is_asked_of_another_host(app: App, server: Server) -> None:
    for title in ("Train", "Compare", "Learn", "Dataset", "Draw"):
        app.go(title)
    assert app.watch.hosts == {urlsplit(server.url).netloc}


def test_the_server_listens_on_this_machine_only(server: Server) -> None:
    """A server that listened to the whole network would answer at every other address of this machine too."""
    port = urlsplit(server.url).port
    assert port is not None
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.2", port)) != 0
