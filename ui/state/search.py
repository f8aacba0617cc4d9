"""A session's search for the best hidden size and λ, which runs while its page is connected."""

from collections.abc import Callable, Sequence

from training.search.search_run import SearchRun, SearchState
from training.settings import Settings
from ui.serving.budgets import SEARCH_SECONDS
from ui.state.available_datasets import Datasets
from ui.state.connection import Connection


class Search:
    """The search of one session.

    Attributes:
        run: The latest search, active or finished; None before the first.
        connection: Runs the search while the page is connected; None before the first connection.
    """

    def __init__(self, datasets: Datasets) -> None:
        """Start without a search; `datasets` are the available datasets."""
        self.run: SearchRun | None = None
        self.connection: Connection | None = None
        self._datasets = datasets

    def start(self, trials: Sequence[Settings]) -> None:
        """Search for the best of these settings, reusing results from the previous search.

        Raises:
            DataError: See `Datasets.split`; the previous search is kept.
        """
        split = self._datasets.split_for_run(trials[0])
        run = SearchRun(trials, split, self.run, most_seconds=SEARCH_SECONDS.limit)
        if self.run is not None:
            self.run.cancel()
        self.run = run
        self._while_connected(run.start)

    def test_best(self) -> None:
        """Measure the best settings found on the test set, once."""
        if self.run is not None:
            self._while_connected(self.run.test_best)

    def resume(self, connection: Connection) -> None:
        """Resume, over a new connection, a search interrupted when the last one was lost."""
        self.connection = connection
        if self.run is not None and self.run.snapshot().state is SearchState.INTERRUPTED:
            self._while_connected(self.run.start)

    def _while_connected(self, begin: Callable[[], None]) -> None:
        if self.run is not None and self.connection is not None:
            self.connection.search(self.run, begin)
