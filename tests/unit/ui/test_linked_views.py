"""A link to Look opens a view as it was: with what was chosen in it, corrected where that is not possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.ui.look_page import component_data, keep, made
from tests.unit.ui.test_task import linked
from tests.unit.ui.visit import Elements
from training.settings import SETTINGS
from ui.look.climbing_dreams import Dreams
from ui.look.digit_map import MapState
from ui.look.link_choices import Between, Choice, LinkChoices, Subsets
from ui.look.starting_point import NETWORK_KEY, TASKS, VIEW_KEY
from ui.state.task import WORDS, Task
from ui.widgets.run_settings import address_of

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

ALL = frozenset(TASKS.controls)

CHOSEN = {
    "One digit": {
        "unit": "5",
        "sort": "weight",
        "class": "8",
        "label": "6",
        "step_alpha": "0.3",
        "step_l2": "2",
        "matrix": "b2",
        "row": "4",
    },
    "Map": {"map_layer": "1.55", "map_digits": "AIACBA"},
    "Dreams": {"dream": "Between two classes", "dream_from": "3", "dream_to": "8", "dream_picture": "6"},
}
"""What is chosen in views of the small network, by parameters."""

UNITS = {"dream": "Hidden units", "dream_unit": "12", "dream_noise": "2"}


def link_to(view: str, chosen: dict[str, str], free: frozenset[str] = ALL, fixed: frozenset[str] = frozenset()) -> Task:
    return Task("look", "", free, fixed, state={"view": view, "network": "small", "digit": "12", **chosen})


def opened(new_visit: NewVisit, task: Task) -> Visit:
    visit = new_visit("look", task.parameters())
    assert not visit.app.exception
    return visit


def problems(visit: Visit) -> str:
    return " ".join(visit.page_state(LinkChoices).problems.values())


@pytest.mark.parametrize(("view", "chosen"), [*CHOSEN.items(), ("Dreams", UNITS)])
@pytest.mark.parametrize("control", ["free", "fixed", "hidden"])
def test_a_view_opens_with_what_was_chosen_in_it(
    new_visit: NewVisit, view: str, chosen: dict[str, str], control: str
) -> None:
    controls = {"free": (ALL, frozenset[str]()), "fixed": (frozenset[str](), ALL)}.get(
        control, (frozenset({"step"}),) * 2
    )
    visit = opened(new_visit, link_to(view, chosen, *controls))
    assert visit.page_state(LinkChoices).chosen == chosen
    assert problems(visit) == ""
    visit.app.run()
    assert visit.page_state(LinkChoices).chosen == chosen, "it holds"


def test_a_teacher_s_link_to_a_view_has_what_is_chosen_in_it_and_leaving_keeps_it(new_visit: NewVisit) -> None:
    teacher = new_visit("look")
    teacher.app.session_state[VIEW_KEY] = "Dreams"
    teacher.app.run()
    teacher.app.segmented_control(key="dream_kind").set_value("Hidden units").run()
    teacher.app.number_input(key="dream_unit").set_value(12).run()
    teacher.click("dream_again")
    teacher.app.session_state["set_task_look"] = True
    teacher.app.run()
    task = linked(teacher)
    assert task.state.items() >= {"view": "Dreams", "dream": "Hidden units", "dream_unit": "12"}.items()
    assert task.state["dream_noise"] == "1"
    assert not {"unit", "row", "map_layer"} & task.state.keys(), "only what this view shows"
    pupil = opened(new_visit, task)
    assert pupil.page_state(Dreams).seed == 1
    assert pupil.app.number_input(key="dream_unit").value == 12
    pupil.click("dream_again")
    pupil.app.number_input(key="dream_unit").set_value(3).run()
    assert pupil.page_state(LinkChoices).chosen["dream_unit"] == "3"
    pupil.click("leave_task")
    assert not pupil.app.exception
    assert pupil.app.number_input(key="dream_unit").value == 3
    assert pupil.page_state(Dreams).seed == 2


def test_what_cannot_be_chosen_becomes_the_nearest_or_the_default_and_is_said(new_visit: NewVisit) -> None:
    impossible = {"unit": "99", "sort": "beauty", "class": "-4", "step_alpha": "1e9", "matrix": "W9", "row": "nan"}
    visit = opened(new_visit, link_to("One digit", impossible))
    assert visit.app.number_input(key="unit").value == 16
    assert visit.app.selectbox(key="unit_sort").value == "active"
    assert visit.app.selectbox(key="checked").value == "W¹"
    assert visit.app.number_input(key="step_alpha").value == SETTINGS["learning_rate"].maximum
    text = Elements(visit.html).text
    for sentence in (
        "Unit can't be “99”, so it is 16.",
        "Sort by can't be “beauty”, so it is Activation.",
        "Class can't be “-4”, so it is 0.",
        "Matrix can't be “W9”, so it is W¹.",
    ):
        assert sentence in text
    visit.click("leave_task")
    assert "can't be" not in visit.html


def test_what_is_fixed_is_said_and_has_no_widgets(new_visit: NewVisit) -> None:
    visit = opened(new_visit, link_to("One digit", CHOSEN["One digit"], frozenset(), frozenset({"unit", "step"})))
    for said in ("Unit</span> <b>5", "Sort by</span> <b>Weight to", "Class</span> <b>8", "Matrix</span> <b>b²"):
        assert said in visit.html
    assert "True label</span> <b>6" in visit.html
    assert not visit.app.number_input
    assert not [each.key for each in visit.app.selectbox]
    visit.app.session_state["unit"] = 3
    visit.app.session_state["step_alpha"] = 1.0
    visit.app.run()
    assert visit.page_state(LinkChoices).chosen == CHOSEN["One digit"]


@pytest.mark.parametrize(
    ("free", "fixed", "can", "shows"),
    [({"map_layer"}, set(), True, True), (set(), {"map_layer"}, False, True), (set(), set(), False, False)],
)
def test_the_layer_of_the_map_can_be_chosen_fixed_or_hidden(
    new_visit: NewVisit, free: set[str], fixed: set[str], can: bool, shows: bool
) -> None:
    visit = opened(new_visit, link_to("Map", {"map_layer": "9"}, frozenset(free), frozenset(fixed)))
    data = component_data(visit, "digit_map")
    assert (data["layer"], data["can_choose_layer"], data["shows_layer"]) == (2, can, shows)
    assert problems(visit) == "Layer can't be “9”, so it is Logits."
    visit.page_state(MapState).layer = 0.0
    visit.app.run()
    assert visit.page_state(MapState).layer == (0 if can else 2)


def test_the_digits_chosen_on_the_map_are_those_of_the_link_until_others_are(new_visit: NewVisit) -> None:
    """Bits 15, 17 and 26: the digits numbered 16, 18 and 27."""
    visit = opened(new_visit, link_to("Map", {"map_digits": "AIACBA"}))
    assert component_data(visit, "digit_map")["chosen"] == [15, 17, 26]
    visit.page_state(MapState).chosen = frozenset({3})
    visit.app.run()
    assert component_data(visit, "digit_map")["chosen"] == [3]
    visit.page_state(MapState).chosen_among = "the digits of another network"
    visit.app.run()
    assert component_data(visit, "digit_map")["chosen"] == []


@pytest.mark.parametrize(
    ("text", "chosen", "sentence"),
    [
        ("%", [], "Choice of digits can't be “%”, so it is 0 digits."),
        (Subsets(600).written(frozenset({3, 500})), [3], "so it is 1 digit."),
    ],
)
def test_digits_that_are_not_on_the_map_are_not_chosen_and_that_is_said(
    new_visit: NewVisit, text: str, chosen: list[int], sentence: str
) -> None:
    visit = opened(new_visit, link_to("Map", {"map_digits": text}))
    assert component_data(visit, "digit_map")["chosen"] == chosen
    assert sentence in problems(visit)


@pytest.mark.parametrize(
    ("digits", "text"), [((), ""), ((0,), "AQ"), ((0, 9), "AQI"), ((7, 8), "gAE"), (range(500), "_" * 82 + "8P")]
)
def test_a_set_of_digits_is_a_bit_for_each(digits: tuple[int, ...], text: str) -> None:
    assert Subsets(500).written(frozenset(digits)) == text
    assert Subsets(500).read(text) == (frozenset(digits), True)


@given(st.frozensets(st.integers(0, 499)))
def test_every_set_of_digits_comes_through_a_link(digits: frozenset[int]) -> None:
    choices = Subsets(500)
    assert digits in choices
    assert len(choices.written(digits)) <= 84
    assert choices.read(choices.written(digits)) == (digits, True)


def test_the_panel_says_what_a_link_cannot_hold(new_visit: NewVisit) -> None:
    visit = new_visit("look")
    visit.app.session_state[VIEW_KEY], visit.app.session_state["set_task_look"] = "Engine", True
    visit.app.run()
    assert "until your pupils have trained" in visit.html
    keep(visit, "mine", made(1))
    visit.app.selectbox(key=NETWORK_KEY).set_value("mine").run()
    assert "mine is not in the link: it opens with the small network and its dev digits." in visit.html


@given(st.text(max_size=20))
def test_any_text_is_read_as_something_possible(text: str) -> None:
    for choice in (
        Choice[Any]("unit", "", "", None, [None, *range(1, 17)]),
        Choice[Any]("sort", "", "", "active", ["active", "weight"]),
        Choice[Any]("row", "", "", 2, range(1, 17)),
        Choice[Any]("alpha", "", "", 0.01, Between(0, 10)),
        Choice[Any]("map_digits", "", "", frozenset(), Subsets(20)),
    ):
        assert choice.read(text)[0] in choice.options


def test_no_parameter_of_a_view_is_read_as_something_else() -> None:
    names = {name for chosen in [*CHOSEN.values(), UNITS] for name in chosen}
    assert not names & ({address_of(name) for name in SETTINGS} | WORDS | {"view", "network", "digit"})
