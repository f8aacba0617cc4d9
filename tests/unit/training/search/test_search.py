"""A search gives the same table whoever works on it; a death, a worker's or its own, costs what was in hand alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from multiprocessing import resource_tracker, spawn
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster

from data import csv_files
from data.dataset import Split
from nn.evaluation import Evaluation
from tests.unit.training.runs import SETTINGS_HERE
from training.search import __main__, candidates
from training.search.results_csv import SearchFile
from training.search.trial import Outcome, try_out
from training.search.workers import Cluster, ClusterError, Processes, Workers
from training.settings import Settings

TRIALS = candidates.grid(SETTINGS_HERE, (4, 8), (0.0, 10.0))


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A Dask cluster of two processes on this machine."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as running:
        yield running


def by_settings(outcomes: Iterator[Outcome]) -> dict[Settings, Outcome]:
    return {outcome.settings: outcome for outcome in outcomes}


def test_a_grid_holds_every_pair_once_and_changes_nothing_else() -> None:
    trials = candidates.grid(SETTINGS_HERE, (4, 8, 4), (0.0, 10.0))
    assert [(each.hidden_size, each.l2) for each in trials] == [(4, 0.0), (4, 10.0), (8, 0.0), (8, 10.0)]
    assert {replace(each, hidden_size=8, l2=0.0) for each in trials} == {SETTINGS_HERE}


def test_a_sample_is_of_the_grid_without_repeats_and_the_same_for_a_seed() -> None:
    trials = candidates.grid(SETTINGS_HERE, (2, 4, 6, 8, 10), (0.0, 1.0, 10.0))
    chosen = candidates.sample(trials, 6, np.random.default_rng(1))
    assert len(set(chosen)) == 6
    assert set(chosen) < set(trials)
    assert chosen == candidates.sample(trials, 6, np.random.default_rng(1))
    assert chosen != candidates.sample(trials, 6, np.random.default_rng(2))
    assert candidates.sample(trials, 99, np.random.default_rng(1)) == trials


def test_one_process_two_processes_and_a_cluster_give_the_same_table(split: Split, cluster: LocalCluster) -> None:
    here = {each: try_out(each, split) for each in TRIALS}
    makers: list[Callable[[], Workers]] = [
        lambda: Processes(split, 1),
        lambda: Processes(split, 2),
        lambda: Cluster(split, cluster.scheduler_address),
    ]
    for make, count in zip(makers, (1, 2, 2), strict=True):
        with make() as workers:
            assert workers.count == count
            assert by_settings(candidates.search(TRIALS, workers)) == here


class Mortal(Processes):
    """Processes of which the first ones to begin a trial are killed at it."""

    def __init__(self, split: Split, deaths: int) -> None:
        super().__init__(split, 2)
        self.deaths = deaths
        self.submitted: list[Settings] = []

    def submit(self, settings: Settings) -> Future[Outcome]:
        self.submitted.append(settings)
        if self.deaths and settings == TRIALS[1]:
            self.deaths -= 1
            return self._pool.submit(_die, None)  # type: ignore[arg-type]
        return super().submit(settings)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_costs_only_its_trial_which_is_tried_again(split: Split) -> None:
    with Mortal(split, deaths=2) as workers:
        outcomes = by_settings(candidates.search(TRIALS, workers))
    assert outcomes == {each: try_out(each, split) for each in TRIALS}
    assert sorted(map(workers.submitted.count, TRIALS)) == [1, 1, 1, 3]


class Stillborn(Processes):
    """Processes of which the first dies before it takes anything up."""

    @staticmethod
    def _initializer(digits: Path) -> None:
        died = digits.with_name("died")
        if not died.exists():
            died.touch()
            _die()
        Processes._initializer(digits)


def test_a_worker_that_dies_before_it_begins_is_replaced(split: Split) -> None:
    with Stillborn(split, 1) as workers:
        outcomes = by_settings(candidates.search(TRIALS, workers))
    assert outcomes == {each: try_out(each, split) for each in TRIALS}


def test_a_worker_that_dies_deaf_holds_up_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It reads nothing of what it is given, of which a pipe holds some ten thousand bytes."""
    python, died = tmp_path / "python", tmp_path / "died"
    python.write_text(f'#!/bin/sh\n[ -e {died} ] && exec {sys.executable} "$@"\ntouch {died}\nsleep 0.3\n')
    python.chmod(0o700)
    resource_tracker.ensure_running()
    monkeypatch.setattr(spawn, "_python_exe", os.fsencode(python))
    digits = csv_files.embedded()
    split = digits.split(0, *digits.default_sizes)
    with Processes(split, 1) as workers:
        (outcome,) = candidates.search(TRIALS[:1], workers)
    assert died.exists()
    assert outcome == try_out(TRIALS[0], split)


