"""Files of drawn digits: they survive a round trip, and any other content is rejected in one sentence."""

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.dataset import DIGITS, DataError
from ink import stroke_files
from ink.stroke_files import DrawnDigit

FOUR = DrawnDigit(4, (np.array([[10.0, 10.5], [10, 100]]), np.array([[60.0, 5.25]])))
ONE = DrawnDigit(1, (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),))


def file_of(*digits: object) -> bytes:
    return json.dumps({"digits": list(digits)}).encode()


def test_digits_are_read_back_as_they_were_drawn() -> None:
    classes, back = stroke_files.read(stroke_files.write([FOUR, ONE]), "mine.json")
    assert classes == DIGITS
    assert [digit.label for digit in back] == [4, 1]
    for digit, drawn in zip(back, (FOUR, ONE), strict=True):
        for stroke, original in zip(digit.strokes, drawn.strokes, strict=True):
            np.testing.assert_array_equal(stroke, original)


def test_the_file_is_plain_json() -> None:
    content = json.loads(stroke_files.write([FOUR]))
    strokes = [[[10.0, 10.5], [10.0, 100.0]], [[60.0, 5.25]]]
    assert content == {"classes": list(DIGITS), "digits": [{"label": "4", "strokes": strokes}]}


GOOD = {"label": "4", "strokes": [[[1, 2], [3, 4]]]}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is not a JSON file"),
        (b"\x89PNG\r\n", "is not a JSON file"),
        (b"[" * 100_000, "is not a JSON file"),
        (b"[1, 2]", "no list of digits"),
        (b'{"digits": []}', "no list of digits"),
        (b'{"digits": {"label": "4"}}', "no list of digits"),
        (b" " * (stroke_files.LIMIT_BYTES + 1), "larger than 8 MB"),
        (file_of(*[GOOD] * (stroke_files.LIMIT_DIGITS + 1)), "2,001 digits"),
        (file_of(GOOD, {"label": "x", "strokes": [[[1, 2]]]}), "Digit 2 of mine.json is labelled “x”"),
        (file_of({"label": 4, "strokes": [[[1, 2]]]}), "Digit 1 of mine.json has no label"),
        (file_of({"label": "4", "strokes": []}), "no strokes"),
        (file_of({"label": "4"}), "no strokes"),
        (file_of({"label": "4", "strokes": [[]]}), "not a list of points"),
        (file_of({"label": "4", "strokes": [[[1, 2, 3]]]}), "not a list of points"),
        (file_of({"label": "4", "strokes": [[[1, None]]]}), "not a list of points"),
        (file_of({"label": "4", "strokes": [[[1, True]]]}), "not a list of points"),
        (file_of({"label": "4", "strokes": [[[1, float("nan")]]]}), "not a list of points"),
        (file_of({"label": "4", "strokes": [[[1, 1e300]]]}), "not a list of points"),
        (file_of({"label": "4", "strokes": [[[1, 2]] * (stroke_files.LIMIT_POINTS + 1)]}), "more than 20,000 points"),
        (file_of(*[{"label": "4", "strokes": [[[1, 2]] * 20_000]}] * 21), "more than 400,000 points"),
        (file_of({**GOOD, "by": "x" * 41}), "Digit 1 of mine.json does not say"),
        (file_of({**GOOD, "by": 7}), "does not say in up to 40 printable letters who drew it"),
        (b'{"classes": "01", "digits": [1]}', "no list of class names"),
        (b'{"classes": ["0", 1], "digits": [1]}', "no list of class names"),
        (b'{"classes": ["4", "4"], "digits": [1]}', "mine.json: The class name “4” appears twice"),
        (b'{"classes": ["4"], "digits": [1]}', "mine.json: Got 1 class name"),
    ],
)
def test_a_file_without_drawn_digits_is_refused_in_a_sentence(content: bytes, problem: str) -> None:
    with pytest.raises(DataError, match=r"mine\.json") as refused:
        stroke_files.read(content, "mine.json")
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_keeps_its_classes_and_who_drew_and_what_was_struck_out() -> None:
    kinds = ("circle", "square")
    content = stroke_files.write([DrawnDigit(1, ONE.strokes, "Ada"), DrawnDigit(0, ONE.strokes, struck=True)], kinds)
    classes, back = stroke_files.read(content, "mine.json")
    assert classes == kinds
    assert [(each.label, each.by, each.struck) for each in back] == [(1, "Ada", False), (0, "", True)]


def test_a_file_without_classes_holds_digits() -> None:
    classes, (four,) = stroke_files.read(file_of(GOOD), "mine.json")
    assert (classes, four.label) == (DIGITS, 4)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["label", "strokes", "by", "4"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["label", "strokes", "by", "digits"]), inner)
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_gives_digits_or_a_data_error(content: object) -> None:
    with contextlib.suppress(DataError):
        stroke_files.read(json.dumps({"digits": [content, GOOD]}).encode(), "mine.json")
    with contextlib.suppress(DataError):
        stroke_files.read(json.dumps({"classes": content, "digits": [GOOD]}).encode(), "mine.json")
