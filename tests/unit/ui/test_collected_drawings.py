"""The browser says which class to ask for; it may say anything."""

import pytest

from ui.widgets.collected_drawings import take_asked


@pytest.mark.parametrize(
    ("report", "taken"),
    [
        ({"asked": 0}, [0]),
        ({"asked": 2}, [2]),
        ({"asked": -1}, [None]),
        ({"asked": 3}, []),
        ({"asked": "1"}, []),
        ({"asked": True}, []),
        ({"struck": [0, True]}, []),
        (None, []),
    ],
)
def test_the_class_to_ask_for_is_one_of_those_shown_or_each_in_turn(report: object, taken: list[int | None]) -> None:
    asked: list[int | None] = []
    take_asked(report, 3, asked.append)
    assert asked == taken
