"""Configuration shared by all tests."""

from pathlib import Path

import numpy as np  # noqa: F401 - its BLAS must be loaded before it can be limited
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

# How long an example takes depends on the load on the machine; timing is left to the benchmarks.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

# As in the app's training: with more threads, BLAS sums in a different order, which changes the last bits of a network.
threadpool_limits(limits=1, user_api="blas")

BROWSER = Path(__file__).parent / "browser"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="folder in which the browser tests keep their screenshots")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: they are the slowest, and Playwright leaves an event loop running until the end."""
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER))
