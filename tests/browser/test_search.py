"""A visitor searches for the best h × λ, tests it, uses it in Train, and closes the tab during another search."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import SCREENS
from tests.browser.test_every_page import violations

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, NewServer


def set_epochs(app: App, epochs: int) -> None:
    app.type("search_epochs", str(epochs))
    app.settle()


def worker_count(server_pid: int) -> int:
    """Return the number of search worker processes of a server."""
    command = ["ps", "-ww", "-o", "args", "--ppid", str(server_pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return listed.stdout.count("--multiprocessing-fork")


def test_a_search_from_choosing_pairs_to_using_the_best_and_closing_the_tab(
    new_app: NewApp, new_server: NewServer
) -> None:
    server = new_server({})
    app = new_app(url=server.url, path="compare")
    page = app.page
    state = page.locator("#search_status strong")
    done = page.locator("#heat_map td.done")
    for key, values in (("search_hidden_size", ("32", "64")), ("search_l2", ("10", "100"))):
        for value in values:
            app.widget(key).locator("[data-tag]", has_text=re.compile(f"^{value}$")).get_by_role("button").click()
            app.settle()
    set_epochs(app, 2)
    app.click("search")
    expect(state).to_have_text("Finished", timeout=180_000)  # the heat map fills in without interaction
    app.settle()
    expect(done).to_have_count(4)
    best = page.locator("#heat_map td.best span").inner_text()
    named = page.locator("#best").inner_text()
    match = re.match(r"Best: (\d+) units with λ ([\d.]+), (.*) on dev\.", named)
    assert match is not None, named
    shares = [each.removesuffix(" best") for each in done.locator("span").all_inner_texts()]
    assert match[3].split()[0] == best.removesuffix(" best") == max(shares)
    expect(page.locator("#within_chance")).to_contain_text("3 others")

    app.click("test_best")
    expect(page.locator("#tested")).to_contain_text("Test has been used once", timeout=180_000)
    app.settle()
    assert violations(app) == []
    app.screenshot("search")
    page.set_viewport_size(SCREENS["phone"])
    assert app.overflow() <= 0
    assert app.covered() == []
    app.screenshot("search_phone")
    page.set_viewport_size(SCREENS["desktop"])

    app.click("take_best")
    app.settle()
    app.widget("best_drive").get_by_role("link").click()
    app.settle()
    assert (app.slider("hidden_size"), app.slider("l2"), app.typed("epochs")) == (match[1], match[2], "2")
    app.go("Compare")
    assert page.locator("#heat_map td.best span").inner_text() == best

    set_epochs(app, 100_000)
    app.click("search")
    expect(page.locator("#heat_map td.now").first).to_be_visible(timeout=180_000)
    assert worker_count(server.pid) > 0
    page.close()
    deadline = time.monotonic() + 20
    while worker_count(server.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert worker_count(server.pid) == 0
