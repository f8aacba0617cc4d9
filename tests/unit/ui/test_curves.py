"""The curves reach the browser as measured, in few bytes however long a run is, with labels where settings changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.history import LIMIT, Change, Measurement
from training.settings import FULL_BATCH
from ui.widgets.curves import Curve, Mark, Plot, change_marks, measured, packed

PLOTS = [Plot("loss", "Loss", 150), Plot("accuracy", "Accuracy", 150, legend=[("dev", "90%", "var(--accent)")])]


def unpacked(sent: bytes) -> tuple[dict[str, Any], list[tuple[list[float], list[float]]]]:
    """Return the header, and the places and values of each curve, as curves.js reads them."""
    length = int(np.frombuffer(sent, np.uint32, 1)[0])
    header = json.loads(sent[4 : 4 + length])
    places = np.frombuffer(sent, np.float64, header["places"], 4 + length)
    start = 4 + length + places.nbytes
    curves = []
    for curve in header["curves"]:
        values = np.frombuffer(sent, np.float32, curve["count"], start)
        start += values.nbytes * (3 if curve["banded"] else 1)
        curves.append((places[curve["start"] :][: curve["count"]].tolist(), values.tolist()))
    assert start == len(sent)
    return header, curves


def lines(at: Any, *values: Any) -> list[Curve]:  # noqa: ANN401 - what NumPy takes for an array
    places = np.asarray(at, np.float64)
    return [Curve("loss", "train", "var(--ink)", places, np.asarray(each, np.float64)) for each in values]


@pytest.mark.parametrize("name", ["", "a", "ab", "abc", "Läufe", "Run 2 · α 0.3"])
def test_numbers_are_aligned_whatever_the_text_before_them(name: str) -> None:
    """A browser reads an array of float64 only where its offset is a multiple of 8."""
    sent = packed([Plot("loss", name, 150)], lines([0, 1, 20_000_001], [2.5, 1.5, 0.5]))
    assert (4 + int(np.frombuffer(sent, np.uint32, 1)[0])) % 8 == 0
    header, curves = unpacked(sent)
    assert header["plots"][0]["title"] == name
    assert curves == [([0, 1, 20_000_001], [2.5, 1.5, 0.5])]


def test_curves_of_one_run_share_their_places_and_others_have_their_own() -> None:
    both = [*lines([0, 5], [1, 2], [3, 4]), *lines([7], [6])]
    header, curves = unpacked(packed(PLOTS, both))
    assert header["places"] == 3
    assert curves == [([0, 5], [1, 2]), ([0, 5], [3, 4]), ([7], [6])]


def test_a_band_follows_the_values_of_its_curve() -> None:
    at = np.array([0.0, 5.0])
    (line,) = lines(at, [2, 4])
    sent = packed(PLOTS, [replace(line, band=np.array([[1, 3], [6, 7]])), *lines(at, [8, 9])])
    assert [curve["banded"] for curve in unpacked(sent)[0]["curves"]] == [True, False]
    np.testing.assert_array_equal(np.frombuffer(sent, np.float32, 8, len(sent) - 32), [2, 4, 1, 3, 6, 7, 8, 9])


def test_a_plot_without_measurements_is_not_an_error() -> None:
    assert unpacked(packed(PLOTS, lines([], [])))[1] == [([], [])]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 1e300], ids=str)
def test_a_loss_that_is_not_finite_is_not_an_error(odd: float) -> None:
    ((_, values),) = unpacked(packed(PLOTS, lines([0, 1], [1, odd])))[1]
    assert values[0] == 1
    assert not np.isfinite(values[1])


def test_marks_the_replayed_step_and_the_evidence_are_in_the_header() -> None:
    header, _ = unpacked(packed(PLOTS, [], marks=[Mark(3, "α 0.1 → 2")], replayed=4, evidence=(5, 9)))
    assert header["marks"] == [{"at": 3, "text": "α 0.1 → 2", "colour": "var(--muted)"}]
    assert (header["replayed"], header["evidence"], header["unit"]) == (4, [5, 9], "Step")


def test_accuracy_is_in_percent_and_the_objective_is_loss_plus_penalty() -> None:
    one = Measurement(7, 0.1, 1.25, 1.5, 0.75, 0.5, penalty=0.25, true_accuracy=0.625)
    columns = {name: values.tolist() for name, values in measured([one]).items()}
    assert columns == {
        "step": [7],
        "epoch": [0.1],
        "train_loss": [1.25],
        "dev_loss": [1.5],
        "train_accuracy": [75],
        "dev_accuracy": [50],
        "objective": [1.5],
        "true_accuracy": [62.5],
    }
    assert np.isnan(measured([Measurement(7, 0.1, 1.25, 1.5, 0.75, 0.5)])["true_accuracy"]).all()


def test_a_change_is_labelled_in_as_few_words_as_say_what_changed() -> None:
    changes = [
        Change(9, "learning_rate", 0.1, 2.0),
        Change(9, "l2", 0.0, 10.0),
        Change(30, "batch_size", 64, FULL_BATCH),
        Change(31, "optimizer", "descent", "adam"),
    ]
    assert [(each.at, each.text) for each in change_marks(changes)] == [
        (9, "α 0.1 → 2"),
        (9, "λ 0 → 10"),
        (30, "batch 64 → Full"),
        (31, "Gradient descent → Adam"),
    ]


def test_the_longest_run_stays_small() -> None:
    """It is sent four times a second. With wrong labels, there is one more curve."""
    run = [Measurement(step, step / 10, 1, 1, 0.5, 0.5, penalty=1) for step in range(LIMIT)]
    columns = measured(run)
    curves = [Curve("loss", name, "", columns["step"], columns[name]) for name in list(columns)[2:]]
    assert len(packed(PLOTS, curves[:-1])) < 30_000
    assert len(packed(PLOTS, curves)) < 34_000
