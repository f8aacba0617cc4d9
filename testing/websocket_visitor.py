"""A visitor without a browser: a WebSocket client that speaks Streamlit's protocol and polls as the page would.

With a Chromium for each of twenty visitors, a benchmark would measure Chromium. This client opens pages, presses
buttons, draws, uploads, runs the timers of the page's fragments and reads what the server sends; it renders nothing.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import struct
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import requests
from requests.adapters import HTTPAdapter
from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from urllib3.util import Retry
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

PATIENCE = 30.0
"""Seconds to wait for a response that should be immediate."""


def new_tab() -> str:
    """Return the token that a browser tab keeps, so that a returning visitor finds their session again."""
    return secrets.token_hex(32)


def _connections() -> requests.Session:
    """Return connections that are kept alive between requests.

    A server closes connections that are idle for seconds, perhaps as a request is being sent; like a browser, retry
    once.
    """
    session = requests.Session()
    once_more = HTTPAdapter(max_retries=Retry(total=1, connect=0, read=1, allowed_methods=None))
    session.mount("http://", once_more)
    return session


class Visitor:
    """A session; as a context manager, it disconnects on exit, as closing a tab does.

    Attributes:
        seen: (time.monotonic() in seconds, step) for each status line the server sent, oldest first.
        networks: the layer sizes, such as "784-64-10", in each of these status lines.
        received: number of bytes the server has sent.
    """

    def __init__(self, url: str, query: str = "", *, page: str = "train", tab: str = "") -> None:
        """Open a page and return once it is complete.

        Args:
            url: The server's address, without a trailing slash.
            query: The settings, as in the page's address, such as "hidden_size=100&epochs=1000".
            page: The page, as in its address.
            tab: A return value of `new_tab`; without it, nobody can return to this session.

        Raises:
            TimeoutError: The page did not arrive within PATIENCE.
        """
        self.seen: list[tuple[float, int]] = []
        self.networks: list[str] = []
        self.received = 0
        self._url = url
        self._query = query
        self._page_name = page
        self._widgets: dict[str, str] = {}  # key to id of buttons, uploaders and components
        self._fragments: dict[str, str] = {}  # key of a widget to the id of its fragment
        self._fragments_drawn = 0
        self._labels: dict[str, str] = {}  # key to label of buttons
        self._drawn: dict[str, str] = {}  # those drawn by the running script
        self._http = _connections()
        self._paper = ""  # the address that takes strokes
        self._revision = 0  # of the paper
        self._session = ""
        self._places: list[FileURLs] = []  # for files to be uploaded
        self._begun = 0  # number of full-page scripts that have begun
        self._whole = 0  # how many had begun when one last finished
        self._timers: dict[str, float] = {}  # fragment id to seconds between two runs
        self._due: dict[str, float] = {}  # fragment id to the time of its next run
        self._changed = threading.Condition()
        self._connection = contextlib.ExitStack()
        self._socket = self._connection.enter_context(
            connect(
                f"{url.replace('http', 'ws', 1)}/_stcore/stream",
                subprotocols=[Subprotocol("streamlit"), *([Subprotocol(f"digit-lab.{tab}.alone.")] if tab else [])],
                max_size=None,
            )
        )
        self._listener = threading.Thread(target=self._listen, name="visitor", daemon=True)
        self._poller = threading.Thread(target=self._poll, name="visitor's timers", daemon=True)
        self._closed = False
        self._page = ""  # the server's id for the page it last drew
        self._name = ""  # the page's name, as in its address
        self._whole_name = ""  # the name of the last page finished
        self._listener.start()
        self._poller.start()
        self.go(page)

    def go(self, page: str) -> None:
        """Open another page and return once it is complete.

        Raises:
            TimeoutError: The page did not arrive within PATIENCE.
        """
        with self._changed:
            self._page_name, begun = page, self._begun
            self._due.clear()
            self._ask(self._state())
        self._wait_until(lambda: self._whole > begun and self._whole_name == page)

    def label(self, key: str) -> str:
        """Return the label of a button; an empty string if the page has none with this key."""
        return self._labels.get(key, "")

    def press(self, key: str) -> None:
        """Press a button on the page."""
        state = self._state()
        state.widget_states.widgets.add(id=self._widgets[key], trigger_value=True)
        self._ask(state)

    def draw(self, strokes: Sequence[NDArray[np.float64]], *, is_moving: bool = False) -> dict[str, Any]:
        """Report strokes, (n, 2) arrays of x and y in canvas pixels, on the Draw page; return the answer.

        Raises:
            requests.HTTPError: The server did not accept them.
        """
        drawn = ";".join(" ".join(f"{number:.2f}" for number in stroke.ravel()) for stroke in strokes)
        report = {"revision": self._revision, "known": 0, "strokes": drawn, "is_moving": is_moving, "ghost": 0}
        response = self._http.post(f"{self._url}{self._paper}", data=json.dumps(report), timeout=PATIENCE)
        response.raise_for_status()
        (length,) = struct.unpack_from("<I", response.content)
        answer: dict[str, Any] = json.loads(response.content[4 : 4 + length])
        return answer

    def hand_on(self, canvas: str, strokes: Sequence[NDArray[np.float64]]) -> None:
        """Draw on this canvas, lift the pen, press Next, and return once the page shows the result.

        Args:
            canvas: The key of the canvas.
            strokes: Each (n, 2), x and y in canvas pixels; different from those of the previous call.

        Raises:
            TimeoutError: The page did not answer within PATIENCE.
        """
        objects = [
            {"type": "Path", "path": [["L" if place else "M", *point] for place, point in enumerate(stroke.tolist())]}
            for stroke in strokes
        ]
        for key in (canvas, "next_drawing"):
            state = ClientState(query_string=self._query, page_script_hash=self._page, fragment_id=self._fragments[key])
            drawn = {"drawing": {"raw": {"objects": objects}, "data": None}}
            state.widget_states.widgets.add(id=self._widgets[canvas], json_value=json.dumps(drawn))
            if key != canvas:
                state.widget_states.widgets.add(id=self._widgets[key], trigger_value=True)
            self._draw_fragment(state)

    def report(self, component: str, text: str) -> None:
        """Send a text as the JSON of a component's state and of its events; return once the page has been drawn.

        Raises:
            ConnectionClosed: The server refused the message.
            TimeoutError: The page did not arrive within PATIENCE.
        """
        state, widget = self._state(), self._widgets[component]
        state.widget_states.widgets.add(id=widget, json_value=text)
        state.widget_states.widgets.add(id=_make_trigger_id(widget, "events"), json_trigger_value=text)
        begun = self._begun
        self._ask(state)
        self._wait_until(lambda: self._whole > begun)

    def upload(self, key: str, name: str, content: bytes) -> None:
        """Upload a file and return once the page has been drawn with it.

        Raises:
            requests.HTTPError: The server did not accept it.
            TimeoutError: The page did not arrive within PATIENCE.
        """
        place = self.place_for(name)
        token = {"X-Xsrftoken": self.xsrf_token()}
        answer = self._http.put(
            f"{self._url}{place.upload_url}", files={name: content}, headers=token, timeout=PATIENCE
        )
        answer.raise_for_status()
        state = self._state()
        widget = state.widget_states.widgets.add(id=self._widgets[key])
        file = widget.file_uploader_state_value.uploaded_file_info.add(name=name, size=len(content))
        file.file_id = place.file_id
        file.file_urls.CopyFrom(place)
        begun = self._begun
        self._ask(state)
        self._wait_until(lambda: self._whole > begun)

    def place_for(self, name: str) -> FileURLs:
        """Ask where to send a file.

        Raises:
            TimeoutError: The server did not answer within PATIENCE.
        """
        asked = BackMsg()
        asked.file_urls_request.request_id = name
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self._session
        self._places.clear()
        self._socket.send(asked.SerializeToString())
        self._wait_until(lambda: bool(self._places))
        return self._places.pop()

    def xsrf_token(self) -> str:
        """Return what Streamlit wants to see, in a header and a cookie, beside an upload."""
        self._http.get(f"{self._url}/_stcore/health", timeout=PATIENCE)
        return str(self._http.cookies["_streamlit_xsrf"])

    def vanish(self) -> None:
        """Lose the connection without notice, like a laptop that is closed."""
        self._socket.socket.close()
        self.close()

    def wait_for_step(self, at_least: int) -> None:
        """Wait until the server shows this step or a later one.

        Raises:
            TimeoutError: The step was not reached within PATIENCE.
        """
        self._wait_until(lambda: bool(self.seen) and self.seen[-1][1] >= at_least)

    def wait_for_label(self, key: str, label: str) -> None:
        """Wait until a button says this.

        Raises:
            TimeoutError: It did not do so within PATIENCE.
        """
        self._wait_until(lambda: self.label(key) == label)

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

    def _state(self) -> ClientState:
        return ClientState(query_string=self._query, page_name=self._page_name)

    def _ask(self, state: ClientState) -> None:
        self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    def _draw_fragment(self, state: ClientState) -> None:
        """Request a fragment and return once it is drawn."""
        before = self._fragments_drawn
        self._ask(state)
        self._wait_until(lambda: self._fragments_drawn > before)

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(holds, PATIENCE):
                raise TimeoutError(f"The page did not show what was waited for within {PATIENCE:.0f} s.")

    def _listen(self) -> None:
        """Read what the server sends until the connection closes."""
        try:
            for data in self._socket:
                assert isinstance(data, bytes)
                self.received += len(data)
                message = ForwardMsg.FromString(data)
                if paper := re.search(rb"/digit_lab/strokes/[\w-]+", data):
                    self._paper = paper[0].decode()
                    self._revision = int(re.findall(rb'"revision":\s*(\d+)', data)[0])
                with self._changed:
                    self._take(message)
                    self._changed.notify_all()
        except (ConnectionClosed, OSError):
            pass

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session = message.new_session.initialize.session_id
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self._whole, self._whole_name, self._labels = self._begun, self._name, self._drawn
            elif message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
                self._fragments_drawn += 1
        elif kind == "file_urls_response":
            self._places += message.file_urls_response.file_urls
        elif kind == "navigation":  # sent only by a full-page script, before the widgets
            self._begun += 1
            self._drawn = {}
            self._page = message.navigation.page_script_hash
            pages = {each.page_script_hash: each.url_pathname for each in message.navigation.app_pages}
            self._name = pages[self._page]
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
                    self._widgets[_key(element.button.id)] = element.button.id
                    self._fragments[_key(element.button.id)] = message.delta.fragment_id
                    self._labels[_key(element.button.id)] = self._drawn[_key(element.button.id)] = element.button.label
                case "bidi_component":
                    self._widgets[_key(element.bidi_component.id)] = element.bidi_component.id
                    self._fragments[_key(element.bidi_component.id)] = message.delta.fragment_id
                case "file_uploader":
                    self._widgets[_key(element.file_uploader.id)] = element.file_uploader.id
                case "html" if found := re.search(r"id='status'.*?step ([\d,]+)", element.html.body):
                    self.seen.append((time.monotonic(), int(found[1].replace(",", ""))))
                    self.networks += re.findall(r"\b784(?:-\d+)+\b", element.html.body)

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
                try:  # before another page is requested; afterwards, this would request the page just left
                    self._ask(
                        ClientState(
                            query_string=self._query,
                            page_script_hash=self._page,
                            fragment_id=fragment,
                            is_auto_rerun=True,
                        )
                    )
                except (ConnectionClosed, OSError):
                    return


def _key(widget_id: str) -> str:
    """Return the key in the id of a widget, which is $$ID-hash-key."""
    return widget_id.split("-", 2)[2]
