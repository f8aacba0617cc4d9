"""A run lasts as long as its page, keeps the app responsive, and is isolated from other sessions."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from testing.browser_driver import App
from testing.sample_digits import digit
from tests.browser.server_memory import falls, resident
from tests.browser.server_threads import busy_threads, ended, threads, training_threads
from tests.browser.train_page import AT_FULL_SPEED, ENDLESS, pause, start

if TYPE_CHECKING:
    from playwright.sync_api import WebSocket

    from testing.app_server import Server
    from tests.browser.conftest import NewApp, NewServer

GONE_WITHIN = 2.0

SOON_FORGOTTEN = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "8"}
"""Makes a server wait three seconds instead of two minutes for a lost connection to return."""


@pytest.fixture
def own_server(new_server: NewServer) -> Server:
    """A server without other sessions."""
    return new_server({})


def training_step(app: App) -> int:
    """Wait until a page that has just been opened shows a run in training; return its step."""
    expect(app.page.locator("#first-paint")).to_have_count(0, timeout=30_000)
    expect(app.status).to_contain_text("Training", timeout=30_000)
    return app.step()


def test_a_reload_keeps_everything_and_a_duplicated_tab_shares_nothing(new_app: NewApp) -> None:
    app = new_app(path=f"{AT_FULL_SPEED}&alpha=0.3")
    before = start(app)
    app.go("Draw")
    app.draw(digit("4"))
    app.expect_answer("4", strokes=2)
    app.reload()
    app.expect_answer("4", strokes=2)
    app.page.get_by_role("link", name="Train", exact=True).click()
    training_step(app)
    before = app.wait_for_step(before + 200)
    expect(app.widget("epochs").locator("input").first).to_have_value("100000")
    assert (app.slider("alpha"), app.chosen("speed")) == ("0.3", "Full")
    expect(app.page).to_have_url(re.compile("speed=Full"))
    app.page.locator(".curves .plots").focus()
    app.page.keyboard.press("+")
    app.page.reload()
    assert training_step(app) >= before
    expect(app.page.locator(".curves [data-tool=zoom]")).to_be_visible()

    stored = app.page.evaluate("JSON.stringify({...sessionStorage})")
    duplicate = App(app.page.context.new_page(), app.url, app.watch, app.pictures)
    duplicate.page.add_init_script(f"Object.assign(sessionStorage, {stored})")
    duplicate.open("train")
    expect(duplicate.status).to_contain_text("step 0")
    duplicate.page.close()
    before = app.step()
    assert app.wait_for_step(before + 1) > before

    app.page.goto("about:blank")
    app.page.go_back()
    assert training_step(app) >= before
    app.go("Draw")
    app.expect_answer("4", strokes=2)
    app.page.go_back()
    expect(app.status).to_contain_text("Training")
    assert app.slider("alpha") == "0.3"


@pytest.mark.alone
def test_a_paused_run_uses_no_processor_time_and_closing_the_tab_ends_it(new_app: NewApp, own_server: Server) -> None:
    app = new_app(url=own_server.url, path=AT_FULL_SPEED)
    idle = threads(own_server.pid).keys()
    start(app)
    pause(app)
    assert busy_threads(own_server.pid) == set()
    start(app)
    training = training_threads(own_server.pid)
    other = new_app(url=own_server.url)
    app.page.close()
    assert ended(own_server.pid, training - idle, within=GONE_WITHIN)
    assert busy_threads(own_server.pid) == set()
    other.draw(digit("2"))
    other.expect_answer("2", strokes=1)


def test_a_restored_connection_resumes_its_run(new_app: NewApp) -> None:
    app = new_app(path=ENDLESS)
    start(app)
    app.slide("alpha", "0.07")
    app.settle()
    app.disconnect()
    before = app.step()
    app.reconnect()
    expect(app.status).to_contain_text("Training")
    assert app.wait_for_step(before) >= before
    at = app.step()
    assert app.wait_for_step(at + 1) > at
    assert app.slider("alpha") == "0.07"


def test_a_connection_restored_too_late_gets_a_working_page(new_app: NewApp, new_server: NewServer) -> None:
    app = new_app(url=new_server(SOON_FORGOTTEN).url, path=ENDLESS)
    start(app)
    app.disconnect()
    app.page.wait_for_timeout(5_000)
    app.reconnect()
    expect(app.status).to_contain_text("step 0")
    assert start(app, 50) >= 50
    app.go("Draw")
    assert app.options("network") == ["Built-in network (99.4%)", "Run 1"]
    app.draw(digit("2"))
    app.expect_answer("2", strokes=1)


@pytest.mark.alone
def test_buttons_answer_at_once_and_no_message_relies_on_the_browsers_cache(new_app: NewApp) -> None:
    """A browser drops its connection if the server refers to a message that it has evicted.

    After clicks faster than the page can handle, the run still trains, pauses and resets.
    """
    app = new_app(path=AT_FULL_SPEED)
    sent: list[ForwardMsg] = []

    def take(data: bytes | str) -> None:
        assert isinstance(data, bytes)
        sent.append(ForwardMsg.FromString(data))

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", take)

    app.page.on("websocket", listen)
    app.reload()
    start(app)
    waits = []
    for state in ("Paused", "Training", "Paused"):
        clicked = time.monotonic()
        app.click("train")
        expect(app.status).to_contain_text(state)
        waits.append(time.monotonic() - clicked)
        app.settle()
    print(f"buttons after {', '.join(f'{wait:.2f}' for wait in waits)} s")
    assert min(waits) < 1.5
    for _ in range(12):
        app.click("train")
    app.click("reset")
    for _ in range(4):
        app.click("train")
        app.click("reset")
    expect(app.status).to_contain_text("Ready")
    app.settle()
    start(app)
    pause(app)
    # By default, Streamlit caches messages of 10 kB and more.
    assert max(message.ByteSize() for message in sent) > 10_000, "No message was large enough to be cached."
    assert not any(message.metadata.cacheable or message.WhichOneof("type") == "ref_hash" for message in sent)


def test_closed_tabs_give_their_memory_back(new_app: NewApp, new_server: NewServer) -> None:
    """No other session of this server starts or ends meanwhile: idle, it must free the memory without a trigger."""
    server = new_server(SOON_FORGOTTEN)
    large = "train?epochs=100000&hidden_size=1024&optimizer=adam"

    def visit(tabs: int) -> float:
        """Train in this many tabs and close them; return the server's memory in megabytes while they were open."""
        apps = [new_app(url=server.url, path=large) for _ in range(tabs)]
        for app in apps:
            app.click("train")
        for app in apps:
            app.wait_for_step(3)
        held = resident(server.pid)
        for app in apps:
            app.page.close()
        return held

    visit(1)
    time.sleep(6)
    before = resident(server.pid)
    during = visit(4)
    assert during > before + 60, "The tabs use hardly any memory, so this test proves nothing."
    back = falls(lambda: resident(server.pid), below=before + (during - before) / 4, within=45)
    print(f"{before:.0f} MB before, {during:.0f} MB with four tabs, {resident(server.pid):.0f} MB without them")
    assert back


