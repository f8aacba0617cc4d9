"""The search on the Compare page tries the pairs asked for, shows what it finds, and tests the best once."""

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
from training.scheduler import Scheduler
from training.search.candidates import grid, sample
from training.search.search_run import SearchSnapshot, SearchState
from training.search.trial import Outcome, look_at_test, try_out
from training.settings import Settings
from ui.compare.heat_map import heat_map
from ui.state.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit
    from training.search.search_run import SearchRun

SIZES, L2S = (2, 4), (0.0, 10.0)
BASE = Settings(hidden_size=2, epochs=1)


@pytest.fixture
def compare(new_visit: NewVisit) -> Iterator[Visit]:
    """The page, set to a search of two by two pairs of one epoch; a search under way at the end is ended."""
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


def until_over(visit: Visit, seconds: float = 60) -> SearchSnapshot:
    """Wait until the search is no longer under way, and look at the page then."""
    end = time.monotonic() + seconds
    while (told := search_of(visit).snapshot()).going:
        assert time.monotonic() < end, f"the search does not come to an end: {told.state.value}"
        time.sleep(0.02)
    visit.app.run()
    assert not visit.app.exception
    return told


def buttons(visit: Visit) -> list[str | None]:
    return [each.key for each in visit.app.button if each.key in {"search", "cancel_search", "test_best", "take_best"}]


def cells(html: str) -> list[str]:
    """The text of the cells of the map, row by row."""
    body = re.search(r"id='heat_map'.*?<tbody>(.*?)</tbody>", html, re.DOTALL)
    assert body is not None
    return [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in re.findall(r"<td.*?</td>", body[1])]


def test_before_a_search_it_says_what_will_stand_there_and_what_a_press_does(compare: Visit) -> None:
    assert "A map of accuracy on dev will stand here" in text(compare)
    assert re.search(r"4 pairs, on \d+ process", text(compare))
    assert buttons(compare) == ["search"]


def test_every_pair_is_trained_with_the_settings_of_the_train_page_and_the_best_is_named(compare: Visit) -> None:
    compare.session.settings = replace(compare.session.settings, learning_rate=0.3, seed=7)
    compare.app.run()
    compare.click("search")
    told = until_over(compare)
    trials = grid(replace(compare.session.settings, epochs=1), SIZES, L2S)
    split = compare.session.datasets.split(trials[0])
    assert told.outcomes == {each: try_out(each, split) for each in trials}
    assert [each.split()[0] for each in cells(compare.html)] == [
        f"{told.outcomes[each].dev.accuracy:.2%}" for each in trials
    ]
    assert told.best is not None
    assert f"Best: {told.best.settings.hidden_size} units with λ {told.best.settings.l2:g}" in text(compare)
    assert "4 of 4" in text(compare)
    assert compare.app.button(key="search").disabled


def test_test_is_looked_at_when_asked_for_and_not_offered_again(compare: Visit) -> None:
    compare.click("search")
    best = until_over(compare).best
    assert best is not None
    compare.click("test_best")
    until_over(compare)
    accuracy = look_at_test(best.settings, compare.session.datasets.split(best.settings)).accuracy
    assert f"it scores {accuracy:.2%} on test" in text(compare)
    assert "Test has been used once" in text(compare)
    assert buttons(compare) == ["search", "take_best"]


def test_the_best_is_taken_to_the_train_page_and_no_run_begins(compare: Visit) -> None:
    compare.click("search")
    best = until_over(compare).best
    assert best is not None
    compare.click("take_best")
    assert compare.session.runs.current is None
    assert compare.app.button(key="take_best").disabled
    assert cells(compare.html), "what was found stays"
    compare.go("train")
    assert compare.session.settings == best.settings
    assert compare.app.select_slider(key="hidden_size").value == best.settings.hidden_size
    assert compare.state == "Ready"


def test_cancelled_it_keeps_what_is_done_and_goes_on_with_the_same_choice(compare: Visit) -> None:
    choose(compare, hidden_size=(2, 64), epochs=60)
    compare.click("search")
    assert buttons(compare) == ["cancel_search"]
    end = time.monotonic() + 60
    while not search_of(compare).snapshot().outcomes:
        assert time.monotonic() < end
        time.sleep(0.02)
    compare.click("cancel_search")
    done = dict(search_of(compare).snapshot().outcomes)
    assert 1 <= len(done) < 4
    assert "Cancelled" in text(compare)
    assert cells(compare.html).count("not tried") == 4 - len(done)
    assert f"{4 - len(done)} of 4 are left." in text(compare)
    compare.click("search")
    after = until_over(compare).outcomes
    assert len(after) == 4
    assert all(after[each] is outcome for each, outcome in done.items()), "what was done is not tried again"


def test_a_wider_choice_takes_over_what_is_known(compare: Visit) -> None:
    compare.click("search")
    before = until_over(compare).outcomes
    choose(compare, hidden_size=(2, 4, 6))
    assert re.search(r"6 pairs, on", text(compare))
    compare.click("search")
    after = until_over(compare).outcomes
    assert len(after) == 6
    assert all(after[each] is outcome for each, outcome in before.items())


def test_another_choice_waits_for_the_end_of_the_search_under_way(compare: Visit) -> None:
    choose(compare, epochs=100_000)
    compare.click("search")
    choose(compare, hidden_size=(2,))
    assert "Another search is under way: cancel it" in text(compare)
    assert buttons(compare) == ["cancel_search"]


