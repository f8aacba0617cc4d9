"""A preset takes a prediction, shows what it is about, and afterwards reports the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.ui.visit import Elements, Visit
from training.percentages import accuracy
from training.presets import PRESETS
from ui.break_it.break_state import BreakState
from ui.look.climbing_dreams import Dreams
from ui.state.network_names import SMALL

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit

pytestmark = pytest.mark.slow

BY_NAME = {preset.name: preset for preset in PRESETS}


def choice(name: str, words: str) -> int:
    asked = BY_NAME[name].prediction
    assert asked is not None
    return asked.choices.index(words)


def send(new_visit: NewVisit, name: str, prediction: str) -> Visit:
    """Predict the outcome of a preset that another page shows, and open it."""
    visit, number = new_visit("train"), PRESETS.index(BY_NAME[name])
    visit.app.session_state[f"prediction_{number}"] = choice(name, prediction)
    visit.click(f"preset_{number}")
    visit.go(PRESETS[number].page)  # AppTest does not stay on a page that a callback switches to
    assert not visit.app.exception
    return visit


def test_a_preset_starts_a_run_with_its_settings_and_says_what_to_look_for(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"hidden_size": "16", "seed": "5"})
    (preset,) = [button for button in visit.app.button if button.label == "Try too large an α"]
    preset.click().run()
    settings = visit.run.settings
    assert (settings.learning_rate, settings.hidden_size, settings.epochs, settings.seed) == (5.0, 64, 20, 5)
    assert visit.app.number_input(key="alpha").value == 5.0
    assert visit.state in {"Training", "Finished"}
    assert "no later step repairs it" in Elements(visit.html).text.split("What if steps are far too large?")[-1]
    assert "new run" not in Elements(visit.html).text


def test_a_preset_takes_a_prediction_and_tells_afterwards_what_came(new_visit: NewVisit) -> None:
    """What to expect is shown only then: it would give the answer away."""
    few = BY_NAME["ten digits per class"]
    visit = new_visit("train")
    assert few.expect not in Elements(visit.html).text
    number = PRESETS.index(few)
    visit.app.session_state[f"prediction_{number}"] = choice(few.name, "above 85%")
    visit.click(f"preset_{number}")
    visit.wait_until_idle()
    visit.app.run()
    last = visit.run.snapshot().measurements[-1]
    assert few.expect in Elements(visit.html).text
    came = f"You predicted above 85%; the result was {accuracy(last.dev_accuracy, 500)}."
    assert Elements(visit.html).text.count(came) == 2, "on the card and beside the curves"
    visit.click("reset")
    assert few.watch in Elements(visit.html).text


def test_the_dream_is_as_sure_as_the_preset_says(new_visit: NewVisit) -> None:
    dream = BY_NAME["the sure-but-wrong dream"]
    visit = send(new_visit, dream.name, "50 to 90%")
    assert visit.app.selectbox(key="look_network").value == SMALL
    while visit.page_state(Dreams).climbing:
        assert dream.expect not in Elements(visit.html).text
        visit.app.run()
    assert f"You predicted 50 to 90%; the result was >99.9%. {dream.expect}" in Elements(visit.html).text
    visit.go("train")
    assert "You predicted 50 to 90%; the result was >99.9%." in Elements(visit.html).text


def test_one_pixels_worth_costs_what_the_preset_says(new_visit: NewVisit) -> None:
    worth = BY_NAME["one pixel's worth of ε"]
    assert 784 * worth.values["fgsm"] ** 2 < 1
    visit = send(new_visit, worth.name, "50 to 70%")
    state = visit.page_state(BreakState)
    while not state.work(1):
        pass
    visit.app.run()
    right, digits = state.shown[0].total(state.damage(state.shown[0]))
    assert (state.network, right, digits) == (SMALL, 289, 500)
    came = f"As you predicted, 50 to 70%: {accuracy(289 / 500, 500)}. {worth.expect}"
    assert came in Elements(visit.html).text
    state.move("random", 0.03, 1)
    state.move("fgsm", 0.0, 2)
    while not state.work(1):
        pass
    assert state.shown[0].total(state.damage(state.shown[0])) == (395, 500)
