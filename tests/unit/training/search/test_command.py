"""`python -m training.search` names the best trial, tests it once, and resumes after being killed."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nn.evaluation import Evaluation
from tests.unit.training.runs import SETTINGS_HERE
from training.percentages import accuracy
from training.search import __main__
from training.search.results_csv import ResultsFile
from training.search.trial import Outcome, PairOutcome

pytestmark = pytest.mark.slow


def arguments(folder: Path, *more: str) -> list[str]:
    small = ["--hidden-size", "4", "8", "--l2", "0", "10", "--epochs", "2", "--workers", "1"]
    return [*small, "--output", str(folder / "search.csv"), *more]


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "training.search", *arguments(folder, *more)]


def test_it_names_the_best_saves_all_outcomes_and_tests_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(arguments(tmp_path)) == 0
    printed = capsys.readouterr().out
    frame = pd.read_csv(tmp_path / "search.csv")
    assert set(zip(frame["hidden_size"], frame["l2"], strict=True)) == {(4, 0), (4, 10), (8, 0), (8, 10)}
    best = frame.sort_values(["dev_accuracy", "dev_loss"], ascending=[False, True]).iloc[0]
    assert frame["test_accuracy"].notna().sum() == 1
    assert (
        f"hidden size {best['hidden_size']}, λ = {best['l2']:g}, dev {accuracy(best['dev_accuracy'], 500, 2)}"
        in printed
    )
    assert f"tested once: {accuracy(best['test_accuracy'], 500, 2)}" in printed
    before = (tmp_path / "search.csv").stat().st_mtime_ns
    assert __main__.main(arguments(tmp_path)) == 0
    assert (tmp_path / "search.csv").stat().st_mtime_ns == before, "nothing is tried or tested again"


def test_with_several_seeds_the_means_are_compared_on_one_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(arguments(tmp_path, "--l2", "0", "--seeds", "3")) == 0
    printed = capsys.readouterr().out
    frame = pd.read_csv(tmp_path / "search.csv")
    assert sorted(frame["seed"]) == [0, 0, 1, 1, 2, 2]
    assert set(frame["split_seed"]) == {0}
    best = max((rows["dev_accuracy"] for _, rows in frame.groupby("hidden_size")), key=lambda each: each.mean())
    assert f"dev {accuracy(best.mean(), 500, 2)}, the mean of 3 seeds ± {100 * best.std():.2f}." in printed
    assert frame["test_accuracy"].notna().sum() == 1


def test_a_search_that_was_killed_continues_where_it_stopped(tmp_path: Path) -> None:
    slow = ["--epochs", "40"]
    with subprocess.Popen(command(tmp_path, *slow), stderr=subprocess.DEVNULL, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while (done := _rows(tmp_path / "search.csv")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    assert 2 <= done < 4
    before = ResultsFile(tmp_path / "search.csv", 0).outcomes
    ended = subprocess.run(command(tmp_path, *slow), check=True, capture_output=True, text=True)
    assert f"{4 - len(before)} trial" in ended.stderr + ended.stdout
    after = ResultsFile(tmp_path / "search.csv", 0).outcomes
    assert len(after) == 4
    assert list(after.items())[: len(before)] == list(before.items())


def _rows(path: Path) -> int:
    return len(pd.read_csv(path)) if path.exists() else 0


def test_the_table_has_dev_accuracy_by_hidden_size_and_l2() -> None:
    def outcome(hidden_size: int, l2: float, accuracy: float, failure: str = "") -> PairOutcome:
        measured = Evaluation(accuracy, 1.0)
        settings = replace(SETTINGS_HERE, hidden_size=hidden_size, l2=l2)
        return PairOutcome((Outcome(settings, measured, measured, failure),))

    table = __main__.accuracy_table([outcome(4, 0.0, 0.5), outcome(8, 0.0, 0.9, "diverged"), outcome(8, 10.0, 0.7)])
    np.testing.assert_array_equal(table, [[0.5, np.nan], [np.nan, 0.7]])
    assert table.index.tolist() == [4, 8]
    assert table.columns.astype(float).tolist() == [0.0, 10.0]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--dataset", "nowhere.csv"], "There is no file nowhere.csv: give embedded, mnist or the path of a CSV"),
        (["--alpha", "1000"], "learning_rate must lie in"),
        (["--hidden-size", "0"], "hidden_size must lie in"),
        (["--scheduler", "nonsense://1"], "No Dask scheduler answers at nonsense://1: give an address"),
    ],
    ids=["dataset", "alpha", "hidden size", "scheduler"],
)
def test_an_invalid_option_is_one_sentence(
    option: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(arguments(tmp_path, *option)) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(message)
    assert printed.count("\n") == 1
    assert not (tmp_path / "search.csv").exists()
