"""A replay shows everything as it was at that step while training continues, and ends with a reset or new run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ink.mnist_format import image_from_strokes
from nn.batches import as_inputs
from nn.losses import softmax_cross_entropy
from nn.network import Network
from testing import sample_digits
from tests.unit.training import runs
from tests.unit.ui.visit import Elements, as_fabric
from training.curve_measurement import SAMPLE_SIZE
from training.percentages import whole_percents
from training.run_snapshot import State
from ui.state import streamlit_state
from ui.state.digit_sources import MNIST_NORMALIZATION
from ui.widgets import canvas, replay_slider

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

STEP = 25


@pytest.fixture
def trained(new_visit: NewVisit) -> Visit:
    """Visit the Train page with a digit on the canvas, and train for one epoch, 63 steps."""
    visit = new_visit()
    visit.draw(as_fabric(sample_digits.digit("3")))
    visit.go("train")
    epoch(visit)
    return visit


def epoch(visit: Visit) -> None:
    visit.click("epoch")
    visit.wait_until_idle()
    visit.app.run()


def look_back(visit: Visit, step: int | None) -> None:
    visit.run_view.replay(step)
    visit.app.run()
    assert not visit.app.exception


def by_hand(visit: Visit, steps: int) -> Network:
    """Return the network of the visit's run after this many steps, trained independently of the run."""
    trainer = runs.by_hand(visit.run.settings, visit.run.split)
    runs.stepped(trainer, steps)
    return trainer.network


def captions(visit: Visit) -> list[str]:
    """Return the predicted class of each sample digit."""
    return re.findall(r"<li class='(?:right|wrong)'>.*?<span>(\d)", visit.html)


def own_reading(visit: Visit) -> list[str]:
    """Return the probabilities of the ten digits for the user's own drawing."""
    return [share for _, share, _, _ in visit.answer["bars"]]


def test_a_step_looked_back_at_is_shown_as_its_weights_compute(trained: Visit) -> None:
    """Plot titles, dev digits and drawing match weights trained to that step independently of the run."""
    look_back(trained, STEP)
    network = by_hand(trained, STEP)
    shown = Elements(trained.html).text
    plots = trained.curves["plots"]
    assert [plot["note"] for plot in plots] == [f"at step {STEP}"] * 2
    assert trained.curves["replayed"] == STEP
    assert shown.count(f"at step {STEP}") >= 2, "the drawing and the dev digits say when it was"
    legend = " ".join(f"{name} {value}" for plot in plots for name, value, _ in plot["legend"])
    split = trained.run.split
    for part, name in ((split.train, "train"), (split.dev, "dev")):
        images, labels = part.take(limit=SAMPLE_SIZE)
        logits = network.logits(as_inputs(images))
        share = np.mean(logits.argmax(axis=1) == labels)
        assert f"{name} {share:.1%}" in legend
        assert f"{name} {softmax_cross_entropy(logits, labels)[0]:.3f}" in legend
    images, labels = split.dev.take(limit=24)
    assert captions(trained) == [str(each) for each in network.logits(as_inputs(images)).argmax(axis=1)]
    image = image_from_strokes(sample_digits.digit("3"), MNIST_NORMALIZATION, canvas=canvas.CANVAS)
    shares = network.probabilities(image.reshape(1, -1))[0]
    assert own_reading(trained) == whole_percents(shares)


def test_weights_dev_digits_and_drawing_change_along_the_way(trained: Visit) -> None:
    seen = []
    for step in (0, STEP, None):
        look_back(trained, step)
        seen.append((trained.network_picture, captions(trained), own_reading(trained)))
    for earlier, later in ((0, 1), (1, 2)):
        assert all(was != is_ for was, is_ in zip(seen[earlier], seen[later], strict=True))


