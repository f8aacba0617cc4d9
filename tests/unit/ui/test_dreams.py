"""The Dreams view of Look: what it shows is what nn/dreams.py computes, for every kind of network."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nn.dreams import RAW, climb, noise
from nn.nearest_images import nearest_images
from tests.unit.ui.look_page import every_depth, keep, made, picked
from tests.unit.ui.visit import Elements
from ui.look.climbing_dreams import STEPS, Dreams
from ui.look.replay import LastReplay
from ui.look.traced_digit import training_digits
from ui.state.network_names import SMALL
from ui.widgets.number_format import probability

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


@pytest.fixture
def dreaming(new_visit: NewVisit) -> Visit:
    visit = new_visit("look")
    visit.app.segmented_control(key="look_view").set_value("Dreams").run()
    return visit


def dream_on(visit: Visit) -> Dreams:
    """Rerun the page, which takes some steps each time, until the climb is over."""
    for _ in range(STEPS):
        if not visit.page_state(Dreams).climbing:
            break
        visit.app.run()
        assert not visit.app.exception
    assert f"Step {STEPS} of {STEPS}" in picked(visit, "dreams")
    return visit.page_state(Dreams)


def readings(visit: Visit) -> list[tuple[str, str]]:
    """What each picture is read as, and with what confidence: raw and smoothed in turn."""
    return re.findall(r"<small><span>(.*?)</span> (.*?)</small>", unescape(picked(visit, "dreams")))


class TestTheClimb:
    def test_it_can_be_watched_and_ends_where_nn_does(self, dreaming: Visit) -> None:
        assert 0 < dreaming.page_state(Dreams).step < STEPS
        dreams = dream_on(dreaming)
        network = dreaming.session.networks.reader(SMALL).network
        images = noise(10, 784, np.random.default_rng(0))
        for _ in range(STEPS):
            images = climb(network, images, 2, np.eye(10, dtype=np.float32), RAW)
        np.testing.assert_array_equal(dreams.images["raw"], images)
        assert readings(dreaming)[::2] == [(str(digit), ">99.9%") for digit in range(10)]

    def test_other_noise_begins_again(self, dreaming: Visit) -> None:
        before = dream_on(dreaming).images["raw"]
        dreaming.click("dream_again")
        assert dreaming.page_state(Dreams).climbing
        assert not np.array_equal(dream_on(dreaming).images["raw"], before)

    def test_the_distance_is_that_of_the_nearest_training_digit(self, dreaming: Visit) -> None:
        dreams = dream_on(dreaming)
        reader = dreaming.session.networks.reader(SMALL)
        images, _, _ = training_digits(dreaming.session, SMALL, reader, 5_000)
        _, ((distance,),) = nearest_images(dreams.images["raw"][[dreams.chosen]], images)
        text = " ".join(Elements(dreaming.html).text.split())
        assert f"Of {len(images):,} training digits, the nearest to the raw picture is {distance:.1f} away" in text
        assert "Sure is not the same as alike." in text


class TestOtherWishes:
    def test_between_two_classes_the_answer_turns_on_the_way(self, dreaming: Visit) -> None:
        dreaming.app.segmented_control(key="dream_kind").set_value("Between two classes").run()
        dreaming.app.selectbox(key="dream_class_0").set_value(1).run()
        dreaming.app.selectbox(key="dream_class_1").set_value(7).run()
        dream_on(dreaming)
        read = [name for name, _ in readings(dreaming)[::2]]
        assert (read[0], read[-1]) == ("1", "7")
        assert "Best for 70% 1 and 30% 7" in dreaming.html

    def test_a_hidden_unit_is_chosen_by_number(self, dreaming: Visit) -> None:
        dreaming.app.segmented_control(key="dream_kind").set_value("Hidden units").run()
        dreaming.app.number_input(key="dream_unit").set_value(12).run()
        dreams = dream_on(dreaming)
        assert dreams.wish is not None
        names = [picture.name for picture in dreams.wish.pictures]
        assert names[0] == "12"
        assert len(set(names)) == len(names) == 10
        weights = dreaming.session.networks.reader(SMALL).network.weights[0][:, 11]
        clear = np.abs(weights) > np.abs(weights).mean()
        np.testing.assert_array_equal(dreams.images["raw"][0][clear], weights[clear] > 0)

    @every_depth
    def test_every_depth_dreams(self, dreaming: Visit, depth: int) -> None:
        keep(dreaming, "mine", made(depth))
        assert ("Hidden units" in dreaming.app.segmented_control(key="dream_kind").options) == (depth > 0)
        dream_on(dreaming)

    @pytest.mark.parametrize("classes", [1, 2, 26])
    def test_networks_of_other_classes_dream(self, dreaming: Visit, classes: int) -> None:
        keep(dreaming, "mine", made(1, classes=classes))
        assert len(readings(dreaming)) == 2 * classes

    @pytest.mark.parametrize("size", [1e-30, 1e30])
    def test_networks_of_extreme_weights_dream(self, dreaming: Visit, size: float) -> None:
        network = made(2)
        network.vector *= np.float32(size)
        keep(dreaming, "mine", network)
        assert np.isfinite(dream_on(dreaming).images["raw"]).all()


class TestARun:
    def test_an_earlier_step_dreams_as_the_network_was_then(self, new_visit: NewVisit) -> None:
        visit = new_visit("train", {"hidden_size": "8", "epochs": "1"})
        visit.click("train")
        visit.wait_until_idle()
        visit.go("look")
        visit.app.segmented_control(key="look_view").set_value("Dreams").run()
        latest = dream_on(visit)
        assert latest.network is not None
        np.testing.assert_array_equal(latest.network.vector, visit.run.snapshot().network.vector)
        first = visit.run.snapshot().checkpoints[0]
        held = visit.page_state(LastReplay).replay
        assert held is not None
        held.replay(0)
        visit.app.run()
        early = dream_on(visit)
        assert early.network is not None
        np.testing.assert_array_equal(early.network.vector, first.network.vector)
        assert visit.app.button(key="open_dream").disabled
        assert "the dreams of an earlier step" in visit.html


class TestTakingADreamAlong:
    def test_one_digit_reads_it_as_the_dream_said(self, dreaming: Visit) -> None:
        dreams = dream_on(dreaming)
        reader = dreaming.session.networks.reader(SMALL)
        share = reader.network.probabilities(dreams.images["smoothed"])[3, 3]
        dreaming.click("open_dream")
        assert "<span id='origin'>The dream of the class 3</span>" in dreaming.html
        assert f"a 3, p = {probability(float(share))}." in Elements(dreaming.html).text

    def test_draw_puts_it_on_the_paper(self, dreaming: Visit) -> None:
        picture = dream_on(dreaming).images["smoothed"][3].reshape(28, 28)
        dreaming.click("draw_dream")
        np.testing.assert_array_equal(dreaming.session.canvas.edited_digit, np.rint(255 * picture).astype(np.uint8))
