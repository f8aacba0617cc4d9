"""A session is bounded, kept while its user may reconnect, and isolated from all others."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np
import pytest
import streamlit as st
from streamlit import runtime
from streamlit.runtime import caching

from data.dataset import DataError, Dataset
from models.weights import SavedNetwork
from nn.network import Network
from training.settings import Settings
from training.side_by_side import OneChange
from ui.state.available_datasets import KEPT_DATASETS
from ui.state.connection import Connection
from ui.state.network_names import SHIPPED
from ui.state.networks import KEPT_NETWORKS
from ui.state.session import Session
from ui.workarounds import released_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit
    from training.run import Run

pytestmark = pytest.mark.slow


def saved() -> SavedNetwork:
    return SavedNetwork(Network.initialize((784, 2, 10), rng=np.random.default_rng(1)))


def dataset(name: str) -> Dataset:
    return Dataset(name, np.zeros((30, 784), dtype=np.uint8), np.arange(30, dtype=np.uint8) % 10)


def test_the_oldest_saved_network_is_evicted() -> None:
    session = Session()
    names = [f"{number}.npz" for number in range(KEPT_NETWORKS + 2)]
    for name in names:
        session.networks.saved[name] = saved()
    assert list(session.networks.saved) == names[2:]
    assert list(session.networks.names()) == [SHIPPED, *reversed(names[2:])]


def test_an_evicted_network_is_replaced_by_the_built_in_one(visit: Visit) -> None:
    session = visit.session
    assert session.networks.reader("gone.npz").network.sizes == session.networks.reader(SHIPPED).network.sizes


def test_a_new_run_saves_the_network_of_the_previous_one(visit: Visit) -> None:
    visit.go("train")
    visit.click("step")
    visit.wait_until_idle()
    learned = visit.run.snapshot().network.parameters
    visit.app.session_state["hidden_size"] = 16
    visit.app.run()
    visit.click("new_run")
    assert list(visit.session.networks.names()) == [SHIPPED, "Run 2", "Run 1"]
    for before, kept in zip(learned, visit.session.networks.saved["Run 1"].network.parameters, strict=True):
        np.testing.assert_array_equal(before, kept)
    assert visit.session.networks.saved["Run 1"].about["step"] == 1


def test_an_untrained_run_is_not_saved(visit: Visit) -> None:
    visit.go("train")
    visit.app.session_state["hidden_size"] = 16
    visit.app.run()
    visit.click("new_run")
    assert visit.session.networks.saved == {}


@pytest.mark.parametrize(
    "settings", [Settings(dataset="mnist"), Settings(dataset="gone.csv"), Settings(dev_size=3000, test_size=3000)]
)
def test_a_refused_run_leaves_the_previous_one(visit: Visit, settings: Settings) -> None:
    visit.go("train")
    visit.click("step")
    visit.wait_until_idle()
    session, run = visit.session, visit.run
    with pytest.raises(DataError):
        session.runs.begin(settings)
    assert (session.runs.current, session.runs.name, session.networks.saved) == (run, "Run 1", {})


def test_a_run_survives_the_eviction_of_its_dataset(visit: Visit) -> None:
    """Three more uploads evict the dataset, but the run, its weights and its page must not change."""
    visit.go("train")
    session = visit.session
    session.datasets.uploads["own.csv"] = dataset("own.csv")
    visit.app.run()
    visit.app.session_state["dataset"] = "own.csv"
    visit.app.session_state["dev_size"] = 10
    visit.app.session_state["test_size"] = 10
    visit.app.run()
    assert visit.run.settings.dataset == "own.csv"
    visit.click("step")
    visit.wait_until_idle()
    for number in range(KEPT_DATASETS):
        session.datasets.uploads[f"{number}.csv"] = dataset(f"{number}.csv")
    assert session.runs.saved_network().about["step"] == 1
    visit.go("")
    visit.app.selectbox(key="network").set_value("Run 1").run()
    assert not visit.app.exception
    visit.go("train")
    assert not visit.app.exception


def test_the_saved_network_is_that_of_the_latest_step(visit: Visit) -> None:
    visit.go("train")
    first = visit.session.runs.saved_network()
    visit.click("epoch")
    visit.wait_until_idle()
    second = visit.session.runs.saved_network()
    assert (first.about["step"], second.about["epoch"]) == (0, 1)
    assert not np.array_equal(first.network.parameters[0], second.network.parameters[0])
    assert Settings(**second.about["settings"]) == visit.run.settings


def test_sessions_share_nothing(new_visit: NewVisit) -> None:
    one, other = new_visit(), new_visit()
    one.go("train")
    one.session.networks.saved["own.npz"] = saved()
    one.session.datasets.uploads["own.csv"] = dataset("own.csv")
    other.go("train")
    assert other.session is not one.session
    assert other.run is not one.run
    assert "own.npz" not in other.session.networks.names()
    assert "own.csv" not in other.session.datasets.names()


class Server:
    """Replaces Streamlit's server."""

    def __init__(self, *, connected: bool) -> None:
        self._connected = connected
        self.closed: list[str] = []

    def is_active_session(self, _: str) -> bool:
        return self._connected

    def close_session(self, session_id: str) -> None:
        self.closed.append(session_id)


def disconnect(connection: Connection) -> None:
    """Drop the connection as Streamlit does."""
    caching.clear_session_resource_cache(connection.context.session_id)


