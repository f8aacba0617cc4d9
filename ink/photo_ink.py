"""The ink of one digit in a photograph: light that is not even, ruled paper, and what lies around the sheet.

What a photograph shows is the light that falls on the paper, times what the paper and the ink throw back of it. Ink is
therefore darkness in proportion to the paper around it, and what is told by proportions is told alike in the shadow.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from ink import connected_components
from ink.resampling import tent

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Image = NDArray[np.float64]

_Value = TypeVar("_Value", np.float64, np.bool_)

# Photographs are brought below so many pixels a side, and those larger than the second are softened: grain is no ink.
_SIDE: Final = 480
_GRAINY_SIDE: Final = 160
# Dark lines are ink up to this share of the longer side; what is broader is a shadow or a table.
_BROADEST_PEN: Final = 0.17
# Added to the paper's lightness, as a share of the lightest, before it divides: in the dark, grain is large.
_DIM: Final = 0.2
# A sheet lies on something dark when so much of the border, and of the whole, is darker than this share of the paper.
_TABLE: Final = 0.6
_TABLE_BORDER: Final = 0.6
_LARGEST_TABLE: Final = 0.75
# Rulings run through all of so many parts of the width, sloping by this at most; a digit leaves a margin free.
_RULING_PARTS: Final = 8
_STEEPEST_RULING: Final = 0.06
_RULING_SLOPES: Final = 25
_FAINTEST_RULING: Final = 0.02
# Ink is darker than this share of the darkest, and than grain.
_INK_SHARE: Final = 0.4
_GRAIN: Final = 0.03
# Ink no darker than this, as a share of the paper, is none; nor is it where no spot spans so much of the picture.
_LEAST_DARKNESS: Final = 0.05
_LEAST_SPAN: Final = 0.04
# Nor what is not so many times as dark as grain mostly is.
_ABOVE_GRAIN: Final = 3.0
# A spot at the border, or on the table, counts so much less; one that is on much darker ground does not belong.
_AT_THE_BORDER: Final = 0.1
_SAME_GROUND: Final = 0.5
# What belongs to the digit: no mere speck, and near it as a share of its size, or so large that it is a second digit.
_SPECK: Final = 0.02
_NEAR: Final = 0.2
_ANOTHER: Final = 0.3


def strength(grey: NDArray[np.floating]) -> Image:
    """Strength of ink, in [0, 1], in a photograph of a digit, dark on light or light on dark.

    Args:
        grey: (height, width) in [0, 1], at least one pixel.

    Returns:
        (height, width), of as many pixels or, where that is more than 480 a side, fewer; zeros when there is no ink.
    """
    small = _softened(_shrunk(np.asarray(grey, np.float64)))
    beyond = _beyond_the_sheet(small)
    light = small if _is_ink_dark(np.where(beyond, np.median(small[~beyond]), small)) else 1 - small
    paper = _closed(light)
    darkness = (paper - light) / np.maximum(paper + _DIM * paper.max(), np.finfo(np.float64).tiny)
    darkness = _without_rulings(_without_rulings(darkness).T).T
    darkness = np.maximum(darkness - np.median(darkness), 0)
    return _of_the_digit(darkness, paper, beyond)


def _shrunk(grey: Image) -> Image:
    scale = max(grey.shape) / _SIDE
    if scale <= 1:
        return grey
    height, width = (max(round(length / scale), 1) for length in grey.shape)
    small: Image = tent(grey.shape[0], height) @ grey @ tent(grey.shape[1], width).T
    return small


def _softened(grey: Image) -> Image:
    """Weigh each pixel with its eight neighbours, by 1, 2 and 1 along both axes."""
    if max(grey.shape) <= _GRAINY_SIDE:
        return grey
    padded = np.pad(grey, 1, mode="edge")
    along = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    soft: Image = (along[:, :-2] + 2 * along[:, 1:-1] + along[:, 2:]) / 4
    return soft


def _is_ink_dark(grey: Image) -> bool:
    """Whether what stands out from its surroundings is darker than they are: the difference is skewed to its side."""
    height, width = grey.shape
    down, across = tent(height, min(height, 8)), tent(width, min(width, 8))
    around = tent(len(down), height) @ (down @ grey @ across.T) @ tent(len(across), width).T
    return float(((grey - around) ** 3).sum()) <= 0


def _closed(light: Image) -> Image:
    """What paper looks like at each pixel, dark lines being filled with what is around them.

    That is a closing, the greatest of a window and then the least of these; what it changes, the black top-hat, is
    dark and narrow (Meyer, 1979). The edge of a shadow, broad on both sides, stays where it is.
    """
    reach = int(_BROADEST_PEN * max(light.shape) / 2)
    padded = np.pad(light, 2 * reach, mode="edge")
    closed = _extreme(_extreme(padded, reach, np.maximum), reach, np.minimum)
    return closed[2 * reach : closed.shape[0] - 2 * reach, 2 * reach : closed.shape[1] - 2 * reach]


def _extreme(
    image: NDArray[_Value], reach: int, of_two: Callable[[NDArray[_Value], NDArray[_Value]], NDArray[_Value]]
) -> NDArray[_Value]:
    """Return the extreme within `reach` pixels along both axes; at the border the image is thought to go on.

    Windows of twice the length are made of two, so that a large one costs little more than a small one.
    """
    window = 2 * reach + 1
    for axis in (0, 1):
        lines = np.pad(np.moveaxis(image, axis, 0), ((reach, reach), (0, 0)), mode="edge")
        length = 1
        while 2 * length <= window:
            lines = of_two(lines[:-length], lines[length:])
            length *= 2
        rest = window - length
        image = np.moveaxis(of_two(lines[: len(lines) - rest], lines[rest:]), 0, axis)
    return image


def _beyond_the_sheet(grey: Image) -> NDArray[np.bool_]:
    """Which pixels show what a sheet of paper lies on: dark, and along most of the border. None where no sheet lies so.

    A shadow, too, is dark, but it comes from one side.
    """
    paper = _closed(grey)
    dark = paper < _TABLE * np.quantile(paper, 0.95)
    border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    if border.mean() < _TABLE_BORDER or dark.mean() > _LARGEST_TABLE:
        return np.zeros_like(dark)
    edge = _extreme(dark, int(0.006 * max(grey.shape)) + 1, np.maximum)
    return dark if edge.all() else edge


def _without_rulings(darkness: Image) -> Image:
    """Take away what runs straight through the whole width, at the one slope at which most does."""
    width = darkness.shape[1]
    if width < 4 * _RULING_PARTS:
        return darkness
    slopes = np.linspace(-_STEEPEST_RULING, _STEEPEST_RULING, _RULING_SLOPES)
    slope = max(slopes, key=lambda slope: float((_through(_sheared(darkness[:, ::4], 4 * slope)) ** 2).sum()))
    ruled = _through(_sheared(darkness, slope))
    if ruled.max() < _FAINTEST_RULING:
        return darkness
    padded = np.pad(ruled, 1)
    broad = np.maximum(ruled, 0.9 * np.maximum(padded[:-2], padded[2:]))  # a line lies between pixels, too
    lines = _sheared(np.repeat(broad[:, None], width, axis=1), -slope)
    return np.maximum(darkness - 1.15 * lines, 0)


def _sheared(image: Image, slope: float) -> Image:
    """Move each column of (height, width) down by its distance from the middle times `slope`, in whole pixels."""
    height, width = image.shape
    shift = np.rint(slope * (np.arange(width) - width / 2)).astype(np.intp)
    return np.take_along_axis(image, np.clip(np.arange(height)[:, None] + shift, 0, height - 1), axis=0)


def _through(darkness: Image) -> Image:
    """How dark each row (height,) is in the part of its width where it is lightest, a few gaps apart."""
    cuts = np.linspace(0, darkness.shape[1], _RULING_PARTS + 1).astype(np.intp)
    parts = [np.quantile(darkness[:, a:b], 0.4, axis=1) for a, b in pairwise(cuts)]
    through: Image = np.maximum(np.min(parts, axis=0), 0)
    return through


def _of_the_digit(darkness: Image, paper: Image, beyond: NDArray[np.bool_]) -> Image:
    """Strength of ink (height, width) of what looks most like a digit, and of the spots that belong to it."""
    marked = darkness > max(_INK_SHARE * float(np.quantile(darkness, 0.995)), _GRAIN)
    found = connected_components.find(marked)
    if not len(found):
        return np.zeros_like(darkness)
    mass = found.total(darkness)
    ground = found.total(paper) / np.maximum(found.total(marked), 1)
    outermost = np.pad(np.zeros([max(length - 4, 0) for length in marked.shape], np.bool_), 2, constant_values=True)
    away = found.touching(beyond | outermost[: marked.shape[0], : marked.shape[1]])
    weight = mass * ground * np.where(away, _AT_THE_BORDER, 1)
    main = int(weight.argmax())
    fit = (mass >= _SPECK * mass[main]) & ~away & (ground >= _SAME_GROUND * ground[main])
    fit[0] = False
    chosen = np.arange(len(mass)) == main
    while True:
        low, high = found.low[chosen].min(axis=0), found.high[chosen].max(axis=0)
        gap = np.maximum(found.low - high, low - found.high).max(axis=1)
        more = chosen | (fit & ((gap < _NEAR * (high - low).max()) | (weight > _ANOTHER * weight[main])))
        if np.array_equal(more, chosen):
            break
        chosen = more
    ink = chosen[found.labels]
    full = float(np.quantile(darkness[ink], 0.6))
    grain = float(np.quantile(darkness, 0.6)) / 0.2533  # that quantile of a normal distribution, in deviations
    span = (found.high - found.low)[main].max()
    if full < max(_LEAST_DARKNESS, _ABOVE_GRAIN * grain) or span < _LEAST_SPAN * max(marked.shape):
        return np.zeros_like(darkness)
    with_edge = _extreme(ink, 2, np.maximum) & ~(marked & ~ink)
    return np.where(with_edge, np.minimum(darkness / full, 1), 0)
