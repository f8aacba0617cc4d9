"""The app on a local network: at this machine's own address, as pupils open it, contacting no other host."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

from testing.app_server import Server
from testing.sample_digits import digit
from ui.serving.local_network import local_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.conftest import NewApp


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Server]:
    if not local_addresses():
        pytest.skip("This machine is on no network.")
    with Server(tmp_path, module=("ui.serving.local_network",)) as server:
        yield server
        assert server.tracebacks() == ""


def test_a_class_opens_it_at_the_announced_address(network: Server, new_app: NewApp) -> None:
    host = local_addresses()[0]
    url = f"http://{host}:{urlsplit(network.url).port}"
    said = network.log.read_text()
    assert f"Digit Lab is at {url}\n" in said
    assert "0.0.0.0" not in said
    app = new_app(url=url)
    app.draw(strokes := digit("3"))
    app.expect_answer("3", strokes=len(strokes))
    app.page.get_by_role("button", name="Show the address").click()
    dialog = app.page.get_by_role("dialog", name="The address of this app")
    expect(dialog).to_contain_text(url)
    code = dialog.locator(".qr_code").bounding_box()
    assert code is not None
    assert min(code["width"], code["height"]) >= 600, "It must be large enough to scan from the back of a room."
    app.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    for page in ("Train", "Look", "Break it", "Compare", "Dataset"):
        app.go(page)
    assert app.watch.problems() == []


def test_a_site_whose_name_leads_here_gets_nothing(network: Server) -> None:
    url = f"http://{local_addresses()[0]}:{urlsplit(network.url).port}"
    assert requests.get(url, timeout=10).status_code == 200
    for path in ("", "train", "static/index.html", "_stcore/health"):
        assert requests.get(f"{url}/{path}", headers={"Host": "school.example"}, timeout=10).status_code == 400
