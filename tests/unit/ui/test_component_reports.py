"""What a browser reports for a component is read if the component can have sent it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ui.serving.budgets import STROKES
from ui.workarounds.component_reports import MOST_LEVELS, MOST_PARTS, parsed


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_the_largest_drawing_is_read() -> None:
    stroke = {"type": "Path", "path": [["Q", 123.456, 123.456, 123.456, 123.456]] * 75}
    drawing = {"drawing": {"raw": {"objects": [stroke] * STROKES.limit}, "data": None}}
    assert parsed(json.dumps(drawing)) == drawing


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("[7]", [7]),
        (nested(MOST_LEVELS), json.loads(nested(MOST_LEVELS))),
        (nested(MOST_LEVELS + 1), None),
        (nested(1_200), None),
        (f"[{'[],' * (MOST_PARTS - 2)}[]]", [[]] * (MOST_PARTS - 1)),
        (f"[{'[],' * (MOST_PARTS - 1)}[]]", None),
        ("1" * 5_000, None),
        ("not json", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_no_component_reports_counts_as_nothing(text: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    assert parsed(text) == value