def test_training_goes_on_while_one_looks_back_and_now_is_the_newest(trained: Visit) -> None:
    look_back(trained, STEP)
    before = trained.network_picture
    epoch(trained)
    assert trained.run.snapshot().position.step == 126
    assert trained.network_picture == before
    assert f"at step {STEP}" in trained.html
    assert trained.run_view.shown().step == STEP
    look_back(trained, None)
    assert trained.network_picture != before
    assert f"at step {STEP}" not in Elements(trained.html).text
    assert trained.run_view.shown().step == 126


def test_what_is_looked_at_stays_though_the_run_lets_it_go(trained: Visit) -> None:
    """A long run thins its checkpoints; the page must not jump to another step as a result."""
    look_back(trained, STEP)
    before = trained.network_picture
    trained.app.session_state["epochs"] = 16
    trained.click("train")
    trained.wait_until_idle()
    trained.app.run()
    assert STEP not in [each.step for each in trained.run.snapshot().checkpoints]
    assert trained.network_picture == before
    assert trained.run_view.replayed_step == STEP


def test_a_reset_and_a_new_run_are_seen_as_they_are_now(trained: Visit) -> None:
    look_back(trained, STEP)
    trained.click("reset")
    assert trained.run_view.replayed is None
    assert f"at step {STEP}" not in Elements(trained.html).text
    epoch(trained)
    look_back(trained, STEP)
    trained.click("new_run")
    assert trained.run_view.replayed is None
    assert trained.run_view.shown().step == 0


def test_what_is_taken_away_is_of_the_step_that_is_looked_at(trained: Visit) -> None:
    assert "The run as it is now." in Elements(trained.html).text
    look_back(trained, STEP)
    assert f"The run as it was at step {STEP}." in Elements(trained.html).text
    then = trained.run_view.snapshot()
    assert trained.session.runs.saved_network(then).about["step"] == STEP
    assert then.measurements[-1] == trained.run_view.measured
    assert then.network is trained.run_view.shown().network
    assert trained.session.runs.saved_network().about["step"] == 63


def test_without_a_drawing_the_page_says_what_will_stand_there(visit: Visit) -> None:
    visit.go("train")
    assert "Draw here" in Elements(visit.html).text
    assert set(own_reading(visit)) == {""}


def test_a_look_back_before_the_first_step_is_at_the_first_weights(visit: Visit) -> None:
    visit.go("train")
    assert visit.run_view.shown().step == 0
    look_back(visit, 0)
    assert visit.run.state is State.READY


@pytest.mark.parametrize(
    "sent",
    [None, {}, {"step": 36}, {"step": "36", "sent": 1}, {"step": 2.5, "sent": 1}, {"step": [1], "sent": 1}, "now", 36],
    ids=repr,
)
def test_a_tab_that_sends_nonsense_moves_nothing(trained: Visit, monkeypatch: pytest.MonkeyPatch, sent: object) -> None:
    look_back(trained, STEP)
    assert moved(trained, monkeypatch, sent) == STEP


@pytest.mark.parametrize(("sent", "looked_at"), [(36, 36), (-5, 0), (10**30, 49), (39, 36), (None, None)])
def test_the_slider_moves_to_the_nearest_step_that_is_kept(
    trained: Visit, monkeypatch: pytest.MonkeyPatch, sent: int | None, looked_at: int | None
) -> None:
    look_back(trained, STEP)
    assert moved(trained, monkeypatch, {"step": sent, "sent": 7}) == looked_at
    assert trained.run_view.replay_sent == 7


def moved(visit: Visit, monkeypatch: pytest.MonkeyPatch, sent: object) -> int | None:
    """Return the replayed step after the slider has sent this value."""
    callbacks: list[Callable[[], None]] = []
    monkeypatch.setattr(replay_slider, "_slider", lambda: lambda **shown: callbacks.append(shown["on_look_change"]))
    monkeypatch.setattr(streamlit_state, "widget_value", lambda _: {"look": sent})
    replay_slider.replay_slider(lambda: visit.run_view, "train_desk", along_curves=True)
    callbacks[0]()
    return visit.run_view.replayed_step
