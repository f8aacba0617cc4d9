"""A session's search for the best hidden size and λ, which goes on for as long as its page is connected."""

from collections.abc import Callable, Sequence

from training.search.search_run import SearchRun, SearchState
from training.settings import Settings
from ui.state.available_datasets import Datasets
from ui.state.connection import Connection


class Search:
    """The search of one session.

    Attributes:
        run: The latest search, under way or over; None before the first.
        connection: What it goes on with; None before the page was ever connected.
    """

    def __init__(self, datasets: Datasets) -> None:
        """Begin without a search; `datasets` is what can be learned from."""
        self.run: SearchRun | None = None
        self.connection: Connection | None = None
        self._datasets = datasets

    def start(self, trials: Sequence[Settings]) -> None:
        """Search for the best of these settings; what an earlier search has tried is not tried again.

        Raises:
            DataError: See `Datasets.split`; the earlier search stays.
        """
        run = SearchRun(trials, self._datasets.split(trials[0]), self.run)
        if self.run is not None:
            self.run.cancel()
        self.run = run
        self._while_connected(run.start)

    def test_best(self) -> None:
        """Measure the best that the search has found on test, once."""
        if self.run is not None:
            self._while_connected(self.run.test_best)

    def resume(self, connection: Connection) -> None:
        """Go on over a new connection with what the lost one interrupted."""
        self.connection = connection
        if self.run is not None and self.run.snapshot().state is SearchState.INTERRUPTED:
            self._while_connected(self.run.start)

    def _while_connected(self, begin: Callable[[], None]) -> None:
        if self.run is not None and self.connection is not None:
            self.connection.search(self.run, begin)
