"""Train uses what its controls say: a run is silently rebuilt before it begins, and after that only by its buttons."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from models import weights
from models.weights import SavedNetwork
from nn.network import Network
from testing import sample_digits
from tests.unit.ui.visit import Elements, as_fabric
from training.percentages import mean_and_spread
from training.run_snapshot import State
from ui.state.network_names import SHIPPED
from ui.train.alpha_finder import FinderState

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


@pytest.fixture
def train(new_visit: NewVisit) -> Visit:
    return new_visit("train", {"epochs": "2"})


def change(visit: Visit, **settings: object) -> None:
    """Change controls, as a visitor who waits for the page to respond."""
    turn(visit, **settings)
    visit.app.run()


def turn(visit: Visit, **settings: object) -> None:
    """Change controls; the page learns of it with the next click, as from a visitor who is faster than the page."""
    for name, value in settings.items():
        visit.app.session_state[name] = value


def finish(visit: Visit) -> None:
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()


def step(visit: Visit) -> None:
    visit.click("step")
    visit.wait_until_idle()
    visit.app.run()


def buttons(visit: Visit) -> dict[str, str]:
    """Return the labels of the buttons, by key."""
    return {each.key: each.label for each in visit.app.button if each.key}


def test_before_it_begins_a_setting_rebuilds_the_run_without_a_word(train: Visit) -> None:
    change(train, hidden_layers=3, activation="tanh", seed=5)
    assert train.run.snapshot().network.sizes == (784, 64, 64, 64, 10)
    assert train.session.runs.name == "Run 1"
    assert "784-64-64-64-10" in train.html
    assert "new run" not in Elements(train.html).text
    assert not [key for key in buttons(train) if key.startswith("new_run_")]
    finish(train)
    settings = train.run.settings
    assert (settings.hidden_layers, settings.activation, settings.seed) == (3, "tanh", 5)


def test_each_hidden_layer_can_have_an_activation_of_its_own(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"hidden_layers": "2", "activation_2": "tanh"})
    assert visit.run.snapshot().network.activations == ("relu", "tanh")
    assert [each.key for each in visit.app.selectbox if str(each.key).startswith("activation_")] == ["activation_2"]
    change(visit, hidden_layers=3, activation_3="sigmoid")
    assert visit.run.snapshot().network.activations == ("relu", "tanh", "sigmoid")
    change(visit, hidden_layers=1)
    assert visit.run.settings == visit.session.settings
    assert visit.run.snapshot().network.activations == ("relu",)
    assert not [each for each in visit.app.selectbox if str(each.key).startswith("activation_")]


def test_the_heading_of_a_folded_group_says_what_is_changed_in_it(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"distortion": "on"})
    assert "<span class='changed'>distortion On</span>" in visit.html
    change(visit, batch_size=128, epochs=20)
    assert "<span class='changed'>2 changed</span>" in visit.html


def test_alpha_is_found_on_a_copy_and_taken(train: Visit) -> None:
    """The run stays as it is; other settings that matter hide what was found for these."""
    train.click("find_alpha")
    finder = train.page_state(FinderState).finder
    assert finder is not None
    while not finder.over:
        time.sleep(0.005)
    train.app.run()
    assert "The loss was lowest at" in train.html
    assert train.run.snapshot().position.step == 0
    suggestion = next(each.label for each in train.app.button if each.key == "take_alpha")
    change(train, batch_size=8)
    assert "The loss was lowest at" not in train.html
    change(train, batch_size=64)
    train.click("take_alpha")
    assert suggestion == f"Take α {train.run.settings.learning_rate:g}"


def test_each_dev_digit_shows_what_the_network_reads_and_really_is(train: Visit) -> None:
    step(train)
    images, labels = train.run.split.dev.take(limit=24)
    read = train.run.snapshot().network.probabilities(images / np.float32(255)).argmax(axis=1)
    found = Elements(train.html).found
    cells = [attributes for tag, attributes in found if tag == "li" and attributes.get("class") in {"right", "wrong"}]
    assert [each["class"] for each in cells] == ["right" if right else "wrong" for right in read == labels]
    shown = [attributes["aria-label"] for tag, attributes in found if "--place:" in (attributes.get("style") or "")]
    assert shown == [str(label) for label in labels]


@pytest.mark.parametrize(
    "wanted", [{"hidden_size": 4}, {"hidden_size": 128}, {"hidden_layers": 0}, {"hidden_layers": 3}]
)
def test_the_picture_of_the_network_follows_another_shape(train: Visit, wanted: dict[str, int]) -> None:
    """Changes shown for the last steps are those of a network of the same shape, or none."""
    step(train)
    change(train, **wanted)
    train.click("new_run")
    assert not train.app.exception
    assert train.run.snapshot().network.sizes == (784, *train.run.settings.hidden_sizes, 10)


def test_a_run_that_dies_says_so_and_its_last_good_weights_are_read_and_downloaded(
    train: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(train)

    def no_memory(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(train.run._trainer.optimizer, "update", no_memory)
        step(train)
    assert "ran out of memory. The last good weights are kept." in Elements(train.html).text
    assert not train.app.exception
    saved = weights.load(weights.save(train.session.runs.saved_network()))
    assert saved.about["step"] == 1
    train.session.networks.choose_run()
    train.go("")
    train.draw(as_fabric(sample_digits.digit("3")))
    assert not train.app.exception
    assert train.app.selectbox(key="network").value == "Run 1"


def test_other_pages_get_the_network_as_rebuilt(train: Visit) -> None:
    train.session.networks.choose_run()
    change(train, hidden_layers=3)
    assert train.session.networks.reader("Run 1").network.sizes == (784, 64, 64, 64, 10)
    step(train)
    change(train, hidden_layers=0)
    train.click("new_run")
    assert train.session.networks.chosen == "Run 2"
    assert train.session.networks.reader("Run 2").network.sizes == (784, 10)


def test_once_begun_a_new_run_is_offered_at_the_control_and_at_the_top(train: Visit) -> None:
    step(train)
    change(train, hidden_layers=3)
    assert buttons(train)["new_run_hidden_layers"] == "New run with 3 hidden layers"
    assert buttons(train)["new_run"] == "New run with 3 hidden layers"
    assert "Hidden layers: the new value needs a new run." in Elements(train.html).text
    change(train, activation="tanh")
    assert buttons(train)["new_run_activation"] == "New run with tanh"
    assert buttons(train)["new_run"] == "New run with 3 hidden layers and tanh"
    train.click("new_run_activation")
    assert (train.state, train.session.runs.name) == ("Ready", "Run 2")
    assert (train.run.settings.hidden_layers, train.run.settings.activation) == (3, "tanh")
    assert buttons(train)["train"] == "Train"


def test_train_continues_an_old_run_only_when_it_says_so(train: Visit) -> None:
    step(train)
    change(train, hidden_layers=3)
    assert buttons(train)["train"] == "Continue Run 1"
    finish(train)
    assert (train.run.settings.hidden_layers, train.state) == (1, "Finished")
    change(train, hidden_layers=1)
    assert "new run" not in Elements(train.html).text


def test_train_takes_up_a_setting_changed_just_before_the_click(train: Visit) -> None:
    turn(train, hidden_layers=3)
    finish(train)
    assert train.run.snapshot().network.sizes == (784, 64, 64, 64, 10)


def test_a_click_on_train_that_overtakes_a_setting_trains_nothing_else(train: Visit) -> None:
    """The button said Train when it was pressed, so it must not continue a run that the controls no longer describe."""
    step(train)
    turn(train, hidden_layers=3)
    train.click("train")
    assert train.run.state is State.PAUSED
    assert buttons(train)["train"] == "Continue Run 1"


def test_a_reset_run_follows_its_controls_again(train: Visit) -> None:
    step(train)
    change(train, hidden_size=16)
    train.click("reset")
    assert (train.run.snapshot().network.sizes, train.state) == ((784, 16, 10), "Ready")


def test_data_that_are_missing_leave_the_run_and_say_so(train: Visit) -> None:
    change(train, dataset="mnist")
    (sentence,) = train.alerts
    assert sentence.startswith("Full MNIST is not on this machine yet")
    assert buttons(train)["train"] == "Continue Run 1"
    change(train, dataset="embedded", dev_size=500, test_size=500)
    assert buttons(train)["train"] == "Train"
    assert not train.alerts


def test_a_finished_run_offers_next_steps_instead_of_training_again_unasked(train: Visit) -> None:
    finish(train)
    assert buttons(train)["train"] == "Train on, 2 epochs"
    assert {"try_drawing", "add_rival"} <= set(buttons(train))
    assert "href='#mistakes'" in train.html
    assert "Too early to judge" in Elements(train.html).text
    change(train, epochs=3)
    assert buttons(train)["train"] == "Train on, 1 epoch"
    finish(train)
    assert train.run.snapshot().position.epoch == 3
    train.click("try_drawing")
    assert train.app.selectbox(key="network").value == "Run 1"


def test_a_finished_run_is_repeated_with_more_seeds_as_a_band(train: Visit) -> None:
    change(train, hidden_size=4)
    finish(train)
    assert buttons(train)["repeat"] == "Repeat with 3 more seeds"
    train.click("repeat")
    runs = train.session.runs
    assert runs.repeats is not None
    until = time.monotonic() + 20
    while runs.is_repeating:
        assert time.monotonic() < until
        time.sleep(0.01)
    train.app.run()
    record = runs.repeated()
    assert record is not None
    mean = mean_and_spread(record.measurements[-1].dev_accuracy, record.spread)
    loss, accuracy = train.curves["plots"]
    assert loss["note"] == "band: range over 4 seeds"
    assert accuracy["legend"][1][:2] == ["dev", f"{mean}, mean"]
    shaded = [each for each in train.curves["curves"] if each["banded"] and each["is_shaded"]]
    assert [(each["quantity"], each["name"]) for each in shaded] == [("loss", ""), ("accuracy", "")]
    train.go("compare")
    assert f"{mean}, 4 seeds" in train.html
    train.go("train")
    finish(train)
    assert runs.repeated() is None, "they are not what the run is now"
    assert train.app.button(key="repeat").disabled, "it was trained on"


def test_a_rival_is_added_on_compare(train: Visit) -> None:
    finish(train)
    train.click("add_rival")
    assert "<h1>Compare" in train.html


def test_a_drawing_made_here_is_read_here_and_on_draw(train: Visit) -> None:
    assert "Draw here" in train.html
    train.draw(as_fabric(sample_digits.digit("3")))
    assert "Your drawing, as this network reads it now" in Elements(train.html).text
    untrained = train.answer["bars"]
    finish(train)
    assert train.answer["numeral"] == "3"
    assert train.answer["bars"] != untrained
    train.go("")
    assert train.answer["sentence"].startswith("That's a 3")


def test_the_speed_is_a_limit_and_eases_in_by_default(new_visit: NewVisit) -> None:
    visit = new_visit()
    del visit.app.session_state["speed"]
    visit.go("train")
    assert visit.app.session_state["speed"] == "Ease in"
    assert visit.run._pace.limit(0) < 10
    change(visit, speed="Full")
    assert np.isinf(visit.run._pace.limit(0))


def test_a_run_begins_with_the_weights_of_another_network(train: Visit) -> None:
    network = Network.initialize((784, 6, 6, 10), rng=np.random.default_rng(3), activation=["tanh", "relu"])
    train.session.networks.saved["mine <b>.npz"] = SavedNetwork(network)
    train.app.run()
    begin_with = train.app.selectbox(key="begin_with")
    assert begin_with.value == "Run 1"
    begin_with.set_value(SHIPPED).run()
    assert train.app.button(key="begin_from").disabled
    assert "11 outputs" in train.app.button(key="begin_from").help
    train.app.selectbox(key="begin_with").set_value("mine <b>.npz").run()
    train.click("begin_from")
    assert "Began with the weights of mine &lt;b&gt;.npz." in train.html
    assert train.run.settings.hidden_sizes == (6, 6)
    assert (train.app.session_state["hidden_size"], train.app.session_state["activation_2"]) == (6, "relu")
    np.testing.assert_array_equal(train.run.snapshot().network.vector, network.vector)
    train.app.session_state["seed"] = 5
    train.app.run()
    assert train.run.settings.seed == 5
    np.testing.assert_array_equal(train.run.snapshot().network.vector, network.vector)
    train.click("step")
    train.wait_until_idle()
    train.click("reset")
    np.testing.assert_array_equal(train.run.snapshot().network.vector, network.vector)
    train.app.session_state["initializer"] = "glorot"
    train.app.run()
    assert train.run.initial is None
    assert not np.array_equal(train.run.snapshot().network.vector, network.vector)
