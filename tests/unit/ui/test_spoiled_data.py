"""Train on spoiled data: said where it is seen, from the address, and refused in a sentence where it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.ui.visit import Elements
from ui.train.curves import _legend

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit


def test_the_address_spoils_the_labels_and_the_page_says_how_many(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"wrong_labels": "20", "wrong_from": "4", "wrong_to": "9", "epochs": "1"})
    train = visit.run.split.train
    wrong = train.wrong_labels
    assert train.true_labels is not None
    assert wrong == round(0.2 * (train.true_labels[train.rows] == 4).sum())
    assert f"{wrong} of 4,000 training labels are wrong." in Elements(visit.html).text
    (measured,) = visit.run.snapshot().measurements
    names = [name for name, _, _ in _legend("accuracy", measured, 500, penalized=False)]
    assert names == ["train", "true", "dev"]


def test_clean_data_have_neither_the_sentence_nor_the_curve(new_visit: NewVisit) -> None:
    visit = new_visit("train")
    assert "labels are wrong" not in visit.html
    (measured,) = visit.run.snapshot().measurements
    assert [name for name, _, _ in _legend("accuracy", measured, 500, penalized=False)] == ["train", "dev"]


def test_more_digits_than_there_are_leave_a_run_and_say_so(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"per_class": "1000"})
    (sentence,) = visit.alerts
    assert "training digits, and 1,000 are wanted: choose at most" in sentence
    assert len(visit.run.split.train) == 4000
    visit.app.session_state["per_class"] = 10
    visit.app.run()
    assert not visit.alerts
    assert visit.run.split.train.class_counts().tolist() == [10] * 10
