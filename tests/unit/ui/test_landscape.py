"""The Landscape view of Look: the plane, the path on it and the losses are those of the run's checkpoints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nn.batches import as_inputs
from nn.evaluation import evaluate
from nn.network import Network
from nn.principal_components import principal_axes
from tests.unit.ui.look_page import picked
from tests.unit.ui.visit import Elements
from training.checkpoints import Checkpoint
from training.run import Run
from training.settings import Settings
from ui.look.landscape import BANDS, DARKEST, PIXELS, SECONDS_BETWEEN, SIDE, Landscapes, Terrain, banded
from ui.serving.budgets import SESSION_MB
from ui.state.session import Session
from ui.state.session_memory import held_bytes
from ui.state.shared_resources import embedded

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


@pytest.fixture
def land(new_visit: NewVisit) -> Visit:
    visit = new_visit("train", {"hidden_size": "8", "epochs": "2"})
    visit.click("train")
    visit.wait_until_idle()
    visit.go("look")
    visit.app.segmented_control(key="look_view").set_value("Landscape").run()
    return visit


def complete(visit: Visit) -> Terrain:
    """Rerun the page, which computes a part each time, until the landscape is complete."""
    for _ in range(200):
        assert not visit.app.exception
        state = visit.page_state(Landscapes)
        if state.next is None and state.shown is not None:
            return state.shown
        visit.app.run()
    raise AssertionError("the landscape was never complete")


def text(visit: Visit) -> str:
    return " ".join(Elements(picked(visit, "terrain")).text.split())


def way_of(visit: Visit) -> list[Checkpoint]:
    snapshot = visit.run.snapshot()
    return [*snapshot.checkpoints, snapshot.checkpoint]


def test_each_point_is_the_loss_of_the_network_there(land: Visit) -> None:
    terrain, way = complete(land), way_of(land)
    pixels, labels = land.run.split.train.take(limit=500)
    images = as_inputs(pixels)
    assert terrain.losses.shape == (SIDE, SIDE)
    rows = np.stack([each.network.vector for each in way]).astype(np.float64)
    plane = principal_axes(rows)
    signs = np.sign((plane.project(rows) * terrain.path).sum(axis=0))
    assert terrain.path == pytest.approx(signs * plane.project(rows), abs=1e-4)
    for row, column in ((0, 0), (3, 17), (20, 20)):
        there = way[0].network.copy()
        u, v = signs[:, None] * plane.directions
        there.vector[:] = plane.centre + terrain.xs[column] * u + terrain.ys[row] * v
        assert terrain.losses[row, column] == pytest.approx(evaluate(there, images, labels).loss, rel=1e-4)
    assert terrain.steps == [each.step for each in way]
    for own, checkpoint in zip(terrain.own, way, strict=True):
        assert own == pytest.approx(evaluate(checkpoint.network, images, labels).loss)


def test_it_says_how_much_of_the_way_it_holds_and_that_it_is_a_slice(land: Visit) -> None:
    terrain = complete(land)
    rows = np.stack([each.network.vector for each in way_of(land)]).astype(np.float64)
    centred = rows - rows.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False) ** 2
    np.testing.assert_allclose(terrain.held, singular[:2] / singular.sum(), rtol=1e-6)
    assert f"{singular[:2].sum() / singular.sum():.1%} of the path lies in this plane" in text(land)
    assert f"It is a slice. The loss is a landscape over {rows.shape[1]:,} parameters" in text(land)


def test_a_step_on_the_way_is_replayed(land: Visit) -> None:
    terrain = complete(land)
    assert f"At step {terrain.steps[-1]} the run’s own loss is {terrain.own[-1]:.3f}" in text(land)
    markup = picked(land, "terrain")
    assert [f"data-value='{each}'" in markup for each in terrain.steps] == [True] * len(terrain.steps)
    assert markup.count("class='now'") == 1


def test_it_is_computed_again_only_for_other_checkpoints(land: Visit) -> None:
    before = complete(land)
    land.app.run()
    assert land.page_state(Landscapes).shown is before
    land.run.epoch()
    land.session.runs.train()
    land.wait_until_idle()
    land.app.run()
    assert complete(land) is not before


def test_a_complete_one_holds_little_more_than_the_last_network_of_the_way(land: Visit) -> None:
    """The run drops checkpoints as it trains; the plane is as large as three networks."""
    terrain = complete(land)
    network = terrain.last.network.vector.nbytes
    assert network <= held_bytes([terrain]) < 1.5 * network


@pytest.mark.parametrize("room", [19, 20])
def test_it_needs_twenty_bytes_a_parameter_or_names_the_budget(
    land: Visit, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    def check(_session: Session, more: int) -> None:
        SESSION_MB.check(0 if more <= room * land.run.snapshot().network.vector.size else sys.maxsize)

    monkeypatch.setattr(Session, "check_room", check)
    land.page_state(Landscapes).run = None
    land.app.run()
    if room == 20:
        assert complete(land).done == 1
    else:
        assert "There is no room for it in the 256 MB of one session." in land.app.error[0].value.replace("\\", "")
        assert land.page_state(Landscapes).next is None


def test_while_the_run_trains_it_takes_a_twentieth_of_the_time() -> None:
    rng = np.random.default_rng(0)
    way = [Checkpoint(step, step, Network.initialize((784, 3, 10), rng=rng)) for step in range(3)]
    split = embedded().split(0, 500, 500)
    terrain = Terrain.of(way, Run(Settings(), split, 10), 3)
    assert terrain.seconds_between == SECONDS_BETWEEN
    terrain.advance(60)
    assert terrain.done == 1
    terrain.spent = 1.0
    assert terrain.seconds_between == 20


def test_before_there_is_a_way_it_says_so(land: Visit, new_visit: NewVisit) -> None:
    land.run.reset()
    land.app.run()
    assert not land.app.exception
    assert "A plane needs 3 steps of the path" in land.html
    other = new_visit("look")
    other.app.segmented_control(key="look_view").set_value("Landscape").run()
    assert "Train a network on the Train page" in other.html


class TestTheBands:
    def test_each_grows_by_the_same_factor_and_the_first_row_is_lowest(self) -> None:
        losses = np.repeat(np.exp(np.linspace(0, 7, 8))[:, None], 8, axis=1)
        picture = banded(losses)
        assert picture.shape == (PIXELS, PIXELS)
        assert (picture[-1] == 0).all()
        assert picture[0] == pytest.approx(DARKEST)
        counts = np.unique(picture, return_counts=True)[1]
        assert len(counts) == BANDS
        assert np.ptp(counts) <= 2 * PIXELS

    @pytest.mark.parametrize(
        "losses", [np.full((3, 3), np.inf), np.full((3, 3), 2.0), np.array([[0.0, np.inf], [1, 2]])]
    )
    def test_what_has_no_logarithm_is_drawn_too(self, losses: np.ndarray) -> None:
        assert np.isfinite(banded(losses)).all()
