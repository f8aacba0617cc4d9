"""The Landscape view of Look: the plane, the way on it and the losses are those of the run's checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nn.batches import as_inputs
from nn.evaluation import evaluate
from tests.unit.ui.looking import picked
from tests.unit.ui.visit import Elements
from ui.look.landscape import BANDS, DARKEST, PIXELS, SIDE, Landscapes, Terrain, banded

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit


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


def test_each_point_is_the_loss_of_the_network_there(land: Visit) -> None:
    terrain, snapshot = complete(land), land.run.snapshot()
    pixels, labels = land.run.split.train.take(limit=500)
    images = as_inputs(pixels)
    assert terrain.losses.shape == (SIDE, SIDE)
    for row, column in ((0, 0), (3, 17), (20, 20)):
        there = snapshot.network.copy()
        u, v = terrain.plane.directions
        there.vector[:] = terrain.plane.centre + terrain.xs[column] * u + terrain.ys[row] * v
        assert terrain.losses[row, column] == pytest.approx(evaluate(there, images, labels).loss, rel=1e-4)
    way = (*snapshot.checkpoints, snapshot.checkpoint)
    assert [each.step for each in terrain.way] == [each.step for each in way]
    for own, checkpoint in zip(terrain.own, way, strict=True):
        assert own == pytest.approx(evaluate(checkpoint.network, images, labels).loss)


def test_it_says_how_much_of_the_way_it_holds_and_that_it_is_a_slice(land: Visit) -> None:
    terrain = complete(land)
    rows = np.stack([each.network.vector for each in terrain.way]).astype(np.float64)
    centred = rows - rows.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False) ** 2
    np.testing.assert_allclose(terrain.held, singular[:2] / singular.sum(), rtol=1e-6)
    assert f"{singular[:2].sum() / singular.sum():.1%} of the way lies in this plane" in text(land)
    assert f"It is a slice. The loss is a landscape over {rows.shape[1]:,} parameters" in text(land)


def test_a_step_on_the_way_is_replayed(land: Visit) -> None:
    terrain = complete(land)
    assert f"At step {terrain.way[-1].step} the run’s own loss is {terrain.own[-1]:.3f}" in text(land)
    markup = picked(land, "terrain")
    assert [f"data-value='{each.step}'" in markup for each in terrain.way] == [True] * len(terrain.way)
    assert markup.count("class='now'") == 1


def test_it_is_computed_anew_only_for_other_checkpoints(land: Visit) -> None:
    before = complete(land)
    land.app.run()
    assert land.page_state(Landscapes).shown is before
    land.run.epoch()
    land.session.runs.train()
    land.wait_until_idle()
    land.app.run()
    assert complete(land) is not before


def test_before_there_is_a_way_it_says_so(land: Visit, new_visit: NewVisit) -> None:
    land.run.reset()
    land.app.run()
    assert not land.app.exception
    assert "A plane needs 3 steps of the way" in land.html
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
