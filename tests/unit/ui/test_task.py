"""A link opens a page as the teacher left it, holds what is fixed, and does no harm when it is damaged or hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.ui.task_link import TASK, opened
from tests.unit.ui.visit import Elements
from training.percentages import accuracy
from training.prediction import Prediction
from training.settings import Settings
from ui.break_it.break_state import BreakState, Setup
from ui.serving.budgets import LINK
from ui.state.task import WORDS, Task

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

DAMAGED = "This link sets a task, but was cut off or changed, so the page opened as usual."

BROKEN = Task(
    "break",
    "How much is left?",
    frozenset({"noise"}),
    frozenset({"most", "network", "digit"}),
    Prediction("How much of dev will be left?", "dev_accuracy"),
    Setup({"most": 0.5}, digit=7).parameters(),
)


def test_nothing_is_broken_before_the_prediction_and_what_is_fixed_holds(new_visit: NewVisit) -> None:
    visit = new_visit("break", BROKEN.parameters())
    state = visit.page_state(BreakState)
    assert state.amounts == {}
    assert not [each.key for each in visit.app.selectbox]
    assert "Network</span> <b>Small network (16 units)</b>" in visit.html
    assert "Which units matter" not in visit.html
    state.move("noise", 0.3, 1)
    visit.app.run()
    assert state.amounts == {}
    visit.app.session_state["break_prediction"] = 40.0
    visit.click("predict")
    assert state.amounts == {"most": 0.5}
    while not state.work(1):
        pass
    visit.app.run()
    (right, digits) = state.shown[0].total(state.damage(state.shown[0]))
    assert right is not None
    came = f"How much of dev will be left? You predicted 40%; the result was {accuracy(right / digits, digits)}."
    assert came in Elements(visit.html).text
    for name, amount in (("noise", 0.3), ("most", 0.0), ("blur", 1.0)):
        state.move(name, amount, 2)
    state.toggle(state.network, (1, 1))
    visit.app.run()
    assert (state.amounts, state.off) == ({"most": 0.5, "noise": 0.3}, {state.network: frozenset()})
    visit.click("leave_task")
    assert not visit.app.exception
    assert "noise" not in visit.app.query_params
    state.move("blur", 1.0, 3)
    visit.app.run()
    assert state.amounts["blur"] == 1.0


def test_look_opens_with_the_view_the_digit_and_the_unit_of_a_link(new_visit: NewVisit) -> None:
    state = {"view": "One digit", "network": "small", "digit": "12", "layer": "1", "unit": "5"}
    task = Task("look", "Find it.", frozenset({"view"}), frozenset({"digit"}), state=state)
    visit = new_visit("look", task.parameters())
    assert not visit.app.exception
    assert "Digit</span> <b>12</b>" in visit.html
    assert "Dev digit 12" in visit.html
    assert "unit 5" in visit.html
    assert "tour" not in visit.html, "the task says what to do"
    assert not visit.app.number_input
    visit.app.session_state["digit_number"] = 3
    visit.app.run()
    assert "Dev digit 12" in visit.html
    visit.click("leave_task")
    assert visit.app.number_input(key="digit_number").value == 3


def test_look_in_a_task_may_have_only_another_view(new_visit: NewVisit) -> None:
    visit = new_visit("look", Task("look", state={"view": "Dreams"}).parameters())
    assert not visit.app.exception
    assert {"draw_dream", "dream_again", "open_dream"} & {each.key for each in visit.app.button} == {"draw_dream"}
    assert "look_view" not in visit.app.session_state or visit.app.session_state["look_view"] == "Dreams"


@pytest.fixture
def pupil(new_visit: NewVisit) -> Visit:
    return new_visit("train", {"speed": "Full"} | TASK.parameters())


def test_a_pupil_sees_the_task_as_text_and_only_its_controls(pupil: Visit) -> None:
    assert not pupil.app.exception
    assert "address_notice" not in pupil.html
    assert "Which λ?\n&lt;b&gt;Try&lt;/b&gt; three." in pupil.html
    assert [each.key for each in pupil.app.number_input] == ["alpha", "l2"]
    assert not pupil.app.selectbox
    assert "Epochs</span> <b>5</b>" in pupil.html
    assert pupil.run.settings == Settings(learning_rate=0.3, epochs=5, seed=3)
    assert not [each.key for each in pupil.app.button if str(each.key).startswith("preset_")]
    assert not [each for each in pupil.app.expander if each.label == "Set a task"]


def test_nothing_is_trained_before_the_prediction_and_it_is_shown_beside_what_came(pupil: Visit) -> None:
    assert all(pupil.app.button(key=key).disabled for key in ("train", "step", "epoch"))
    pupil.app.session_state["prediction"] = 1
    pupil.click("predict")
    assert "You predicted yes." in Elements(pupil.html).text
    pupil.app.session_state["l2"] = 1.0
    pupil.app.run()
    assert "You predicted yes." in Elements(pupil.html).text, "a run that has not begun is rebuilt"
    pupil.click("train")
    pupil.wait_until_idle()
    pupil.app.run()
    assert "As you predicted, yes: " in Elements(pupil.html).text
    pupil.app.session_state["alpha"] = 0.2
    pupil.app.run()
    assert not pupil.app.button(key="train").disabled, "it goes on with the same run"


def test_what_is_fixed_or_hidden_holds_against_widgets_and_addresses(pupil: Visit) -> None:
    for name, value in {"epochs": 100, "seed": 9, "hidden_size": 8, "alpha": 0.2}.items():
        pupil.app.session_state[name] = value
    pupil.app.run()
    assert pupil.session.settings == Settings(learning_rate=0.2, epochs=5, seed=3)
    pupil.session.replace_settings(Settings(epochs=50, learning_rate=0.5))
    pupil.app.run()
    assert pupil.run.settings == Settings(learning_rate=0.5, epochs=5, seed=3)
    pupil.go("draw")
    assert "Your task is on the page Train." in pupil.html
    pupil.go("train")
    assert pupil.run.settings == Settings(learning_rate=0.5, epochs=5, seed=3)
    address = {name: "".join(text) for name, text in pupil.app.query_params.items()}
    assert Task.read(address).checksum == TASK.checksum, "a reload, even of a restarted server, finds the task"


def test_a_pupil_who_leaves_gets_everything_back(pupil: Visit) -> None:
    pupil.click("leave_task")
    assert not pupil.app.exception
    assert not pupil.session.task
    assert not WORDS & set(pupil.app.query_params)
    pupil.app.session_state["epochs"] = 7
    pupil.app.run()
    assert pupil.session.settings == Settings(learning_rate=0.3, epochs=7, seed=3)
    assert not pupil.app.button(key="train").disabled
    assert [each for each in pupil.app.expander if each.label == "Set a task"]


@pytest.mark.parametrize("page", ["train", "look", "break"])
def test_a_damaged_link_opens_the_page_as_usual_and_says_so(new_visit: NewVisit, page: str) -> None:
    visit = new_visit(page, TASK.parameters() | {"epochs": "6"})
    assert not visit.app.exception
    assert DAMAGED in visit.html
    assert visit.html.count("address_notice") == 1
    assert visit.session.settings == Settings()
    assert not visit.session.task


def test_what_a_teacher_fills_in_becomes_the_link_and_is_still_there_after_other_pages(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"alpha": "0.3"})
    visit.app.session_state["set_task_train"] = True
    visit.app.run()
    visit.app.text_area(key="task_train_text").set_value("Which <i>λ</i>?").run()
    visit.app.multiselect(key="task_train_free").set_value(["l2"]).run()
    visit.app.multiselect(key="task_train_fixed").set_value(["alpha"]).run()
    visit.app.selectbox(key="task_train_kind").set_value("A range").run()
    assert "Write what to predict." in visit.alerts
    visit.app.text_input(key="task_train_question").set_value("Where will dev end?").run()
    visit.app.text_input(key="task_train_bounds").set_value("80, 60").run()
    assert "The limits must be at most 5 increasing numbers; got '80, 60'." in visit.alerts
    visit.app.text_input(key="task_train_bounds").set_value("60, 80").run()
    expected = Task(
        "train",
        "Which <i>λ</i>?",
        frozenset({"l2"}),
        frozenset({"alpha"}),
        Prediction("Where will dev end?", "dev_accuracy", (60.0, 80.0)),
        {"alpha": "0.3"},
    )
    assert linked(visit) == expected
    visit.go("draw")
    visit.go("train")
    assert linked(visit) == expected


def linked(visit: Visit) -> Task:
    """Return the task that the panel's link sets."""
    (href,) = [element.get("href") for _, element in Elements(visit.html).found if element.get("id") == "preview_task"]
    return Task.read({name: text for name, text in opened(href or "").items() if name != "speed"})


def test_a_link_that_would_be_too_long_is_refused_with_its_length(new_visit: NewVisit) -> None:
    visit = new_visit("train")
    visit.app.session_state["set_task_train"] = True
    visit.app.run()
    visit.app.text_area(key="task_train_text").set_value("字" * 400).run()
    assert visit.alerts == [str(LINK)]
    assert "of 2,000 characters" in visit.html
    assert "preview_task" not in visit.html
