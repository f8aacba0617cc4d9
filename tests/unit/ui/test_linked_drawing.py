"""A link holds the drawing if the page shows it, and a stranger's drawing is read or refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import Dataset
from ink import stroke_text
from ink.picture_files import Picture
from ink.stroke_text import written
from models.weights import SavedNetwork
from testing import sample_digits
from tests.unit.ui.look_page import made
from tests.unit.ui.test_task import linked
from tests.unit.ui.visit import Elements, as_fabric
from training.settings import Settings
from ui.break_it.break_state import BreakState
from ui.look.starting_point import VIEW_KEY
from ui.serving.budgets import LINK
from ui.state.network_names import SMALL
from ui.state.task import Task
from ui.widgets import canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

THREE = as_fabric(sample_digits.digit("3"))
SEVEN = [stroke * (canvas.CANVAS_SIDE / sample_digits.CANVAS) for stroke in sample_digits.digit("7")]
BLACK = np.full((9, 9, 4), 255, np.uint8)
UNREADABLE = "The drawing in this link cannot be read, so it was left out."


@pytest.fixture
def teacher(new_visit: NewVisit) -> Visit:
    visit = new_visit()
    visit.draw(THREE)
    return visit


def open_panel(visit: Visit, page: str) -> None:
    visit.go(page)
    visit.app.session_state[f"set_task_{page}"] = True
    visit.app.run()
    assert not visit.app.exception


def strokes_on_paper(visit: Visit) -> list[Any]:
    return [each.stroke for each in canvas.strokes_of(visit.session.canvas.drawing.objects)]


def assert_it_is_the_three(visit: Visit) -> None:
    expected = [each.stroke for each in canvas.strokes_of(THREE)]
    found = strokes_on_paper(visit)
    assert [len(each) > 0 for each in found] == [True] * len(expected)
    for one, other in zip(found, expected, strict=True):
        assert np.abs(one[[0, -1]] - other[[0, -1]]).max() < 0.6


def test_train_opens_with_the_drawing(teacher: Visit, new_visit: NewVisit) -> None:
    open_panel(teacher, "train")
    task = linked(teacher)
    assert task.state == {}
    pupil = new_visit("train", {"speed": "Full"} | task.parameters())
    assert_it_is_the_three(pupil)
    assert "address_notice" not in pupil.html
    address = {name: "".join(text) for name, text in pupil.app.query_params.items()}
    assert Task.read(address) == task
    pupil.session.canvas.clear()
    pupil.app.run()
    assert strokes_on_paper(pupil) == [], "it is put on the paper once"


def test_look_opens_with_the_drawing_and_holds_it_if_the_digit_is_fixed(teacher: Visit, new_visit: NewVisit) -> None:
    teacher.go("look")
    teacher.app.segmented_control(key="digit_source").set_value("drawing").run()
    open_panel(teacher, "look")
    task = linked(teacher)
    assert "digit" not in task.state
    assert "is not in the link" not in teacher.html
    pupil = new_visit("look", task.parameters())
    assert pupil.app.segmented_control(key="digit_source").value == "drawing"
    assert_it_is_the_three(pupil)
    fixed = Task("look", "", frozenset(), frozenset({"digit"}), None, task.state, task.drawing)
    pupil = new_visit("look", fixed.parameters())
    pupil.session.canvas.clear()
    pupil.app.run()
    assert "Digit The task's drawing" in Elements(pupil.html).text


def test_the_map_shows_the_drawing_beside_the_dev_digit_of_the_link(teacher: Visit, new_visit: NewVisit) -> None:
    teacher.go("look")
    teacher.app.session_state[VIEW_KEY] = "Map"
    open_panel(teacher, "look")
    task = linked(teacher)
    assert task.drawing
    assert "digit" in task.state
    pupil = new_visit("look", task.parameters())
    assert_it_is_the_three(pupil)
    teacher.app.session_state[VIEW_KEY] = "Dreams"
    teacher.app.run()
    assert not linked(teacher).drawing, "it is not shown"


@pytest.mark.parametrize("control", ["free", "fixed"])
def test_break_it_opens_with_the_drawing(teacher: Visit, new_visit: NewVisit, control: str) -> None:
    open_panel(teacher, "break")
    teacher.app.segmented_control(key="break_source").set_value("Your drawing").run()
    task = linked(teacher)
    free, fixed = (frozenset({"digit"}), frozenset[str]())[:: 1 if control == "free" else -1]
    pupil = new_visit("break", Task("break", "", free, fixed, None, task.state, task.drawing).parameters())
    assert not pupil.app.exception
    assert pupil.page_state(BreakState).setup.digit is None
    if control == "free":
        assert pupil.app.segmented_control(key="break_source").value == "Your drawing"
        assert_it_is_the_three(pupil)
    else:
        assert "Digit The task's drawing" in Elements(pupil.html).text
    teacher.app.segmented_control(key="break_source").set_value("Dev digit").run()
    assert not linked(teacher).drawing
    assert linked(teacher).state["digit"] == "1"


@pytest.mark.parametrize("page", ["train", "look", "break"])
@pytest.mark.parametrize("text", ["%", "AQ", "A" * 1_600, "ÿ\x00<b>"])
def test_a_drawing_that_cannot_be_read_is_left_out_and_said(new_visit: NewVisit, page: str, text: str) -> None:
    visit = new_visit(page, Task(page, "Look.", frozenset(), frozenset({"digit"}), drawing=text).parameters())
    assert not visit.app.exception
    assert UNREADABLE in visit.html
    assert strokes_on_paper(visit) == []
    assert visit.session.task


def test_a_drawing_of_a_link_takes_the_place_of_another(new_visit: NewVisit) -> None:
    visit = new_visit("look", Task("look", drawing=written(SEVEN)).parameters())
    assert [len(each) >= 1 for each in strokes_on_paper(visit)] == [True] * len(SEVEN)


def test_the_panel_says_why_a_drawing_is_not_in_the_link(teacher: Visit) -> None:
    open_panel(teacher, "train")
    assert "not in the link" not in teacher.html
    teacher.session.canvas.edit(np.full((28, 28), 200, np.uint8))
    teacher.app.run()
    assert "The digit that you have drawn on is not in the link." in teacher.html
    teacher.session.canvas.clear()
    teacher.session.canvas.uploaded.show(Picture("7.png", BLACK, BLACK), 0)
    teacher.app.run()
    assert "Your photo is not in the link." in teacher.html
    teacher.session.canvas.uploaded.remove()
    scribble = np.random.default_rng(1).uniform(0, sample_digits.CANVAS, (1_000, 2))
    teacher.draw(as_fabric([scribble]))
    teacher.app.run()
    assert "Your drawing does not fit into the link." in teacher.html
    assert not linked(teacher).drawing


def test_a_drawing_is_left_out_for_a_text_that_leaves_no_room(teacher: Visit) -> None:
    open_panel(teacher, "train")
    text = "字" * ((LINK.limit - 130) // 9)
    teacher.app.text_area(key="task_train_text").set_value(text).run()
    assert not linked(teacher).drawing
    assert "Your drawing does not fit into the link." in teacher.html


def test_the_panel_says_which_networks_data_and_weights_are_not_in_the_link(new_visit: NewVisit) -> None:
    visit = new_visit("break")
    visit.session.networks.saved["mine"] = SavedNetwork(made(1), {})
    visit.app.run()
    state = visit.page_state(BreakState)
    state.toggle("mine", (1, 1))
    visit.app.selectbox(key="break_network").set_value("mine").run()
    open_panel(visit, "break")
    assert "mine is not in the link: it opens with the small network and its dev digits." in visit.html
    assert "off" not in linked(visit).state, "another network has other units"
    visit.app.selectbox(key="break_network").set_value(SMALL).run()
    visit.app.selectbox(key="break_beside").set_value("mine").run()
    assert "mine is not in the link, so nothing is beside it." in visit.html


def test_train_says_that_first_weights_and_own_data_are_not_in_the_link(new_visit: NewVisit) -> None:
    visit = new_visit("train")
    open_panel(visit, "train")
    visit.app.selectbox(key="begin_with").set_value("Run 1").run()
    visit.click("begin_from")
    assert "The weights of Run 1 are not in the link: it begins with those of the seed." in visit.html
    visit.session.datasets.uploads["mine.csv"] = Dataset("mine.csv", *digits(400))
    visit.session.replace_settings(Settings(dataset="mine.csv", dev_size=3, test_size=3, epochs=4))
    visit.app.run()
    assert "Your own dataset is not in the link: it opens with the embedded digits." in visit.html
    assert linked(visit).state == {"epochs": "4"}, "the sizes are those that fitted the other data"


def digits(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(2)
    return rng.integers(0, 256, (count, 784), np.uint8), np.arange(count, dtype=np.uint8) % 10


def test_nothing_is_written_while_the_panel_is_closed_nor_twice(
    teacher: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scribble takes a quarter of a second, and some pages redraw themselves four times in one."""
    times: list[str] = []

    def written(_strokes: object) -> str:
        times.append("once")
        return "AQIE"

    monkeypatch.setattr(stroke_text, "written", written)
    for page in ("train", "look", "break"):
        teacher.go(page)
    assert times == []
    open_panel(teacher, "train")
    teacher.app.run()
    assert times == ["once"]
