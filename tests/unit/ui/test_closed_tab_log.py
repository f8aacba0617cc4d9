"""What the server logs: nothing of a tab that closes while something is sent to it, all else as it comes."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket
from streamlit.web.server.starlette import starlette_websocket

from ui.workarounds.closed_tab_log import keep_quiet_about_closed_tabs


async def _close_twice() -> None:
    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(_: Message) -> None: ...

    socket = WebSocket({"type": "websocket"}, receive, send)
    await socket.accept()
    await socket.close()
    await socket.close()


def logged(caplog: pytest.LogCaptureFixture, name: str, raised: BaseException) -> list[str]:
    """What is logged when this is raised where the logger of that name tells of it."""
    keep_quiet_about_closed_tabs()
    keep_quiet_about_closed_tabs()
    logger = logging.getLogger(name)
    logger.addHandler(caplog.handler)  # Streamlit's loggers do not hand on what they are told
    try:
        logger.error("It failed", exc_info=raised)
    finally:
        logger.removeHandler(caplog.handler)
    return sorted(set(caplog.messages))


@pytest.mark.parametrize("name", ["uvicorn.error", starlette_websocket._LOGGER.name])
def test_a_tab_that_closes_while_something_is_sent_to_it_is_no_fault(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with pytest.raises(RuntimeError) as raised:
        asyncio.run(_close_twice())
    assert logged(caplog, name, raised.value) == []
    assert logged(caplog, name, RuntimeError("it fell over")) == ["It failed"]
