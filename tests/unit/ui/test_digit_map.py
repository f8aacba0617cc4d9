"""The map shows digits where nn puts them, along axes that stay fixed for a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import Examples
from models.reader import Reader
from nn.batches import as_inputs
from nn.network import Network
from nn.principal_components import Axes
from testing import sample_digits
from tests.unit.ui.look_page import component_data, keep, made
from tests.unit.ui.visit import Elements, as_fabric
from ui.look.digit_map import SHOWN, MapState, glyphs, map_data, table
from ui.look.map_frames import Frame, HeldAxes, frame, hold_axes, pixel_axes, seen_by
from ui.look.replay import LastReplay
from ui.look.starting_point import NETWORK_KEY, VIEW_KEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def images(n: int) -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (n, 784), dtype=np.uint8)


def map_of(visit: Visit) -> dict[str, Any]:
    return component_data(visit, "digit_map")


def points(layer: dict[str, Any]) -> NDArray[np.float64]:
    return np.array(layer["points"]).reshape(-1, 2) / 1000


def framed(reader: Reader, pixels: NDArray[np.uint8]) -> Frame:
    seen = seen_by(reader, pixels)
    return frame(reader, seen, hold_axes(seen, pixel_axes(pixels, is_upright=False)))


def see_map(visit: Visit, network: str = "") -> None:
    visit.app.session_state[VIEW_KEY] = "Map"
    if network:
        visit.app.selectbox(key=NETWORK_KEY).set_value(network)
    visit.app.run()
    assert not visit.app.exception


def by_hand(A: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], float]:
    """Return the first two principal components of rows, by their covariance and up to signs, and their share."""
    X = A.astype(np.float64) - A.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(X.T @ X)
    return X @ vectors[:, [-1, -2]], float(values[-2:].sum() / values.sum())


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_map_shows_each_layer_as_nn_computes_it(new_visit: NewVisit, depth: int) -> None:
    visit = new_visit("look")
    network = made(depth)
    keep(visit, "mine", network)
    see_map(visit)
    data = map_of(visit)
    reader = Reader(network)
    dev = visit.session.networks.dev_examples("mine", reader)
    pixels, labels = dev.take(limit=SHOWN)
    A, Z = network.forward(as_inputs(pixels))
    assert [each["name"] for each in data["layers"]] == [
        "Pixels",
        *(["Hidden"] if depth == 1 else [f"Hidden {place + 1}" for place in range(depth)]),
        "Logits",
    ]
    assert data["labels"] == labels.tolist()
    assert data["read"] == [str(each) for each in Z[-1].argmax(axis=1)]
    for layer, activations in zip(data["layers"], [*A, Z[-1]], strict=True):
        expected, share = by_hand(activations)
        shown = points(layer)
        assert np.abs(shown).max() == pytest.approx(1)
        assert np.abs(shown) == pytest.approx(np.abs(expected) / np.abs(expected).max(), abs=2e-3)
        assert f"hold {share:.0%} of the variance" in layer["note"]


def test_axes_are_those_of_the_last_step_and_stay_under_replay(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"hidden_size": "16"})
    visit.click("epoch")
    visit.wait_until_idle()
    visit.go("look")
    see_map(visit, "Run 1")
    held = visit.page_state(MapState).held
    assert held is not None
    assert held.step == visit.run.snapshot().position.step == 63
    assert map_of(visit)["axes"].startswith("Axes of step 63,")
    latest = map_of(visit)
    replay = visit.page_state(LastReplay).replay
    assert replay is not None
    replay.replay(25)
    visit.app.run()
    assert visit.page_state(MapState).held is held
    assert "step 25" in Elements(visit.html).text
    network = next(each.network for each in visit.run.snapshot().checkpoints if each.step == 25)
    pixels, _ = visit.run.split.dev.take(limit=SHOWN)
    for place, activations in enumerate([*network.forward(as_inputs(pixels))[0], network.logits(as_inputs(pixels))]):
        layer = map_of(visit)["layers"][place]
        projected = held.axes[place].project(activations)
        scale = max(held.extents[place], np.abs(projected).max())
        assert points(layer) == pytest.approx(projected / scale, abs=2e-3)
        assert f"{held.axes[place].share_of_variance(activations):.0%} of the variance" in layer["note"]
    assert map_of(visit)["layers"][0] == latest["layers"][0], "the pixels never move"
    assert map_of(visit)["layers"][1] != latest["layers"][1]


@pytest.mark.parametrize(
    ("held", "step", "running", "due"),
    [
        (0, 0, True, False),
        (0, 1, True, True),
        (100, 150, True, False),
        (100, 201, True, True),
        (100, 150, False, True),
        (100, 100, False, False),
        (100, 0, True, True),
    ],
)
def test_axes_are_fitted_again_at_rest_and_when_steps_have_doubled(
    held: int, step: int, running: bool, due: bool
) -> None:
    assert HeldAxes(held, (), ()).is_due(step, running=running) is due


def test_a_later_step_that_would_leave_the_map_makes_it_smaller() -> None:
    """Axes along the first two of the pixels, whose outermost is at 0.5: an image at 1 sets the scale."""
    network = Network.initialize((784, 10), rng=np.random.default_rng(0))
    axes = Axes(np.zeros(784), np.eye(784)[:2])
    outside = np.zeros((2, 784), np.uint8)
    outside[0, 0], outside[1, 1] = 255, 51
    reader, held = Reader(network), HeldAxes(0, (axes, Axes(np.zeros(10), np.eye(10)[:2])), (0.5, 1.0))
    shown = frame(reader, seen_by(reader, outside), held)
    assert shown.points[0] == pytest.approx(np.array([[1, 0], [0, 0.2]]))
    assert shown.scales[0] == pytest.approx(1)


def test_a_layer_of_one_unit_and_a_layer_that_is_silent_are_shown() -> None:
    network = Network.initialize((784, 1, 10), rng=np.random.default_rng(0))
    network.biases[0][:] = -1e6
    reader = Reader(network)
    pixels = images(20)
    shown = framed(reader, pixels)
    assert np.isnan(shown.shares[1])
    assert np.isfinite(shown.points[1]).all()
    dev = Examples(pixels, np.arange(20, dtype=np.uint8) % 10, np.arange(20))
    data = map_data(shown, reader, dev, dev.labels, axes_of=None)
    assert data["layers"][1]["note"] == "The 1 activation is the same for all, so there is nothing to tell apart."


def test_a_class_with_a_long_name_is_drawn_as_its_number() -> None:
    assert glyphs(("0", "1", "A")) == ["0", "1", "A"]
    assert glyphs(("T-shirt", "Bag")) == ["0", "1"]


def test_your_drawing_is_a_point(new_visit: NewVisit) -> None:
    visit = new_visit()
    visit.draw(as_fabric(sample_digits.digit("3")))
    visit.go("look")
    see_map(visit)
    own = map_of(visit)["own"]
    assert own is not None
    assert [len(each) for each in own["points"]] == [2] * 3
    assert own["image"].startswith("data:image/png")


def test_it_moves_while_the_pen_moves(new_visit: NewVisit) -> None:
    """From no point to that of a partial stroke, and on to its final place."""
    visit = new_visit("look")
    see_map(visit)
    assert map_of(visit)["own"] is None
    (seven,) = sample_digits.digit("7")
    half, whole = (visit.hear_strokes([each])["followed"] for each in (seven[: len(seven) // 2], seven))
    assert half["points"] != whole["points"]
    visit.app.run()
    assert map_of(visit)["own"] == whole, "a redraw during the stroke does not take it back"
    visit.draw(as_fabric([seven]))
    assert map_of(visit)["own"]["read"] == whole["read"]
    assert np.array(map_of(visit)["own"]["points"]) == pytest.approx(np.array(whole["points"]), abs=60)
    visit.click("clear")
    assert map_of(visit)["own"] is None


def test_the_table_counts_the_misread_and_names_the_nearest_class() -> None:
    """Three dots in place of digits: logits are pixels 0, 1 and 2, so that the third, a 1 in pixel 2, is misread."""
    W = np.zeros((784, 3))
    W[[0, 1, 2], [0, 1, 2]] = 1
    reader = Reader(Network([W, np.zeros(3)]))
    pixels = np.zeros((3, 784), np.uint8)
    pixels[[0, 1, 2], [0, 1, 2]] = [255, 200, 255]
    labels = np.array([0, 1, 1], np.uint8)
    dev = Examples(pixels, labels, np.arange(3), ("0", "1", "2"))
    text = str(table(framed(reader, pixels), reader, dev, labels))
    rows = re.findall(r"<th scope='row'>(\d)</th><td>(\d)</td><td>(\d)</td><td>(\d?)</td><td>(\d?)</td>", text)
    assert rows == [("0", "1", "0", "1", "1"), ("1", "2", "1", "0", "0"), ("2", "0", "0", "", "")]
