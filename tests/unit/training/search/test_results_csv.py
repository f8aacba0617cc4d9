"""Search outcomes are written immediately and atomically, and read back to the last bit."""

import errno
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nn.evaluation import Evaluation
from tests.unit.training.runs import SETTINGS_HERE
from training.search.results_csv import ResultsFile, ResultsFileError
from training.search.trial import Outcome
from training.settings import SETTINGS

GOOD = Outcome(SETTINGS_HERE, Evaluation(1 / 3, 0.1), Evaluation(0.7, 1e-17))
DIVERGED = Outcome(replace(SETTINGS_HERE, l2=1000.0), Evaluation(0.1, math.pi), Evaluation(0.1, 2.5), "diverged")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "search.csv"


def test_outcomes_are_read_back_to_the_last_bit(path: Path) -> None:
    results = ResultsFile(path, SETTINGS_HERE.seed)
    for outcome in (GOOD, DIVERGED):
        results.add(outcome)
    results.add_test(GOOD.settings, 2 / 3)
    again = ResultsFile(path, SETTINGS_HERE.seed)
    assert again.outcomes == {GOOD.settings: GOOD, DIVERGED.settings: DIVERGED}
    assert again.tested == {GOOD.settings: 2 / 3}


def test_outcomes_of_one_seed_on_other_splits_are_kept_apart(path: Path) -> None:
    """With --seeds, seed 5 is tried on the split of seed 4; on its own split, it is another trial."""
    fifth = replace(GOOD, settings=replace(GOOD.settings, seed=5))
    ResultsFile(path, 4).add(fifth)
    assert ResultsFile(path, 5).outcomes == {}
    ResultsFile(path, 5).add(replace(fifth, failure="diverged"))
    assert ResultsFile(path, 4).outcomes == {fifth.settings: fifth}
    assert ResultsFile(path, 5).outcomes[fifth.settings].failure == "diverged"
    assert pd.read_csv(path)["split_seed"].tolist() == [4, 5]


def test_a_file_from_before_there_were_several_seeds_is_read(path: Path) -> None:
    ResultsFile(path, 4).add(GOOD)
    pd.read_csv(path).drop(columns="split_seed").to_csv(path, index=False)
    assert ResultsFile(path, 4).outcomes == {GOOD.settings: GOOD}


def test_a_trial_that_was_given_up_is_read_back_as_such(path: Path) -> None:
    ResultsFile(path, SETTINGS_HERE.seed).add(Outcome.failed(SETTINGS_HERE, "given up"))
    (outcome,) = ResultsFile(path, SETTINGS_HERE.seed).outcomes.values()
    assert outcome.failure == "given up"
    assert math.isnan(outcome.dev.accuracy)


def test_each_outcome_is_on_disk_at_once_with_every_setting_and_no_other_file_is_left(path: Path) -> None:
    results = ResultsFile(path, SETTINGS_HERE.seed)
    for count, outcome in enumerate((GOOD, DIVERGED), start=1):
        results.add(outcome)
        rows = pd.read_csv(path).to_dict("records")
        assert len(rows) == count
        assert {name: rows[-1][name] for name in SETTINGS} == vars(outcome.settings)
        assert [each.name for each in path.parent.iterdir()] == ["search.csv"]


@pytest.mark.parametrize(
    "content",
    ["", "a,b\n1,2\n", "\x00\xff", "label,pixel0\n3,0\n"],
    ids=["empty", "other columns", "no text", "digits"],
)
def test_another_file_is_refused_in_a_sentence_and_left_unchanged(path: Path, content: str) -> None:
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ResultsFileError, match=r"^search\.csv does not hold the outcomes of a search: .*\.$"):
        ResultsFile(path, SETTINGS_HERE.seed)
    assert path.read_text(encoding="latin-1") == content


def test_invalid_settings_are_refused(path: Path) -> None:
    ResultsFile(path, SETTINGS_HERE.seed).add(GOOD)
    pd.read_csv(path).assign(hidden_size=-4).to_csv(path, index=False)
    with pytest.raises(ResultsFileError):
        ResultsFile(path, SETTINGS_HERE.seed)


def test_a_file_that_cannot_be_saved_is_named_and_what_it_held_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = ResultsFile(path, SETTINGS_HERE.seed)
    results.add(GOOD)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("data.file_io.os.fsync", full)
    with pytest.raises(ResultsFileError, match=r"^search\.csv cannot be saved \(No space left on device\): make room"):
        results.add(DIVERGED)
    assert path.read_bytes() == before
