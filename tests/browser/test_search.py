"""A person searches for the best h × λ: the map fills in, the best is named, tested once and taken to Train."""

from __future__ import annotations

import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENS
from tests.browser.test_every_page import serious_violations
from tests.browser.train_page import until as until_run

if TYPE_CHECKING:
    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, NewServer

pytestmark = pytest.mark.alone


def two_by_two(app: App, epochs: int) -> None:
    """Choose a small and a large hidden size, two λs, and how long each pair is trained."""
    for key, given_up in (("search_hidden_size", ("32", "64")), ("search_l2", ("10", "100"))):
        for value in given_up:
            app.widget(key).locator("[data-tag]", has_text=re.compile(f"^{value}$")).get_by_role("button").click()
            app.settle()
    app.type("search_epochs", str(epochs))
    app.settle()


def until(app: App, state: str, seconds: float = 60) -> None:
    """Wait for the search's status to say this."""
    expect(app.page.locator("#search_status strong")).to_have_text(state, timeout=1000 * seconds)


def test_a_search_is_cancelled_gone_on_with_tested_once_and_taken_to_train(new_app: NewApp) -> None:
    app = new_app(path="compare")
    page = app.page
    expect(page.locator("#no_search")).to_be_visible()
    two_by_two(app, epochs=100)
    app.click("search")
    done = page.locator("#heat_map td.done")
    expect(done.first).to_be_visible(timeout=60_000)
    app.click("cancel_search")
    until(app, "Cancelled")
    app.settle()
    kept = done.count()
    values = done.locator("span").all_inner_texts()
    assert 1 <= kept < 4
    expect(page.get_by_text("not tried")).to_have_count(4 - kept)
    app.click("search")
    until(app, "Finished")
    app.settle()
    expect(done).to_have_count(4)
    assert done.locator("span").all_inner_texts()[: len(values)] == values
    best = page.locator("#heat_map td.best span").inner_text()
    named = page.locator("#best").inner_text()
    found = re.fullmatch(r"Best: (\d+) units with λ ([\d.]+), (.*) on dev\.", named)
    assert found is not None, named
    assert found[3] == best == max(done.locator("span").all_inner_texts())
    app.click("test_best")
    expect(page.locator("#tested")).to_contain_text("Test has been used once", timeout=60_000)
    app.settle()
    expect(app.widget("test_best")).to_have_count(0)
    assert serious_violations(app) == []
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
    assert (app.slider("hidden_size"), app.slider("l2"), app.typed("epochs")) == (found[1], found[2], "100")
    until_run(app, "Ready")
    app.go("Compare")
    assert page.locator("#heat_map td.best span").inner_text() == best


def test_a_tab_that_closes_takes_the_processes_of_its_search_with_it(new_app: NewApp, new_server: NewServer) -> None:
    served = new_server({})
    app = new_app(url=served.url, path="compare")
    two_by_two(app, epochs=100_000)
    app.click("search")
    expect(app.page.locator("#heat_map td.now").first).to_be_visible(timeout=60_000)
    assert workers_of(served.pid) > 0
    app.page.context.close()
    end = time.monotonic() + 20
    while workers_of(served.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert workers_of(served.pid) == 0


def workers_of(pid: int) -> int:
    """How many processes of a search a server has."""
    command = ["ps", "-ww", "-o", "args", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return listed.stdout.count("--multiprocessing-fork")