def lose_the_connection(visit: Visit, monkeypatch: pytest.MonkeyPatch, server: Server, *, back: bool = False) -> None:
    """Drop the connection, and wait until the user can no longer reconnect."""
    connection = visit.session.connection
    assert connection is not None
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    monkeypatch.setattr(st, "get_option", {"server.disconnectedSessionTTL": 5}.__getitem__)

    async def lose() -> None:
        disconnect(connection)
        if back:
            connection.replaced = True
        await asyncio.sleep(0.1)

    asyncio.run(lose())


def train_and_upload(visit: Visit) -> list[weakref.ref[object]]:
    """Train and upload a dataset; return weak references to the large objects."""
    assert visit.session.connection is not None
    disconnect(visit.session.connection)  # all visits of a test run share one connection until then
    visit.go("train")
    visit.click("step")
    visit.wait_until_idle()
    visit.session.datasets.uploads["own.csv"] = dataset("own.csv")
    visit.session.networks.saved["own.npz"] = saved()
    session = visit.session
    return [
        weakref.ref(each)
        for each in (session, visit.run, session.datasets.uploads["own.csv"], session.networks.saved["own.npz"])
    ]


def test_a_session_that_is_gone_for_good_frees_its_memory(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's own session stays alive here, like the last one on a server, so it must be emptied."""
    monkeypatch.setattr(released_memory, "SHORTEST_PAUSE", 0.1)
    monkeypatch.setattr("gc.freeze", lambda: None)  # on a server, visits come after it
    references = train_and_upload(visit)
    stopped = threading.Event()
    collector = threading.Thread(target=released_memory.collect_regularly, args=(stopped,))
    collector.start()
    try:
        lose_the_connection(visit, monkeypatch, server := Server(connected=False))
        assert len(server.closed) == 1
        end = time.monotonic() + 10
        while [each() for each in references] != [None] * len(references):
            assert time.monotonic() < end, "It was never freed."
            time.sleep(0.01)
    finally:
        stopped.set()
        collector.join()


@pytest.mark.parametrize(("connected", "back"), [(True, False), (False, True)])
def test_a_session_that_came_back_keeps_everything(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, *, connected: bool, back: bool
) -> None:
    """This holds even if the new connection is also lost by the time the first one expires."""
    references = train_and_upload(visit)
    lose_the_connection(visit, monkeypatch, server := Server(connected=connected), back=back)
    assert server.closed == []
    assert None not in [each() for each in references]


@pytest.mark.parametrize("reloaded_first", [True, False])
def test_a_session_that_a_reload_has_continued_is_freed_at_once(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, *, reloaded_first: bool
) -> None:
    connection = visit.session.connection
    assert connection is not None
    server = Server(connected=False)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    monkeypatch.setattr(st, "get_option", {"server.disconnectedSessionTTL": 1_000}.__getitem__)
    continues: Any = Mock(context=Mock(session_id="another"))
    steps: list[Callable[[], None]] = [lambda: disconnect(connection), lambda: connection.replace(continues)]

    async def reload() -> None:
        for step in reversed(steps) if reloaded_first else steps:
            assert server.closed == []
            step()
            await asyncio.sleep(0.02)

    asyncio.run(reload())
    assert server.closed == [connection.context.session_id]


def test_a_lost_connection_stops_all_runs_and_a_new_one_resumes_them(visit: Visit) -> None:
    """This covers the run on the Train page and the two side by side."""
    visit.go("train")
    session, connection = visit.session, visit.session.connection
    assert connection is not None
    visit.app.session_state["epochs"] = 100_000
    visit.app.run()
    visit.click("train")
    session.runs.begin_pair(OneChange(session.settings, "learning_rate", 0.3))
    runs = list(session.runs.live().values())
    assert len(runs) == 3
    wait_for_progress(runs)
    disconnect(connection)
    assert_no_progress(runs)
    visit.app.run()
    assert visit.session.connection is not connection
    wait_for_progress(runs)
    visit.click("train")
    assert session.runs.pair is not None
    session.runs.pair.pause()


def test_a_replaced_run_is_freed(visit: Visit) -> None:
    """Otherwise its network, digits and checkpoints would stay in memory while the page is open."""
    visit.go("train")
    gone = []
    for _ in range(3):
        visit.click("step")
        visit.wait_until_idle()
        gone.append(weakref.ref(visit.run))
        visit.click("new_run")
    gc.collect()
    assert [each() for each in gone] == [None] * 3


def steps(runs: list[Run]) -> list[int]:
    return [run.snapshot().position.step for run in runs]


def wait_for_progress(runs: list[Run]) -> None:
    before, end = steps(runs), time.monotonic() + 20
    while any(after <= at for after, at in zip(steps(runs), before, strict=True)):
        assert time.monotonic() < end, "a run makes no progress"
        time.sleep(0.01)


def assert_no_progress(runs: list[Run]) -> None:
    time.sleep(0.3)  # current slices end
    before = steps(runs)
    time.sleep(0.3)
    assert steps(runs) == before


def test_a_lost_connection_trains_nothing(visit: Visit) -> None:
    visit.go("train")
    connection = visit.session.connection
    assert connection is not None
    disconnect(connection)
    visit.run.start()
    connection.train(visit.run)
    assert "training" not in [thread.name for thread in threading.enumerate()]
    assert visit.run.snapshot().position.step == 0
