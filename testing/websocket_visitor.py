"""A visitor without a browser: a WebSocket client that speaks Streamlit's protocol and polls as the page would.

With a Chromium for each of twenty visitors, a benchmark would measure Chromium. This client opens a page, presses
buttons, runs the timers of the page's fragments and reads what the server sends; it renders nothing.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from typing import TYPE_CHECKING, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 30.0
"""Seconds to wait for a response that should be immediate."""


class Visitor:
    """A session on the Train page; as a context manager, it disconnects on exit, as closing a tab does.

    Attributes:
        seen: (time.monotonic() in seconds, step) for each status line the server sent, oldest first.
        received: number of bytes the server has sent.
    """

    def __init__(self, url: str, query: str = "") -> None:
        """Open the Train page and return once its status line has arrived.

        Args:
            url: The server's address, without a trailing slash.
            query: The settings, as in the page's address, such as "hidden_size=100&epochs=1000".

        Raises:
            TimeoutError: The page did not arrive within PATIENCE.
        """
        self.seen: list[tuple[float, int]] = []
        self.received = 0
        self._query = query
        self._buttons: dict[str, str] = {}  # label to widget id
        self._timers: dict[str, float] = {}  # fragment id to seconds between two runs
        self._due: dict[str, float] = {}  # fragment id to the time of its next run
        self._changed = threading.Condition()
        self._connection = contextlib.ExitStack()
        self._socket = self._connection.enter_context(
            connect(
                f"{url.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None
            )
        )
        self._listener = threading.Thread(target=self._listen, name="visitor", daemon=True)
        self._poller = threading.Thread(target=self._poll, name="visitor's timers", daemon=True)
        self._closed = False
        self._page = ""  # the server's id for the current page
        self._ask(ClientState(query_string=query, page_name="train"))
        self._listener.start()
        self._poller.start()
        self._wait_until(lambda: bool(self.seen) and "Train" in self._buttons)

    def press(self, label: str) -> None:
        """Press a button on the page."""
        state = ClientState(query_string=self._query, page_name="train")
        state.widget_states.widgets.add(id=self._buttons[label], trigger_value=True)
        self._ask(state)

    def wait_for_step(self, at_least: int) -> None:
        """Wait until the server shows this step or a later one.

        Raises:
            TimeoutError: The step was not reached within PATIENCE.
        """
        self._wait_until(lambda: self.seen[-1][1] >= at_least)

    def close(self) -> None:
        """Close the tab."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._connection.close()
        self._listener.join()
        self._poller.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, state: ClientState) -> None:
        self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(holds, PATIENCE):
                raise TimeoutError(f"The page did not show what was waited for within {PATIENCE:.0f} s.")

    def _listen(self) -> None:
        """Read what the server sends until the connection closes."""
        try:
            for data in self._socket:
                self.received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                with self._changed:
                    self._take(message)
                    self._changed.notify_all()
        except ConnectionClosed:
            pass

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._due.pop(fragment, None)
        elif kind == "auto_rerun":
            timer = message.auto_rerun
            self._timers[timer.fragment_id] = timer.interval
            self._due[timer.fragment_id] = time.monotonic() + timer.interval
        elif kind == "delta":
            element = message.delta.new_element
            match element.WhichOneof("type"):
                case "button":
                    self._buttons[element.button.label] = element.button.id
                case "html" if found := re.search(r"id='status'.*?step ([\d,]+)", element.html.body):
                    self.seen.append((time.monotonic(), int(found[1].replace(",", ""))))

    def _poll(self) -> None:
        """Rerun each fragment when it is due, as the page does."""
        while True:
            with self._changed:
                while not self._closed and (not self._due or min(self._due.values()) > time.monotonic()):
                    wait = min(self._due.values()) - time.monotonic() if self._due else None
                    self._changed.wait(wait)
                if self._closed:
                    return
                fragment = min(self._due, key=self._due.__getitem__)
                self._due[fragment] = time.monotonic() + self._timers[fragment]
            try:
                self._ask(
                    ClientState(
                        query_string=self._query,
                        page_script_hash=self._page,
                        fragment_id=fragment,
                        is_auto_rerun=True,
                    )
                )
            except ConnectionClosed:
                return
