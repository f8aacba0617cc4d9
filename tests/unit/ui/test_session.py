"""What one person has in hand: bounded, kept, and nobody else's."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from typing import TYPE_CHECKING

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
from ui.state.available_datasets import KEPT_DATASETS, MNIST
from ui.state.connection import Connection
from ui.state.networks import KEPT_NETWORKS, SHIPPED
from ui.state.session import Session

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit
    from training.run import Run


def saved() -> SavedNetwork:
    return SavedNetwork(Network.initialize((784, 2, 10), rng=np.random.default_rng(1)))


def dataset(name: str) -> Dataset:
    return Dataset(name, np.zeros((30, 784), dtype=np.uint8), np.arange(30, dtype=np.uint8) % 10)


def test_the_oldest_network_gives_way() -> None:
    session = Session()
    names = [f"{number}.npz" for number in range(KEPT_NETWORKS + 2)]
    for name in names:
        session.networks.saved[name] = saved()
    assert list(session.networks.saved) == names[2:]
    assert list(session.networks.names()) == [SHIPPED, *reversed(names[2:])]


def test_a_network_that_is_gone_is_replaced_by_the_shipped_one(visit: Visit) -> None:
    session = visit.session
    assert session.networks.reader("gone.npz").network.sizes == session.networks.reader(SHIPPED).network.sizes


def test_a_new_run_keeps_the_network_of_the_one_before(visit: Visit) -> None:
    visit.go("train")
    visit.click("step")
    visit.until_still()
    learned = visit.run.snapshot().network.parameters
    visit.app.session_state["hidden_size"] = 16
    visit.app.run()
    visit.click("new_run")
    assert list(visit.session.networks.names()) == [SHIPPED, "Run 2", "Run 1"]
    for before, kept in zip(learned, visit.session.networks.saved["Run 1"].network.parameters, strict=True):
        np.testing.assert_array_equal(before, kept)
    assert visit.session.networks.saved["Run 1"].about["step"] == 1


def test_a_run_that_learned_nothing_is_not_kept(visit: Visit) -> None:
    visit.go("train")
    visit.app.session_state["hidden_size"] = 16
    visit.app.run()
    visit.click("new_run")
    assert visit.session.networks.saved == {}


@pytest.mark.parametrize(
    "settings", [Settings(dataset=MNIST), Settings(dataset="gone.csv"), Settings(dev_size=3000, test_size=3000)]
)
def test_a_new_run_that_cannot_be_leaves_the_one_before(visit: Visit, settings: Settings) -> None:
    visit.go("train")
    visit.click("step")
    visit.until_still()
    session, run = visit.session, visit.run
    with pytest.raises(DataError):
        session.runs.begin(settings)
    assert (session.runs.current, session.runs.name, session.networks.saved) == (run, "Run 1", {})


def test_a_run_outlives_the_dataset_that_it_learns_from(visit: Visit) -> None:
    """Three more uploads push the dataset out of the session: the run, its weights and its page must not notice."""
    visit.go("train")
    session = visit.session
    session.datasets.uploads["mine.csv"] = dataset("mine.csv")
    visit.app.run()
    visit.app.session_state["dataset"] = "mine.csv"
    visit.app.session_state["dev_size"] = 10
    visit.app.session_state["test_size"] = 10
    visit.app.run()
    visit.click("new_run")
    assert visit.run.settings.dataset == "mine.csv"
    visit.click("step")
    visit.until_still()
    for number in range(KEPT_DATASETS):
        session.datasets.uploads[f"{number}.csv"] = dataset(f"{number}.csv")
    assert session.runs.saved_network().about["step"] == 1
    visit.go("")
    visit.app.selectbox(key="network").set_value("Run 2").run()
    assert not visit.app.exception
    visit.go("train")
    assert not visit.app.exception


def test_the_saved_run_is_the_network_as_it_is_now(visit: Visit) -> None:
    visit.go("train")
    first = visit.session.runs.saved_network()
    visit.click("epoch")
    visit.until_still()
    second = visit.session.runs.saved_network()
    assert (first.about["step"], second.about["epoch"]) == (0, 1)
    assert not np.array_equal(first.network.parameters[0], second.network.parameters[0])
    assert Settings(**second.about["settings"]) == visit.run.settings


def test_nothing_of_one_person_reaches_another(new_visit: NewVisit) -> None:
    one, other = new_visit(), new_visit()
    one.go("train")
    one.session.networks.saved["mine.npz"] = saved()
    one.session.datasets.uploads["mine.csv"] = dataset("mine.csv")
    other.go("train")
    assert other.session is not one.session
    assert other.run is not one.run
    assert "mine.npz" not in other.session.networks.names()
    assert "mine.csv" not in other.session.datasets.names()


class Server:
    """Stands in for Streamlit's server, and knows whether the page is connected."""

    def __init__(self, *, connected: bool) -> None:
        self._connected = connected
        self.closed: list[str] = []

    def is_active_session(self, _: str) -> bool:
        return self._connected

    def close_session(self, session_id: str) -> None:
        self.closed.append(session_id)


