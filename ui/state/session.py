"""Everything that the app keeps for one visitor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from data.dataset import Examples
from ink.picture_files import Picture
from models.reader import Reader
from models.weights import SavedNetwork
from training.checkpoints import Checkpoint
from training.history import Measurement
from training.presets import PRESETS, Preset
from training.run import Run
from training.run_record import Record, run_name
from training.run_snapshot import Snapshot, State
from training.search.search_run import SearchRun, SearchState
from training.settings import Settings
from training.side_by_side import OneChange, SideBySide
from ui.state import bounded_dict, shared_resources, streamlit_state
from ui.state.available_datasets import EMBEDDED, Datasets
from ui.state.canvas_content import Paper
from ui.state.corrections import Corrected, Notebook, teach
from ui.state.mistake_selection import Measured, Misread
from ui.state.network_inputs import Specimen
from ui.state.session_lifetime import Lease, Leased

SHIPPED = "Built-in network"

KEPT_NETWORKS = 6
"""Networks of earlier runs and uploads that a session keeps; the oldest gives way."""

KEPT_RECORDS = 8
"""Runs that can be compared; the oldest gives way."""


@dataclass(frozen=True, eq=False)
class Look:
    """A look back along a run.

    Attributes:
        checkpoint: Where it looks.
        measured: What the curves show there.
    """

    checkpoint: Checkpoint
    measured: Measurement

    @property
    def step(self) -> int:
        """The step where it looks."""
        return self.checkpoint.step


@dataclass
class Study:
    """Where a person is on the Learn page.

    Attributes:
        seen_specimen: The digit that had been brought from another page when the page was drawn last.
        seen_drawing: What lay on the canvas then: its strokes, the picture on it, the digit beneath.
        tour: How many stops of the guided tour have been left behind; None when it is over.
    """

    seen_specimen: Specimen | None = None
    seen_drawing: tuple[list[dict[str, Any]], Picture | None, NDArray[np.uint8] | None] = field(
        default_factory=lambda: ([], None, None)
    )
    tour: int | None = 0


@dataclass
class Comparing:
    """Which runs a person compares, by number.

    Attributes:
        chosen: Those whose curves are drawn.
        offered: Those that there were to choose from before; one that is new is chosen by itself.
        base: What the Train page was set to when another value was last suggested.
    """

    chosen: list[int] = field(default_factory=list)
    offered: set[int] = field(default_factory=set)
    base: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Refused:
    """Settings with which no run can begin, and why."""

    settings: Settings
    reason: str


@dataclass
class Session:
    """The state of one browser session.

    Attributes:
        run: The run on the Train page: under way, ready or finished.
        run_number: Its number.
        runs_begun: How many runs there have been; they are numbered from 1.
        beside: Two runs trained side by side, after a change of one thing.
        beside_numbers: Their numbers.
        records: What stays of runs that are over, by number, oldest first.
        comparing: What the Compare page shows of all these.
        search: The search for the best h × λ, under way or over.
        search_refused: Settings with which no search could begin, the last time one was asked for.
        preset: The one that the run began with.
        test_result: The last look at the test set in this run.
        misread: What is looked at of the run's mistakes.
        kept: Networks of earlier runs and uploads, by name, oldest first.
        datasets: What can be learned from.
        paper: What lies on the canvas.
        specimen: The digit that was brought to the Learn page from another one.
        study: Where they are on the Learn page.
        notebook: The digits that were corrected, and what networks learned of them.
        chosen_network: The name of the network that reads drawings.
        lease: What lets the run train while the page is connected.
        wanted: The settings as the person has them on the Train page.
        turned: Whether the widgets are to be set to those, where they are drawn next.
        waiting: The names of those that the run cannot take up: they need a new run.
        refused: Settings with which no run could begin, the last time one was asked for.
        weights_problem: Why the weights uploaded last cannot be used; empty when they can.
        look: Where the run is looked back at.
    """

    run: Run | None = None
    run_number: int = 0
    runs_begun: int = 0
    beside: SideBySide | None = None
    beside_numbers: tuple[int, int] = (0, 0)
    records: dict[int, Record] = field(default_factory=dict)
    comparing: Comparing = field(default_factory=Comparing)
    search: SearchRun | None = None
    search_refused: "Refused | None" = None
    preset: Preset | None = None
    test_result: Measured | None = None
    misread: Misread = field(default_factory=Misread)
    kept: dict[str, SavedNetwork] = field(default_factory=dict)
    datasets: Datasets = field(default_factory=Datasets)
    paper: Paper = field(default_factory=Paper)
    specimen: Specimen | None = None
    study: Study = field(default_factory=Study)
    chosen_network: str = SHIPPED
    notebook: Notebook = field(default_factory=Notebook)
    lease: Lease | None = None
    wanted: Settings = field(default_factory=Settings)
    turned: bool = False
    waiting: tuple[str, ...] = ()
    refused: Refused | None = None
    weights_problem: str = ""
    look: Look | None = None

    @classmethod
    def current(cls) -> Self:
        """Return the session of the visitor whose page this is."""
        return streamlit_state.page_state(cls)

    @classmethod
    def attach(cls) -> Self:
        """Return the session at the top of a page; runs that a lost connection interrupted go on."""
        # In this order: after its connection is lost, a script that has no lease yet cannot reach the session.
        lease, session = _lease(), cls.current()
        if lease is not session.lease:
            if session.lease is not None:
                session.lease.renew()
            session.lease = lease
            if session.run is not None and session.run.state is State.RUNNING:
                session.train()
            if session.beside is not None and session.beside.training:
                session.train_beside()
            if session.search is not None and session.search.snapshot().state is SearchState.INTERRUPTED:
                session.go_on_searching()
        return session

    def new_run(self, settings: Settings) -> Run:
        """Begin a new run; network and record of the one before are kept, if it has learned anything.

        Raises:
            DataError: See `Datasets.split`; the run before stays.
        """
        split = self.datasets.split(settings)
        run = Run(settings, split, len(split.train.classes))
        if self.run is not None:
            self._put_away(self.run_number, self.run, self.run)
        self.run = run
        self.run_number = self.runs_begun = self.runs_begun + 1
        self.preset = next((preset for preset in PRESETS if preset.describes(settings)), None)
        self.test_result = self.look = None
        self.misread = Misread()
        self.waiting = ()
        return run

    def reset_run(self) -> None:
        """Take the run back to its initial weights."""
        if self.run is not None:
            self.run.reset()
            self.test_result = self.look = None

    @property
    def step_looked_at(self) -> int | None:
        """The step that is looked back at; None for now."""
        return None if self.look is None else self.look.step

    def look_back(self, step: int | None) -> None:
        """Have the page show the run as it was at its checkpoint nearest to a step; with None, as it is now."""
        self.look = None
        if self.run is not None and step is not None:
            checkpoint = min(self.run.snapshot().checkpoints, key=lambda each: abs(each.step - step))
            self.look = Look(checkpoint, self.run.measure(checkpoint))

    def in_view(self) -> Checkpoint:
        """Return the run's network that the page shows, with its step: where it is looked back at, or as it is now.

        Raises:
            ValueError: When there is no run.
        """
        if self.look is not None:
            return self.look.checkpoint
        if self.run is None:
            raise ValueError("there is no run whose network could be shown")
        return self.run.snapshot().checkpoint

    @property
    def when_in_view(self) -> str:
        """When what the page shows was so, in words."""
        return "now" if self.step_looked_at is None else f"at step {self.step_looked_at:,}"

    def turn_to(self, settings: Settings) -> None:
        """Want other settings, and have the widgets show them; the page must be drawn anew."""
        self.wanted, self.turned = settings, True

    def train(self) -> None:
        """Have the run trained, after start, step or epoch, for as long as the page is connected."""
        if self.run is not None and self.lease is not None:
            self.lease.train(self.run)

    def change_one_thing(self, change: OneChange) -> None:
        """Train two runs side by side that differ in one setting; of the two before, networks and records are kept.

        Raises:
            DataError: See `Datasets.split`; the two before stay.
        """
        beside = SideBySide(change, self.datasets.split(change.base))
        if self.beside is not None:
            for number, run, lane in zip(self.beside_numbers, self.beside.runs, self.beside.lanes, strict=True):
                self._put_away(number, run, lane)
        self.beside = beside
        self.beside_numbers = (self.runs_begun + 1, self.runs_begun + 2)
        self.runs_begun += 2
        self.comparing.chosen = list(self.beside_numbers)
        self.comparing.offered |= set(self.beside_numbers)
        beside.start()
        self.train_beside()

    def train_beside(self) -> None:
        """Have the two side by side trained, after start, for as long as the page is connected."""
        if self.beside is not None and self.lease is not None:
            for lane in self.beside.lanes:
                self.lease.train(lane)

    def search_among(self, trials: Sequence[Settings]) -> None:
        """Search for the best of these, for as long as the page is connected; what was tried before is not again.

        Raises:
            DataError: See `Datasets.split`; the search before stays.
        """
        search = SearchRun(trials, self.datasets.split(trials[0]), shared_resources.search_turns(), self.search)
        if self.search is not None:
            self.search.cancel()
        self.search = search
        self.go_on_searching()

    def go_on_searching(self) -> None:
        """Have what is left of the search tried."""
        if self.search is not None and self.lease is not None:
            self.lease.search(self.search, self.search.start)

    def test_best(self) -> None:
        """Have test looked at with the best that the search has found, once."""
        if self.search is not None and self.lease is not None:
            self.lease.search(self.search, self.search.look_at_test)

    def _put_away(self, number: int, run: Run, leased: Leased) -> None:
        """End a run; if it has learned anything, its network and its record stay."""
        run.pause()
        if self.lease is not None:
            self.lease.leave(leased)
        snapshot = run.snapshot()
        if snapshot.position.step:
            self.keep(run_name(number), _saved(number, snapshot, run.split.train.classes))
            bounded_dict.put(self.records, number, Record.of(number, snapshot), KEPT_RECORDS)

    @property
    def runs(self) -> dict[int, Run]:
        """The runs at hand, by number: that of the Train page, and two side by side."""
        own = {} if self.run is None else {self.run_number: self.run}
        both = {} if self.beside is None else dict(zip(self.beside_numbers, self.beside.runs, strict=True))
        return own | both

    def all_records(self) -> list[Record]:
        """Return the records of runs that can be compared, oldest first: those at hand as they are now."""
        at_hand = {number: Record.of(number, run.snapshot()) for number, run in self.runs.items()}
        begun = [each for each in at_hand.values() if each.position.step or each.number != self.run_number]
        before = list(self.records.values())[len(begun) - KEPT_RECORDS :]
        return sorted([*before, *begun], key=lambda each: each.number)

    @property
    def run_name(self) -> str:
        """What the run is called where networks are chosen."""
        return run_name(self.run_number)

    def read_with_run(self) -> None:
        """Have the run's network read drawings, on every page that offers the choice."""
        self.chosen_network = self.run_name
        streamlit_state.forget_widget("network")

    def saved_run(self) -> SavedNetwork:
        """Return the run's network as it is now, with what is to be known about it."""
        if self.run is None:
            raise ValueError("there is no run whose network could be saved")
        return _saved(self.run_number, self.run.snapshot(), self.run.split.train.classes)

    def keep(self, name: str, saved: SavedNetwork) -> None:
        """Keep a network for reading drawings under a name."""
        bounded_dict.put(self.kept, name, saved, KEPT_NETWORKS)

    def correct(self, digits: Sequence[Corrected]) -> None:
        """Have the chosen network learn what digits were; it reads from now on, the one before stays as it was."""
        name, reader = self.chosen_network, self.reader(self.chosen_network)
        dev = self.dev_of(name, reader)
        lesson = teach(reader, name, self.notebook.digits, digits, shared_resources.known_digits(), dev)
        self.notebook.digits.extend(digits)
        self.notebook.lessons.append(lesson)
        self.keep(lesson.learned, lesson.after)
        self.chosen_network = lesson.learned

    def uncorrect(self) -> None:
        """Undo the last lesson: the network from before it reads drawings again."""
        lesson = self.notebook.lessons.pop()
        del self.notebook.digits[-lesson.digits :]
        if lesson.taught == lesson.learned:
            self.keep(lesson.taught, lesson.before)
        else:
            self.kept.pop(lesson.learned, None)
        self.chosen_network = lesson.taught

    def dev_of(self, name: str, reader: Reader) -> Examples:
        """Return embedded digits that a network did not learn from, as far as that is known."""
        digits = shared_resources.embedded()
        for number, run in self.runs.items():
            if name == run_name(number) and run.settings.dataset == EMBEDDED:
                return run.split.dev
        match reader.about.get("embedded_held_out"):
            case [int(), *_] as rows if all(isinstance(row, int) and 0 <= row < len(digits) for row in rows):
                return Examples(digits.images, digits.labels, np.array(rows), digits.classes)
        return digits.split(0, *digits.default_sizes).dev

    def network_names(self) -> Sequence[str]:
        """Return the names of the networks that can read a drawing."""
        return [SHIPPED, *map(run_name, self.runs), *reversed(self.kept)]

    def reader(self, name: str) -> Reader:
        """Return the reader with the network of that name; the shipped one when it is gone."""
        for number, run in self.runs.items():
            if name == run_name(number):
                return Reader(_saved(number, run.snapshot(), run.split.train.classes))
        if name in self.kept:
            return Reader(self.kept[name])
        return shared_resources.shipped_reader()


def _saved(number: int, snapshot: Snapshot, classes: Sequence[str]) -> SavedNetwork:
    """Return the network of a run's snapshot, with what is to be known about it."""
    settings, last = snapshot.settings, snapshot.measurements[-1]
    about = {
        "name": run_name(number),
        "classes": list(classes),
        "seed": settings.seed,
        "settings": vars(settings),
        "step": snapshot.position.step,
        "epoch": snapshot.position.epoch,
        "accuracy": {"train": last.train_accuracy, "dev": last.dev_accuracy},
    }
    return SavedNetwork(snapshot.network, about)


@st.cache_resource(scope="session", on_release=Lease.end, show_spinner=False)
def _lease() -> Lease:
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("only a page that is shown to somebody has a lease")
    return Lease(shared_resources.scheduler(), context.session_id, partial(_empty, context))


def _empty(context: ScriptRunContext) -> None:
    """Leave nothing in a session that is over, for whoever holds it: the server's loop holds the last it served."""
    state = context.session_state._state  # noqa: SLF001 - its wrapper has no way to empty it
    state.clear()
    state._new_widget_state.widget_metadata.clear()  # noqa: SLF001 - `clear` leaves callbacks, which hold the run
    context.fragment_storage.clear()
