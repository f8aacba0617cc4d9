"""Stop with notice: on SIGTERM, say so on every open page, and give visitors time to download what they made."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import FrameType

import streamlit as st
from streamlit import runtime

NOTICE_SECONDS = "DIGIT_LAB_NOTICE_SECONDS"
"""The environment variable that says how many seconds the server keeps running after SIGTERM; 0 by default."""


@dataclass
class Stop:
    """Whether the server is about to stop, and so admits no new visitors."""

    is_near: bool = False


STOP = Stop()


@asynccontextmanager
async def stop_with_notice(_app: st.App) -> AsyncIterator[None]:
    """Handle SIGTERM while the server runs; a second SIGTERM stops it at once."""
    loop, seconds = asyncio.get_running_loop(), float(os.environ.get(NOTICE_SECONDS, "0"))
    stop_now = signal.getsignal(signal.SIGTERM)

    def give_notice(number: int, _frame: FrameType | None) -> None:
        STOP.is_near = True
        signal.signal(signal.SIGTERM, stop_now)
        loop.call_soon_threadsafe(_redraw_every_page)
        loop.call_soon_threadsafe(loop.call_later, seconds, signal.raise_signal, number)

    if seconds:
        signal.signal(signal.SIGTERM, give_notice)
    yield


def _redraw_every_page() -> None:
    for info in runtime.get_instance()._session_mgr.list_active_sessions():  # noqa: SLF001 - Streamlit has no public way
        info.session.request_rerun(info.session._client_state)  # noqa: SLF001
