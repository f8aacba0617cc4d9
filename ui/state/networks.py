"""The networks available in a session: the built-in one, those of its runs, and uploads."""

from collections.abc import Sequence

import numpy as np

from data.dataset import Examples
from models.reader import Reader
from models.weights import SavedNetwork
from training.run_record import run_name
from ui.state import shared_resources, streamlit_state
from ui.state.bounded_dict import BoundedDict
from ui.state.network_names import SHIPPED, SMALL
from ui.state.runs import Runs, saved_network

KEPT_NETWORKS = 6
"""Maximum number of saved networks per session: ended runs, corrections and uploads."""


class Networks:
    """The networks of one session, by name.

    Attributes:
        chosen: The name of the network that reads drawings.
        saved: Networks of ended runs, corrections and uploads, oldest first.
    """

    def __init__(self, runs: Runs, saved: BoundedDict[str, SavedNetwork]) -> None:
        """Start with the built-in network, those of `runs` and the `saved` ones."""
        self.chosen = SHIPPED
        self.saved = saved
        self._runs = runs

    def names(self) -> Sequence[str]:
        """Return the names of all networks: the built-in one, then the newest first."""
        return [SHIPPED, *map(run_name, self._runs.live()), *reversed(self.saved)]

    def reader(self, name: str) -> Reader:
        """Return a reader for the named network in its current state, or for the built-in one if it is gone."""
        for number, run in self._runs.live().items():
            if name == run_name(number):
                return Reader(saved_network(number, run.snapshot(), run.split.train.classes))
        if name == SMALL:
            return shared_resources.small_reader()
        return Reader(self.saved[name]) if name in self.saved else shared_resources.shipped_reader()

    def choose_run(self) -> None:
        """Choose the current run's network to read drawings."""
        self.choose(self._runs.name)

    def choose(self, name: str) -> None:
        """Choose the network of this name to read drawings."""
        self.chosen = name
        streamlit_state.forget_widget("network")

    def dev_examples(self, name: str, reader: Reader) -> Examples:
        """Return the dev examples of a run's network; for other networks, embedded digits they were not trained on."""
        run = self._runs.named(name)
        if run is not None:
            return run.split.dev
        return self.embedded_dev(name, reader)

    def embedded_dev(self, name: str, reader: Reader) -> Examples:
        """Return embedded digits that a network was not trained on, as far as is known."""
        digits = shared_resources.embedded()
        run = self._runs.named(name)
        if run is not None and run.settings.dataset == "embedded":
            return run.split.dev
        match reader.about.get("embedded_held_out"):
            case [int(), *_] as rows if (
                all(type(row) is int and 0 <= row < len(digits) for row in rows)
                and len(set(rows)) == len(rows) <= len(digits) // 2  # the others are rehearsed in a correction
            ):
                return Examples(digits.images, digits.labels, np.array(rows), digits.classes)
        return digits.split(0, *digits.default_sizes).dev
