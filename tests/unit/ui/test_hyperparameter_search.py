"""The search on the Compare page trains the chosen pairs, shows their accuracy, and tests the best once."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import Mock

import numpy as np
import pytest

from data.dataset import Dataset
from nn.evaluation import Evaluation
from tests.unit.ui.visit import Elements
from training.percentages import accuracy
from training.scheduler import Scheduler
from training.search.search_run import GIVEN_UP, SearchSnapshot, SearchState
from training.search.trial import Outcome, evaluate_on_test, grid, repeated, run_trial, sample
from training.settings import Settings
from ui.compare import hyperparameter_search
from ui.compare.heat_map import heat_map
from ui.serving import budgets
from ui.state import search
from ui.state.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit
    from training.search.search_run import SearchRun

pytestmark = pytest.mark.slow

SIZES, L2S = (2, 4), (0.0, 10.0)
TRIALS = grid(Settings(epochs=1), SIZES, L2S)


@pytest.fixture
def compare(new_visit: NewVisit) -> Iterator[Visit]:
    """Open the Compare page, set to search a 2×2 grid for one epoch; cancel any active search afterwards."""
    visit = new_visit("compare")
    choose(visit, hidden_size=SIZES, l2=L2S, epochs=1)
    yield visit
    if visit.session.search.run is not None:
        visit.session.search.run.cancel()


def choose(visit: Visit, **values: object) -> None:
    for name, value in values.items():
        visit.app.session_state[f"search_{name}"] = value
    visit.app.run()
    assert not visit.app.exception


def text(visit: Visit) -> str:
    return Elements(visit.html).text


def search_of(visit: Visit) -> SearchRun:
    assert visit.session.search.run is not None
    return visit.session.search.run


def wait_until(
    visit: Visit, condition: Callable[[SearchSnapshot], bool], timeout_seconds: float = 180
) -> SearchSnapshot:
    deadline = time.monotonic() + timeout_seconds
    while not condition(snapshot := search_of(visit).snapshot()):
        assert time.monotonic() < deadline, f"timed out; the search is {snapshot.state.value}"
        time.sleep(0.02)
    return snapshot


def wait_until_over(visit: Visit) -> SearchSnapshot:
    """Wait for the search to end, then rerun the page."""
    snapshot = wait_until(visit, lambda snapshot: not snapshot.active)
    visit.app.run()
    assert not visit.app.exception
    return snapshot


def buttons(visit: Visit) -> list[str | None]:
    return [each.key for each in visit.app.button if each.key in {"search", "cancel_search", "test_best", "take_best"}]


def cells(html: str) -> list[str]:
    """Return the text of the heat map's cells, row by row."""
    body = re.search(r"id='heat_map'.*?<tbody>(.*?)</tbody>", html, re.DOTALL)
    assert body is not None
    return [
        " ".join(re.sub(r"<[^>]*>|&nbsp;", " ", each).split())
        for each in re.findall(r"<td.*?</td>", body[1], re.DOTALL)
    ]


def test_every_pair_is_trained_and_the_best_is_named_tested_once_and_used_in_train(compare: Visit) -> None:
    compare.session.settings = replace(compare.session.settings, learning_rate=0.3, seed=7)
    compare.app.run()
    assert "A heat map of accuracy on dev will appear here" in text(compare)
    assert re.search(r"4 pairs on \d+ process", text(compare))
    assert buttons(compare) == ["search"]

    compare.click("search")
    snapshot = wait_until_over(compare)
    trials = grid(replace(compare.session.settings, epochs=1), SIZES, L2S)
    split = compare.session.datasets.split(trials[0])
    assert snapshot.outcomes == {each: run_trial(each, split) for each in trials}
    accuracies = [f"{snapshot.outcomes[each].dev.accuracy:.1%}" for each in trials]
    assert [each.split()[0] for each in cells(compare.html)] == accuracies
    assert snapshot.best is not None
    best = snapshot.best.settings
    assert f"Best: {best.hidden_size} units with λ {best.l2:g}" in text(compare)
    assert re.search(r"(All|\d of the|None of the) 3 others (is|are) within chance of it", text(compare))
    assert "4 of 4" in text(compare)
    assert compare.app.button(key="search").disabled

    compare.click("test_best")
    wait_until_over(compare)
    assert f"it scores {accuracy(evaluate_on_test(best, split).accuracy, len(split.test))} on test" in text(compare)
    assert buttons(compare) == ["search", "take_best"]

    compare.click("take_best")
    assert compare.session.runs.current is None, "no run starts"
    assert compare.app.button(key="take_best").disabled
    assert len(cells(compare.html)) == 4
    compare.go("train")
    assert compare.session.settings == best
    assert compare.app.number_input(key="hidden_size").value == best.hidden_size


