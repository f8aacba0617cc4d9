"""The Compare page keeps runs, overlays them, lists their differences, and compares them digit by digit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.ui.compare_page import legend, text, until_over
from training.run_record import misread_by_all, paired_test
from training.settings import Settings
from training.side_by_side import OneChange
from ui.compare.same_digits import MisreadState, paired_sentence
from ui.state.runs import KEPT_RECORDS
from ui.state.session import Session
from ui.widgets.number_format import p_value

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def train_a_run(visit: Visit, **settings: object) -> None:
    """Start a run with these settings on the Train page and take one step."""
    visit.go("train")
    for name, value in settings.items():
        visit.app.session_state[name] = value
    visit.app.run()
    visit.click("new_run")
    visit.click("step")
    visit.wait_until_idle()


def test_where_no_run_is_it_says_what_will_stand_there_and_offers_to_train_both(new_visit: NewVisit) -> None:
    visit = new_visit("compare")
    assert "No run yet" in text(visit)
    assert [link.page for link in visit.links] == ["train", "dataset"]
    assert not visit.app.button(key="train_both").disabled
    assert not visit.app.exception


def test_a_run_is_there_from_its_first_step_and_stays_when_another_begins(compare: Visit) -> None:
    assert "No run yet" in text(compare)
    train_a_run(compare)
    compare.go("compare")
    assert legend(compare) == ["Run 1"], "the first run of the visit has taken no step"
    train_a_run(compare, alpha=0.3)
    compare.go("compare")
    assert legend(compare) == ["Run 1 · α 0.1", "Run 2 · α 0.3"]
    assert compare.app.multiselect(key="compared").value == [1, 2]


def test_the_table_has_the_settings_that_differ_and_no_others_then_results(compare: Visit) -> None:
    train_a_run(compare)
    train_a_run(compare, alpha=0.3, optimizer="adam")
    compare.go("compare")
    rows = re.findall(r"<tr><th scope='row'>([^<]*)</th>", compare.html)
    assert rows[:2] == ["Learning rate α", "Optimizer"]
    assert rows[2:4] == ["State", "Steps"]
    assert {"Dev accuracy", "Train accuracy", "Dev loss", "Train loss", "Epochs"} <= set(rows[4:])
    assert "<th scope='row'>Steps</th><td>1</td><td>1</td>" in compare.html


def test_a_setting_turned_on_the_way_is_told_with_its_step(compare: Visit) -> None:
    train_a_run(compare)
    train_a_run(compare)
    compare.app.session_state["alpha"] = 0.3
    compare.app.run()
    compare.click("step")
    compare.wait_until_idle()
    compare.go("compare")
    assert "<td>0.1</td><td>0.1 → 0.3 at step 1</td>" in compare.html
    assert legend(compare) == ["Run 1 · α 0.1", "Run 2 · α 0.1 → 0.3"]


def test_runs_of_the_same_settings_are_said_to_be(compare: Visit) -> None:
    train_a_run(compare)
    train_a_run(compare)
    compare.go("compare")
    assert "These runs have the same settings." in text(compare)


def test_runs_can_be_left_out_and_taken_in_and_stay_so_over_another_page(compare: Visit) -> None:
    for alpha in (0.1, 0.2, 0.3):
        train_a_run(compare, alpha=alpha)
    compare.go("compare")
    compare.app.multiselect(key="compared").set_value([1, 3]).run()
    assert legend(compare) == ["Run 1 · α 0.1", "Run 3 · α 0.3"]
    compare.go("dataset")
    compare.go("compare")
    assert legend(compare) == ["Run 1 · α 0.1", "Run 3 · α 0.3"]
    compare.app.multiselect(key="compared").set_value([]).run()
    assert "Choose runs above" in text(compare)
    assert not compare.app.exception


def test_a_run_keeps_its_colour_whichever_others_are_drawn(compare: Visit) -> None:
    for alpha in (0.1, 0.2, 0.3):
        train_a_run(compare, alpha=alpha)
    compare.go("compare")
    colour = re.search(r"--run:var\((--run\d)\)'></i><b>Run 3", compare.html)
    compare.app.multiselect(key="compared").set_value([3]).run()
    assert colour is not None
    assert f"--run:var({colour[1]})'></i><b>Run 3" in compare.html


def test_the_oldest_record_is_evicted() -> None:
    session = Session()
    for _ in range(KEPT_RECORDS + 3):
        session.runs.begin(Settings(hidden_size=2))
        assert session.runs.current is not None
        session.runs.current.step()
        session.runs.current.advance(1)
    assert len(session.runs.records) == KEPT_RECORDS
    assert [each.number for each in session.runs.all_records()] == list(range(4, KEPT_RECORDS + 4))


def test_the_current_run_is_never_evicted() -> None:
    session = Session()
    session.runs.begin(Settings(hidden_size=2))
    assert session.runs.current is not None
    session.runs.current.step()
    session.runs.current.advance(1)
    for _ in range(KEPT_RECORDS):
        session.runs.begin_pair(OneChange(Settings(hidden_size=2), "l2", 1.0))
        assert session.runs.pair is not None
        for run in session.runs.pair.runs:
            run.advance(0.05)
    assert [each.number for each in session.runs.all_records()] == [
        1,
        *range(2 * KEPT_RECORDS - 5, 2 * KEPT_RECORDS + 2),
    ]


def test_steps_or_epochs_can_be_chosen_where_batches_differ(compare: Visit) -> None:
    compare.click("train_both")
    until_over(compare)
    assert "along" not in [each.key for each in compare.app.get("button_group")]
    compare.app.selectbox(key="change_what").set_value("batch_size").run()
    compare.click("train_both")
    until_over(compare)
    assert "along" in [each.key for each in compare.app.get("button_group")]
    compare.app.session_state["along"] = "Epochs"
    compare.app.session_state["smoothing"] = 0.9
    compare.app.run()
    assert not compare.app.exception


def test_two_runs_are_compared_digit_by_digit_in_words(compare: Visit) -> None:
    compare.click("train_both")
    until_over(compare)
    records = compare.session.runs.all_records()[-2:]
    test = paired_test(records[1], records[0])
    assert test is not None
    verdict = "within chance" if test.p >= 0.05 else "more than chance"
    assert (
        f"Run 3 read {test.only_first} of 500 dev digits that Run 2 misread, and misread {test.only_second}"
        f" that it read: {verdict} ({p_value(test.p)})."
    ) in text(compare)
    train_a_run(compare, seed=3)
    compare.go("compare")
    assert "have other dev digits, so they can't be compared digit by digit." in paired_sentence(
        [records[0], compare.session.runs.all_records()[0]]
    )


def test_digits_that_every_run_misreads_can_be_inspected_drawn_on_and_marked(compare: Visit) -> None:
    compare.click("train_both")
    assert "They appear here once two runs on the same dev digits have stopped." in text(compare)
    until_over(compare)
    runs, places = misread_by_all(compare.session.runs.all_records())
    dev = compare.session.datasets.split(runs[-1].settings).dev
    assert f"by all {len(runs)} runs." in text(compare)
    assert compare.app.button(key="mislabelled").disabled
    state = compare.page_state(MisreadState)
    state.chosen = int(places[0])
    compare.app.run()
    compare.click("mislabelled")
    assert "You marked 1 as mislabelled." in text(compare)
    row = dev.rows[places[0]]
    assert state.mislabelled == {dev.images[row].tobytes(): int(dev.labels[row])}
    compare.click("mislabelled")
    assert state.mislabelled == {}
    compare.click("inspect")
    assert compare.session.inspection is not None
    assert compare.session.inspection.digit is not None
    assert compare.session.inspection.digit.origin == f"dev digit {places[0] + 1}"
    shown = compare.session.inspection.digit.source.mnist_image()
    np.testing.assert_array_equal(shown.reshape(-1), dev.images[row])


def test_a_diverged_run_cuts_the_plot_of_losses_and_stays_in_the_table(compare: Visit) -> None:
    compare.session.runs.begin_pair(OneChange(replace(compare.session.settings, epochs=3), "l2", 1000.0))
    assert compare.session.runs.pair is not None
    compare.session.runs.pair.pause()
    base = replace(compare.session.settings, learning_rate=10.0, l2=1000.0)
    compare.session.runs.begin_pair(OneChange(base, "learning_rate", 0.1))
    until_over(compare)
    assert "Diverged" in text(compare)
    assert "cut off above" in compare.curves["plots"][0]["note"]
    assert not compare.app.exception
