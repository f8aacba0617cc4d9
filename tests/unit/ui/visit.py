"""A visit to the app without a browser: its pages, what they say, and what a person does on them."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from training.run_snapshot import State
from ui.state.session import Session
from ui.state.streamlit_state import state_key
from ui.train.run_view import RunView, TrainState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from training.run import Run

APP = Path(__file__).parents[3] / "app.py"
_State = TypeVar("_State")

SESSION_KEY = state_key(Session)


class Visit:
    """One person's visit.

    Attributes:
        app: The app as Streamlit simulates it; `app.run()` draws the page again.
    """

    def __init__(self, page: str = "", address: Mapping[str, str] | None = None, theme: str = "light") -> None:
        """Open a page, with what stands behind the question mark of its address."""
        self.app = AppTest.from_file(APP, default_timeout=20)
        self.app._page_hash = calc_hash(page) if page else ""
        self.app.query_params = dict(address or {})
        self.app.context = {"theme": theme}
        self.app.run()

    def go(self, page: str) -> None:
        """Open the page of that address."""
        self.app._page_hash = calc_hash(page)
        self.app.run()

    @property
    def session(self) -> Session:
        """What this person has in hand."""
        session: Session = self.app.session_state[SESSION_KEY]
        return session

    def page_state(self, kind: type[_State]) -> _State:
        """What a page remembers in this class."""
        state: _State = self.app.session_state[state_key(kind)]
        return state

    @property
    def run_view(self) -> RunView:
        """What the Train page shows of the run."""
        view = self.page_state(TrainState).view
        assert view is not None
        return view

    @property
    def run(self) -> Run:
        """The run that they drive."""
        assert self.session.runs.current is not None
        return self.session.runs.current

    @property
    def state(self) -> str:
        """Where the run stands, in the app's words."""
        return self.run.state.value

    @property
    def html(self) -> str:
        """All that the page shows by HTML of its own, without the style sheet and the one script."""
        pieces = [str(getattr(each, "value", "")) for each in self.app.get("html")]
        return "\n".join(piece for piece in pieces if not piece.startswith(("<style>", "<script>")))

    @property
    def markdown_alerts(self) -> list[str]:
        """The sentences in boxes, which Streamlit reads as Markdown."""
        app = self.app
        return [each.value for kind in (app.error, app.warning, app.info, app.success) for each in kind]

    @property
    def alerts(self) -> list[str]:
        """The sentences in boxes, as a person reads them: without the backslashes that keep Markdown away."""
        return [re.sub(r"\\(.)", r"\1", sentence) for sentence in self.markdown_alerts]

    def draw(self, objects: object) -> None:
        """Have these objects on the canvas, as its own page reports them."""
        self.app.session_state["canvas"] = {"drawing": {"raw": {"objects": objects}, "data": None}}
        self.app.run()

    def click(self, key: str) -> None:
        self.app.button(key=key).click().run()

    def upload(self, key: str, name: str, content: bytes) -> None:
        self.app.file_uploader(key=key).upload(name, content, "application/octet-stream").run()

    def until_still(self, seconds: float = 10) -> None:
        """Wait until the run trains no more."""
        end = time.monotonic() + seconds
        while self.run.state is State.RUNNING:
            assert time.monotonic() < end, "the run did not come to rest"
            time.sleep(0.005)

    def leave(self) -> None:
        """Close the tab."""
        if SESSION_KEY in self.app.session_state and self.session.runs.current is not None:
            self.session.runs.current.pause()


def as_fabric(strokes: Iterable[NDArray[np.float64]]) -> list[dict[str, Any]]:
    """Strokes (n, 2) as the canvas describes them, the points joined by lines."""
    objects = []
    for stroke in strokes:
        centre = (stroke.min(axis=0) + stroke.max(axis=0)) / 2
        path = [["L", float(x), float(y)] for x, y in stroke]
        path[0][0] = "M"
        objects.append({"type": "Path", "path": path, "left": float(centre[0]), "top": float(centre[1])})
    return objects


class Elements(HTMLParser):
    """The elements and the text of a piece of HTML.

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
        """The attributes of the element of that id."""
        (attributes,) = [each for _, each in self.found if each.get("id") == name]
        return attributes
