"""The state of one visitor that several pages share."""

from typing import Self

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from models.weights import SavedNetwork
from training.settings import Settings
from ui.state import shared_resources, streamlit_state
from ui.state.available_datasets import Datasets
from ui.state.bounded_dict import BoundedDict
from ui.state.canvas_content import CanvasContent
from ui.state.connection import Connection
from ui.state.corrections import Corrections
from ui.state.inspection import Inspection
from ui.state.networks import KEPT_NETWORKS, Networks
from ui.state.runs import Runs
from ui.state.search import Search


class Session:
    """One browser tab's state.

    Attributes:
        connection: Keeps runs and search going while the page is connected; None before the first connection.
        settings: The settings chosen on the Train page.
        settings_replaced: Whether code changed the settings, so that their widgets must be updated when next drawn.
        datasets: The available datasets.
        runs: The run on the Train page, and those it can be compared with.
        search: The search for the best h × λ.
        networks: The networks that can read a drawing.
        corrections: The corrected digits, and the effects of learning from them.
        canvas: The content of the canvas.
        inspection: What another page last sent to the Learn page.
    """

    def __init__(self) -> None:
        """Start with default settings and no runs."""
        self.connection: Connection | None = None
        self.settings = Settings()
        self.settings_replaced = False
        self.datasets = Datasets()
        saved_networks: BoundedDict[str, SavedNetwork] = BoundedDict(KEPT_NETWORKS)
        self.runs = Runs(self.datasets, saved_networks)
        self.search = Search(self.datasets)
        self.networks = Networks(self.runs, saved_networks)
        self.corrections = Corrections(self.networks)
        self.canvas = CanvasContent()
        self.inspection: Inspection | None = None

    @classmethod
    def current(cls) -> Self:
        """Return the current visitor's session."""
        return streamlit_state.page_state(cls)

    @classmethod
    def attach(cls) -> Self:
        """Return the session at the top of a page, and resume whatever a lost connection interrupted."""
        # The connection first: after it is lost, a script that has not requested it cannot reach the session.
        connection, session = _connection(), cls.current()
        if connection is not session.connection:
            if session.connection is not None:
                session.connection.replaced = True
            session.connection = connection
            session.runs.resume(connection)
            session.search.resume(connection)
        return session

    def replace_settings(self, settings: Settings) -> None:
        """Set the settings from code; their widgets show them when the Train page is next drawn."""
        self.settings, self.settings_replaced = settings, True


@st.cache_resource(scope="session", on_release=Connection.end, show_spinner=False)
def _connection() -> Connection:
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("only a page that is shown in a browser has a connection")
    return Connection(shared_resources.scheduler(), context)
