"""A tab that closes while receiving data leaves no traceback in the log; other errors do."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket
from streamlit.web.server.starlette import starlette_websocket

from ui.workarounds.closed_tab_log import silence_closed_tabs


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
