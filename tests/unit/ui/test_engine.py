"""The Engine view of Look: what it shows of a run is what training/checkpoint_signs.py measures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.unit.ui.visit import Elements
from training.checkpoint_signs import checkpoint_signs
from ui.look.engine import Engine

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def sent(visit: Visit) -> tuple[dict[str, Any], dict[tuple[str, str], list[float]]]:
    """What was sent to the plots: the header, and the values of each curve by its quantity and name."""
    (found,) = [each.proto.bytes for each in visit.app.get("bidi_component") if each.proto.id.endswith("-engine")]
    length = int.from_bytes(found[:4], "little")
    header = json.loads(found[4 : 4 + length])
    start, values = 4 + length + 8 * header["places"], {}
    for curve in header["curves"]:
        values[curve["quantity"], curve["name"]] = np.frombuffer(found, np.float32, curve["count"], start).tolist()
        start += 4 * curve["count"]
    return header, values


@pytest.fixture
def engine(new_visit: NewVisit) -> Visit:
    visit = new_visit("train", {"hidden_size": "8", "hidden_layers": "2", "epochs": "2"})
    visit.click("train")
    visit.wait_until_idle()
    visit.go("look")
    visit.app.segmented_control(key="look_view").set_value("Engine").run()
    return measured(visit)


def measured(visit: Visit) -> Visit:
    """Rerun the page, which measures for a while each time, until all has been measured."""
    for _ in range(100):
        assert not visit.app.exception
        if "steps measured" in visit.html:
            return visit
        visit.app.run()
    raise AssertionError("the checkpoints were never all measured")


def test_every_curve_is_what_is_measured_at_the_checkpoints_and_at_the_end(engine: Visit) -> None:
    snapshot, split = engine.run.snapshot(), engine.run.split
    header, values = sent(engine)
    steps = [*(each.step for each in snapshot.checkpoints), snapshot.position.step]
    signs = [
        checkpoint_signs(each, snapshot.settings, snapshot.changes, split)
        for each in (*snapshot.checkpoints, snapshot.checkpoint)
    ]
    assert f"{len(steps)} steps measured" in engine.html
    for layer, name in enumerate(["hidden 1", "hidden 2", "output"]):
        for quantity, attribute in (
            ("log_update", "update_ratio"),
            ("log_gradient", "gradient_norm"),
            ("size_weights", "weight_norm"),
        ):
            expected = [getattr(each[layer], attribute) for each in signs]
            assert values[quantity, name] == pytest.approx(expected, rel=1e-6)
    assert [plot["title"] for plot in header["plots"]] == ["Update / weights", "Gradient", "Weights", "Dead units"]
    assert ("share_dead", "output") not in values


def test_histograms_are_those_of_the_layers(engine: Visit) -> None:
    page = Elements(engine.html)
    assert page.by_id("activations_at")
    assert f"at step {engine.run.snapshot().position.step}" in page.text
    labels = [each.get("aria-label") for name, each in page.found if name == "div" and each.get("class") == "bars_of"]
    assert labels == [f"Histogram of the {name} layer" for name in ("hidden 1", "hidden 2", "output")]


def test_nothing_is_measured_twice_and_dropped_checkpoints_are_forgotten(engine: Visit) -> None:
    before = dict(engine.page_state(Engine).signs)
    engine.app.run()
    after = engine.page_state(Engine).signs
    assert all(after[each] is signs for each, signs in before.items())
    engine.run.reset()
    measured_again = measured(engine)
    measured_again.app.run()
    assert [each.step for each in engine.page_state(Engine).signs] == [0]


def test_a_network_without_a_run_says_what_is_missing(new_visit: NewVisit) -> None:
    visit = new_visit("look")
    visit.app.segmented_control(key="look_view").set_value("Engine").run()
    assert not visit.app.exception
    assert "Train a network on the Train page" in visit.html
