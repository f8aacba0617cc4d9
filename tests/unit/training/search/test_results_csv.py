"""What a search has found stays found: on disk, whole at any moment, to the last bit."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nn.evaluation import Evaluation
from tests.unit.training.runs import SETTINGS_HERE
from training.search.results_csv import SearchFile, SearchFileError
from training.search.trial import Outcome
from training.settings import SETTINGS

GOOD = Outcome(SETTINGS_HERE, Evaluation(1 / 3, 0.1), Evaluation(0.7, 1e-17))
DIVERGED = Outcome(replace(SETTINGS_HERE, l2=1000.0), Evaluation(0.1, math.pi), Evaluation(0.1, 2.5), "diverged")


def test_outcomes_come_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "search.csv"
    kept = SearchFile(path)
    for outcome in (GOOD, DIVERGED):
        kept.add(outcome)
    kept.add_test(GOOD.settings, 2 / 3)
    again = SearchFile(path)
    assert again.outcomes == {GOOD.settings: GOOD, DIVERGED.settings: DIVERGED}
    assert again.tested == {GOOD.settings: 2 / 3}


def test_a_trial_that_was_given_up_comes_back_as_that(tmp_path: Path) -> None:
    SearchFile(tmp_path / "search.csv").add(Outcome.lost(SETTINGS_HERE, "given up"))
    (outcome,) = SearchFile(tmp_path / "search.csv").outcomes.values()
    assert outcome.trouble == "given up"
    assert math.isnan(outcome.dev.accuracy)


def test_each_outcome_is_on_disk_at_once_and_no_half_written_file_is_left(tmp_path: Path) -> None:
    kept = SearchFile(tmp_path / "search.csv")
    for count, outcome in enumerate((GOOD, DIVERGED), start=1):
        kept.add(outcome)
        assert len(pd.read_csv(tmp_path / "search.csv")) == count
        assert [each.name for each in tmp_path.iterdir()] == ["search.csv"]


def test_the_file_tells_every_setting(tmp_path: Path) -> None:
    SearchFile(tmp_path / "search.csv").add(GOOD)
    (row,) = pd.read_csv(tmp_path / "search.csv").to_dict("records")
    assert {name: row[name] for name in SETTINGS} == vars(SETTINGS_HERE)
    assert row["dev_accuracy"] == 0.7


@pytest.mark.parametrize(
    "content",
    ["", "a,b\n1,2\n", "\x00\xff", "label,pixel0\n3,0\n"],
    ids=["empty", "other columns", "no text", "digits"],
)
def test_a_file_of_something_else_is_refused_in_a_sentence_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(SearchFileError, match=r"^mine\.csv holds something else than outcomes of a search: .*\.$"):
        SearchFile(path)
    assert path.read_text(encoding="latin-1") == content


def test_values_that_no_setting_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "search.csv"
    SearchFile(path).add(GOOD)
    frame = pd.read_csv(path)
    frame["hidden_size"] = -4
    frame.to_csv(path, index=False)
    with pytest.raises(SearchFileError):
        SearchFile(path)
