"""A link opens a page as the teacher left it, holds what is fixed, and does no harm when it is damaged or hostile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.built_in import DATASETS
from language.translation import speaking
from nn.perturbations import Place
from tests.unit.ui.visit import Elements
from training.percentages import accuracy
from training.prediction import QUANTITIES, Prediction
from training.settings import SETTINGS, Settings
from ui.break_it.break_state import BreakState, Setup
from ui.break_it.damage import everything
from ui.serving.budgets import LINK, OverBudgetError
from ui.state.address import as_parameters, value_of
from ui.state.network_names import SHIPPED
from ui.state.task import LONGEST_TEXT, WORDS, Task, answers_of, bounds_of, plain_text
from ui.train.page import TASKS
from ui.widgets.network_choice import LINKED
from ui.widgets.run_settings import address_of
from ui.widgets.task_panel import RANGE, Draft

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

TEXTS = st.text(max_size=LONGEST_TEXT).map(lambda text: plain_text(text, LONGEST_TEXT))
NAMES = st.frozensets(st.sampled_from(sorted(TASKS.controls)))
DAMAGED = "This link sets a task, but was cut off or changed, so the page opened as usual."


def _values(name: str) -> st.SearchStrategy[Any]:
    setting = SETTINGS[name]
    if name == "dataset":
        return st.just("embedded")
    if setting.options:
        return st.sampled_from(list(setting.options))
    assert setting.minimum is not None
    assert setting.maximum is not None
    if isinstance(setting.minimum, int):
        return st.integers(setting.minimum, int(setting.maximum))
    return st.floats(setting.minimum, setting.maximum)


SETTINGS_OF_ANY_KIND = st.fixed_dictionaries({name: _values(name) for name in SETTINGS}).map(
    lambda values: Settings(**values)
)
PREDICTIONS = st.builds(
    Prediction,
    st.text(min_size=1, max_size=60).map(lambda text: plain_text(text, 60)).filter(bool),
    st.sampled_from([*QUANTITIES, ""]),
    st.lists(st.floats(-1e5, 1e5).map(lambda each: float(f"{each:g}")), max_size=5, unique=True).map(
        lambda bounds: tuple(sorted(bounds))
    ),
    st.lists(st.text(min_size=1, max_size=40), max_size=6).map(
        lambda each: answers_of(each) if len(set(each)) > 9 else ()
    ),
)


def opened(link: str) -> dict[str, str]:
    """Return the parameters of a link as a browser hands them to the page."""
    return dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))


@given(SETTINGS_OF_ANY_KIND, TEXTS, NAMES, NAMES, st.none() | PREDICTIONS, st.sampled_from(["", "AQIE"]))
def test_every_setting_control_and_word_comes_through_a_link(
    settings: Settings,
    text: str,
    free: frozenset[str],
    fixed: frozenset[str],
    prediction: Prediction | None,
    drawing: str,
) -> None:
    task = Task("train", text, free, fixed, prediction, as_parameters(settings), drawing)
    if len(task.query()) > LINK.limit:
        return
    parameters = opened(task.query())
    assert Task.read(parameters) == task
    values = {
        name: value_of(name, parameters[address_of(name)], list(DATASETS))
        for name in SETTINGS
        if address_of(name) in parameters
    }
    assert all(possible for _, possible in values.values())
    assert Settings(**{name: value for name, (value, _) in values.items()}) == settings


TASK = Task(
    "train",
    "Which λ?\n<b>Try</b> three.",
    frozenset({"alpha", "l2"}),
    frozenset({"epochs"}),
    Prediction("Will dev reach 85%?", "dev_accuracy", (85.0,)),
    as_parameters(Settings(learning_rate=0.3, epochs=5, seed=3)),
)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": "6"},
        {"epochs": ""},
        {"seed": "4"},
        {"hidden_size": "5"},
        {"text": "Which λ?"},
        {"show": "alpha,l2,epochs"},
        {"fix": ""},
        {"ask": ""},
        {"limits": "1"},
        {"limits": "nan"},
        {"limits": "3,2"},
        {"measure": "__class__"},
        {"answers": "a"},
        {"drawing": "AQIE"},
        {"task": "draw"},
        {"task": ""},
        {"check": ""},
        {"check": "00000000"},
        {"nobody": "knows"},
    ],
    ids=str,
)
def test_a_link_that_was_changed_is_not_a_task(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must"):
        Task.read(TASK.parameters() | change)


def test_no_more_is_read_than_a_link_may_have() -> None:
    with pytest.raises(OverBudgetError):
        Task.read(TASK.parameters() | {"nobody": "x" * LINK.limit})


def test_a_link_that_was_cut_off_is_not_a_task() -> None:
    query = TASK.query()
    for length in range(len("?task=train"), len(query)):
        with pytest.raises(ValueError, match="must"):
            Task.read(opened(query[:length]))


def test_what_can_be_changed_may_change_in_the_address() -> None:
    assert Task.read(TASK.parameters() | {"alpha": "7", "l2": "1", "speed": "Full", "from": "look"}) == replace(
        TASK, state={**TASK.state, "alpha": "7", "l2": "1"}
    )


DAMAGES = st.fixed_dictionaries({name: st.sampled_from(entry.amounts) for name, entry in everything().items()})
UNITS = st.frozensets(st.tuples(st.integers(1, 3), st.integers(0, 1023)), max_size=20)
PLACES = st.builds(Place, *[st.integers(0, 54).map(lambda half: half / 2)] * 2)


@given(
    DAMAGES,
    st.sampled_from(sorted(LINKED)),
    UNITS,
    PLACES,
    st.sampled_from(["", *"0123456789"]),
    st.none() | st.integers(1, 500),
)
def test_every_damage_comes_through_a_link(
    amounts: dict[str, float],
    network: str,
    off: frozenset[tuple[int, int]],
    place: Place,
    target: str,
    digit: int | None,
) -> None:
    broken = {name: amount for name, amount in amounts.items() if amount != everything()[name].none}
    (other,) = set(LINKED) - {network}
    setup = Setup(broken, LINKED[network], LINKED[other], off, place, target, digit)
    task = Task("break", state=setup.parameters())
    assert Setup.read(Task.read(opened(task.query())).state) == setup


@given(st.dictionaries(st.sampled_from([*everything(), "network", "off", "place", "digit"]), st.text(max_size=20)))
def test_an_odd_value_becomes_one_that_exists(parameters: dict[str, str]) -> None:
    setup = Setup.read(parameters)
    assert all(amount in everything()[name].amounts for name, amount in setup.amounts.items())
    assert setup.network in LINKED.values()
    assert 0 <= setup.place.x < 28
    assert setup.digit is None or setup.digit >= 1


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


@given(st.dictionaries(st.sampled_from([*sorted(WORDS), "alpha", "noise"]), st.text(max_size=30)))
def test_no_address_is_more_than_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"must|could not convert"):
        Task.read(parameters)


def test_no_two_parameters_have_the_same_name() -> None:
    settings = {address_of(name) for name in SETTINGS}
    damage = {
        *everything(),
        *Setup(off=frozenset({(1, 1)}), place=Place(1, 1), target="1", beside=SHIPPED).parameters(),
    }
    assert not settings & damage
    assert not WORDS & (settings | damage)


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


@pytest.mark.parametrize(
    ("code", "typed", "bounds"),
    [
        ("en", "70, 80.5,90", (70, 80.5, 90)),
        ("en", "70; 80.5; 90", (70, 80.5, 90)),
        ("de", "70, 80,5, 90", (70, 80.5, 90)),
        ("de", "70; 80,5;90.5", (70, 80.5, 90.5)),
        ("de", "70,80,90", (70, 80, 90)),
    ],
)
def test_limits_are_typed_as_the_language_writes_numbers(code: str, typed: str, bounds: tuple[float, ...]) -> None:
    draft = Draft(kind=RANGE, question="Where?", bounds=typed)
    with speaking(code):
        asked = draft.task(TASKS).prediction
    assert asked is not None
    assert asked.bounds == bounds


def test_bounds_are_numbers_that_rise() -> None:
    assert bounds_of("1, 2,3") == (1, 2, 3)
    for text in ("2,1", "1,1", "inf", "1,2,3,4,5,6", "a"):
        with pytest.raises(ValueError, match=r"must|could not"):
            bounds_of(text)


def test_a_draft_without_a_prediction_asks_for_none() -> None:
    assert Draft(text="a\x00b\u202e\r\nc ").task(TASKS).text == "ab\nc"
