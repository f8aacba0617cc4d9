"""Shared helpers for the tests of the Compare page."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from tests.unit.ui.visit import Elements

if TYPE_CHECKING:
    from tests.unit.ui.visit import Visit


def text(visit: Visit) -> str:
    return Elements(visit.html).text


def legend(visit: Visit) -> list[str]:
    """Return the names of the runs that are drawn."""
    return re.findall(r"<b>(Run \d[^<]*)</b>", visit.html)


def until_over(visit: Visit, seconds: float = 20) -> None:
    """Wait until neither of the two runs side by side is training, then rerun the page."""
    beside = visit.session.runs.pair
    assert beside is not None
    end = time.monotonic() + seconds
    while beside.training:
        assert time.monotonic() < end, "the two runs do not end"
        time.sleep(0.01)
    visit.app.run()