def test_a_random_sample_is_the_one_of_the_command(compare: Visit) -> None:
    choose(compare, sample=3)
    compare.click("search")
    told = until_over(compare)
    trials = grid(replace(compare.session.settings, epochs=1), SIZES, L2S)
    assert list(told.trials) == sample(trials, 3, np.random.default_rng((0, 3)))
    assert cells(compare.html).count("–") == 1
    assert "– was not sampled." in text(compare)


def test_data_of_ones_own_are_searched_too(compare: Visit) -> None:
    rng = np.random.default_rng(3)
    labels = np.tile(np.arange(3, dtype=np.uint8), 40)
    images = rng.integers(0, 255, (120, 784), dtype=np.uint8)
    compare.session.datasets.uploads["mine.csv"] = Dataset("mine.csv", images, labels, classes=("a", "b", "c"))
    compare.session.settings = replace(compare.session.settings, dataset="mine.csv", dev_size=12, test_size=12)
    compare.app.run()
    compare.click("search")
    told = until_over(compare)
    assert told.state is SearchState.FINISHED
    assert [each.trouble for each in told.outcomes.values()] == [""] * 4


def test_what_cannot_be_searched_is_one_sentence(compare: Visit) -> None:
    choose(compare, l2=())
    assert "Choose at least one hidden size and one λ." in text(compare)
    assert compare.app.button(key="search").disabled
    choose(compare, l2=L2S)
    compare.session.settings = replace(compare.session.settings, hidden_layers=0)
    compare.app.run()
    assert "0 hidden layers, which have no size: choose 1 or more there." in text(compare)
    assert compare.app.button(key="search").disabled
    compare.session.settings = replace(compare.session.settings, hidden_layers=1, dev_size=3000, test_size=3000)
    compare.app.run()
    compare.click("search")
    assert len(compare.alerts) == 1
    assert "Dev and test together take 6,000" in compare.alerts[0]
    assert compare.session.search.run is None


def test_a_second_person_is_told_to_wait_and_has_their_turn(compare: Visit, new_visit: NewVisit) -> None:
    choose(compare, epochs=100_000)
    compare.click("search")
    second = new_visit("compare")
    choose(second, hidden_size=SIZES, l2=L2S, epochs=1)
    second.click("search")
    second.app.run()
    assert "Waiting" in text(second)
    assert "busy with another search; yours is next" in text(second)
    compare.click("cancel_search")
    assert until_over(second).state is SearchState.FINISHED


class Search:
    """A search that records what its connection asks of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def begin(self) -> None:
        self.asked.append("begin")

    def interrupt(self) -> None:
        self.asked.append("interrupt")


def test_a_search_ends_with_the_connection_and_none_begins_after_it() -> None:
    before, late = Search(), Search()
    connection = Connection(Scheduler(), Mock())
    connection.search(before, before.begin)
    connection.end()
    connection.search(late, late.begin)
    assert before.asked == ["begin", "interrupt"]
    assert late.asked == []


def test_a_search_that_lost_its_connection_goes_on_with_the_next(compare: Visit) -> None:
    choose(compare, epochs=100_000)
    compare.click("search")
    search_of(compare).interrupt()
    compare.session.connection = None
    compare.app.run()
    assert search_of(compare).snapshot().going


# The map


def outcome(trial: Settings, accuracy: float, trouble: str = "") -> Outcome:
    measured = Evaluation(accuracy, 0.5)
    return Outcome(trial, measured, measured, trouble)


def told_of(outcomes: list[Outcome], state: SearchState = SearchState.FINISHED, hand: int = 0) -> SearchSnapshot:
    trials = tuple(grid(BASE, SIZES, L2S))
    return SearchSnapshot(
        state, trials, {each.settings: each for each in outcomes}, frozenset(trials[4 - hand :]), 2, 0, None, {}
    )


def test_a_cell_says_its_value_or_why_there_is_none() -> None:
    trials = grid(BASE, SIZES, L2S)
    outcomes = [outcome(trials[0], 0.9), outcome(trials[1], 0.1, "diverged")]
    assert cells(heat_map(told_of(outcomes, SearchState.SEARCHING, hand=1))) == [
        "90.00% best",
        "diverged",
        "pending",
        "training",
    ]
    given_up = [*outcomes, outcome(trials[2], 0, "given up: 3 workers died over it")]
    html = heat_map(told_of(given_up, SearchState.CANCELLED))
    assert cells(html) == ["90.00% best", "diverged", "given up", "not tried"]
    assert "Given up: 3 workers died over it; Search tries it again." in html
    assert "Diverged: α is too large, so" in html


def test_the_better_the_stronger_the_colour_and_one_poor_pair_does_not_take_it_all() -> None:
    trials = grid(BASE, SIZES, L2S)
    html = heat_map(
        told_of([outcome(each, accuracy) for each, accuracy in zip(trials, (0.1, 0.9, 0.95, 1.0), strict=True)])
    )
    shades = [int(each) for each in re.findall(r"--shade:(\d+)%", html)]
    assert shades == sorted(shades)
    assert shades[2] - shades[1] >= 3
    assert (shades[0], shades[3]) == (6, 58)


def test_the_map_has_headers_that_a_screen_reader_tells() -> None:
    html = heat_map(told_of([]))
    assert re.findall(r"<th scope='row'>([^<]*)</th>", html) == ["2", "4"]
    assert re.findall(r"<th scope='col'>([^<]*)</th>", html) == ["0", "10"]
    assert "<caption>Accuracy on dev after 1 epoch;" in html
