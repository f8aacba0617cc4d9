"""The growth benchmark has a row for everything that can grow, and measures the run's own memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import growth
from benchmarks.growth import EXAMPLES, HELD_OUT, PLAIN, digits, megabytes, started
from training import checkpoints
from training.settings import FULL_BATCH

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit runs to 16 checkpoints, reached after 225 steps; the usual 60 take 3,481."""
    monkeypatch.setattr(growth, "SLICE", 0.002)
    monkeypatch.setattr(checkpoints, "MOST", 2 * checkpoints.LEAST)


@pytest.mark.slow
def test_every_row_has_time_and_memory(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "EXAMPLES", 1_000)
    monkeypatch.setattr(growth, "EXAMPLES_TRIED", (1_000, 2_000))
    monkeypatch.setattr(growth, "HIDDEN_SIZES", (16, 64))
    monkeypatch.setattr(growth, "BATCH_SIZES", (64, FULL_BATCH))
    monkeypatch.setattr(growth, "SESSIONS", (1, 2))
    monkeypatch.setattr(checkpoints, "MOST", checkpoints.LEAST)
    assert growth.main(["--seconds", "0.01", "--steps", "500"]) == 0
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in capsys.readouterr().out.splitlines()[2:]]
    told = [name.split()[0] for name, _, _ in rows]
    assert told == ["hidden"] * 2 + ["batch"] * 2 + ["training"] * 2 + ["sessions"] * 2 + ["500"]
    assert all(float(step) > 0 for _, step, _ in rows)
    assert all(float(memory) > 0 for _, _, memory in rows[:-1])


def test_memory_counts_the_weights_of_every_run() -> None:
    """1,008 more hidden units add 3.2 MB to each copy of the weights: three per run, plus its checkpoints."""
    split = digits(EXAMPLES).split(0, HELD_OUT, HELD_OUT)

    def held(hidden_size: int, runs: int) -> float:
        return megabytes(lambda: [started(split, replace(PLAIN, hidden_size=hidden_size)) for _ in range(runs)])

    small = held(16, 1)
    more = (3 + checkpoints.LEAST) * 3.26 - (3 + checkpoints.MOST) * 0.05
    assert held(1_024, 1) - small == pytest.approx(more, rel=0.05)
    assert held(16, 3) > 2.5 * small


def test_there_are_as_many_digits_as_requested() -> None:
    split = digits(7_000).split(0, HELD_OUT, HELD_OUT)
    assert (len(split.train), len(split.dev), len(split.test)) == (7_000, 500, 500)
