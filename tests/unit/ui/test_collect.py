"""Collect asks for missing drawings, accepts and returns them, and trains on them."""

from __future__ import annotations

import json
import re
import string
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import DIGITS, DataError
from data.dataset_names import HANDWRITING
from ink.collection import Collection
from ink.stroke_files import DrawnDigit
from testing import sample_digits
from tests.unit.ui.visit import Elements, as_fabric
from training import learning_curve
from training.run_snapshot import State
from ui.collect import own_handwriting, start_training
from ui.collect.classes import checked
from ui.collect.collection_files import joined
from ui.collect.learning_curve import LearningCurves
from ui.collect.own_handwriting import OwnHandwriting
from ui.serving import budgets
from ui.serving.budgets import COLLECTED, OverBudgetError
from ui.state.session import Session
from ui.widgets.canvas import CANVAS_SIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

KEY = "canvas_collect"
NAME = "<b>*house*"
DOT = DrawnDigit(0, (np.full((1, 2), 200.0),))
SCALE = CANVAS_SIDE / sample_digits.CANVAS


@pytest.fixture
def collect(new_visit: NewVisit) -> Visit:
    return new_visit("collect")


def state_of(visit: Visit) -> OwnHandwriting:
    return visit.page_state(OwnHandwriting)


def draw(visit: Visit, name: str) -> None:
    """Draw a digit and submit it; the canvas is then blank."""
    report(visit, as_fabric(sample_digits.digit(name)))
    visit.click("next_drawing")


def report(visit: Visit, objects: list[dict[str, Any]]) -> None:
    visit.app.session_state[KEY] = {"drawing": {"raw": {"objects": []}, "data": None}}
    visit.app.run()
    visit.app.session_state[KEY] = {"drawing": {"raw": {"objects": objects}, "data": None}}


def collection_of(classes: tuple[str, ...], each: int) -> Collection:
    """Return `each` drawings of each class: digits from 0 on, each a little different."""
    collected, rng = Collection(classes), np.random.default_rng(0)
    for _ in range(each):
        for label in range(len(classes)):
            strokes = [stroke * SCALE + rng.normal(0, 4, stroke.shape) for stroke in sample_digits.digit(str(label))]
            collected = collected.with_drawing(label, strokes)
    return collected


