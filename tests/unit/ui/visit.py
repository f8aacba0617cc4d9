"""A driver for the app without a browser: open pages, read them and use their widgets."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from testing import sample_digits
from training.run_snapshot import State
from ui.routes import ROUTES
from ui.state.kept_visits import HELD
from ui.state.session import Session
from ui.state.streamlit_state import state_key
from ui.train.run_view import RunView, TrainState
from ui.widgets.canvas import CANVAS_SIDE
from ui.widgets.live_reading import LiveReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from streamlit.proto.PageLink_pb2 import PageLink

    from training.run import Run

APP = Path(__file__).parents[3] / "app.py"
_State = TypeVar("_State")

CURVES = ("-curves", "-overlay", "-forgetting")
"""The ends of the ids of the components that show curves."""


class Visit:
    """One visit to the app.

    Attributes:
        app: Streamlit's simulation of the app; `app.run()` reruns the script.
    """

    def __init__(self, page: str = "", address: Mapping[str, str] | None = None, theme: str = "light") -> None:
        """Open a page with query parameters."""
        self.app = AppTest.from_file(APP, default_timeout=20)
        self.app._page_hash = calc_hash(page) if page else ""
        self.app.query_params = dict(address or {})
        self.app.context = {"theme": theme}
        self.app.session_state["speed"] = "Full"  # easing in would take eight seconds a test
        self.app.run()

    def go(self, page: str) -> None:
        """Open the page at this path."""
        self.app._page_hash = calc_hash(page)
        self.app.run()

    @property
    def session(self) -> Session:
        """The user's session."""
        return self.page_state(Session)

    def page_state(self, kind: type[_State]) -> _State:
        """Return a page's state of this class."""
        return self.app.session_state[HELD][state_key(kind)]

    @property
    def run_view(self) -> RunView:
        """The Train page's view of the run."""
        view = self.page_state(TrainState).view
        assert view is not None
        return view

    @property
    def run(self) -> Run:
        """The run on the Train page."""
        assert self.session.runs.current is not None
        return self.session.runs.current

    @property
    def state(self) -> str:
        """The run's state as displayed on the page."""
        return self.run.state.value

    @property
    def html(self) -> str:
        """The HTML of all `st.html` elements, without style sheets and scripts."""
        pieces = [str(getattr(each, "value", "")) for each in self.app.get("html")]
        return "\n".join(piece for piece in pieces if not piece.startswith(("<style>", "<script>")))

    @property
    def answer(self) -> dict[str, Any]:
        """The answer as the page was told to show it; see `live_reading`."""
        return json.loads(self._component("live_reading").json)

    @property
    def network_picture(self) -> bytes:
        """The message that network_picture.js draws."""
        return bytes(self._component("network_picture").bytes)

    def _component(self, name: str) -> Any:  # noqa: ANN401 - Streamlit's type is not public
        (found,) = [
            each.proto for each in self.app.get("bidi_component") if each.proto.component_name == f"digit_lab.{name}"
        ]
        return found

    @property
    def markdown_alerts(self) -> list[str]:
        """The texts of all alerts, as Markdown."""
        app = self.app
        return [each.value for kind in (app.error, app.warning, app.info, app.success) for each in kind]

    @property
    def alerts(self) -> list[str]:
        """The texts of all alerts as displayed, without the backslashes that escape Markdown."""
        return [re.sub(r"\\(.)", r"\1", sentence) for sentence in self.markdown_alerts]

    @property
    def curves(self) -> dict[str, Any]:
        """What the plots of curves say and mark, without the values of their curves."""
        (sent,) = [each.proto.bytes for each in self.app.get("bidi_component") if each.proto.id.endswith(CURVES)]
        length = int.from_bytes(sent[:4], "little")
        return json.loads(sent[4 : 4 + length])

    @property
    def links(self) -> list[PageLink]:
        """The links to other pages, except those of the menu."""
        return [each.proto for each in self.app.get("page_link")[len(ROUTES) :]]

    def draw(self, objects: object) -> None:
        """Put objects on the canvas, in the format that the canvas reports."""
        self.app.session_state["canvas"] = {"drawing": {"raw": {"objects": objects}, "data": None}}
        self.app.run()

    def hear(self, report: object) -> dict[str, Any]:
        """Report strokes under way, as the browser does while the pen moves; return what it paints."""
        message = self.page_state(LiveReader).answer(report)
        length = int.from_bytes(message[:4], "little")
        return json.loads(message[4 : 4 + length])

    def hear_strokes(self, strokes: Iterable[NDArray[np.float64]]) -> dict[str, Any]:
        """Report strokes, each (n, 2) on sample paper, as all that has been drawn; the pen is still down."""
        scale = CANVAS_SIDE / sample_digits.CANVAS
        texts = [" ".join(map(str, (scale * each).ravel().tolist())) for each in strokes]
        revision = self.session.canvas.drawing.revision
        return self.hear({"revision": revision, "known": 0, "strokes": ";".join(texts), "is_moving": True})

    def click(self, key: str) -> None:
        self.app.button(key=key).click().run()

    def upload(self, key: str, name: str, content: bytes) -> None:
        self.app.file_uploader(key=key).upload(name, content, "application/octet-stream").run()

    def wait_until_idle(self, seconds: float = 10) -> None:
        """Wait until the run has stopped training."""
        end = time.monotonic() + seconds
        while self.run.state is State.RUNNING:
            assert time.monotonic() < end, "the run did not stop"
            time.sleep(0.005)

    def leave(self) -> None:
        """Close the tab."""
        if HELD in self.app.session_state and self.session.runs.current is not None:
            self.session.runs.current.pause()


def as_fabric(strokes: Iterable[NDArray[np.float64]]) -> list[dict[str, Any]]:
    """Return strokes, each (n, 2) on sample paper, in the canvas's format, with lines between the points."""
    objects = []
    for sample in strokes:
        stroke = sample * (CANVAS_SIDE / sample_digits.CANVAS)
        centre = (stroke.min(axis=0) + stroke.max(axis=0)) / 2
        path = [["L", float(x), float(y)] for x, y in stroke]
        path[0][0] = "M"
        objects.append({"type": "Path", "path": path, "left": float(centre[0]), "top": float(centre[1])})
    return objects


class Elements(HTMLParser):
    """The elements and text of an HTML fragment.

    Attributes:
        found: Each element with its attributes.
        text: All text.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def by_id(self, name: str) -> dict[str, str | None]:
        """Return the attributes of the element with this id."""
        (attributes,) = [each for _, each in self.found if each.get("id") == name]
        return attributes


def assert_nothing_foreign(html: str) -> None:
    """Assert that there are no scripts, no event handlers and no URLs except inline images."""
    for tag, attributes in Elements(html).found:
        assert tag not in {"script", "iframe", "object", "embed", "link", "meta", "form", "svg", "a"}
        for name, value in attributes.items():
            assert not name.startswith("on"), f"<{tag} {name}> came from a name"
            if name in {"src", "href"}:
                assert (value or "").startswith("data:image/")
