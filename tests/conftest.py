"""Configuration shared by all tests."""

import gc
import os
from gettext import NullTranslations
from pathlib import Path

import numpy as np  # noqa: F401 - its BLAS must be loaded before it can be limited
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from language import translation

# How long an example takes depends on the load on the machine; timing is left to the benchmarks.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

# Python's default looks for garbage cycles so often that it takes 6% of the unit tests' time.
gc.set_threshold(100_000, 50, 50)

# As in the app's training: with more threads, BLAS sums in a different order, which changes the last bits of a network.
threadpool_limits(limits=1, user_api="blas")

BROWSER = Path(__file__).parent / "browser"
BESIDE = Path(__file__).parents[2] / "shared" / "data"
"""Where data outside the project is looked for if no setting names it; tests whose data are missing are skipped."""


class Brackets(NullTranslations):
    """A language in which each text is the English one between ⟦ and ⟧."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark what is translated, so that a text translated twice shows."""
    monkeypatch.setattr(translation, "_catalogue", lambda _code: Brackets())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="folder in which the browser tests keep their screenshots")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last, because Playwright leaves an event loop running until the end.

    Of the others, run slow ones first, so that no process is left with a slow test while the rest are idle.
    """
    items.sort(key=lambda item: (item.path.is_relative_to(BROWSER), item.get_closest_marker("slow") is None))


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """Return the folder with the four MNIST files."""
    return _local_data("DIGIT_LAB_MNIST", BESIDE / "mnist", "the folder of the four files of MNIST")


@pytest.fixture(scope="session")
def recorded_ink() -> Path:
    """Return a file of recorded digits: those of thirty writers."""
    named = _local_data("DIGIT_LAB_INK", BESIDE / "ink", "the folder of recorded drawings")
    return named if named.is_file() else next(named.glob("pendigits-orig.tra*"))


@pytest.fixture(scope="session")
def ink_folder() -> Path:
    """Return the folder of the files of recorded drawings."""
    return _local_data("DIGIT_LAB_INK", BESIDE / "ink", "the folder of recorded drawings")


@pytest.fixture(scope="session")
def reports() -> Path:
    """Return the folder of files from public reports, cut down in size."""
    return _local_data("DIGIT_LAB_REPORTS", BESIDE / "reports", "the folder of files from public reports")


@pytest.fixture(scope="session")
def hostile() -> Path:
    """Return the folder of small files that take much time or memory, or contain what they must not."""
    return _local_data("DIGIT_LAB_HOSTILE", BESIDE / "hostile", "the folder of hostile files")


def _local_data(setting: str, beside: Path, what: str) -> Path:
    path = Path(os.environ.get(setting) or beside).expanduser()
    if not path.exists():
        pytest.skip(f"{setting} does not name {what}")
    return path
