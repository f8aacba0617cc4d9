"""A prediction is compared with what is measured at the end."""

import pytest

from training.history import Measurement
from training.prediction import QUANTITIES, Prediction, in_percent

LAST = Measurement(step=9, epoch=1.5, train_loss=0.5, dev_loss=0.61, train_accuracy=0.9, dev_accuracy=0.57)


def test_several_bounds_are_ranges_and_a_bound_belongs_to_the_range_above() -> None:
    prediction = Prediction("Where will dev end?", "dev_accuracy", (60, 80))
    assert prediction.choices == ("below 60%", "60 to 80%", "above 80%")
    for value, choice in ((0.0, 0), (59.9, 0), (60.0, 1), (79.9, 1), (80.0, 2), (100.0, 2)):
        assert prediction.came(value) == choice


def test_one_bound_is_yes_or_no() -> None:
    prediction = Prediction("Will dev reach 57%?", "dev_accuracy", (57,))
    assert prediction.choices == ("no", "yes")
    assert prediction.came(in_percent(LAST.dev_accuracy)) == 1, "100 · 0.57 is not less than 57"
    assert prediction.came(56.9) == 0


def test_neither_a_number_nor_the_askers_own_answers_come_true_by_themselves() -> None:
    assert Prediction("How many?", "epoch").choices == ()
    assert Prediction("How many?", "epoch").came(3) is None
    assert Prediction("Which λ?", "dev_accuracy", (), ("0", "1")).came(3) is None


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "dev_accuracy": "57.0%",
        "train_accuracy": "90.0%",
        "gap": "33.0 points",
        "dev_loss": "0.610",
        "epoch": "1.5 epochs",
    }.items(),
)
def test_each_quantity_is_measured_and_written_in_its_unit(name: str, words: str) -> None:
    quantity = QUANTITIES[name]
    assert quantity.value is not None
    assert quantity.write(quantity.value(LAST)) == words
