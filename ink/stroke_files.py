"""Read and write JSON files of drawings: their classes, and the class, the strokes and the author of each.

    {"classes": ["0", …], "digits": [{"label": "3", "by": "Ada", "strokes": [[[x, y], …], …]}, …]}

x and y are pixels of CANVAS, y growing downward. Without `classes`, the drawings are digits; `by` may be missing, and
`"struck": true` marks a drawing that was struck out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS, DataError
from data.label_schemes import LONGEST_CLASS_NAME, class_names
from ink.mnist_format import Canvas, Normalization, image_from_strokes
from language.numbers import whole
from language.translation import _, ngettext

CANVAS = Canvas(width=400, height=400, pen_width=26)
"""The canvas that drawings are made on."""

LIMIT_BYTES = 8 << 20
LIMIT_DIGITS = 2_000
LIMIT_POINTS = 20_000
"""The maximum number of points in one digit."""
LIMIT_ALL_POINTS = 400_000
"""The maximum number of points in a file: as many as a full collection has."""

_FARTHEST = 1e6


@dataclass(frozen=True, eq=False)
class DrawnDigit:
    """One drawing.

    Attributes:
        label: an index into the classes.
        strokes: each (n, 2) float64, x and y in pixels of CANVAS, y growing downward.
        by: who drew it; empty if unknown.
        struck: whether it was struck out and no longer counts.
    """

    label: int
    strokes: tuple[NDArray[np.float64], ...]
    by: str = ""
    struck: bool = False

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """The drawing as in MNIST, (28, 28) uint8, where 255 is ink."""
        return np.rint(255 * image_from_strokes(self.strokes, Normalization(upright=False), canvas=CANVAS)).astype(
            np.uint8
        )


def write(digits: Sequence[DrawnDigit], classes: Sequence[str] = DIGITS) -> bytes:
    """Return a file that `read` reads back."""
    return json.dumps({"classes": list(classes), "digits": [_plain(digit, classes) for digit in digits]}).encode()


def _plain(digit: DrawnDigit, classes: Sequence[str]) -> dict[str, Any]:
    said = {"by": digit.by} if digit.by else {}
    struck = {"struck": True} if digit.struck else {}
    strokes = [np.round(stroke, 2).tolist() for stroke in digit.strokes]
    return {"label": classes[digit.label], **said, **struck, "strokes": strokes}


def read(file: bytes, name: str) -> tuple[tuple[str, ...], list[DrawnDigit]]:
    """Read drawings, and the names of their classes.

    Args:
        file: the bytes of the file.
        name: the name of the file in error messages.

    Raises:
        DataError: the file is too large or not JSON of this form, its classes cannot be used, or a drawing has an
            unknown label or no strokes. The message names the drawing, counted from 1.
    """
    if len(file) > LIMIT_BYTES:
        raise DataError(
            _(
                "{name} is larger than {megabytes} MB: choose a file with fewer digits.",
                name=name,
                megabytes=LIMIT_BYTES >> 20,
            )
        )
    try:
        content = json.loads(file)
    except (ValueError, RecursionError):
        raise DataError(
            _("{name} is not a JSON file: choose a file of strokes downloaded from this app.", name=name)
        ) from None
    digits = content.get("digits") if isinstance(content, dict) else None
    if not isinstance(digits, list) or not digits:
        raise DataError(
            _("{name} holds no list of digits: choose a file of strokes downloaded from this app.", name=name)
        )
    if len(digits) > LIMIT_DIGITS:
        raise DataError(
            ngettext(
                "{name} holds {count} digit; at most {most} can be read.",
                "{name} holds {count} digits; at most {most} can be read.",
                len(digits),
                name=name,
                count=whole(len(digits)),
                most=whole(LIMIT_DIGITS),
            )
        )
    classes = _classes(content.get("classes", list(DIGITS)), name)
    drawn: list[DrawnDigit] = []
    points = 0
    for number, each in enumerate(digits, start=1):
        drawn.append(_digit(each, {"number": whole(number), "name": name}, classes))
        points += sum(map(len, drawn[-1].strokes))
        if points > LIMIT_ALL_POINTS:
            raise DataError(
                _(
                    "{name} has more than {most} points: choose a file with fewer digits.",
                    name=name,
                    most=whole(LIMIT_ALL_POINTS),
                )
            )
    return classes, drawn


def _classes(found: object, name: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise DataError(
            _("{name} has no list of class names: choose a file of strokes downloaded from this app.", name=name)
        )
    try:
        return class_names(found)
    except DataError as problem:
        raise DataError(_("{name}: {problem}", name=name, problem=problem)) from None


def _digit(found: object, which: Mapping[str, str], classes: Sequence[str]) -> DrawnDigit:
    """Return a drawing; `which` holds its number and the name of the file, for messages."""
    match found:
        case {"label": str(label), "strokes": [_, *_] as strokes, **more} if label in classes:
            read = tuple(_stroke(stroke, which) for stroke in strokes)
        case {"label": str(label), "strokes": [_, *_]}:
            raise DataError(
                _(
                    "Digit {number} of {name} is labelled “{label}”; a label must be one of {classes}.",
                    **which,
                    label=label[:20],
                    classes=", ".join(classes),
                )
            )
        case _:
            raise DataError(_("Digit {number} of {name} has no label or no strokes.", **which))
    if sum(map(len, read)) > LIMIT_POINTS:
        raise DataError(_("Digit {number} of {name} has more than {most} points.", **which, most=whole(LIMIT_POINTS)))
    by = more.get("by", "")
    if not isinstance(by, str) or len(by) > LONGEST_CLASS_NAME or not by.isprintable():
        raise DataError(
            _(
                "Digit {number} of {name} does not say in up to {longest} printable letters who drew it.",
                **which,
                longest=LONGEST_CLASS_NAME,
            )
        )
    return DrawnDigit(list(classes).index(label), read, by, struck=more.get("struck") is True)


def _stroke(points: object, which: Mapping[str, str]) -> NDArray[np.float64]:
    """Return points [[x, y], …] as (n, 2), n at least 1."""
    if isinstance(points, list) and points and all(_is_point(point) for point in points):
        return np.array(points, dtype=np.float64)
    raise DataError(_("Digit {number} of {name} has a stroke that is not a list of points [x, y].", **which))


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= _FARTHEST for v in point)
    )
