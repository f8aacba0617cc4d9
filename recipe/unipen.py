"""Read digits recorded with a pen on a tablet, in UNIPEN text, as strokes.

Written for *Pen-Based Recognition of Handwritten Digits, original unnormalized version* (Alpaydin and Alimoglu, UCI
Machine Learning Repository, 1998, CC BY 4.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.file_io import read_start
from recipe.recorded_drawings import LIMIT_BYTES, RecordedDigit

if TYPE_CHECKING:
    from pathlib import Path


SITE = "pendigits"
"""The name of this collection among the sites."""


def read(path: Path) -> list[RecordedDigit]:
    """Read all digits of a UNIPEN file, gzip or plain text.

    `.SEGMENT DIGIT i ? "8"` begins a digit with its label, `.COMMENT label writer length` gives its writer, `.PEN_DOWN`
    begins a stroke and `.PEN_UP` ends it, with one point `x y` per line in between. In the file, y grows upward, so it
    is negated here.

    Raises:
        ValueError: the file cannot be opened, is not UNIPEN text, or ends in the middle of a digit; the message
            names the line.
    """
    digits: list[_DigitParser] = []
    text = read_start(path, LIMIT_BYTES, path.name).decode("ascii", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        try:
            match words:
                case [".SEGMENT", "DIGIT", *_, quoted] if not digits or digits[-1].is_complete:
                    digits.append(_DigitParser(_label(quoted)))
                case _ if digits:
                    digits[-1].add_line(words)
        except ValueError:
            raise ValueError(
                f"{path.name} is not UNIPEN text: line {number} ({line.strip()!r}) cannot be read."
            ) from None
    if not digits:
        raise ValueError(f"{path.name} holds no digits; a file of recorded digits has .SEGMENT DIGIT lines.")
    if not digits[-1].is_complete:
        raise ValueError(f"{path.name} ends in the middle of a digit; get a complete copy of it.")
    return [digit.finish() for digit in digits]


class _DigitParser:
    """Parses the lines of one digit."""

    def __init__(self, label: int) -> None:
        self.label = label
        self.writer: str | None = None
        self.pen_is_down = False
        self.strokes: list[list[tuple[float, float]]] = []

    @property
    def is_complete(self) -> bool:
        """Return whether the writer is known and the last stroke has ended."""
        return self.writer is not None and not self.pen_is_down

    def add_line(self, words: list[str]) -> None:
        """Add a line, split into words; raise ValueError if it is not allowed here."""
        match words:
            case [".COMMENT", _, author, *_]:
                self.writer = f"{SITE} {int(author)}"
            case [".PEN_DOWN"] if self.writer is not None and not self.pen_is_down:
                self.pen_is_down = True
                self.strokes.append([])
            case [".PEN_UP"] if self.pen_is_down:
                self.pen_is_down = False
            case [x, y] if self.pen_is_down:
                self.strokes[-1].append((float(x), -float(y)))
            case [".PEN_DOWN" | ".PEN_UP" | ".SEGMENT", *_]:
                raise ValueError(words)
            case _ if self.pen_is_down:
                raise ValueError(words)

    def finish(self) -> RecordedDigit:
        """Return the digit, after all its lines."""
        assert self.writer is not None
        strokes = tuple(np.array(points).reshape(-1, 2) for points in self.strokes)
        return RecordedDigit(self.label, self.writer, strokes, SITE)


def _label(quoted: str) -> int:
    label = int(quoted.strip('"'))
    if not 0 <= label <= 9:
        raise ValueError(quoted)
    return label
