"""Data that is not part of the project: the full MNIST and the recorded digits, if available on this machine.

Each is looked up in its environment variable, then beside the project in ../shared/data. Tests that need missing data
are skipped.
"""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[2] / "shared" / "data"


def mnist() -> Path:
    """Return the folder with the four MNIST files, or skip the test."""
    return _find("DIGIT_LAB_MNIST", BESIDE / "mnist", "the folder of the four files of MNIST")


def ink() -> Path:
    """Return the file of recorded digits, or skip the test."""
    return _find("DIGIT_LAB_INK", BESIDE / "ink" / "pendigits-orig.tra.gz", "the file pendigits-orig.tra")


def _find(setting: str, beside: Path, what: str) -> Path:
    path = Path(os.environ.get(setting) or beside).expanduser()
    if not path.exists():
        pytest.skip(f"{setting} does not name {what}")
    return path
