"""The state of one visitor that several pages share."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import streamlit as st

from ink.collection import Collection
from models.weights import SavedNetwork
from training.pace import EASE_IN
from training.settings import SETTINGS, Settings
from ui.routes import TRAIN, Route
from ui.state import session_memory, shared_resources, streamlit_state
from ui.state.address import SPEED, take_from_address, take_task
from ui.state.available_datasets import Datasets
from ui.state.bounded_dict import BoundedDict
from ui.state.canvas_content import CanvasContent
from ui.state.connection import Connection
from ui.state.corrections import Corrections
from ui.state.inspection import Inspection
from ui.state.lost_run import LostRun, memory_of, remembered
from ui.state.networks import KEPT_NETWORKS, Networks
from ui.state.room_visit import RoomVisit
from ui.state.runs import Runs
from ui.state.search import Search
from ui.state.task import NO_TASK, WORDS, Task
from ui.workarounds.tab_token import this_tab

_RUN, _ROOM = "run", "room"
"""The keys of what a tab remembers: its run, and its token in a room."""


class Session:
    """One browser tab's state.

    Attributes:
        connection: Keeps runs and search going while the page is connected; None before the first connection.
        settings: The settings chosen on the Train page.
        speed: The speed chosen on the Train page, one of SPEEDS.
        settings_replaced: Whether code changed the settings, so that their widgets must be updated when next drawn.
        address_problems: What was wrong with the settings in the address of the page when it was loaded.
        task: The task that a link has set, if any.
        lost_run: A run of this tab that is no longer on the server, until another begins.
        room_visit: The visitor's place in a classroom.
        datasets: The available datasets.
        runs: The run on the Train page, and those it can be compared with.
        search: The search for the best h × λ.
        networks: The networks that can read a drawing.
        corrections: The corrected digits, and the effects of learning from them.
        canvas: The content of the canvas.
        collection: The drawings collected on the Collect page.
        inspection: What another page last sent to the Look page.
    """

    def __init__(self) -> None:
        """Start with default settings and no runs."""
        self.connection: Connection | None = None
        self.settings = Settings()
        self.speed = EASE_IN
        self.settings_replaced = False
        self.address_problems = ""
        self.task = NO_TASK
        self._settings_of_task = Settings()
        self.lost_run: LostRun | None = None
        self.room_visit = RoomVisit()
        self.datasets = Datasets(self.room_visit)
        saved_networks: BoundedDict[str, SavedNetwork] = BoundedDict(KEPT_NETWORKS)
        self.runs = Runs(self.datasets, saved_networks, self.check_room)
        self.search = Search(self.datasets)
        self.networks = Networks(self.runs, saved_networks)
        self.corrections = Corrections(self.networks)
        self.canvas = CanvasContent()
        self.collection = Collection()
        self.inspection: Inspection | None = None

    @classmethod
    def current(cls) -> Self:
        """Return the current visitor's session."""
        return streamlit_state.page_state(cls)

    @classmethod
    def attach(cls) -> Self:
        """Return the session at the top of a page, and resume whatever a lost connection or a reload interrupted."""
        # Get the connection first: once it is lost, a script that has not requested it cannot reach the session.
        connection, session = _connection(), cls.current()
        if connection is not session.connection:
            before, session.connection = session.connection, connection
            if before is not None:
                before.replace(connection)
            if before is None or not before.replaced:
                session.begin_page(is_new=before is None)
            session.runs.resume(connection)
            session.search.resume(connection)
        return session

    def begin_page(self, *, is_new: bool) -> None:
        """Apply what the address and the tab of a newly loaded page say; `is_new` if it does not continue a visit."""
        tab, known = this_tab(), self.settings
        if is_new and tab is not None:
            memory = tab.lost if isinstance(tab.lost, dict) else {}
            self.lost_run = remembered(memory.get(_RUN))
            self.room_visit.take_up(memory.get(_ROOM))
            known = known if self.lost_run is None else self.lost_run.settings
        self.room_visit.take_up_link()
        task, damage = take_task()
        begins_task = bool(task) and task.checksum != self.task.checksum
        if begins_task:
            self.task = task
            known = Settings() if task.page == TRAIN.path else known
        besides = WORDS if self.task.page == TRAIN.path else self.task.parameters()
        settings, problems = take_from_address(known, self.datasets, besides)
        if begins_task:
            self._settings_of_task = settings
        settings, self.address_problems = self.held(settings), damage or problems
        self.speed = streamlit_state.query_parameter(SPEED) or self.speed
        if not is_new or settings != self.settings or self.address_problems:
            self.replace_settings(settings)

    def task_on(self, route: Route) -> Task:
        """Return the task that is set on a page, or else NO_TASK."""
        return self.task if self.task.page == route.path else NO_TASK

    def held(self, settings: Settings) -> Settings:
        """Return settings as a task on Train allows them: those that cannot be changed keep the task's values."""
        task = self.task_on(TRAIN)
        fixed = [name for name, setting in SETTINGS.items() if not task.is_free(setting.address or name)]
        return replace(settings, **{name: getattr(self._settings_of_task, name) for name in fixed})

    def leave_task(self) -> None:
        """Make all controls available again; the values that the task set stay until they are changed."""
        for name in self.task.parameters().keys() & st.query_params.keys():
            if name in WORDS or self.task.page != TRAIN.path:
                del st.query_params[name]
        self.task = NO_TASK
        self.replace_settings(self.settings)

    def memory(self) -> dict[str, Any] | None:
        """Return what the tab should remember for `begin_page`, as JSON, in case the server drops this session."""
        memory = {_RUN: memory_of(self.runs), _ROOM: self.room_visit.token}
        return {name: value for name, value in memory.items() if value} or None

    def has_room(self, more: int) -> bool:
        """Return whether the session may hold this many bytes more."""
        return session_memory.has_room([self, *streamlit_state.everything_held()], more)

    def check_room(self, more: int) -> None:
        """Raise OverBudgetError unless the session may hold this many bytes more."""
        session_memory.check_room([self, *streamlit_state.everything_held()], more)

    def change_settings(self, chosen: Mapping[str, Any]) -> None:
        """Set settings from the values of their widgets, by name."""
        self.settings = self.held(replace(self.settings, **chosen))

    def replace_settings(self, settings: Settings) -> None:
        """Set the settings from code, except those fixed by a task; their widgets show them when next drawn."""
        self.settings, self.settings_replaced = self.held(settings), True


@st.cache_resource(scope="session", on_release=Connection.end, show_spinner=False)
def _connection() -> Connection:
    return Connection(shared_resources.scheduler(), streamlit_state.script_context())