def test_a_cancelled_search_shows_what_is_left_and_continues(compare: Visit) -> None:
    choose(compare, hidden_size=(2, 64), epochs=30)
    compare.click("search")
    assert buttons(compare) == ["cancel_search"]
    wait_until(compare, lambda snapshot: bool(snapshot.outcomes))
    compare.click("cancel_search")
    left = 4 - len(search_of(compare).snapshot().outcomes)
    assert "Cancelled" in text(compare)
    assert cells(compare.html).count("not tried") == left > 0
    assert f"{left} of 4 left." in text(compare)
    compare.click("search")
    assert len(wait_until_over(compare).outcomes) == 4


def test_a_larger_grid_reuses_the_outcomes_of_the_smaller_one(compare: Visit) -> None:
    compare.click("search")
    before = wait_until_over(compare).outcomes
    choose(compare, hidden_size=(2, 4, 6))
    assert "6 pairs on" in text(compare)
    compare.click("search")
    after = wait_until_over(compare).outcomes
    assert len(after) == 6
    assert all(after[each] is outcome for each, outcome in before.items())


def test_other_pairs_cannot_be_searched_before_the_search_is_cancelled(compare: Visit) -> None:
    choose(compare, epochs=100_000)
    compare.click("search")
    choose(compare, hidden_size=(2,))
    assert "Another search is running. Cancel it" in text(compare)
    assert buttons(compare) == ["cancel_search"]


def test_a_random_sample_is_that_of_the_command(compare: Visit) -> None:
    choose(compare, sample=3)
    compare.click("search")
    snapshot = wait_until_over(compare)
    trials = grid(replace(compare.session.settings, epochs=1), SIZES, L2S)
    assert list(snapshot.trials) == sample(trials, 3, seed=0)
    assert cells(compare.html).count("–") == 1
    assert "– was not sampled." in text(compare)


def test_uploaded_data_can_be_searched(compare: Visit) -> None:
    rng = np.random.default_rng(3)
    labels = np.tile(np.arange(3, dtype=np.uint8), 40)
    images = rng.integers(0, 255, (120, 784), dtype=np.uint8)
    compare.session.datasets.uploads["letters.csv"] = Dataset("letters.csv", images, labels, classes=("a", "b", "c"))
    compare.session.settings = replace(compare.session.settings, dataset="letters.csv", dev_size=12, test_size=12)
    compare.app.run()
    compare.click("search")
    snapshot = wait_until_over(compare)
    assert snapshot.state is SearchState.FINISHED
    assert [each.failure for each in snapshot.outcomes.values()] == [""] * 4


def test_the_page_says_in_one_sentence_why_no_search_can_start(compare: Visit) -> None:
    choose(compare, l2=())
    assert "Choose at least one hidden size and one λ." in text(compare)
    assert compare.app.button(key="search").disabled
    choose(compare, l2=L2S)
    compare.session.settings = replace(compare.session.settings, hidden_layers=0)
    compare.app.run()
    assert "no hidden layer: choose 1 or more there." in text(compare)
    assert compare.app.button(key="search").disabled
    compare.session.settings = replace(compare.session.settings, hidden_layers=1, dev_size=3000, test_size=3000)
    compare.app.run()
    compare.click("search")
    assert len(compare.alerts) == 1
    assert "Dev and test together take 6,000" in compare.alerts[0]
    assert compare.session.search.run is None


