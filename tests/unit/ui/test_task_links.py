"""A link holds a whole task, and nothing that was changed, cut off or made up is taken for one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.built_in import DATASETS
from language.translation import speaking
from nn.perturbations import Place
from tests.unit.ui.task_link import TASK, opened
from training.prediction import QUANTITIES, Prediction
from training.settings import SETTINGS, Settings
from ui.break_it.break_state import Setup
from ui.break_it.damage import everything
from ui.serving.budgets import LINK, OverBudgetError
from ui.state.address import as_parameters, value_of
from ui.state.network_names import SHIPPED
from ui.state.task import LONGEST_TEXT, WORDS, Task, answers_of, bounds_of, plain_text
from ui.train.page import TASKS
from ui.widgets.network_choice import LINKED
from ui.widgets.run_settings import address_of
from ui.widgets.task_panel import RANGE, Draft

TEXTS = st.text(max_size=LONGEST_TEXT).map(lambda text: plain_text(text, LONGEST_TEXT))
NAMES = st.frozensets(st.sampled_from(sorted(TASKS.controls)))


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
