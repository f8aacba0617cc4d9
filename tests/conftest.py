"""What holds for all tests."""

from pathlib import Path

import numpy as np  # noqa: F401 - its BLAS must be loaded before it can be limited
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

# How long an example takes depends on what else the machine does: that is a benchmark's concern.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

# As where the app trains: with more threads BLAS sums in another order, and the last bits of a network differ.
threadpool_limits(limits=1, user_api="blas")

BROWSER = Path(__file__).parent / "browser"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, help="folder in which the browser tests keep their screenshots")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: they are the slowest, and Playwright keeps an event loop running to the end."""
    items.sort(key=lambda item: item.path.is_relative_to(BROWSER))