def disconnect(lease: Connection) -> None:
    """Do what Streamlit does when a connection is lost."""
    caching.clear_session_resource_cache(lease.session_id)


def lose_the_connection(visit: Visit, monkeypatch: pytest.MonkeyPatch, server: Server, *, back: bool = False) -> None:
    """End the lease of a visit, as Streamlit does, and let the time pass in which the person may come back."""
    lease = visit.session.connection
    assert lease is not None
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    monkeypatch.setattr(st, "get_option", {"server.disconnectedSessionTTL": 5}.__getitem__)

    async def lose() -> None:
        disconnect(lease)
        if back:
            lease.replaced = True
        await asyncio.sleep(0.1)

    asyncio.run(lose())


def trained(visit: Visit) -> list[weakref.ref[object]]:
    """Have a visitor train and bring a dataset; what of it takes memory."""
    assert visit.session.connection is not None
    disconnect(visit.session.connection)  # all visits of a test run share one lease: from here on it is this one's own
    visit.go("train")
    visit.click("step")
    visit.until_still()
    visit.session.datasets.uploads["mine.csv"] = dataset("mine.csv")
    visit.session.networks.saved["mine.npz"] = saved()
    session = visit.session
    return [
        weakref.ref(each)
        for each in (session, visit.run, session.datasets.uploads["mine.csv"], session.networks.saved["mine.npz"])
    ]


def test_a_session_that_nobody_comes_back_to_lets_go_of_all_it_held(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit's own session stays alive here, as the last one does on a server: it must be empty."""
    heavy = trained(visit)
    lose_the_connection(visit, monkeypatch, server := Server(connected=False))
    assert len(server.closed) == 1
    assert [each() for each in heavy] == [None] * len(heavy)


@pytest.mark.parametrize(("connected", "back"), [(True, False), (False, True)])
def test_a_session_that_is_in_use_again_keeps_what_it_held(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, *, connected: bool, back: bool
) -> None:
    """Nor does it matter that the connection is lost once more, by the time that the first loss would be too old."""
    heavy = trained(visit)
    lose_the_connection(visit, monkeypatch, server := Server(connected=connected), back=back)
    assert server.closed == []
    assert None not in [each() for each in heavy]


def test_a_lost_connection_ends_all_runs_and_a_new_one_sets_them_off_again(visit: Visit) -> None:
    """The run of the Train page and two side by side: none may train for nobody, and none may be forgotten."""
    visit.go("train")
    session, lease = visit.session, visit.session.connection
    assert lease is not None
    visit.app.session_state["epochs"] = 100_000
    visit.app.run()
    visit.click("train")
    session.runs.begin_pair(OneChange(session.settings, "learning_rate", 0.3))
    runs = list(session.runs.live().values())
    assert len(runs) == 3
    goes_on(runs)
    disconnect(lease)
    stands_still(runs)
    visit.app.run()
    assert visit.session.connection is not lease
    goes_on(runs)
    visit.click("train")
    assert session.runs.pair is not None
    session.runs.pair.pause()


def test_a_lease_lets_go_of_a_run_that_gave_way_to_another(visit: Visit) -> None:
    """Each would else hold its network, its digits and its checkpoints for as long as the page is open."""
    visit.go("train")
    gone = []
    for _ in range(3):
        visit.click("step")
        visit.until_still()
        gone.append(weakref.ref(visit.run))
        visit.click("new_run")
    gc.collect()
    assert [each() for each in gone] == [None] * 3


def steps(runs: list[Run]) -> list[int]:
    return [run.snapshot().position.step for run in runs]


def goes_on(runs: list[Run]) -> None:
    before, end = steps(runs), time.monotonic() + 20
    while any(after <= at for after, at in zip(steps(runs), before, strict=True)):
        assert time.monotonic() < end, "a run stands still"
        time.sleep(0.01)


def stands_still(runs: list[Run]) -> None:
    time.sleep(0.3)  # the slices in hand are the last
    before = steps(runs)
    time.sleep(0.3)
    assert steps(runs) == before


def test_a_lease_that_has_ended_trains_no_more(visit: Visit) -> None:
    visit.go("train")
    lease = visit.session.connection
    assert lease is not None
    disconnect(lease)
    visit.run.start()
    lease.train(visit.run)
    assert "training" not in [thread.name for thread in threading.enumerate()]
    assert visit.run.snapshot().position.step == 0