def test_two_sessions_at_once_share_nothing(new_app: NewApp) -> None:
    first, second = new_app(path=f"{ENDLESS}&seed=1"), new_app(path=f"{ENDLESS}&seed=2&hidden_size=16")
    start(first)
    expect(second.status).to_contain_text("step 0")
    start(second)
    at = first.step()
    first.wait_for_step(at + 1)
    first.click("train")
    expect(first.status).to_contain_text("Paused", timeout=20_000)  # two browsers and two runs share this machine
    first.settle()
    stopped = first.step()
    second.wait_for_step(second.step() + 200)
    assert first.step() == stopped
    second.slide("alpha", "0.05")
    assert first.slider("alpha") == "0.1"
    second.slide("hidden_size", "24")
    second.new_run()
    expect(first.offer).to_have_count(0)
    first.go("Draw")
    second.go("Draw")
    assert first.options("network") == ["Built-in network (99.4%)", "Run 1"]
    assert second.options("network") == ["Built-in network (99.4%)", "Run 2", "Run 1"]
    first.draw(digit("4"))
    first.expect_answer("4", strokes=2)
    second.expect_answer("–", strokes=0)
    second.draw(digit("7"))
    second.expect_answer("7", strokes=1)
    first.expect_answer("4", strokes=2)


@pytest.mark.alone
def test_the_canvas_answers_while_another_trains(new_app: NewApp) -> None:
    start(trains := new_app(path=AT_FULL_SPEED))
    draws = new_app()
    waits = []
    for name in "2357":
        draws.draw(strokes := digit(name))
        lifted = time.monotonic()
        draws.expect_answer(name, strokes=len(strokes))
        waits.append(time.monotonic() - lifted)
        draws.clear()
    print(f"answers after {', '.join(f'{wait:.2f}' for wait in waits)} s")
    assert min(waits) < 1.5
    expect(trains.status).to_contain_text("Training")
    at = trains.step()
    trains.wait_for_step(at + 1)
