"""The Break it page: every number is nn's, every slider can be undone, and every available network can be broken."""

from __future__ import annotations

import csv
import io
import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from models.reader import Reader
from models.weights import SavedNetwork
from nn.ablation import mean_losses
from nn.adversary import ATTACKS
from nn.evaluation import evaluate
from nn.network import Network
from nn.perturbations import IMAGE_PERTURBATIONS, NETWORK_PERTURBATIONS, Perturbation, Place, without_units
from testing import sample_digits
from tests.unit.ui.look_page import picked
from tests.unit.ui.visit import Elements, as_fabric
from training.percentages import accuracy, percent
from ui.break_it import summary
from ui.break_it.ablation_map import take_click
from ui.break_it.before_and_after import take_place
from ui.break_it.break_state import BreakState
from ui.break_it.breakable_network import SEED, BreakableNetwork
from ui.break_it.damage import Damage, everything
from ui.break_it.damage_sliders import take_move
from ui.state import shared_resources
from ui.state.network_names import SHIPPED, SMALL
from ui.widgets import canvas

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def measured(visit: Visit) -> Visit:
    """Redraw until nothing is missing, as the page does automatically in a browser."""
    for _ in range(400):
        if visit.page_state(BreakState).work(1):
            visit.app.run()
            return visit
    raise AssertionError("The measurements do not end.")


@pytest.fixture
def small(new_visit: NewVisit) -> Visit:
    """The page with the small network, fully measured."""
    visit = new_visit("break")
    visit.app.selectbox(key="break_network").select(SMALL).run()
    return measured(visit)


def breakable_of(visit: Visit) -> BreakableNetwork:
    return visit.page_state(BreakState).shown[0]


def break_by(visit: Visit, **amounts: float) -> None:
    """Move sliders, as a report from the browser does."""
    state = visit.page_state(BreakState)
    for name, amount in amounts.items():
        take_move({"name": name, "stop": everything()[name].amounts.index(amount), "number": 1}, state.move)
    visit.app.run()
    measured(visit)


