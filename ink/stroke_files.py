"""Read and write JSON files of drawn digits: the strokes and the label of each.

    {"digits": [{"label": "3", "strokes": [[[x, y], …], …]}, …]}

x and y are canvas pixels, y growing downward.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS, DataError

LIMIT_BYTES = 8 << 20
LIMIT_DIGITS = 2_000
LIMIT_POINTS = 20_000
"""The most points in one digit."""
LIMIT_ALL_POINTS = 250_000
"""The most points in a file: 2,000 digits have about 100 each."""

_FARTHEST = 1e6


@dataclass(frozen=True, eq=False)
class DrawnDigit:
    """One drawn digit.

    Attributes:
        label: an index into the classes.
        strokes: each (n, 2) float64, x and y in canvas pixels, y growing downward.
    """

    label: int
    strokes: tuple[NDArray[np.float64], ...]


def write(digits: Sequence[DrawnDigit], classes: Sequence[str] = DIGITS) -> bytes:
    """Return a file that `read` reads back."""
    content = [
        {"label": classes[digit.label], "strokes": [np.round(stroke, 2).tolist() for stroke in digit.strokes]}
        for digit in digits
    ]
    return json.dumps({"digits": content}).encode()


def read(file: bytes, name: str, classes: Sequence[str] = DIGITS) -> list[DrawnDigit]:
    """Read drawn digits.

    Args:
        file: the bytes of the file.
        name: the name of the file in error messages.
        classes: the allowed labels.

    Raises:
        DataError: the file is too large or not JSON of this form, or a digit has an unknown label or no strokes.
            The message names the digit, counted from 1.
    """
    if len(file) > LIMIT_BYTES:
        raise DataError(f"{name} is larger than {LIMIT_BYTES >> 20} MB: choose a file with fewer digits.")
    try:
        content = json.loads(file)
    except (ValueError, RecursionError):
        raise DataError(f"{name} is not a JSON file: choose a file of strokes downloaded from this app.") from None
    digits = content.get("digits") if isinstance(content, dict) else None
    if not isinstance(digits, list) or not digits:
        raise DataError(f"{name} holds no list of digits: choose a file of strokes downloaded from this app.")
    if len(digits) > LIMIT_DIGITS:
        raise DataError(f"{name} holds {len(digits):,} digits; at most {LIMIT_DIGITS:,} can be read.")
    drawn: list[DrawnDigit] = []
    points = 0
    for number, each in enumerate(digits, start=1):
        drawn.append(_digit(each, f"Digit {number:,} of {name}", classes))
        points += sum(map(len, drawn[-1].strokes))
        if points > LIMIT_ALL_POINTS:
            raise DataError(f"{name} has more than {LIMIT_ALL_POINTS:,} points: choose a file with fewer digits.")
    return drawn


def _digit(found: object, which: str, classes: Sequence[str]) -> DrawnDigit:
    match found:
        case {"label": str(label), "strokes": [_, *_] as strokes} if label in classes:
            read = tuple(_stroke(stroke, which) for stroke in strokes)
        case {"label": str(label), "strokes": [_, *_]}:
            raise DataError(f"{which} is labelled “{label[:20]}”; a label must be one of {', '.join(classes)}.")
        case _:
            raise DataError(f"{which} has no label or no strokes.")
    if sum(map(len, read)) > LIMIT_POINTS:
        raise DataError(f"{which} has more than {LIMIT_POINTS:,} points.")
    return DrawnDigit(list(classes).index(label), read)


def _stroke(points: object, which: str) -> NDArray[np.float64]:
    """Return points [[x, y], …] as (n, 2), n at least 1."""
    if isinstance(points, list) and points and all(_is_point(point) for point in points):
        return np.array(points, dtype=np.float64)
    raise DataError(f"{which} has a stroke that is not a list of points [x, y].")


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= _FARTHEST for v in point)
    )
