"""The confusion matrix, the digits of a cell, and the actions available for a digit."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data import csv_files
from data.dataset import IMAGE_SIDE, Dataset
from models.reader import Reader
from nn.evaluation import Outcomes, confusions, evaluate, outcomes
from nn.network import Network
from tests.unit.ui.visit import Elements, as_fabric
from training.percentages import accuracy
from ui.state.digit_sources import EditedImageSource, EditStroke, ImageSource
from ui.train import confusion_table, mistake_selection
from ui.train.mistake_selection import LatestOutcomes, MistakeSelection, measure, worst_first
from ui.widgets import digit_grid
from ui.widgets.canvas import CANVAS, PAPER_INKS
from ui.widgets.palette import DARK, LIGHT, Palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from data.dataset import Examples
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


@pytest.fixture
def train(new_visit: NewVisit) -> Visit:
    """Open the Train page with a network that has taken one step and misreads most digits."""
    visit = new_visit("train")
    visit.click("step")
    visit.wait_until_idle()
    visit.app.run()
    return visit


def sent(visit: Visit, component: str) -> dict[str, Any]:
    """Return the data sent to a component of the page."""
    (found,) = [each for each in visit.app.get("bidi_component") if each.proto.component_name == component]
    return json.loads(found.proto.json)


def outcome(labels: list[int], read: list[int], losses: list[float]) -> Outcomes:
    return Outcomes(np.array(labels), np.array(read), np.full(len(labels), 0.5), np.array(losses))


def network(seed: int = 0) -> Network:
    return Network.initialize((784, 10), rng=np.random.default_rng(seed))


def dev() -> Examples:
    return csv_files.embedded().split(0, 50, 50).dev


def test_without_a_cell_the_mistakes_come_by_loss() -> None:
    made = outcome([1, 1, 2, 3, 3], [1, 2, 1, 3, 1], [0.1, 2.0, 9.0, 0.2, 5.0])
    assert worst_first(made, None).tolist() == [2, 4, 1]


def test_a_cell_holds_its_own_digits_only() -> None:
    made = outcome([1, 1, 1, 1, 2], [2, 1, 2, 1, 1], [1.0, 0.1, 3.0, 0.4, 7.0])
    assert worst_first(made, (1, 2)).tolist() == [2, 0]
    assert worst_first(made, (1, 1)).tolist() == [3, 1]
    assert worst_first(made, (2, 2)).tolist() == []


def test_a_network_that_has_not_changed_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(network: Network, step: int, digits: Examples) -> mistake_selection.MeasuredOutcomes:
        asked.append(step)
        return measure(network, step, digits)

    monkeypatch.setattr(mistake_selection, "measure", counted)
    look, digits = LatestOutcomes(), dev()
    for step in range(3):
        look.of(network().copy(), step, digits, training=False)
    assert asked == [0]
    assert look.of(network(1), 3, digits, training=False).step == 3
    assert asked == [0, 3]


def test_a_network_in_training_is_asked_again_after_ten_times_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]

    def slow(network: Network, step: int, digits: Examples) -> mistake_selection.MeasuredOutcomes:
        clock[0] += 3
        return measure(network, step, digits)

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(mistake_selection, "measure", slow)
    look, digits = LatestOutcomes(), dev()
    assert look.of(network(0), 0, digits, training=True).step == 0  # takes from 100 to 103; next at 133
    clock[0] = 132.9
    assert look.of(network(1), 1, digits, training=True).step == 0
    clock[0] = 133.0
    assert look.of(network(2), 2, digits, training=True).step == 2
    assert look.of(network(3), 3, digits, training=False).step == 3


def seen(look: MistakeSelection) -> tuple[object, ...]:
    return look.split, look.cell, look.digit


def test_a_digit_goes_with_its_cell_and_its_part_and_a_choice_made_twice_is_one() -> None:
    look = MistakeSelection()
    look.choose_cell((4, 9))
    look.digit = 7
    look.choose_cell((4, 9))
    look.choose_split("dev")
    assert seen(look) == ("dev", (4, 9), 7)
    look.choose_split("test")
    assert seen(look) == ("test", (4, 9), None)
    look.digit = 3
    look.choose_cell(None)
    assert seen(look) == ("test", None, None)


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"cell": None},
        {"cell": []},
        {"cell": [0]},
        {"cell": [0, 10]},
        {"cell": [-1, 0]},
        {"cell": ["1", 2]},
        [1, 2],
    ],
)
def test_what_a_browser_makes_up_is_not_a_cell(state: object) -> None:
    assert confusion_table.chosen_cell(state, 10) is None
    assert confusion_table.chosen_cell({"cell": [4, 9]}, 10) == (4, 9)


@pytest.mark.parametrize(
    "state",
    [None, {}, {"digit": None}, {"digit": "none"}, {"digit": 50}, {"digit": -1}, {"digit": "3"}, {"digit": True}],
)
def test_what_a_browser_makes_up_is_not_a_digit(state: object) -> None:
    assert digit_grid.chosen_digit(state, 50) is None
    assert digit_grid.chosen_digit({"digit": 49}, 50) == 49


def test_shares_of_nothing_are_dashes() -> None:
    table = confusion_table.table_data(np.array([[3, 0, 1], [0, 0, 0], [2, 0, 4]]), "abc", None)
    json.dumps(table, allow_nan=False)
    assert table["recall"] == ["75.0", "–", "66.7"]
    assert table["precision"] == ["60.0", "–", "80.0"]
    assert (table["accuracy"], table["accuracy_interval"]) == ("70.0", "70.0% (39.7 to 89.2)")
    assert confusion_table.table_data(np.zeros((2, 2), np.int64), "ab", None)["accuracy"] == "–"


def confusion_matrix(network: Network, digits: Examples) -> NDArray[np.int64]:
    made = outcomes(network, digits.images, digits.labels, digits.rows)
    return confusions(made.labels, made.read, network.sizes[-1])


def test_the_page_shows_the_confusion_matrix_of_the_network_on_dev(train: Visit) -> None:
    digits, now = train.run.split.dev, train.run.snapshot().network
    counts = confusion_matrix(now, digits)
    assert sent(train, "digit_lab.confusion_table")["counts"] == counts.tolist()
    share = evaluate(now, digits.images, digits.labels, digits.rows).accuracy
    assert f"Accuracy {accuracy(share, len(digits))}" in Elements(train.html).text


def test_a_cell_shows_its_digits_by_loss_and_says_so(train: Visit) -> None:
    digits = train.run.split.dev
    read = Reader(train.run.snapshot().network).probabilities(digits.take()[0])
    guesses = read.argmax(axis=1)
    truth, guess = next((t, g) for t, g in zip(digits.labels[digits.rows], guesses, strict=True) if t != g)
    train.run_view.mistakes.choose_cell((int(truth), int(guess)))
    train.app.run()
    places = [each["place"] for each in sent(train, "digit_lab.digit_grid")["digits"]]
    expected = np.flatnonzero((digits.labels[digits.rows] == truth) & (guesses == guess))
    assert sorted(places) == expected[: len(places)].tolist() or len(expected) > len(places)
    assert places == sorted(places, key=lambda place: read[place, truth])
    assert f"{truth} read as {guess}" in Elements(train.html).text


def test_the_choice_stays_while_the_network_learns(train: Visit) -> None:
    train.run_view.mistakes.choose_cell((4, 9))
    train.run_view.mistakes.digit = 3
    for _ in range(3):
        train.click("step")
        train.wait_until_idle()
        train.app.run()
    assert sent(train, "digit_lab.confusion_table")["chosen"] == [4, 9]
    assert "dev digit 4" in Elements(train.html).text


def test_a_new_run_forgets_the_choice_for_its_classes_may_be_others(train: Visit) -> None:
    train.run_view.mistakes.choose_cell((4, 9))
    train.click("new_run")
    assert sent(train, "digit_lab.confusion_table")["chosen"] is None


def test_test_is_measured_only_when_asked_for_and_then_shown(train: Visit) -> None:
    train.app.segmented_control(key="mistakes_on").set_value("test").run()
    assert train.run_view.test_result is None
    assert "for one look, at the end" in Elements(train.html).text
    train.click("mistakes_measure")
    digits = train.run.split.test
    counts = confusion_matrix(train.run.snapshot().network, digits)
    assert sent(train, "digit_lab.confusion_table")["counts"] == counts.tolist()
    assert "of 500 test digits misread" in Elements(train.html).text
    train.click("step")
    train.wait_until_idle()
    train.app.run()
    assert sent(train, "digit_lab.confusion_table")["counts"] == counts.tolist()
    assert "at step 1" in Elements(train.html).text


def test_classes_of_any_number_and_name_are_shown(new_visit: NewVisit) -> None:
    visit = new_visit("train")
    rng, names = np.random.default_rng(0), tuple(f"<b>class {index}" for index in range(62))
    labels = np.arange(1860) % 62
    visit.session.datasets.uploads["many.csv"] = Dataset(
        "many", rng.integers(256, size=(1860, 784), dtype=np.uint8), labels.astype(np.uint8), None, None, names
    )
    visit.app.run()
    visit.app.selectbox(key="dataset").set_value("many.csv").run()
    visit.click("new_run")
    visit.run_view.mistakes.choose_cell((61, 60))
    visit.app.run()
    assert not visit.app.exception
    assert sent(visit, "digit_lab.confusion_table")["classes"] == list(names)
    assert np.shape(sent(visit, "digit_lab.confusion_table")["counts"]) == (62, 62)
    assert "<b>class 61 read as" in Elements(visit.html).text


def test_weights_about_to_diverge_are_shown_all_the_same(train: Visit) -> None:
    digits = train.run.split.dev
    wild = Network([np.full((784, 10), 3e38, np.float32), np.zeros(10, np.float32)])
    train.run_view.mistakes.dev.of(train.run.snapshot().network, 1, digits, training=False)
    train.run_view.mistakes.dev._latest = measure(wild, 1, digits)
    train.run_view.mistakes.digit = 0
    train.app.run()
    assert not train.app.exception
    assert "– sure" in Elements(train.html).text


def test_inspect_hands_the_digit_and_the_network_to_the_learn_page(train: Visit) -> None:
    train.run_view.mistakes.digit = 36
    train.app.run()
    train.app.button(key="inspect").click().run()
    digits, inspection = train.run.split.dev, train.session.inspection
    assert inspection is not None
    specimen = inspection.digit
    assert specimen is not None
    assert isinstance(specimen.source, ImageSource)
    assert np.array_equal(specimen.source.image.reshape(-1), digits.images[digits.rows[36]])
    assert (specimen.label, specimen.origin) == (digits.labels[digits.rows[36]], "dev digit 37")
    assert train.app.selectbox(key="look_network").value == "Run 1"
    assert train.links[0].label == "Back to Train"
    assert train.links[0].page == "train"


def test_a_digit_on_the_canvas_is_read_as_it_was_and_clear_takes_it_away(train: Visit) -> None:
    train.run_view.mistakes.digit = 36
    train.app.run()
    digits = train.run.split.dev
    expected = Reader(train.run.snapshot().network).probabilities(digits.images[digits.rows[[36]]])[0]
    train.app.button(key="draw_on").click().run()
    assert train.app.selectbox(key="network").value == "Run 1"
    assert [share for _, _, share, _ in train.answer["bars"]] == pytest.approx(expected, abs=1e-6)
    assert train.answer["strokes"] == 0
    train.go("")  # the browser is now on this page
    train.draw(as_fabric([np.array([[20.0, 20.0], [260.0, 20.0]])]))
    assert train.answer["strokes"] == 1
    train.click("clear")
    assert train.answer["sentence"] == "Draw a digit, 0 to 9."
    assert train.session.canvas.edited_digit is None


def test_the_pen_adds_ink_where_it_goes_and_the_eraser_takes_it_away() -> None:
    image = np.random.default_rng(5).integers(256, size=(IMAGE_SIDE, IMAGE_SIDE)).astype(np.uint8)
    line = np.array([[45.0, 145.0], [235.0, 145.0]]) * (CANVAS.width / 280)
    far_from_it = np.delete(np.arange(IMAGE_SIDE), [13, 14, 15])
    pen, eraser = EditStroke(line, erases=False), EditStroke(line, erases=True)
    drawn = EditedImageSource(image, [pen], CANVAS).mnist_image()
    assert (drawn >= image).all()
    assert (drawn[14, 5:23] == 255).all()
    assert np.array_equal(drawn[far_from_it], image[far_from_it])
    erased = EditedImageSource(image, [pen, eraser], CANVAS).mnist_image()
    assert (erased[14, 5:23] == 0).all()
    assert np.array_equal(erased[far_from_it], image[far_from_it])
    again = EditedImageSource(image, [eraser, pen], CANVAS).mnist_image()
    assert (again[14, 5:23] == 255).all()
    assert np.array_equal(EditedImageSource(image, [], CANVAS).mnist_image(), image)


def test_the_eraser_leaves_what_the_canvas_turns_into_paper() -> None:
    assert PAPER_INKS[LIGHT] == LIGHT.paper
    inverted = (255 - value for value in bytes.fromhex(DARK.paper.removeprefix("#")))
    assert PAPER_INKS[DARK] == "#" + bytes(inverted).hex()


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_figures_on_the_darkest_cells_can_be_read(colours: Palette) -> None:
    """WCAG 2.1, 1.4.3: a contrast of at least 4.5 with the background, at the strongest mix in confusion.js."""

    def luminance(rgb: np.ndarray) -> float:
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    def rgb(name: str) -> np.ndarray:
        return np.array([int(getattr(colours, name)[at : at + 2], 16) / 255 for at in (1, 3, 5)])

    for name, part in (("wrong", 0.5), ("ink", 0.2)):
        ground = part * rgb(name) + (1 - part) * rgb("paper")
        light, dark = sorted((luminance(rgb("ink")), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