def shown(visit: Visit, name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(visit._component(name).json)


def dev_text(visit: Visit) -> tuple[str, str, int]:
    dev = shown(visit, "before_and_after")["panels"][0]["dev"]
    (before, _), (after, _) = dev["left"]
    return before, after, dev["digits"]


def test_dev_accuracy_of_an_unbroken_network_is_that_of_nn(small: Visit) -> None:
    reader = shared_resources.small_reader()
    dev = small.session.networks.embedded_dev(SMALL, reader)
    share = evaluate(reader.network, dev.images, dev.labels, dev.rows[:500]).accuracy
    assert dev_text(small) == (percent(share), percent(share), 500)
    for name, entry in everything().items():
        curve = breakable_of(small).curve(name, Damage())
        assert curve.accuracies[entry.amounts.index(entry.none)] == share, name


@pytest.mark.parametrize("name", NETWORK_PERTURBATIONS)
def test_the_curve_of_a_broken_network_is_that_of_nn(small: Visit, name: str) -> None:
    breakable, entry = breakable_of(small), NETWORK_PERTURBATIONS[name]
    assert breakable.importance is not None
    labels = breakable.truths
    for stop, amount in list(enumerate(entry.amounts))[::4]:
        broken = entry.function(breakable.reader.network, amount, breakable.importance)
        expected = evaluate(broken, breakable.images, labels).accuracy
        assert breakable.curve(name, Damage()).accuracies[stop] == expected
    break_by(small, **{name: entry.amounts[-2]})
    assert dev_text(small)[1] == percent(breakable.curve(name, Damage()).accuracies[-2] or 0)


@pytest.mark.parametrize("name", IMAGE_PERTURBATIONS)
def test_the_curve_of_broken_digits_is_that_of_nn(small: Visit, name: str) -> None:
    breakable, entry = breakable_of(small), IMAGE_PERTURBATIONS[name]
    index, stop = list(IMAGE_PERTURBATIONS).index(name), len(entry.amounts) - 2
    squares = breakable.images.reshape(-1, 28, 28)
    broken = entry.function(squares, entry.amounts[stop], np.random.default_rng([SEED, index]), Place())
    accuracy = evaluate(breakable.reader.network, broken.reshape(-1, 784), breakable.truths).accuracy
    assert breakable.curve(name, Damage()).accuracies[stop] == accuracy


@pytest.mark.parametrize("name", ["fgsm", "iterated"])
@pytest.mark.parametrize("target", [None, 3])
def test_the_curve_of_an_attack_is_that_of_nn(small: Visit, name: str, target: int | None) -> None:
    breakable, rng = breakable_of(small), np.random.default_rng(0)
    damage = Damage(target=target)
    while not breakable.work(damage, 1):
        pass
    attacked = ATTACKS[name].function(breakable.reader.network, breakable.images, breakable.truths, 0.05, target, rng)
    accuracy = evaluate(breakable.reader.network, attacked, breakable.truths).accuracy
    stop = ATTACKS[name].amounts.index(0.05)
    assert breakable.curve(name, damage).accuracies[stop] == pytest.approx(accuracy, abs=0.005)  # in other pieces


def test_noise_of_the_same_size_does_less_than_an_attack(small: Visit) -> None:
    breakable, stop = breakable_of(small), ATTACKS["fgsm"].amounts.index(0.1)
    random, once, often = (breakable.curve(name, Damage()).accuracies[stop] for name in ("random", "fgsm", "iterated"))
    assert (random or 0) > (once or 0) >= (often or 0)


def test_the_ablation_map_is_what_nn_finds_without_each_unit(small: Visit) -> None:
    breakable = breakable_of(small)
    assert breakable.importance is not None
    for unit in range(breakable.units):
        off = np.arange(breakable.units) == unit
        logits = without_units(breakable.reader.network, off).logits(breakable.images)
        before = breakable.reader.network.logits(breakable.images)
        rise = mean_losses(np.stack([logits, before]), breakable.truths)
        assert breakable.importance[unit] == pytest.approx(rise[0] - rise[1], abs=1e-4)
        assert breakable.right_without[unit] == np.count_nonzero(logits.argmax(axis=1) == breakable.truths)
    html = shown(small, "clickable_html")["html"]
    worst = int(np.argmax(breakable.importance))
    texts = [attributes["title"] for tag, attributes in Elements(html).found if tag == "button"]
    assert texts[0] == f"Unit {worst + 1}: {accuracy(breakable.right_without[worst] / 500, 500)} without it"
    assert len(texts) == breakable.units


def test_a_unit_is_switched_off_in_the_map_and_on_again(small: Visit) -> None:
    state, breakable = small.page_state(BreakState), breakable_of(small)
    take_click("3", breakable, partial(state.toggle, SMALL))
    small.app.run()
    measured(small)
    expected = breakable.right_without[3] / 500
    assert dev_text(small)[1] == percent(expected)
    pressed = [
        attributes["data-value"]
        for _, attributes in Elements(shown(small, "clickable_html")["html"]).found
        if attributes.get("aria-pressed") == "true"
    ]
    assert pressed == ["3"]
    take_click("3", breakable, partial(state.toggle, SMALL))
    assert not state.damage(breakable).off


def test_the_browser_draws_the_frame_of_a_patch_where_there_is_one(small: Visit) -> None:
    """So that it can be dragged; without a patch there is nothing to drag."""
    assert shown(small, "before_and_after")["patch"] is None
    break_by(small, patch=6)
    place = small.page_state(BreakState).damage(breakable_of(small)).place
    assert shown(small, "before_and_after")["patch"] == {"x": place.x, "y": place.y, "side": 6}


def test_one_button_undoes_everything(small: Visit) -> None:
    before = shown(small, "before_and_after")["panels"][0]
    break_by(small, noise=0.8, bits=1, fgsm=0.3)
    small.page_state(BreakState).toggle(SMALL, (1, 2))
    small.app.run()
    broken = shown(small, "before_and_after")["panels"][0]
    assert broken["after"]["src"] != before["after"]["src"]
    assert broken["before"] == before["before"]
    small.click("undo_all")
    assert small.page_state(BreakState).damage(breakable_of(small)) == Damage()
    assert shown(small, "before_and_after")["panels"][0] == before
    rows = [row for group in shown(small, "damage_sliders")["groups"] for row in group["rows"]]
    assert all(row["at"] == row["none"] for row in rows)


def test_the_drawing_is_broken_and_read_as_the_broken_network_reads_it(small: Visit) -> None:
    small.go("")
    small.draw(as_fabric(sample_digits.digit("4")))
    small.go("break")
    measured(small)
    breakable = breakable_of(small)
    assert small.app.session_state["break_source"] == "Your drawing"
    break_by(small, thickness=-1.0, pruned=0.5)
    panel = shown(small, "before_and_after")["panels"][0]
    source = canvas.digit_source(small.session.canvas)
    assert source is not None
    image = source.read(breakable.reader).image
    assert breakable.importance is not None
    thin = IMAGE_PERTURBATIONS["thickness"].function(image[None], -1.0, np.random.default_rng(0), Place())
    network = NETWORK_PERTURBATIONS["pruned"].function(breakable.reader.network, 0.5, breakable.importance)
    p = network.probabilities(thin.reshape(1, 784))[0]
    assert panel["after"]["digit"] == str(p.argmax())
    assert panel["after"]["sure"].removesuffix(" sure") == percent(float(p.max()))


def test_a_drawing_is_broken_while_the_pen_moves_by_both_networks(small: Visit) -> None:
    small.app.selectbox(key="break_beside").select(SHIPPED).run()
    small.app.segmented_control(key="break_source").set_value("Your drawing").run()
    measured(small)
    assert shown(small, "before_and_after")["panels"][0]["after"]["digit"] == "–"
    break_by(small, rotation=180.0)
    (seven,) = sample_digits.digit("7")
    half, whole = (small.hear_strokes([each])["followed"] for each in (seven[: len(seven) // 2], seven))
    assert [each["name"] for each in whole] == [SMALL, SHIPPED]
    assert all(one["after"]["src"] != other["after"]["src"] for one, other in zip(half, whole, strict=True))
    small.app.run()
    assert shown(small, "before_and_after")["panels"] == whole, "a redraw during the stroke does not take it back"
    small.draw(as_fabric([seven]))
    panels = shown(small, "before_and_after")["panels"]
    assert [each["before"]["digit"] for each in whole] == [each["before"]["digit"] for each in panels] == ["7", "7"]
    assert [each["after"]["digit"] for each in whole] == [each["after"]["digit"] for each in panels]
    small.click("clear")
    assert small.app.session_state["break_source"] == "Your drawing", "the paper stays for the next drawing"
    assert shown(small, "before_and_after")["panels"][0]["before"]["digit"] == "–"


def test_two_networks_are_broken_side_by_side(small: Visit) -> None:
    small.app.selectbox(key="break_beside").select(SHIPPED).run()
    assert [each["name"] for each in shown(small, "before_and_after")["panels"]] == [SMALL, SHIPPED]
    assert len(shown(small, "damage_sliders")["groups"][0]["rows"][0]["curves"]) == 2
    state = small.page_state(BreakState)
    state.toggle(SMALL, (1, 0))
    assert [len(state.damage(each).off) for each in state.shown] == [1, 0], "Units of two networks do not match."
    while not state.work(1):
        pass
    take_click("1", state.shown[1], partial(state.toggle, SHIPPED))
    small.app.run()
    assert [len(state.damage(each).off) for each in state.shown] == [1, 1]
    for place in range(2):
        assert 'aria-pressed="true"' in picked(small, f"ablation_{place}"), "each has a map of its units"
    assert not small.app.exception


def test_the_reject_output_takes_part_as_everywhere_else() -> None:
    reader = shared_resources.shipped_reader()
    digits = shared_resources.embedded()
    breakable = BreakableNetwork("Built-in", reader, digits.split(0, *digits.default_sizes).dev)
    *_, right = _exhaust(breakable._right(Damage()))
    readings = [reader.read_image(image.astype(np.float32).reshape(28, 28)) for image in _dev_images(breakable, digits)]
    assert right == sum(reading.digit == truth for reading, truth in zip(readings, breakable.truths, strict=True))


def _exhaust(job: Any) -> list[Any]:  # noqa: ANN401 - a generator
    found: list[Any] = []
    while True:
        try:
            next(job)
        except StopIteration as end:
            return [*found, end.value]


def _dev_images(breakable: BreakableNetwork, digits: Any) -> Any:  # noqa: ANN401
    images, _ = digits.split(0, *digits.default_sizes).dev.take(limit=len(breakable.truths))
    return images / 255


def test_a_run_that_trains_stays_as_it_was_until_its_weights_are_taken_again(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"hidden_size": "16", "epochs": "100000"})
    visit.click("train")
    visit.go("break")
    assert visit.app.selectbox(key="break_network").value == "Run 1"
    first, step = breakable_of(visit), visit.run.snapshot().position.step
    while visit.run.snapshot().position.step <= step:
        time.sleep(0.005)
    visit.app.run()
    assert breakable_of(visit) is first, "Its curves would never be complete."
    visit.click("latest_weights")
    assert breakable_of(visit).mark != first.mark
    visit.run.pause()
    visit.app.run()
    assert breakable_of(visit).mark == BreakableNetwork.fingerprint(visit.run.snapshot().network)


@pytest.mark.parametrize("sizes", [(784, 10), (784, 6, 5, 10)])
def test_networks_of_any_depth_can_be_broken(sizes: tuple[int, ...]) -> None:
    digits = shared_resources.embedded()
    network = Network.initialize(sizes, rng=np.random.default_rng(1))
    breakable = BreakableNetwork("mine", Reader(SavedNetwork(network, {})), digits.split(0, 100, 100).dev)
    while not breakable.work(Damage(), 1):
        pass
    assert all(breakable.curve(name, Damage()).is_whole for name in everything())
    if breakable.units:
        assert breakable.unit(7) == (2, 1)
        assert breakable.mask(frozenset({(2, 1)})).nonzero()[0].tolist() == [7]
        assert not breakable.mask(frozenset({(3, 1), (1, 99)})).any(), "The units of another network are ignored."


def test_what_was_measured_can_be_taken_away(small: Visit) -> None:
    state = small.page_state(BreakState)
    lines = list(csv.DictReader(io.StringIO(summary.as_csv(state.shown, Damage()).decode())))
    assert len(lines) == sum(len(entry.amounts) for entry in everything().values())
    assert {line["network"] for line in lines} == {SMALL}
    assert all(abs(float(line["accuracy"]) - int(line["right"]) / int(line["digits"])) < 1e-4 for line in lines)
    assert Image.open(io.BytesIO(summary.as_png(state.shown, Damage()))).size == (1920, 1104)
    assert not small.app.get("download_button")[0].proto.disabled


def test_a_new_perturbation_is_one_entry(new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = Perturbation(
        "Mirrored", "{:g} times", (0.0, 1.0), 0.0, lambda images, _, __, ___: images[:, :, ::-1],
        formula="x[row, 27 − column]", meaning="Shows the digit in a mirror.", source="This test",
    )  # fmt: skip
    monkeypatch.setitem(IMAGE_PERTURBATIONS, "mirror", mirror)
    visit = new_visit("break")
    visit.app.selectbox(key="break_network").select(SMALL).run()
    assert not visit.app.exception
    rows = [row["label"] for row in shown(visit, "damage_sliders")["groups"][1]["rows"]]
    assert rows[-1] == "Mirrored"
    assert "Shows the digit in a mirror." in visit.html


@pytest.mark.parametrize(
    "report", [None, {}, {"name": "noise", "stop": 99, "number": 1}, {"name": "x", "stop": 0, "number": 1}, {"name": 3}]
)
def test_what_no_slider_reports_is_ignored(report: object) -> None:
    state = BreakState()
    take_move(report, state.move)
    take_place(report, state.put)
    take_place({"x": float("nan"), "y": 1, "number": 1}, state.put)
    assert state.amounts == {}
    assert state.place == Place()
