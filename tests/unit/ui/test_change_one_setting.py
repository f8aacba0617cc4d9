"""Two runs that differ in one setting train side by side, with one seed or several."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from testing import sample_digits
from tests.unit.ui.compare_page import legend, text, until_over
from tests.unit.ui.visit import as_fabric
from training.percentages import mean_and_spread
from training.run import most_bytes
from training.run_snapshot import State
from training.settings import SETTINGS
from training.side_by_side import CHANGEABLE
from ui.serving import budgets
from ui.state import session_memory
from ui.state.network_names import SHIPPED

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

SHORT = {"epochs": "1"}


def test_of_two_runs_one_that_dies_says_so_and_the_other_goes_on(
    compare: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    compare.click("train_both")
    until_over(compare)
    pair = compare.session.runs.pair
    assert pair is not None
    monkeypatch.setattr(pair.runs[1]._trainer.optimizer, "update", no_memory)
    for run in pair.runs:
        run.start()
    compare.session.runs.train_pair()
    until_over(compare)
    assert [run.state for run in pair.runs] == [State.FINISHED, State.PAUSED]
    (alert,) = compare.alerts
    assert re.match(r"Run \d stopped\. The server ran out of memory\. The last good weights are kept\.", alert)


def test_train_both_trains_two_runs_that_differ_in_one_thing_to_their_end(compare: Visit) -> None:
    compare.click("train_both")
    assert not compare.app.exception
    until_over(compare)
    assert legend(compare) == ["Run 2 · α 0.1", "Run 3 · α 0.3"]
    runs = compare.session.runs.pair
    assert runs is not None
    assert [run.state for run in runs.runs] == [State.FINISHED, State.FINISHED]
    assert "<th scope='row'>Steps</th><td>63</td><td>63</td>" in compare.html
    assert [run.settings for run in runs.runs] == [
        replace(compare.session.settings, learning_rate=alpha) for alpha in (0.1, 0.3)
    ]
    assert compare.app.button(key="go_on").disabled


def test_the_first_of_both_has_the_settings_of_the_train_page(compare: Visit) -> None:
    compare.go("train")
    compare.app.session_state["hidden_size"] = 16
    compare.app.session_state["alpha"] = 0.3
    compare.app.run()
    compare.go("compare")
    compare.click("train_both")
    until_over(compare)
    beside = compare.session.runs.pair
    assert beside is not None
    first, second = (run.settings for run in beside.runs)
    assert (first.hidden_size, first.learning_rate) == (16, 0.3)
    assert second == replace(first, learning_rate=0.1)


def test_both_pause_and_go_on(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"epochs": "100000"})
    visit.go("compare")
    visit.click("train_both")
    visit.click("pause_both")
    beside = visit.session.runs.pair
    assert beside is not None
    assert [run.state for run in beside.runs] == [State.PAUSED, State.PAUSED]
    steps = [run.snapshot().position.step for run in beside.runs]
    time.sleep(0.2)
    assert [run.snapshot().position.step for run in beside.runs] == steps
    visit.click("go_on")
    end = time.monotonic() + 10
    while [run.snapshot().position.step for run in beside.runs] <= steps:
        assert time.monotonic() < end
        time.sleep(0.01)
    visit.click("pause_both")


def test_the_two_before_stay_with_their_networks_when_two_others_begin(compare: Visit) -> None:
    compare.click("train_both")
    until_over(compare)
    beside = compare.session.runs.pair
    assert beside is not None
    learned = beside.runs[1].snapshot().network.parameters
    assert list(compare.session.networks.names()) == [SHIPPED, "Run 1", "Run 2", "Run 3"]
    compare.click("train_both")
    until_over(compare)
    assert [each.number for each in compare.session.runs.all_records()] == [2, 3, 4, 5]
    assert legend(compare)[0].startswith("Run 4")
    assert list(compare.session.networks.names()) == [SHIPPED, "Run 1", "Run 4", "Run 5", "Run 3", "Run 2"]
    for before, kept in zip(learned, compare.session.networks.reader("Run 3").network.parameters, strict=True):
        np.testing.assert_array_equal(before, kept)


def test_each_of_both_can_be_drawn_for(compare: Visit) -> None:
    compare.click("train_both")
    until_over(compare)
    for name in ("Run 2", "Run 3"):
        compare.go("")
        compare.app.selectbox(key="network").set_value(name).run()
        compare.draw(as_fabric(sample_digits.digit("3")))
        assert not compare.app.exception
        assert compare.session.networks.chosen == name


@pytest.mark.parametrize("name", CHANGEABLE)
def test_each_setting_is_offered_with_a_value_that_the_first_run_does_not_have(compare: Visit, name: str) -> None:
    compare.app.selectbox(key="change_what").set_value(name).run()
    assert not compare.app.exception
    button = compare.app.button(key="train_both")
    assert not button.disabled
    assert ("Same split, seed and order of digits" in text(compare)) == (
        name in {"hidden_size", "hidden_layers", "initializer"}
    )
    setting = SETTINGS[name]
    shown = compare.app.session_state[f"change_{name}"]
    assert f"second run {setting.format(shown)}." in text(compare)
    assert shown != getattr(compare.session.settings, name)


def test_a_value_that_the_first_run_has_too_cannot_be_trained(compare: Visit) -> None:
    compare.app.session_state["change_learning_rate"] = 0.1
    compare.app.run()
    assert compare.app.button(key="train_both").disabled
    assert "Both runs would use 0.1. Choose another value." in text(compare)


def test_data_that_cannot_be_had_are_named_and_nothing_is_lost(compare: Visit) -> None:
    compare.click("train_both")
    until_over(compare)
    compare.session.settings = replace(compare.session.settings, dev_size=3000, test_size=3000)
    compare.app.run()
    compare.click("train_both")
    assert len(compare.alerts) == 1
    assert "Dev and test together take 6,000" in compare.alerts[0]
    assert len(legend(compare)) == 2
    assert not compare.app.exception


def test_both_are_repeated_with_several_seeds_as_one_record_each(compare: Visit) -> None:
    compare.app.number_input(key="change_seeds").set_value(3).run()
    assert "Each with the seeds 0 to 2." in text(compare)
    compare.click("train_both")
    until_over(compare)
    assert legend(compare) == ["Run 2 · α 0.1", "Run 3 · α 0.3"]
    assert "Finished, step 63, 3 seeds" in text(compare)
    first = compare.session.runs.all_records()[-2]
    assert f"{mean_and_spread(first.measurements[-1].dev_accuracy, first.spread)}, 3 seeds" in text(compare)
    banded = [each for each in compare.curves["curves"] if each["banded"] and each["is_shaded"]]
    assert {each["name"] for each in banded} == {"dev"}
    assert len(banded) == 4, "loss and accuracy of both"
    assert "With seed 0: Run 3 read" in text(compare)
    assert [each.seeds for each in compare.session.runs.all_records()] == [3, 3]


def test_seeds_for_which_there_is_no_room_are_refused(compare: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    compare.app.number_input(key="change_seeds").set_value(10).run()
    needed = 2 * most_bytes(compare.session.settings, 784, 10) / 1_000_000
    monkeypatch.setattr(session_memory, "SESSION_MB", replace(budgets.SESSION_MB, limit=round(5 * needed)))
    compare.click("train_both")
    assert any("There is no room for it" in each for each in compare.alerts)
    assert compare.session.runs.pair is None