def wait_for(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def rows(visit: Visit) -> list[dict[str, Any]]:
    return json.loads(visit._component("collected_drawings").json)["rows"]


def test_digits_are_asked_for_in_turn_and_shown_as_tiles(collect: Visit) -> None:
    assert "Draw <b style='--letters: 1'>0</b>" in collect.html
    for name in "012":
        draw(collect, name)
    assert [each.label for each in collect.session.collection.drawings] == [0, 1, 2]
    assert state_of(collect).asked == 3
    assert state_of(collect).pad.is_blank
    shown = rows(collect)
    assert [row["said"] for row in shown[:4]] == ["1 of 10", "1 of 10", "1 of 10", "0 of 10"]
    assert [row["places"] for row in shown[:4]] == [[0], [1], [2], []]
    assert shown[3]["is_asked"]


def test_a_blank_paper_and_a_second_press_hand_nothing_on(collect: Visit) -> None:
    collect.click("next_drawing")
    assert not collect.session.collection.drawings
    draw(collect, "0")
    collect.click("next_drawing")  # the canvas still reports what it showed before
    assert len(collect.session.collection.drawings) == 1
    assert not collect.alerts


def test_undo_removes_a_stroke_and_on_blank_paper_takes_the_last_drawing_back(collect: Visit) -> None:
    draw(collect, "0")
    draw(collect, "1")
    collect.click("undo")
    assert state_of(collect).asked == 1
    assert len(state_of(collect).pad.drawing.objects) == len(sample_digits.digit("1"))
    assert collect.session.collection.counts[:2].tolist() == [1, 0]
    collect.click("next_drawing")
    assert collect.session.collection.counts[:2].tolist() == [1, 1]


def test_a_collection_that_was_opened_meanwhile_loses_nothing_to_undo(collect: Visit) -> None:
    """Opened work replaces the collection, with other classes, whatever was asked for."""
    draw(collect, "0")
    state_of(collect).ask_for(collect.session, 9)
    collect.session.collection = collection_of(("cat", "house"), 1)
    collect.app.run()
    assert not collect.app.exception
    assert state_of(collect).asked == 0
    collect.click("undo")
    assert len(collect.session.collection.drawings) == 2


def test_what_is_struck_out_is_asked_for_again_and_can_be_brought_back(collect: Visit) -> None:
    draw(collect, "0")
    draw(collect, "1")
    state_of(collect).strike(collect.session, 0, struck=True)
    collect.app.run()
    assert state_of(collect).asked == 0
    assert rows(collect)[0]["struck"] == [0]
    assert "1 drawing, 1 struck out" in Elements(collect.html).text
    state_of(collect).strike(collect.session, 0, struck=False)
    assert collect.session.collection.counts[:2].tolist() == [1, 1]


def test_striking_out_during_a_drawing_does_not_change_what_it_is(collect: Visit) -> None:
    """Otherwise it would be labelled as the class asked for next."""
    state = state_of(collect)
    draw(collect, "0")
    draw(collect, "1")
    state.pad.drawing.objects = as_fabric(sample_digits.digit("2"))
    state.strike(collect.session, 0, struck=True)
    assert state.asked == 2


def test_a_chosen_class_stays_until_it_is_given_up(collect: Visit) -> None:
    state = state_of(collect)
    state.ask_for(collect.session, 7)
    draw(collect, "7")
    draw(collect, "7")
    assert collect.session.collection.counts[7] == 2
    state.ask_for(collect.session, None)
    assert state.asked == 0


def test_classes_of_ones_own_keep_drawings_of_the_same_name_and_say_what_is_lost(collect: Visit) -> None:
    collect.session.collection = collection_of(DIGITS, 1)
    collect.app.run()
    collect.app.text_input(key="collected_classes_1").set_value(f"1, {NAME}").run()
    button = collect.app.button(key="take_classes")
    assert button.label == "Draw these and discard 9 drawings"
    button.click().run()
    assert collect.session.collection.classes == ("1", NAME)
    assert collect.session.collection.counts.tolist() == [1, 0]
    assert state_of(collect).asked == 1
    assert "Draw <b style='--letters: 10'>&lt;b&gt;*house*</b>" in collect.html
    assert [row["name"] for row in rows(collect)] == ["1", NAME]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("cat", "Got 1 class name: enter 2 to 26, separated by commas."),
        (", ".join(map(str, range(27))), "Up to 26 classes can be collected. Leave some out."),
        ("cat, " + "h" * 21, "The name of a class may have up to 20 letters. Choose a shorter one."),
        ("cat, cat", "The class name “cat” appears twice: each class needs its own name."),
        ("cat,", "A class name is empty: write a name between every two commas."),
    ],
)
def test_names_that_cannot_be_used_are_refused_in_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        checked(typed)
    assert str(refused.value) == sentence


def test_a_full_collection_keeps_the_drawing_on_the_paper_and_says_so(
    collect: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_handwriting, "COLLECTED", replace(COLLECTED, limit=1))
    draw(collect, "0")
    draw(collect, "1")
    assert collect.alerts == [str(replace(COLLECTED, limit=1))]
    assert not state_of(collect).pad.is_blank
    assert len(collect.session.collection.drawings) == 1


def test_own_classes_are_trained_on_in_one_click_and_read_by_their_names(collect: Visit) -> None:
    collect.session.collection = collection_of(("cat", "house"), 3)
    collect.app.run()
    assert not collect.app.button(key="train_alone").disabled
    collect.click("train_alone")
    run, session = collect.run, collect.session
    assert run.begun
    assert session.settings == run.settings
    assert run.settings.dataset == HANDWRITING
    assert [len(part) for part in (run.split.train, run.split.dev, run.split.test)] == [4, 1, 1]
    collect.wait_until_idle()
    assert run.state is State.FINISHED
    collect.go("train")
    assert collect.app.selectbox(key="dataset").value == HANDWRITING
    collect.go("")
    assert collect.app.selectbox(key="network").value == "Run 1"
    collect.draw(as_fabric(sample_digits.digit("1")))
    assert {name for name, *_ in collect.answer["bars"]} == {"cat", "house"}


