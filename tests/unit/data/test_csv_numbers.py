"""Rows of text become numbers, however long they are and however they are written."""

from __future__ import annotations

import numpy as np
import pytest

from data import csv_numbers

USED = [0, *range(2, 785)]


@pytest.mark.parametrize("most", [9, 99, 999, 1_000])
def test_numbers_of_any_length_are_read(most: int) -> None:
    rows = np.random.default_rng(most).integers(0, most + 1, (131, 785))
    rows[:, 0], rows[:, 1], rows[-1] = most, np.arange(131) + 10_000, most
    lines = [",".join(map(str, row)).encode() for row in rows]
    found = csv_numbers.numbers(lines, USED, 785)
    np.testing.assert_array_equal(found, rows[:, USED])
    np.testing.assert_array_equal(found, csv_numbers._any(lines, USED))
    assert (found.dtype == np.uint16) is (most < 1_000), "Short ones are read in a third of the time."


@pytest.mark.parametrize("value", ["-1", "", "0.5", "1e2", "x", " 7"])
def test_one_other_value_among_short_ones_is_seen(value: str) -> None:
    lines = [b"5,6,7", f"5,{value},7".encode()]
    for used in ([0, 1, 2], [1, 2]):
        np.testing.assert_array_equal(csv_numbers.numbers(lines, used, 3), csv_numbers._any(lines, used))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("-1", -1),
        ("0.25", 0.25),
        (".5", 0.5),
        ("+3", 3),
        ("1e2", 100),
        ("12345678901234567890123", 12345678901234567890123),
        ("\t 7 ", 7),
        ("1e400", np.inf),
        *[(text, np.nan) for text in ("", "x", "NA", "True", "1_0", "0x10", "(1)", "1#", "1+2j", "\u0661")],
    ],
)
def test_a_value_is_a_number_or_none_whatever_is_beside_it(value: str, number: float) -> None:
    row = f"skipped,0.5,{value}".encode()
    for beside in ("0.125", "1000", "y"):
        found = csv_numbers.numbers([row, f"skipped,2.5,{beside}".encode()], [1, 2], 3)
        assert found[:, 0].tolist() == [0.5, 2.5]
        np.testing.assert_equal(found[0, 1], number)
