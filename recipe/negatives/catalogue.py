"""The kinds of non-digits that people may draw on a canvas that asks for a digit.

A network trained only on digits sees a digit in everything, so it is also trained on these drawings. They are generated
as strokes from a seeded generator, then varied like handwriting (recipe/stroke_variation.py). Letters and signs that
look like digits, such as O, I, l, S, Z, B, b, q and g, are omitted, because such a drawing *is* a digit.

Some kinds (UNSEEN) are kept out of training: the share of them rejected estimates how well the network rejects drawings
that nobody thought of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recipe.negatives.curves import line, rotated
from recipe.negatives.doodles import DOODLES
from recipe.stroke_variation import Variation, vary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from recipe.negatives.curves import Drawing
    from recipe.recorded_drawings import RecordedDigit

HAND: Final = Variation(
    rotation=6, slant=0.15, aspect=0.2, bend=0.03, apart=0.015, tremor=0.006, spacing=0.08, smoothing=1
)


def _side_by_side(digits: Sequence[RecordedDigit], count: int, rng: np.random.Generator) -> Drawing:
    """Digits in a row, as in a number: of similar height, from just touching to far apart."""
    strokes: Drawing = []
    right = 0.0
    for _ in range(count):
        digit = _unit(digits[int(rng.integers(len(digits)))].strokes)
        size = rng.uniform(0.8, 1.2)
        left = min(stroke[:, 0].min() for stroke in digit) * size
        right += rng.uniform(0.0, rng.uniform(0.1, 1.5)) if strokes else 0.0
        strokes += [stroke * size + [right - left, rng.normal(0, 0.06)] for stroke in digit]
        right = max(stroke[:, 0].max() for stroke in strokes)
    return strokes


def _unit(strokes: Sequence[NDArray[np.float64]]) -> Drawing:
    """Scale strokes so that the longer side is 1, centred at the origin."""
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-12)
    return [(stroke - (low + high) / 2) / size for stroke in strokes]


def _two_digits(digits: Sequence[RecordedDigit], rng: np.random.Generator) -> Drawing:
    return _side_by_side(digits, 2, rng)


def _three_digits(digits: Sequence[RecordedDigit], rng: np.random.Generator) -> Drawing:
    return _side_by_side(digits, 3, rng)


def _sum(digits: Sequence[RecordedDigit], rng: np.random.Generator) -> Drawing:
    """A digit, a plus or a minus, a digit."""
    first, second = (_unit(digits[row].strokes) for row in rng.integers(len(digits), size=2))
    size, apart = rng.uniform(0.2, 0.4), rng.uniform(1.0, 1.6)
    sign = [line((-size, 0), (size, 0)), line((0, -size), (0, size))][: rng.integers(1, 3)]
    way = np.array([apart, 0])
    return [*(stroke - way for stroke in first), *sign, *(stroke + way for stroke in second)]


def _scribbled_over(digits: Sequence[RecordedDigit], rng: np.random.Generator) -> Drawing:
    """A digit crossed out with a scribble."""
    over = DOODLES[("tangle", "zigzag")[rng.integers(2)]](rng)
    return [
        *_unit(digits[int(rng.integers(len(digits)))].strokes),
        *(stroke * rng.uniform(0.7, 1.1) for stroke in _unit(over)),
    ]


# Digits that stop being digits when mirrored, or when rotated by a quarter turn. (A mirrored 5 is a 2; 0, 1 and 8 do
# not change.)
_NOT_DIGITS_MIRRORED: Final = (3, 4, 7)
_NOT_DIGITS_ROTATED: Final = (2, 3, 4, 5, 6, 7, 9)
_ATTEMPTS: Final = 40


def _rotated_digit(digits: Sequence[RecordedDigit], rng: np.random.Generator) -> Drawing:
    """A digit mirrored, or rotated by a quarter turn."""
    mirrored = rng.uniform() < 0.4
    digit = _one_of(digits, _NOT_DIGITS_MIRRORED if mirrored else _NOT_DIGITS_ROTATED, rng)
    if mirrored:
        return [stroke * [-1, 1] for stroke in digit]
    return rotated(digit, rng.choice([0.25, 0.75]))


def _one_of(digits: Sequence[RecordedDigit], labels: Sequence[int], rng: np.random.Generator) -> Drawing:
    """Return a random digit with one of the labels; after _ATTEMPTS tries, one with any label."""
    some = [digits[row] for row in rng.integers(len(digits), size=_ATTEMPTS)]
    return _unit(next((digit for digit in some if digit.label in labels), some[0]).strokes)


_OF_DIGITS: Final[dict[str, Callable[[Sequence[RecordedDigit], np.random.Generator], Drawing]]] = {
    "two digits": _two_digits,
    "sum": _sum,
    "scribbled over": _scribbled_over,
    "turned digit": _rotated_digit,
    "three digits": _three_digits,
}
KINDS: Final = (*DOODLES, *_OF_DIGITS)
UNSEEN: Final = (
    "hatching",
    "Greek or Russian letter",
    "fish",
    "cube",
    "note",
    "tree",
    "envelope",
    "cup",
    "three digits",
)
TRAINED: Final = tuple(kind for kind in KINDS if kind not in UNSEEN)
OF_DIGITS: Final = tuple(_OF_DIGITS)


def make(kind: str, rng: np.random.Generator, digits: Sequence[RecordedDigit] = ()) -> list[NDArray[np.float64]]:
    """Generate a drawing that is not a digit.

    Args:
        kind: one of KINDS.
        rng: the random generator.
        digits: real digits, from which the kinds in OF_DIGITS are made.

    Returns:
        Strokes (n, 2), x and y, y growing downward; the longer side of the drawing is about 1.

    Raises:
        ValueError: the kind is unknown, or it needs digits and there are none.
    """
    if kind in DOODLES:
        return vary(DOODLES[kind](rng), HAND, rng=rng)
    if kind not in _OF_DIGITS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    if not len(digits):
        raise ValueError(f"digits must hold at least one digit to make {kind!r}; got none")
    return vary(_OF_DIGITS[kind](digits, rng), HAND, rng=rng)
