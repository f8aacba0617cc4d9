"""A long step is taken in pieces, between which the run can pause and others have their turn."""

import time
from concurrent import futures
from dataclasses import replace

import numpy as np
import pytest

from data.dataset import Dataset, Split
from tests.unit.training.runs import (
    CLASSES,
    SETTINGS_HERE,
    train,
    weights,
)
from training.run import Run
from training.run_snapshot import State
from training.settings import FULL_BATCH

pytestmark = pytest.mark.slow

HEAVIEST = replace(
    SETTINGS_HERE, hidden_layers=3, hidden_size=1024, batch_size=FULL_BATCH, distortion="on", optimizer="adam", l2=1.0
)


@pytest.fixture(scope="module")
def many() -> Split:
    """Return 10,000 examples in training; a larger dataset would only give more pieces of the same length."""
    rng = np.random.default_rng(0)
    images, labels = rng.integers(256, size=(12_000, 784), dtype=np.uint8), rng.integers(4, size=12_000)
    return Dataset("Many", images, labels.astype(np.uint8), classes=("a", "b", "c", "d")).split(3, 1_000, 1_000)


def test_no_piece_of_work_is_long_whatever_the_settings(many: Split) -> None:
    """Otherwise one visitor's full batch would hold up everybody's training, and the response to Pause.

    20 to 30 ms of one core are usual; a full batch of 150,000 in one piece takes 29 s.
    """
    run = Run(replace(HEAVIEST, batch_size=320), many, CLASSES)
    run.start()
    pieces = []
    for _ in range(20):  # a step and most of a measurement
        began = time.thread_time()
        run.advance(0.001)
        pieces.append(time.thread_time() - began)
    assert run.snapshot().position.step
    assert sorted(pieces)[-3] < 0.1, "The first pieces, which allocate memory, take longer."


def test_a_pause_is_answered_within_a_full_batch(many: Split) -> None:
    """A step of this run takes over a minute."""
    run = Run(HEAVIEST, many, CLASSES)
    run.start()
    with futures.ThreadPoolExecutor() as pool:
        work = pool.submit(run.advance, 3600.0)
        time.sleep(0.1)
        run.pause()
        assert not run._trainer.between_steps
        work.result(timeout=10)
    assert (run.snapshot().state, run.snapshot().position.step) == (State.PAUSED, 0)


def test_a_setting_changed_within_a_step_applies_to_the_whole_of_it(many: Split) -> None:
    """The step shown is the last completed one: a change after it must apply to all of the next."""
    changed = replace(SETTINGS_HERE, batch_size=FULL_BATCH, l2=10.0, distortion="on", dropout=0.2)
    run = Run(replace(changed, l2=0.0, distortion="off", dropout=0.5), many, CLASSES)
    run.start()
    run.advance(0.001)
    run.advance(0.001)
    assert not run._trainer.between_steps
    run.change(changed)
    run.step()
    train(run)
    alike = Run(changed, many, CLASSES)
    alike.step()
    train(alike)
    assert weights(run) == weights(alike)
