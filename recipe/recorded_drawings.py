"""Drawings recorded with a pen: digits, and letters, signs and sketches that are not digits.

They are read from JSON lines, one drawing per line: `{"label": "7", "writer": "…", "strokes": [[[x, y], …], …]}`, x and
y in any unit, y growing downward; `site` names the contributor if a collection has several, and `alike` tells how many
of a digit's ten nearest neighbours have the same label.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data.dataset import DIGITS
from data.file_io import read_start

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LIMIT_BYTES = 256 * 2**20

LEAST_ALIKE = 2
"""Digits with fewer agreeing neighbours are left out: many are mislabelled or incomplete."""

_ONE_EACH = ("quickdraw",)
"""Collections in which each person made one drawing."""

DIGIT_SHAPES = frozenset("OoQDIliSsZzBbGgqYy|/\\!()'`,.") | {
    "boomerang", "bracelet", "circle", "cookie", "golf club", "hexagon", "hockey stick", "lightning", "moon", "octagon",
    "peanut", "pond", "potato", "snowman", "squiggle", "string bean", "swan",
}  # fmt: skip
"""The labels of drawings that often have the shape of a digit, so that they are not taught as non-digits."""


@dataclass(frozen=True)
class RecordedDigit:
    """One recorded digit.

    Attributes:
        label: the digit that the writer was asked to write, 0 to 9.
        writer: who wrote it; always split recorded digits by writer.
        strokes: (n, 2) float64 arrays, x and y in tablet units, y growing downward, in the order of writing.
        site: where it was recorded: a collection, or one of the contributors to it.
    """

    label: int
    writer: str
    strokes: tuple[NDArray[np.float64], ...]
    site: str


@dataclass(frozen=True)
class RecordedOther:
    """One recorded drawing that is not a digit.

    Attributes:
        name: what it is, such as "a" or "windmill".
        group: what to split by: who drew it or, in a collection where each person made one drawing, what it is.
        strokes: as in RecordedDigit.
        site: as in RecordedDigit.
    """

    name: str
    group: str
    strokes: tuple[NDArray[np.float64], ...]
    site: str


def read(path: Path, site: str) -> tuple[list[RecordedDigit], list[RecordedOther]]:
    """Read the digits of a file of JSON lines, gzip or plain, and its drawings that are not shaped like digits.

    Args:
        path: The file.
        site: The site of drawings that do not name one.

    Raises:
        ValueError: the file cannot be opened or a line cannot be read; the message names the line.
    """
    digits: list[RecordedDigit] = []
    others: list[RecordedOther] = []
    text = read_start(path, LIMIT_BYTES, path.name).decode("utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            drawing = json.loads(line)
            label, writer = str(drawing["label"]), f"{site} {drawing['writer']}"
            strokes = _strokes(drawing["strokes"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ValueError(f"{path.name} is not a file of drawings: line {number} cannot be read.") from None
        place = str(drawing.get("site", site))
        if label in DIGITS:
            if drawing.get("alike", LEAST_ALIKE) >= LEAST_ALIKE:
                digits.append(RecordedDigit(int(label), writer, strokes, place))
        elif label not in DIGIT_SHAPES:
            group = f"{site} {label}" if site in _ONE_EACH else writer
            others.append(RecordedOther(label, group, strokes, place))
    if not digits and not others:
        raise ValueError(f"{path.name} holds no drawings.")
    return digits, others


def _strokes(drawn: list[Any]) -> tuple[NDArray[np.float64], ...]:
    """Return strokes, each (n, 2), at least one."""
    strokes = tuple(np.array(points, np.float64) for points in drawn if points)
    if not strokes or not all(each.ndim == 2 and each.shape[1] == 2 and np.isfinite(each).all() for each in strokes):
        raise ValueError(drawn)
    return strokes