def test_a_search_says_that_its_time_is_spent(compare: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (search, hyperparameter_search):
        monkeypatch.setattr(module, "SEARCH_SECONDS", replace(budgets.SEARCH_SECONDS, limit=1))
    choose(compare, epochs=100_000)
    compare.click("search")
    assert wait_until_over(compare).state is SearchState.STOPPED
    assert "A search may take 1 seconds at a time. Start it again to continue." in text(compare)
    assert not compare.app.button(key="search").disabled


def test_the_search_of_a_second_visitor_waits_for_the_first(compare: Visit, new_visit: NewVisit) -> None:
    choose(compare, epochs=100_000)
    compare.click("search")
    second = new_visit("compare")
    choose(second, hidden_size=SIZES, l2=L2S, epochs=1)
    second.click("search")
    second.app.run()
    assert "Waiting" in text(second)
    assert "1 other search first" in text(second)
    compare.click("cancel_search")
    assert wait_until_over(second).state is SearchState.FINISHED


class Search:
    """A search that records the calls its connection makes."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def begin(self) -> None:
        self.calls.append("begin")

    def interrupt(self) -> None:
        self.calls.append("interrupt")


def test_a_search_ends_with_its_connection_and_none_begins_later() -> None:
    before, late = Search(), Search()
    connection = Connection(Scheduler(), Mock())
    connection.search(before, before.begin)
    connection.end()
    connection.search(late, late.begin)
    assert before.calls == ["begin", "interrupt"]
    assert late.calls == []


def test_an_interrupted_search_continues_with_the_next_connection(compare: Visit) -> None:
    choose(compare, epochs=100_000)
    compare.click("search")
    search_of(compare).interrupt()
    compare.session.connection = None
    compare.app.run()
    assert search_of(compare).snapshot().active


# The heat map


def outcome(trial: Settings, accuracy: float, failure: str = "") -> Outcome:
    measured = Evaluation(accuracy, 0.5)
    return Outcome(trial, measured, measured, failure)


def snapshot_with(
    outcomes: list[Outcome], state: SearchState = SearchState.FINISHED, running: Sequence[Settings] = ()
) -> SearchSnapshot:
    return SearchSnapshot(
        state, tuple(TRIALS), {each.settings: each for each in outcomes}, frozenset(running), 0, None, {}, 1_000, 500
    )


def test_a_cell_shows_its_accuracy_or_why_there_is_none() -> None:
    outcomes = [outcome(TRIALS[0], 0.9), outcome(TRIALS[1], 0.1, "diverged")]
    searching = snapshot_with(outcomes, SearchState.SEARCHING, running=TRIALS[3:])
    assert cells(heat_map(searching)) == ["90.0% best 88.0 to 91.7", "diverged", "pending", "training"]
    given_up = [*outcomes, outcome(TRIALS[2], 0, GIVEN_UP)]
    html = heat_map(snapshot_with(given_up, SearchState.CANCELLED))
    assert cells(html) == ["90.0% best 88.0 to 91.7", "diverged", "given up", "not tried"]
    assert "Given up: its process was ended 3 times, as happens when memory is short; Search tries it again." in html
    assert "Diverged: α is too large" in html


def test_a_better_cell_is_darker_and_one_poor_cell_does_not_hide_the_differences() -> None:
    accuracies = (0.1, 0.9, 0.95, 1.0)
    html = heat_map(snapshot_with([outcome(*each) for each in zip(TRIALS, accuracies, strict=True)]))
    shades = [int(each) for each in re.findall(r"--shade:(\d+)%", html)]
    assert shades == sorted(shades)
    assert shades[2] - shades[1] >= 3
    assert (shades[0], shades[3]) == (6, 58)


@pytest.mark.parametrize(
    ("near", "others", "said"),
    [
        (0, 0, None),
        (1, 1, "The other is within chance of it."),
        (0, 1, "The other is not within chance of it."),
        (0, 3, "None of the 3 others is within chance of it."),
        (1, 3, "1 of the 3 others is within chance of it."),
        (2, 3, "2 of the 3 others are within chance of it."),
        (3, 3, "All 3 others are within chance of it."),
    ],
)
def test_what_is_within_chance_is_said_in_words(near: int, others: int, said: str | None) -> None:
    assert hyperparameter_search._near(near, others) == said


def test_with_several_seeds_a_cell_has_the_mean_and_the_spread_once_all_are_tried() -> None:
    """Of 0.90, 0.91 and 0.95: mean 0.92, √((0.02² + 0.01² + 0.03²) / 2) = 0.0265."""
    trials = repeated(TRIALS[:3], 3)
    outcomes = [outcome(*each) for each in zip(trials, (0.9, 0.91, 0.95, 0.8, 0.8), strict=False)]
    snapshot = SearchSnapshot(
        SearchState.SEARCHING,
        tuple(trials),
        {each.settings: each for each in outcomes},
        frozenset([trials[5], trials[6]]),
        0,
        None,
        {},
        1_000,
        500,
    )
    html = heat_map(snapshot)
    assert cells(html) == ["92.0% ± 2.6 best 90.2 to 93.5", "2 of 3 seeds", "training", "–"]
    assert "mean ± standard deviation over 3 seeds" in html
    assert snapshot.best is not None
    assert snapshot.best.settings == TRIALS[0]


def test_a_search_repeats_each_pair_with_its_seeds(compare: Visit) -> None:
    choose(compare, hidden_size=(2,), l2=(0.0, 10.0), seeds=2)
    assert "2 pairs with 2 seeds each on" in text(compare)
    compare.click("search")
    snapshot = wait_until_over(compare)
    split = compare.session.datasets.split(snapshot.trials[0])
    assert [each.seed for each in snapshot.trials] == [0, 1, 0, 1]
    assert snapshot.outcomes == {each: run_trial(each, split) for each in snapshot.trials}
    assert len(cells(compare.html)) == 2
    assert "the mean of 2 seeds ±" in text(compare)


def test_pairs_whose_interval_overlaps_that_of_the_best_are_within_chance_of_it() -> None:
    """Of 1,000 dev digits: 95.0% has 93.5 to 96.2, 93.0% has 91.2 to 94.4, 90.0% has 88.0 to 91.7."""
    outcomes = [outcome(*each) for each in zip(TRIALS, (0.95, 0.93, 0.9), strict=False)]
    assert snapshot_with([*outcomes, outcome(TRIALS[3], 0.95, "diverged")]).within_chance == (1, 2)
    assert snapshot_with(outcomes[:1]).within_chance == (0, 0)
    assert snapshot_with([]).within_chance == (0, 0)


def test_the_heat_map_has_row_and_column_headers_and_a_caption() -> None:
    html = heat_map(snapshot_with([]))
    assert re.findall(r"<th scope='row'>([^<]*)</th>", html) == ["2", "4"]
    assert re.findall(r"<th scope='col'>([^<]*)</th>", html) == ["0", "10"]
    assert "<caption>Accuracy on dev after 1 epoch;" in html


def test_values_can_be_typed_and_impossible_ones_are_named(compare: Visit) -> None:
    choose(compare, hidden_size=[32, "12"], l2=["0.37", "0,5", "much", 0.0])
    assert [alert for alert in compare.alerts if "much" in alert] == [
        "L2 penalty λ can't be “much”. Choose from 0 to 10000."
    ]
    assert "6 pairs" in text(compare)
