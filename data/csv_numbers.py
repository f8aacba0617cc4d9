"""Turn rows of text into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CACHED_ROWS = 128
"""The number of rows whose characters fit in the processor's cache."""

_LOOKED_BACK = 4
"""How many characters before the end of a value tell whether it has one to three digits, and which."""
_UNUSUAL = 1_000
"""Stands for a value with no digits, or more than three."""


def numbers(lines: Sequence[bytes], used: Sequence[int], width: int) -> NDArray[Any]:
    """Return the values of some columns, (k, columns) uint16 or float64, with NaN for anything but a number.

    Args:
        lines: k rows of `width` values with commas between them.
        used: the columns, in ascending order.
        width: the number of columns.
    """
    values = _of_three_digits(lines, used, width)
    return _any(lines, used) if values is None else values


def _of_three_digits(lines: Sequence[bytes], used: Sequence[int], width: int) -> NDArray[np.uint16] | None:
    """Return the values as uint16 if all have one to three digits, else None.

    This takes a sixth of the time of pandas, and nearly all files hold such pixels.
    """
    values = np.empty((len(lines), len(used)), np.uint16)
    chosen = slice(None) if len(used) == width else list(used)
    for first in range(0, len(lines), _CACHED_ROWS):
        part = lines[first : first + _CACHED_ROWS]
        digits = np.frombuffer(b"\n".join([b"\n" * (_LOOKED_BACK - 1), *part, b""]), np.uint8) - np.uint8(ord("0"))
        separates = digits > 9
        digits &= separates.view(np.uint8) - np.uint8(1)  # 0 for separators
        # For each place: the digits before it, and whether a value ends there.
        hundreds, tens, ones = (digits[_LOOKED_BACK - back : -back] for back in (3, 2, 1))
        no_more, no_hundreds, no_tens, no_ones = (
            separates[_LOOKED_BACK - back : -back] for back in range(_LOOKED_BACK, 0, -1)
        )
        sums = ones + np.uint8(10) * tens + np.uint16(100) * (hundreds & (no_tens.view(np.uint8) - np.uint8(1)))
        is_unusual = no_ones | ~(no_more | no_hundreds | no_tens)
        ends = np.flatnonzero(separates[_LOOKED_BACK:])
        if len(ends) != len(part) * width:
            return None
        found = sums[ends]
        found[is_unusual[ends]] = _UNUSUAL
        values[first : first + len(part)] = found.reshape(-1, width)[:, chosen]
    return None if (values == _UNUSUAL).any() else values


def _any(lines: Sequence[bytes], used: Sequence[int]) -> NDArray[np.float64]:
    """Return the values of some columns, (k, columns) float64, with NaN for anything but a number."""
    try:
        return np.loadtxt(lines, delimiter=",", comments=None, usecols=used, ndmin=2)
    except ValueError:  # loadtxt has no option to read anything else as NaN
        rows = (line.decode(errors="replace").split(",") for line in lines)
        cells = pd.Series([row[column] for row in rows for column in used], dtype=object)
        return pd.to_numeric(cells, errors="coerce").to_numpy(np.float64).reshape(len(lines), len(used))