def test_a_trial_that_kills_every_worker_is_given_up_and_the_others_are_not(split: Split) -> None:
    with Mortal(split, deaths=99) as workers:
        outcomes = by_settings(candidates.search(TRIALS, workers))
    assert outcomes[TRIALS[1]].trouble == "given up: 3 workers died over it"
    assert [outcomes[each].trouble for each in TRIALS if each != TRIALS[1]] == ["", "", ""]
    best = candidates.best_of(list(outcomes.values()))
    assert best is not None
    assert best.settings != TRIALS[1]


def test_a_search_that_is_closed_ends_what_is_in_hand(split: Split) -> None:
    endless = [replace(each, epochs=100_000) for each in TRIALS]
    began = time.monotonic()
    with Processes(split, 2) as workers:
        going = candidates.search([TRIALS[0], *endless], workers)
        assert next(going).settings == TRIALS[0]
        going.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 60  # the endless ones would take hours


def test_the_best_is_the_one_that_dev_finds_best_and_none_where_all_went_wrong() -> None:
    def outcome(hidden_size: int, accuracy: float, trouble: str = "") -> Outcome:
        measured = Evaluation(accuracy, 1.0)
        return Outcome(replace(SETTINGS_HERE, hidden_size=hidden_size), measured, measured, trouble)

    outcomes = [outcome(4, 0.5), outcome(8, 0.9), outcome(16, 0.99, "diverged"), outcome(24, 0.7)]
    best = candidates.best_of(outcomes)
    assert best is not None
    assert best.settings.hidden_size == 8
    assert candidates.best_of(outcomes[2:3]) is None
    assert candidates.best_of([]) is None
    assert __main__.heat_map(outcomes)[0.0].to_dict() == pytest.approx(
        {4: 0.5, 8: 0.9, 16: np.nan, 24: 0.7}, nan_ok=True
    )


def test_a_cluster_that_is_not_there_is_a_sentence(split: Split) -> None:
    with pytest.raises(ClusterError, match=r"^No Dask scheduler answers at nonsense://1: give an address"):
        Cluster(split, "nonsense://1")


# The command


def command(folder: Path, *words: str) -> list[str]:
    small = ["--hidden-size", "4", "8", "--l2", "0", "10", "--epochs", "2", "--workers", "1"]
    return [sys.executable, "-m", "training.search", *small, "--output", str(folder / "found.csv"), *words]


def test_the_command_tells_the_best_writes_all_outcomes_and_looks_at_test_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = command(tmp_path)[3:]
    assert __main__.main(words) == 0
    told = capsys.readouterr().out
    frame = pd.read_csv(tmp_path / "found.csv")
    assert set(zip(frame["hidden_size"], frame["l2"], strict=True)) == {(4, 0), (4, 10), (8, 0), (8, 10)}
    best = frame.sort_values(["dev_accuracy", "dev_loss"], ascending=[False, True]).iloc[0]
    assert frame["test_accuracy"].notna().sum() == 1
    assert f"hidden size {best['hidden_size']}, λ = {best['l2']:g}, dev {best['dev_accuracy']:.2%}" in told
    assert f"tested once: {best['test_accuracy']:.2%}" in told
    before = (tmp_path / "found.csv").stat().st_mtime_ns
    assert __main__.main(words) == 0
    assert (tmp_path / "found.csv").stat().st_mtime_ns == before, (
        "the search was done before, test is not looked at again"
    )


def test_a_search_that_is_killed_half_way_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Killed without warning once two trials are done; what the file holds then is not tried again."""
    slow = ["--epochs", "40"]
    with subprocess.Popen(command(tmp_path, *slow), stderr=subprocess.DEVNULL, start_new_session=True) as going:
        deadline = time.monotonic() + 60
        while (done := _rows(tmp_path / "found.csv")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(going.pid, signal.SIGKILL)
    assert 2 <= done < 4
    before = SearchFile(tmp_path / "found.csv").outcomes
    ended = subprocess.run(command(tmp_path, *slow), check=True, capture_output=True, text=True)
    assert f"{4 - len(before)} trial" in ended.stderr + ended.stdout
    after = SearchFile(tmp_path / "found.csv").outcomes
    assert list(after)[: len(before)] == list(before)
    assert len(after) == 4
    assert {each: after[each] for each in before} == before


def _rows(path: Path) -> int:
    return len(pd.read_csv(path)) if path.exists() else 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--dataset", "nowhere.csv"], "There is no file nowhere.csv: give embedded, mnist or the path of a CSV"),
        (["--alpha", "0.12345"], "learning_rate must be one of"),
        (["--hidden-size", "5"], "hidden_size must be one of"),
        (["--scheduler", "nonsense://1"], "No Dask scheduler answers at nonsense://1"),
    ],
    ids=["dataset", "alpha", "hidden size", "scheduler"],
)
def test_what_cannot_be_searched_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main([*command(tmp_path)[3:], *words]) == 1
    told = capsys.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == 1
    assert not (tmp_path / "found.csv").exists()
