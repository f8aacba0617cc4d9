"""Fixtures that provide digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, idx_files
from data.dataset import Dataset


@pytest.fixture(scope="session")
def embedded() -> Dataset:
    """The 5,000 digits that come with the app."""
    return csv_files.embedded()


@pytest.fixture(scope="session")
def mnist(mnist_folder: Path) -> Dataset:
    """The full MNIST; tests are skipped where it is missing."""
    return idx_files.read_folder(mnist_folder)


@pytest.fixture
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Thirty images of noise, labelled 0 to 9 three times over: (30, 784) and (30,) uint8."""
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, size=(30, 784), dtype=np.uint8)
    return images, np.tile(np.arange(10, dtype=np.uint8), 3)
