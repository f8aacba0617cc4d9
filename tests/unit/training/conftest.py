"""A small, easily classified synthetic dataset for the tests of training runs."""

import numpy as np
import pytest

from data.dataset import Dataset, Split
from tests.unit.training.runs import SETTINGS_HERE, Clock
from training.run import Run

CLASSES = ("a", "b", "c", "d")


@pytest.fixture(scope="session")
def split() -> Split:
    """Return 240 train, 40 dev and 40 test digits of four classes, each a blurred pattern with noise."""
    rng = np.random.default_rng(5)
    labels = np.tile(np.arange(len(CLASSES), dtype=np.uint8), 80)
    patterns = rng.uniform(0, 200, (len(CLASSES), 784))
    images = (patterns[labels] + rng.uniform(0, 55, (len(labels), 784))).astype(np.uint8)
    return Dataset("Made up", images, labels, classes=CLASSES).split(seed=3, dev=40, test=40)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("training.run.time", clock)
    return clock


@pytest.fixture
def run(split: Split) -> Run:
    return Run(SETTINGS_HERE, split, len(CLASSES))
