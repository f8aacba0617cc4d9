"""Encode a drawing as text short enough for a URL, and decode such text, which is untrusted.

The text holds whole pixels of CANVAS as a sequence of numbers: for each stroke, the number of its points, then the step
to each point from the one before, starting from (0, 0). A number takes one byte for every seven bits, the lowest first;
the eighth bit says whether more follow (LEB128). Signs alternate, 0, -1, 1, -2, …, so that short steps are small
numbers.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from data.base64_url import packed, unpacked
from ink.collection import simplified
from ink.stroke_files import CANVAS

LONGEST = 1_500
"""The maximum number of characters for a drawing; a digit takes about a hundred."""

_FARTHEST = int(CANVAS.width)
"""How many pixels a point may be off the canvas, where it is not visible."""

_MOST_BITS = 14
"""The maximum bits of a number: enough for the longest step and the most points of a stroke."""


def written(strokes: Sequence[NDArray[np.float64]]) -> str:
    """Return a drawing as text, within a pixel or so; empty if that takes more than LONGEST characters."""
    points = sum(map(len, strokes))
    if points > LONGEST << 4:  # saves the work for what cannot fit
        return ""
    numbers, here = bytearray(), np.zeros((1, 2), np.int64)
    for stroke in simplified(strokes, most=4 * max(points, 1)):
        pixels = np.rint(np.clip(stroke, -_FARTHEST, CANVAS.width + _FARTHEST)).astype(np.int64)
        ways = np.diff(np.concatenate([here, pixels]), axis=0)
        here = pixels[-1:]
        for number in [len(ways), *np.where(ways < 0, -2 * ways - 1, 2 * ways).ravel().tolist()]:
            numbers += _bytes(number)
    text = packed(bytes(numbers))
    return text if len(text) <= LONGEST else ""


def read(text: str) -> tuple[NDArray[np.float64], ...]:
    """Return the strokes of a drawing, each (n, 2).

    Raises:
        ValueError: The text is not one that `written` returns.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a drawing must have at most {LONGEST} characters; got {len(text)}")
    numbers, strokes, here = _numbers(unpacked(text)), [], np.zeros(2, np.int64)
    for count in numbers:
        coded = np.array([next(numbers, -1) for _ in range(2 * count)], np.int64).reshape(-1, 2)
        ways = np.where(coded % 2, -(coded + 1) // 2, coded // 2)
        stroke = here + np.cumsum(ways, axis=0)
        if not count or (coded < 0).any() or np.abs(stroke - CANVAS.width / 2).max() > CANVAS.width / 2 + _FARTHEST:
            raise ValueError("each stroke must have points, all of them on or near the canvas")
        here = stroke[-1]
        strokes.append(stroke.astype(np.float64))
    if not strokes:
        raise ValueError("a drawing must have strokes")
    return tuple(strokes)


def _bytes(number: int) -> bytes:
    found = []
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _numbers(coded: bytes) -> Iterator[int]:
    number = bits = 0
    for byte in coded:
        number |= (byte & 127) << bits
        bits += 7
        if byte < 128:
            yield number
            number = bits = 0
        elif bits >= _MOST_BITS:
            raise ValueError(f"a number must have at most {_MOST_BITS} bits")
    if bits:
        raise ValueError("the last number must be whole")