def test_with_the_embedded_digits_own_classes_are_further_classes(collect: Visit) -> None:
    collect.session.collection = collection_of(("0", "house"), 3)
    collect.app.run()
    collect.click("train_with_digits")
    run = collect.run
    assert run.split.train.classes == (*DIGITS, "house")
    assert sum(len(part) for part in (run.split.train, run.split.dev, run.split.test)) == 5006


def test_small_batches_for_few_drawings_do_not_stay_for_many(collect: Visit) -> None:
    collect.session.collection = collection_of(("0", "1"), 3)
    collect.app.run()
    usual = collect.session.settings.batch_size
    for button, batch in (("train_alone", start_training.SMALL_BATCH), ("train_with_digits", usual)) * 2:
        collect.click(button)
        assert collect.run.settings.batch_size == batch
        collect.run.pause()
        collect.go("collect")


def test_too_few_drawings_are_not_trained_on(collect: Visit) -> None:
    collect.session.collection = collection_of(("cat", "house"), 2)
    collect.app.run()
    assert collect.app.button(key="train_alone").disabled
    assert "Draw at least 3 of each first." in collect.html


def test_what_more_drawings_bring_is_measured_on_request_and_can_be_cancelled(
    collect: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_curve, "STEPS", 5)
    collect.session.collection = collection_of(("cat", "house"), 4)
    collect.app.run()
    collect.click("measure_learning")
    wait_for(lambda: collect.page_state(LearningCurves).share == 1)
    collect.app.run()
    assert re.search(r"Trained on 3 of each, networks read \d+% \([^)]+\) of your 8 drawings", collect.html)
    assert collect.app.button(key="measure_learning").disabled, "Nothing has changed since."
    collect.session.collection = collection_of(("cat", "house"), 5)
    collect.app.run()
    collect.click("measure_learning")
    collect.click("cancel_learning")
    assert not collect.page_state(LearningCurves).measured
    assert not collect.app.exception


def test_drawings_come_back_from_their_file_and_join_those_that_are_there(collect: Visit) -> None:
    before = collection_of(("cat", "0"), 2).striking(1, struck=True)
    collect.upload("upload_collection", "drawings.json", before.strokes())
    assert not collect.alerts
    assert collect.session.collection.counts.tolist() == [2, 1]
    collect.upload("upload_collection", "more.json", collection_of(("house", "cat"), 1).strokes())
    assert collect.session.collection.classes == ("cat", "0", "house")
    assert collect.session.collection.counts.tolist() == [3, 1, 1]
    assert state_of(collect).asked == 1
    collect.upload("upload_collection", "broken.json", b"{}")
    (sentence,) = collect.alerts
    assert sentence.startswith("broken.json holds no list of digits")
    assert len(collect.session.collection.kept) == 5


@pytest.mark.parametrize(
    ("other", "budget"),
    [
        (Collection(DIGITS, (DrawnDigit(0, (np.zeros((401, 2)),)),)), budgets.COLLECTED_POINTS),
        (Collection(("a" * 21, "b"), (DOT,)), budgets.CLASS_LETTERS),
        (Collection(DIGITS, (DOT,) * 1_000), budgets.COLLECTED),
        (Collection(tuple(string.ascii_letters[:26]), (DOT,)), budgets.COLLECTED_CLASSES),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_changes_nothing(other: Collection, budget: budgets.Budget) -> None:
    own = collection_of(("0", "1"), 1)
    with pytest.raises(OverBudgetError) as refused:
        joined(own, other)
    assert str(refused.value) == str(budget)


def test_a_long_drawing_is_kept_by_as_many_points_as_the_budget_allows() -> None:
    session, state = Session(), OwnHandwriting()
    state.take(session, [np.random.default_rng(0).uniform(0, 400, (900, 2))])
    assert sum(map(len, session.collection.drawings[0].strokes)) <= budgets.COLLECTED_POINTS.limit
