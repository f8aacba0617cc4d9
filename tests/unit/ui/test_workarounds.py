"""Each workaround does its job: clicks count once, closed tabs and other pages leave nothing behind."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from starlette.types import Message
from starlette.websockets import WebSocket
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.web.server.starlette import starlette_websocket

from ui.train import page as train_page
from ui.workarounds import page_switch
from ui.workarounds.closed_tab_log import silence_closed_tabs

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


@pytest.fixture
def restarting_train(new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open the Train page with a digit selected; its next script run restarts halfway."""
    visit = new_visit("train")
    visit.run_view.mistakes.digit = 0
    visit.app.run()
    restarts = iter([True])

    def restart_once() -> None:
        if next(restarts, False):
            st.rerun(scope="app")

    monkeypatch.setattr(train_page, "network_view", restart_once)
    return visit


@pytest.mark.parametrize(("key", "heading"), [("draw_on", "Draw"), ("inspect", "One digit")])
def test_a_click_counts_though_the_script_restarts_before_it_comes_to_the_button(
    restarting_train: Visit, key: str, heading: str
) -> None:
    restarting_train.click(key)
    assert f"<h1>{heading}" in restarting_train.html
    assert [each.value for each in restarting_train.app.selectbox if each.label == "Network"] == ["Run 1"]


@pytest.mark.parametrize(
    ("waiting", "dropped"),
    [
        (RerunData(fragment_id="curves", page_script_hash="train"), True),
        (RerunData(fragment_id="canvas", page_script_hash="draw"), False),
        (RerunData(page_script_hash="train"), False),
    ],
)
def test_only_redraws_of_another_page_are_dropped(
    monkeypatch: pytest.MonkeyPatch, waiting: RerunData, *, dropped: bool
) -> None:
    requests = ScriptRequests()
    context = SimpleNamespace(script_requests=requests, page_script_hash="draw")
    monkeypatch.setattr(page_switch, "get_script_run_ctx", lambda: context)
    requests.request_rerun(waiting)
    page_switch.drop_redraws_of_other_pages()
    expected = ScriptRequestType.STOP if dropped else ScriptRequestType.RERUN
    assert requests.on_scriptrunner_ready().type is expected


async def _close_twice() -> None:
    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(_: Message) -> None: ...

    socket = WebSocket({"type": "websocket"}, receive, send)
    await socket.accept()
    await socket.close()
    await socket.close()


def logged(caplog: pytest.LogCaptureFixture, name: str, raised: BaseException) -> list[str]:
    """Return the messages that a logger emits for an error."""
    silence_closed_tabs()
    silence_closed_tabs()
    logger = logging.getLogger(name)
    logger.addHandler(caplog.handler)  # Streamlit's loggers do not propagate
    try:
        logger.error("It failed", exc_info=raised)
    finally:
        logger.removeHandler(caplog.handler)
    return sorted(set(caplog.messages))


@pytest.mark.parametrize("name", ["uvicorn.error", starlette_websocket._LOGGER.name])
def test_a_closed_tab_leaves_no_traceback(caplog: pytest.LogCaptureFixture, name: str) -> None:
    with pytest.raises(RuntimeError) as raised:
        asyncio.run(_close_twice())
    assert logged(caplog, name, raised.value) == []
    assert logged(caplog, name, RuntimeError("another error")) == ["It failed"]
