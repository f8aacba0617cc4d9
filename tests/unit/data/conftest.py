"""Fixtures that provide digits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, idx_files
from data.dataset import Dataset

BESIDE_THE_PROJECT = Path(__file__).parents[4] / "shared" / "data" / "mnist"


@pytest.fixture(scope="session")
def embedded() -> Dataset:
    """The 5,000 digits that come with the app."""
    return csv_files.embedded()


@pytest.fixture(scope="session")
def mnist_files() -> Path:
    """The folder of the full MNIST; tests are skipped where it is missing."""
    for folder in (Path(os.environ.get("DIGIT_LAB_MNIST") or BESIDE_THE_PROJECT), BESIDE_THE_PROJECT):
        if (folder / "train-images-idx3-ubyte.gz").is_file():
            return folder
    pytest.skip(f"needs the full MNIST: name its folder in DIGIT_LAB_MNIST or put it in {BESIDE_THE_PROJECT}")


@pytest.fixture(scope="session")
def mnist(mnist_files: Path) -> Dataset:
    """The full MNIST; tests are skipped where it is missing."""
    return idx_files.read_folder(mnist_files)


@pytest.fixture
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Thirty images of noise, labelled 0 to 9 three times over: (30, 784) and (30,) uint8."""
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, size=(30, 784), dtype=np.uint8)
    return images, np.tile(np.arange(10, dtype=np.uint8), 3)
